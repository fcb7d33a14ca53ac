"""What statements about working time put on record: a government's days for a year, an agency's hours.

Both are counted by from then on only: a deadline stands on its obligation as it was computed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hutong.directory.records import AgencyHours, Directory, PublishedCalendar
from hutong.directory.timekeeping import days, notice_of, season_of
from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE
from hutong.worktime.hours import read_month_day
from hutong.worktime.notices import government
from hutong.worktime.plausible import check_plausible

_LEAST_MINUTES = 6 * 60
_MONTH_DAY = "month and day, for example 06-01; both ends or neither"


def published(directory: Directory, said: Any, index: int) -> PublishedCalendar:
    """The record of a CalendarPublished.

    HT-CAL-02: a rule of notices is broken; HT-CAL-08: one as new stands; HT-CAL-10, -11: nobody would work any more.
    """
    record = PublishedCalendar(
        region=government(said.region),
        year=said.year,
        version=said.version,
        off=tuple(said.off),
        worked=tuple(said.worked),
        order=index,
    )
    notice = notice_of(record)
    known = directory.calendars.get((record.region, record.year))
    if known is not None and record.version <= known.version:
        raise HutongError("HT-CAL-08", year=record.year, region=record.region or "–", version=known.version)
    check_plausible(notice, map(notice_of, directory.calendars.values()))
    return record


def hours_set(message_id: bytes, agency: str, said: Any, index: int, now: int) -> AgencyHours:
    """The record of a HoursSet of ``agency`` at hub time ``now`` (ms); HT-CAL-02 names the field that is wrong.

    Neither hours of the past nor a working day of minutes, by which a head could slow all clocks of the agency.
    """
    record = AgencyHours(
        id=message_id,
        agency=agency,
        stretches=tuple((stretch.opens, stretch.closes) for stretch in said.stretches),
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        season_from=said.season_from,
        season_to=said.season_to,
        order=index,
    )
    _check_days(record, dt.datetime.fromtimestamp(now / 1000, ZONE).date())
    if season_of(record).minutes < _LEAST_MINUTES:
        raise HutongError("HT-CAL-02", field="stretches", rule=f"at least {_LEAST_MINUTES // 60} h a day together")
    return record


def _check_days(record: AgencyHours, today: dt.date) -> None:
    (first,) = days("valid_from", [record.valid_from])
    if first < today:
        raise HutongError("HT-CAL-02", field="valid_from", rule=f"{today} or later")
    if record.valid_to and days("valid_to", [record.valid_to])[0] < first:
        raise HutongError("HT-CAL-02", field="valid_to", rule="not before valid_from")
    for field in ("season_from", "season_to") if record.season_from or record.season_to else ():
        try:
            read_month_day(getattr(record, field))
        except ValueError as error:
            raise HutongError("HT-CAL-02", field=field, rule=_MONTH_DAY) from error
