"""Days as people write them, as instants: the end of a day in China, or a moment of it. Pure."""

from __future__ import annotations

import datetime as dt

from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE

_FORM = "2026-10-20, 2026-10-20T15:00"


def end(text: str, latest: int) -> int:
    """The instant (ms) that ``text`` names: a day means its end, or ``latest`` where that lies on the same day.

    So the last day that a rule allows can be named as a day. HT-CLI-29.
    """
    try:
        if "T" in text:
            moment = dt.datetime.fromisoformat(text)
            return _ms(moment if moment.tzinfo else moment.replace(tzinfo=ZONE))
        day = dt.date.fromisoformat(text)
        over = _ms(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZONE))
    except (ValueError, OverflowError) as error:
        raise HutongError("HT-CLI-29", given=text[:40], form=_FORM) from error
    return latest if over > latest and day_of(latest) == day else over


def day(text: str) -> dt.date:
    """A day of the calendar; HT-CLI-29."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise HutongError("HT-CLI-29", given=text[:40], form="2026-12-31") from error


def day_of(milliseconds: int) -> dt.date:
    """The day in China of an instant."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE).date()


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
