"""Counting working minutes and working days.

Hours are 09:00–12:00 and 14:00–17:30 Asia/Shanghai unless an agency says otherwise. All functions take and return aware
datetimes; the result is in Asia/Shanghai.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from hutong.worktime.calendar import ZONE, is_workday


@dataclass(frozen=True, slots=True)
class Hours:
    """The working stretches of a day, in order and apart."""

    stretches: tuple[tuple[dt.time, dt.time], ...] = (
        (dt.time(9), dt.time(12)),
        (dt.time(14), dt.time(17, 30)),
    )


NATIONAL = Hours()
_HORIZON_DAYS = 20 * 366


def _worked(start: dt.datetime, hours: Hours) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Working stretches from ``start`` on, the first cut to what is left of it."""
    day = start.date()
    for _ in range(_HORIZON_DAYS):
        if is_workday(day):
            for opens, closes in hours.stretches:
                begin = dt.datetime.combine(day, opens, ZONE)
                end = dt.datetime.combine(day, closes, ZONE)
                if end > start:
                    yield max(begin, start), end
        day += dt.timedelta(days=1)


def add_minutes(start: dt.datetime, minutes: int, hours: Hours = NATIONAL) -> dt.datetime:
    """When ``minutes`` of working time after ``start`` have passed; ``minutes`` ≥ 0.

    A count that is used up exactly at the end of a stretch ends there, not at the start of the next one.
    """
    left = dt.timedelta(minutes=minutes)
    for begin, end in _worked(start.astimezone(ZONE), hours):
        if begin + left <= end:
            return begin + left
        left -= end - begin
    raise OverflowError("more working time than the calendar's horizon")


def add_workdays(start: dt.datetime, days: int) -> dt.datetime:
    """The same time of day on the ``days``-th working day after ``start``'s date; the first day does not count."""
    local = start.astimezone(ZONE)
    day = local.date()
    while days > 0:
        day += dt.timedelta(days=1)
        days -= is_workday(day)
    return dt.datetime.combine(day, local.time(), ZONE)
