"""The week or month of a report: from midnight to midnight in China."""

from __future__ import annotations

import datetime as dt
import re

from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE
from rules.scorecard.figures import Period

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def read_period(week: str | None, month: str | None) -> Period:
    """The ISO week ``2026-W41`` (Monday to Sunday) or the month ``2026-10``; HT-SCR-02 unless exactly one is right."""
    if (week is None) == (month is None):
        raise HutongError("HT-SCR-02", given=f"{week or ''} {month or ''}".strip() or "–")
    try:
        if week is not None:
            year, number = _numbers(_WEEK, week)
            first = dt.date.fromisocalendar(year, number, 1)
            return _between(first, first + dt.timedelta(days=7))
        year, number = _numbers(_MONTH, month or "")
        return _between(dt.date(year, number, 1), dt.date(year + number // 12, number % 12 + 1, 1))
    except (ValueError, OverflowError):
        raise HutongError("HT-SCR-02", given=week or month or "–") from None


def period_named(name: str) -> Period:
    """``read_period`` of a name that may be either; HT-SCR-02."""
    return read_period(name, None) if "W" in name else read_period(None, name)


def week_at(milliseconds: int) -> str:
    """The name of the ISO week that holds the instant (since 1970)."""
    year, number, _ = _china(milliseconds).isocalendar()
    return f"{year:04}-W{number:02}"


def month_at(milliseconds: int) -> str:
    """The name of the month that holds the instant (since 1970)."""
    return f"{_china(milliseconds):%Y-%m}"


def iso(milliseconds: int) -> str:
    """ISO 8601 with +08:00, to the second."""
    return _china(milliseconds).isoformat(timespec="seconds")


def _china(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE)


def _numbers(form: re.Pattern[str], text: str) -> tuple[int, int]:
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]), int(found[2])


def _between(first: dt.date, after: dt.date) -> Period:
    start, end = (dt.datetime.combine(day, dt.time(), ZONE) for day in (first, after))
    return Period(int(start.timestamp()) * 1000, int(end.timestamp()) * 1000)
