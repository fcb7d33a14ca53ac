"""How agencies count their time: the calendars that the hub has published and the hours that heads have set.

One of these belongs to each directory, so that whoever has the directory of an entry counts as that entry was decided.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from hutong.errors import HutongError
from hutong.worktime.calendar import DIGEST, Calendar
from hutong.worktime.hours import NATIONAL, Hours, Season, read_month_day
from hutong.worktime.notices import NATION, Notice
from hutong.worktime.stretch import WorkTime

if TYPE_CHECKING:
    from hutong.directory.records import Agency, AgencyHours, PublishedCalendar

_DAY_MINUTES = 24 * 60


class Timekeeping:
    """The calendar in force, and each agency's working time; immutable but for what it remembers of its own."""

    def __init__(
        self, agencies: Mapping[str, Agency], calendars: Iterable[PublishedCalendar], hours: Iterable[AgencyHours]
    ) -> None:
        self.published = tuple(sorted(calendars, key=lambda one: (one.region, one.year)))
        """In order of regions and years, whatever the order of publishing."""
        self.calendar, self.digest = _in_force(self.published)
        self._agencies = agencies
        self._hours: dict[str, list[AgencyHours]] = {}
        for each in sorted(hours, key=lambda one: one.order):
            self._hours.setdefault(each.agency, []).append(each)
        self._known: dict[str, WorkTime] = {}

    def of(self, agency: str) -> WorkTime:
        """How ``agency`` counts: its region's days, its own hours; the nation's for one that is not registered."""
        found = self._known.get(agency)
        if found is None:
            place = self._agencies.get(agency)
            set_by_head = self._hours.get(agency)
            hours = Hours(season_of(each) for each in set_by_head) if set_by_head else NATIONAL
            found = self._known[agency] = WorkTime(self.calendar, place.region if place else NATION, hours)
        return found

    def hours_of(self, agency: str) -> tuple[AgencyHours, ...]:
        """The hours that the head of ``agency`` has set, oldest first; of those that cover a day the last counts."""
        return tuple(self._hours.get(agency, ()))

    def digest_over(self, shipped: bytes) -> bytes:
        """The calendar's digest where a program ships what has the SHA-256 ``shipped``."""
        return _digest(shipped, self.published)


def notice_of(published: PublishedCalendar) -> Notice:
    """The notice of a record, under the rules of every notice: HT-CAL-02."""
    return Notice(
        region=published.region,
        year=published.year,
        version=published.version,
        off=days("off", published.off),
        worked=days("worked", published.worked),
    )


def season_of(hours: AgencyHours) -> Season:
    """The season of a record; HT-CAL-02 where it breaks a rule of seasons, ValueError where a day does not exist."""
    within = hours.season_from and (read_month_day(hours.season_from), read_month_day(hours.season_to))
    return Season(
        stretches=tuple((_time(opens), _time(closes)) for opens, closes in hours.stretches),
        first=dt.date.fromisoformat(hours.valid_from),
        last=dt.date.fromisoformat(hours.valid_to) if hours.valid_to else dt.date.max,
        within=within or None,
    )


def days(field: str, written: Iterable[str]) -> tuple[dt.date, ...]:
    """Days as they are written in statements and records; HT-CAL-02 names ``field`` where one does not exist."""
    try:
        return tuple(dt.date.fromisoformat(day) for day in written)
    except ValueError as error:
        raise HutongError("HT-CAL-02", field=field, rule="days that exist, for example 2031-01-23") from error


def _time(minutes: int) -> dt.time:
    if not 0 <= minutes < _DAY_MINUTES:
        raise HutongError("HT-CAL-02", field="stretches", rule=f"minutes of a day, below {_DAY_MINUTES}")
    return dt.time(*divmod(minutes, 60))


@lru_cache(maxsize=16)
def _in_force(published: tuple[PublishedCalendar, ...]) -> tuple[Calendar, bytes]:
    """The calendar with its digest; the directory changes often, these seldom."""
    return Calendar(notice_of(each) for each in published), _digest(DIGEST, published)


def _digest(shipped: bytes, published: Iterable[PublishedCalendar]) -> bytes:
    """``shipped`` itself while nothing is published; else SHA-256 over it and a line of JSON for each notice in force:
    [region, year, version, [days off], [days worked]], no spaces, by region and year."""
    lines = [
        json.dumps([p.region, p.year, p.version, p.off, p.worked], separators=(",", ":")) + "\n" for p in published
    ]
    return hashlib.sha256(shipped + "".join(lines).encode()).digest() if lines else shipped
