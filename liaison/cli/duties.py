"""The obligations of one item as a table: who has it, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hutong.catalogue import say
from hutong.v1 import casework_pb2, codes_pb2
from liaison import words
from liaison.cli import paint

if TYPE_CHECKING:
    from liaison.items import Duty

_COLUMNS = ("lamp", "agency", "owner", "state", "delivered", "seen", "acknowledged", "by", "left", "result")


def table(duties: Sequence[Duty], names: dict[str, str]) -> None:
    """One line an agency, all of it the hub's word: what is proved stands in the timeline."""
    paint.heading(say("as-the-hub-says", said=say("heading-duties")))
    paint.table([say(f"column-{name}") for name in _COLUMNS], [_row(duty, names) for duty in duties])


def _row(duty: Duty, names: dict[str, str]) -> tuple[paint.Cell, ...]:
    record = duty.record
    result = words.word(codes_pb2.OutcomeCode, record.outcome) or words.word(codes_pb2.ReasonCode, record.returned_for)
    return (
        paint.lamp(duty.lamp),
        names.get(record.agency, record.agency),
        duty.owner_name,
        words.word(casework_pb2.ObligationState, record.state),
        paint.moment(record.delivered_at),
        paint.moment(record.seen_at),
        paint.moment(record.acknowledged_at),
        paint.moment(record.acknowledge_by),
        paint.left(duty.left),
        result or (say("result-silent") if record.non_response else "–"),
    )
