"""Whom an act reaches: with whom each obligation stands that it lays or moves, and who is told next, when. Pure.

Before it is signed this is what the rules say that the hub will decide; afterwards the hub's own word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hutong.catalogue import say
from hutong.v1 import casework_pb2, codes_pb2
from liaison import words
from liaison.items import Duty
from liaison.reading import agency, contact_with_id, moment
from liaison.saying import told
from rules import ladder
from rules.outcome import Outcome
from rules.records import Item, Obligation
from rules.state import State


@dataclass(frozen=True)
class Reach:
    """One obligation: whose it is, and its next step. ``at`` in ms, 0 where nothing comes."""

    agency: str
    owner: str
    acknowledge_by: int
    """0 once it is acknowledged."""
    at: int = 0
    form: int = 0
    target: int = 0
    told: tuple[str, ...] = ()
    unseen: bool = False
    """The sender may not see the item: all that is known is to whom it goes."""


def expected(state: State, outcome: Outcome) -> Iterator[Reach]:
    """What ``outcome`` makes of the obligations, as ``state``, in which it was decided, lets one tell."""
    made = {each.id: each for each in outcome.changes if isinstance(each, Item)}
    for duty in outcome.changes:
        item = (made.get(duty.item) or state.items.get(duty.item)) if isinstance(duty, Obligation) else None
        if isinstance(duty, Obligation) and item is not None and duty.open:
            yield _expected(state, item, duty)


def _expected(state: State, item: Item, duty: Obligation) -> Reach:
    step = ladder.telling(state.directory, item, duty)
    pending = duty.state == casework_pb2.OBLIGATION_STATE_PENDING
    begun = Reach(duty.agency, duty.owner, duty.acknowledge_by if pending else 0)
    if step is None:
        return begun
    target = codes_pb2.EscalationTarget.Value(f"ESCALATION_TARGET_{step.step.who.upper()}")
    told = tuple(contact.id for contact in step.told)
    return Reach(begun.agency, begun.owner, begun.acknowledge_by, step.at, step.form, target, told)


def stands(duty: Duty) -> Reach:
    """The same as the hub tells it of an obligation."""
    record = duty.record
    by = record.acknowledge_by if duty.pending else 0
    if not record.next_to:
        return Reach(record.agency, record.owner, by)
    told = tuple(record.next_contacts)
    return Reach(record.agency, record.owner, by, duty.told_at, record.next_form, record.next_to, told)


def line(reach: Reach, names: Mapping[str, str], now: int, before: Reach | None = None) -> str:
    """One sentence; ``names`` as ``Office.names`` gives them, ``now`` in ms. ``before``: what was foretold; a step of
    it that was due at once and is over is said too."""
    where, owner = agency(reach.agency, names), contact_with_id(reach.owner, names)
    if reach.unseen:
        return say("reach-person", agency=where, owner=owner)
    parts = [say("reach-owner", agency=where, owner=owner)]
    if reach.acknowledge_by:
        parts.append(say("reach-acknowledge", by=moment(reach.acknowledge_by)))
    if before is not None and 0 < before.at <= now and before.at != reach.at:
        parts.append(say("reach-done", step=_step(before, names)))
    if reach.at:
        at = moment(reach.at) if reach.at > now else say("reach-at-once")
        parts.append(say("reach-next", at=at, step=_step(reach, names)))
    else:
        parts.append(say("reach-nothing"))
    return say("list-semicolon").join(parts)


def _step(reach: Reach, names: Mapping[str, str]) -> str:
    form = words.word(codes_pb2.EscalationForm, reach.form)
    target = words.word(codes_pb2.EscalationTarget, reach.target)
    return told(form, target, [contact_with_id(each, names) for each in reach.told])
