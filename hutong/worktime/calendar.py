"""Which days are worked in China: weekends, State Council holidays, make-up days (调休) and regional holidays.

Years whose notice is published come from ``chinesecalendar`` and the notices shipped; a notice given goes over these, a
region's over the nation's. Beyond all notices weekdays count and the answer is marked provisional (暂定).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from zoneinfo import ZoneInfo

import chinese_calendar

from hutong.worktime.notices import NATION, Notice, shipped, shipped_text

ZONE = ZoneInfo("Asia/Shanghai")
SOURCE: bytes = f"chinesecalendar {version('chinesecalendar')}\n{shipped_text()}".encode()
"""Which calendar days are counted by where nothing is imported, as text; an export carries it."""
DIGEST: bytes = hashlib.sha256(SOURCE).digest()
"""SHA-256 of ``SOURCE``; it goes into every entry."""


class DayKind(StrEnum):
    """Why a day is worked or not."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make-up"


@dataclass(frozen=True, slots=True)
class Day:
    """One day as it counts in one region."""

    date: dt.date
    kind: DayKind
    provisional: bool = False
    """No notice of the State Council is known for its year."""

    @property
    def worked(self) -> bool:
        """Whether it is a working day."""
        return self.kind in (DayKind.WEEKDAY, DayKind.MAKE_UP)


class Calendar:
    """All notices known; immutable. Days are asked for by region, GB/T 2260 or ``NATION``.

    Of the notices given for one region and year the highest version counts, whatever the program ships: what somebody
    published must count the same under every later program.
    """

    def __init__(self, notices: Iterable[Notice] = ()) -> None:
        self._given: dict[tuple[str, int], Notice] = {}
        for notice in notices:
            known = self._given.get((notice.region, notice.year))
            if known is None or known.version < notice.version:
                self._given[notice.region, notice.year] = notice
        self._newest = {(notice.region, notice.year): notice for notice in shipped()} | self._given
        self._said: dict[tuple[str, dt.date], bool] = {}
        for notice in sorted(self._newest.values(), key=lambda n: (n.year, n.version)):
            self._said |= {(notice.region, day): False for day in notice.off}
            self._said |= {(notice.region, day): True for day in notice.worked}
        self._years = {year for region, year in self._newest if region == NATION}

    def version_of(self, region: str, year: int) -> int:
        """The version of the notice in force for ``region`` itself; 0: none was imported or shipped."""
        notice = self._newest.get((region, year))
        return notice.version if notice else 0

    def with_notice(self, notice: Notice) -> Calendar:
        """This calendar and ``notice`` over it."""
        return Calendar((*self._given.values(), notice))

    def day(self, date: dt.date, region: str = NATION) -> Day:
        """How ``date`` counts in ``region``: the nearest government that names it decides."""
        for where in upwards(region):
            said = self._said.get((where, date))
            if said is not None:
                return Day(date, _kind(said, date), provisional=self._is_provisional(date))
        if date.year in self._years:
            return Day(date, _kind(date.weekday() < 5, date))
        known = _published(date)
        worked = date.weekday() < 5 if known is None else known
        return Day(date, _kind(worked, date), provisional=known is None)

    def _is_provisional(self, date: dt.date) -> bool:
        named = (NATION, date) in self._said
        return not named and date.year not in self._years and _published(date) is None


def upwards(region: str) -> tuple[str, ...]:
    """``region``, its prefecture, its province, the nation: most special first."""
    if not region:
        return (NATION,)
    return tuple(dict.fromkeys((region, f"{region[:4]}00", f"{region[:2]}0000", NATION)))


def _kind(worked: bool, date: dt.date) -> DayKind:
    if date.weekday() < 5:
        return DayKind.WEEKDAY if worked else DayKind.HOLIDAY
    return DayKind.MAKE_UP if worked else DayKind.WEEKEND


@lru_cache(maxsize=4096)
def _published(day: dt.date) -> bool | None:
    """Whether ``day`` is worked by the State Council's notice; None where none is known here."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


PUBLISHED = Calendar()
"""What the program knows without anybody importing anything."""


def contradicted(notice: Notice) -> tuple[dt.date, ...]:
    """The days around the year of ``notice`` that count otherwise by what the program ships of the same government.

    Empty where it ships none. For people to look at: whatever is published counts.
    """
    first, last = dt.date(notice.year, 1, 1), dt.date(notice.year, 12, 31)
    known = PUBLISHED.version_of(notice.region, notice.year) or (
        notice.region == NATION and not PUBLISHED.day(first).provisional
    )
    if not known:
        return ()
    changed = PUBLISHED.with_notice(notice)
    every = (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))
    named = sorted({*every, *notice.off, *notice.worked})
    pairs = ((PUBLISHED.day(day, notice.region), changed.day(day, notice.region)) for day in named)
    return tuple(was.date for was, becomes in pairs if not was.provisional and was.worked != becomes.worked)
