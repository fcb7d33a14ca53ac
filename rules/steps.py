"""What the hub itself does to an obligation when its time has come: certify silence, escalate, let ownership fall.

Each is a statement through the one path, true only in the state in which it is made; ``steps`` counts them, and with it
each has an id of its own that cannot be used twice.
"""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from rules import ladder
from rules.duty import Owners, current
from rules.outcome import Outcome
from rules.records import Item, Obligation
from rules.state import State
from rules.terms import going_on
from rules.whom import fell_at


def _found(state: State, header: header_pb2.Header, agency: str) -> tuple[Item, Obligation]:
    item, duty = state.items.get(header.item_id), state.obligations.get((header.item_id, agency))
    if item is None or duty is None:
        raise HutongError("HT-DTY-01")
    return item, duty


def non_response(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The hub certifies silence; the obligation stays open and marked."""
    item, duty = _found(state, header, header.non_response.agency)
    due = ladder.due(state.directory, item, duty, now)
    if due is None or due.step.who != ladder.CERTIFICATE:
        raise HutongError("HT-DTY-10")
    marked = replace(ladder.taken(state.directory, item, duty, due), non_response=True)
    return Outcome(changes=(marked,), deliver_to=certified_agencies(item, duty))


def certified_agencies(item: Item, duty: Obligation) -> tuple[str, ...]:
    """The agencies that get the certificate: the one that opened the item, the silent one, and whoever passed it on to
    that one and has it still."""
    return tuple(filter(None, (item.from_agency, duty.agency, duty.redirected_from)))


def escalated(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """A step of a ladder, whoever it reaches; the end of a hold is one too."""
    item, duty = _found(state, header, header.escalated.agency)
    due = ladder.due(state.directory, item, duty, now)
    if due is None or due.step.who == ladder.CERTIFICATE:
        raise HutongError("HT-DTY-40")
    changed = ladder.taken(state.directory, item, duty, due)
    if due.form == codes_pb2.ESCALATION_FORM_RESUME and duty.state == casework_pb2.OBLIGATION_STATE_ON_HOLD:
        # From the end of the hold: a hub that was down says what one that was up says.
        changed = going_on(state, item, changed, due.at)
    return Outcome(changes=(changed,), deliver_to=told_agencies(duty, due))


def told_agencies(duty: Obligation, due: ladder.Due) -> tuple[str, ...]:
    """The agencies that get the statement: the one that owes, and those of the contacts told."""
    return tuple(dict.fromkeys((duty.agency, *(contact.agency for contact in due.told))))


def falls(state: State, duty: Obligation, now: int) -> bool:
    """Whether the fall of ``duty`` is what comes next: the steps that were due before it come first."""
    at = fell_at(state.directory, duty, now)
    return duty.open and at > 0 and not 0 < duty.next_at < at


def ownership_fell(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The owner is no longer in force: the head is the owner, and the breach stays on record."""
    item, duty = _found(state, header, header.ownership_fell.agency)
    if not falls(state, duty, now):
        raise HutongError("HT-DTY-41")
    fell = replace(current(state, item, duty, now), steps=duty.steps + 1)
    told = dict.fromkeys((duty.agency, item.from_agency))
    return Outcome(changes=(fell,), deliver_to=tuple(told))
