"""Instants as people write them."""

from __future__ import annotations

import datetime as dt

from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE


def instant(text: str) -> dt.datetime:
    """``text`` (ISO 8601) as an instant; without an offset it is Beijing time. HT-CAL-05 where it is none."""
    try:
        given = dt.datetime.fromisoformat(text.strip())
        aware = given if given.tzinfo else given.replace(tzinfo=ZONE)
        aware.astimezone(ZONE)
    except (ValueError, OverflowError) as error:
        raise HutongError("HT-CAL-05", given=text[:40]) from error
    return aware
