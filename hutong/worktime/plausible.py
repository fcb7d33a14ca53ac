"""Whether a notice leaves a year in which people work: what a bent calendar does to deadlines is bounded.

Only what is published is looked at, never what the program ships: a later program ships more, and must come to the same
answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from hutong.errors import HutongError
from hutong.worktime.calendar import upwards
from hutong.worktime.notices import LEAST_WORKING_DAYS, LONGEST_BREAK, Notice

_MONTH = dt.timedelta(days=31)


def check_plausible(notice: Notice, published: Iterable[Notice]) -> None:
    """HT-CAL-10: too few working days are left of the year; HT-CAL-11: too many days on end are not worked.

    Counted where ``notice`` applies, with the ``published`` notices of the governments above it. Its own earlier
    version does not count.
    """
    said = _said(notice, published)
    first, last = dt.date(notice.year, 1, 1), dt.date(notice.year, 12, 31)
    about = {"year": notice.year, "region": notice.region or "–"}
    left = sum(_worked(day, said) for day in _days(first, last))
    if left < LEAST_WORKING_DAYS:
        raise HutongError("HT-CAL-10", left=left, least=LEAST_WORKING_DAYS, **about)
    run = 0
    for day in _days(first - _MONTH, last + _MONTH):
        run = 0 if _worked(day, said) else run + 1
        if run > LONGEST_BREAK:
            raise HutongError("HT-CAL-11", day=day.isoformat(), most=LONGEST_BREAK, **about)


def _said(notice: Notice, published: Iterable[Notice]) -> dict[dt.date, bool]:
    """What the nearest government says of the days that are named around the year."""
    newest = {(one.region, one.year): one for one in sorted(published, key=lambda one: one.version)}
    newest[notice.region, notice.year] = notice
    said: dict[dt.date, bool] = {}
    for region in reversed(upwards(notice.region)):
        for year in range(notice.year - 1, notice.year + 2):
            if one := newest.get((region, year)):
                said |= dict.fromkeys(one.off, False) | dict.fromkeys(one.worked, True)
    return said


def _worked(day: dt.date, said: Mapping[dt.date, bool]) -> bool:
    return said.get(day, day.weekday() < 5)


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for ahead in range((last - first).days + 1):
        yield first + dt.timedelta(days=ahead)
