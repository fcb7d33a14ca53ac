"""纸质回执: organisational receipt on a day that stands on paper, said by the agency that received it.

A day on paper has no hour. Receipt counts as of the day's end: the day itself is not counted (民法典 art. 201), and the
last one that is ends at 24:00 (art. 203). What the hub has seen earlier
(Delivered, 签收) stands before it, so the paper never gives anybody more time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import header_pb2
from hutong.worktime.calendar import ZONE
from rules import ladder
from rules.duty import Owners, item_of, own_obligation, to_originator
from rules.outcome import Outcome
from rules.state import State

_RULE = "no day before that on which the item came, and none to come"


def received_on_paper(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The owing agency had the item on the day that its paper receipt shows; once.

    It is said against oneself, so no second pair of eyes is asked for; and by nobody else, because the hub cannot look
    at a stamp.
    """
    item = item_of(state, header)
    duty = own_obligation(state, item, header, now)
    said = header.received_on_paper.received_on
    if duty.received_on:
        raise HutongError("HT-DTY-64", on=duty.received_on)
    if not _day(duty.available_at) <= dt.date.fromisoformat(said) <= _day(now):
        raise HutongError("HT-HDR-01", field="received_on_paper.received_on", rule=_RULE)
    noted = replace(duty, received_on=said)
    changed = ladder.received_earlier(state.directory, item, noted, min(end_of(said), now))
    return Outcome(changes=(changed,), deliver_to=to_originator(item, header, owners))


def end_of(day: str) -> int:
    """The last millisecond (since 1970, UTC) of a day in China, YYYY-MM-DD."""
    following = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return int(dt.datetime.combine(following, dt.time(), ZONE).timestamp()) * 1000 - 1


def _day(at: int) -> dt.date:
    return dt.datetime.fromtimestamp(at / 1000, ZONE).date()
