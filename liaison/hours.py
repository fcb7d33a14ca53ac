"""An agency's working hours: setting them, as its head, and reading them as people write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, kinds_pb2
from hutong.worktime.hours import minute_of
from liaison.office import Draft, Office

_STRETCH = "09:00-12:00"
_SEASON = "06-01..09-30"


def setting(
    office: Office,
    stretches: Sequence[kinds_pb2.WorkingStretch],
    first: dt.date,
    last: dt.date | None = None,
    season: tuple[str, str] = ("", ""),
) -> Draft:
    """The hours of the days ``first`` … ``last`` (none: until further notice), of these only in ``season``."""
    said = kinds_pb2.HoursSet(
        stretches=stretches,
        valid_from=first.isoformat(),
        valid_to=last.isoformat() if last else "",
        season_from=season[0],
        season_to=season[1],
    )
    return office.draft([Letter("hours_set", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION)])


def read_stretch(text: str) -> kinds_pb2.WorkingStretch:
    """``09:00-12:00``; HT-CLI-29 for what is none. Whether stretches fit together is for the hub's own rules."""
    opens, _, closes = text.partition("-")
    try:
        times = [dt.time.fromisoformat(each.strip()) for each in (opens, closes)]
    except ValueError as error:
        raise HutongError("HT-CLI-29", given=text[:40], form=_STRETCH) from error
    if any(each.second or each.microsecond or each.tzinfo for each in times):
        raise HutongError("HT-CLI-29", given=text[:40], form=_STRETCH)
    return kinds_pb2.WorkingStretch(opens=minute_of(times[0]), closes=minute_of(times[1]))


def read_season(text: str) -> tuple[str, str]:
    """``06-01..09-30``: its ends; HT-CLI-29 where there are not two."""
    begins, dots, ends = (part.strip() for part in text.partition(".."))
    if not (begins and dots and ends):
        raise HutongError("HT-CLI-29", given=text[:40], form=_SEASON)
    return begins, ends
