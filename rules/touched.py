"""What a late change of working time touches: deadlines on record that would be others if they were counted anew.

They stay as they are, because they were told to people; whoever owns such an obligation can ask for more time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hutong.directory.records import AgencyHours, Directory, PublishedCalendar
from hutong.v1 import casework_pb2
from hutong.worktime.span import Span
from rules.clocks import after, given, pace, span
from rules.records import Item, Obligation

Clock = Literal["acknowledge", "complete", "review"]


@dataclass(frozen=True, slots=True)
class Touched:
    """One clock of one open obligation: when it ends as it stands, and when it would (ms)."""

    duty: Obligation
    clock: Clock
    agency: str
    """In whose time it is counted: the agency that owes, or for a review the one that opened the item."""
    stands: int
    would_be: int


def touched(
    directory: Directory, change: PublishedCalendar | AgencyHours, duties: Iterable[tuple[Item, Obligation]]
) -> list[Touched]:
    """The clocks of ``duties`` that ``change``, not yet in ``directory``, would let end at another time; by item.

    Only what was counted is counted anew: a time that an extension set is somebody's word. What a hold or a review has
    added to a completion stays added, and what was counted by ``change`` already is as it would be. The clock of
    inaction, which begins with every sign of progress, is none of them.
    """
    changed = directory.with_records([change])
    found = []
    for item, duty in duties:
        for running in _running(item, duty) if duty.open else ():
            was, would = (after(each, running.agency, running.start, running.span) for each in (directory, changed))
            if was != would != running.stands:
                added = running.stands - was if running.clock == "complete" else 0
                found.append(Touched(duty, running.clock, running.agency, running.stands, would + added))
    return sorted(found, key=lambda one: (one.duty.item, one.duty.agency, one.clock))


class _Running(NamedTuple):
    clock: Clock
    agency: str
    start: int
    span: Span
    stands: int


def _running(item: Item, duty: Obligation) -> Iterator[_Running]:
    """The clocks that run for ``duty``, each with what it was counted from."""
    speed = pace(item.urgency, item.drill)
    if duty.state == casework_pb2.OBLIGATION_STATE_PENDING:
        start = duty.available_at
        yield _Running("acknowledge", duty.agency, start, span("acknowledge", speed), duty.acknowledge_by)
    if duty.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW:
        yield _Running("review", item.from_agency, duty.review_from, span("progress", speed), duty.attention_by)
    elif duty.complete_by and not duty.extensions:
        yield _Running("complete", duty.agency, duty.received_at, given(duty.complete_rule, speed), duty.complete_by)
