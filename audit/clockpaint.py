"""How ``hutong audit duty`` shows by what time the hub went: its clock beside everybody else's, and its calendars."""

from __future__ import annotations

from collections.abc import Sequence

from audit import paint
from audit.review.calendars import Contradiction
from audit.review.hubclock import ClockSummary, Distance
from audit.review.view import moment
from hutong.catalogue import say
from hutong.terminal import data

_COLUMNS = ("agency", "statements", "median", "p99", "least", "most", "before")
_SHOWN = 20


def show(clock: ClockSummary, calendars: Sequence[Contradiction]) -> None:
    """Calendars that contradict this program's, then the clock: each agency, each time in which it seems to have been
    wrong, single entries.
    """
    for notice in calendars:
        region, first = notice.region or say("clock-nation"), notice.first
        text = say("clock-calendar", index=notice.index, year=notice.year, region=region, days=notice.days, first=first)
        data().print(text)
    if not clock.agencies:
        return
    data().print(f"\n{say('clock-title')}")
    paint.table([say(f"clock-column-{name}") for name in _COLUMNS], map(_row, clock.agencies))
    for shift in clock.shifts:
        which, by = "clock-fast" if shift.by > 0 else "clock-slow", _offset(abs(shift.by))
        since, until, who = moment(shift.since), moment(shift.until), ", ".join(shift.agencies)
        data().print(say(which, by=by, since=since, until=until, statements=shift.statements, agencies=who))
    for odd in clock.named[:_SHOWN]:
        data().print(say("clock-odd", index=odd.index, agency=odd.agency, by=_offset(odd.by)))
    if len(clock.named) > _SHOWN:
        data().print(say("clock-more", count=len(clock.named) - _SHOWN))


def _row(one: Distance) -> list[str]:
    figures = (_offset(ms) for ms in (one.median, one.p99, one.least, one.most))
    return [one.agency, str(one.statements), *figures, str(one.before)]


def _offset(milliseconds: int) -> str:
    """Hours, minutes, seconds and thousandths: ``-0:01:30.000``."""
    seconds, rest = divmod(abs(milliseconds), 1000)
    sign = "-" if milliseconds < 0 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
