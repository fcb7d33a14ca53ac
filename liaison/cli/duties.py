"""The obligations of one item as a table: who has it, how far it is, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hutong.catalogue import say
from hutong.v1 import codes_pb2
from liaison import saying, words
from liaison.cli import paint

if TYPE_CHECKING:
    from liaison.items import Duty

_COLUMNS = (
    "lamp",
    "agency",
    "owner",
    "state",
    "delivered",
    "seen",
    "acknowledged",
    "by",
    "complete",
    "left",
    "next",
    "result",
)


def table(duties: Sequence[Duty], names: dict[str, str]) -> None:
    """One line an agency, all of it the hub's word: what is proved stands in the timeline."""
    paint.heading(say("as-the-hub-says", said=say("heading-duties")))
    paint.table([say(f"column-{name}") for name in _COLUMNS], [_row(duty, names) for duty in duties], lead=4)


def _row(duty: Duty, names: dict[str, str]) -> tuple[paint.Cell, ...]:
    record = duty.record
    result = words.word(codes_pb2.OutcomeCode, record.outcome) or words.word(codes_pb2.ReasonCode, record.returned_for)
    return (
        paint.lamp(duty),
        names.get(record.agency, record.agency),
        duty.owner_name,
        saying.state(duty, names),
        paint.moment(record.delivered_at),
        paint.moment(record.seen_at),
        paint.moment(record.acknowledged_at),
        saying.clock(record.acknowledge_by, provisional=record.acknowledge_by_provisional),
        saying.clock(record.complete_by, provisional=record.complete_by_provisional),
        paint.left(duty.left),
        following(duty, names),
        result or (say("result-silent") if record.non_response else "–"),
    )


def following(duty: Duty, names: dict[str, str]) -> str:
    """The next step of the ladder: when, and who is told in what form."""
    if not (duty.open and duty.record.next_at):
        return "–"
    at = saying.clock(duty.told_at, provisional=duty.record.told_at_provisional)
    return f"{at} {saying.step(duty, names)}"
