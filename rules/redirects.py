"""转办: an obligation is passed on to another agency, and taken back (撤回转办) while that one has not signed for it.

Until the other has acknowledged, the first stays whose duty it is. Nothing comes back by itself: it moves by a
signature, the other's (签收, 退回) or that of whoever passed it on.
"""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from rules import ladder
from rules.clocks import PRACTICE
from rules.duty import Owners, item_of, off_hold, open_obligation, person, to_agency, to_originator, unasked, worked_on
from rules.moves import laid
from rules.outcome import Outcome
from rules.records import Item, Obligation, Record
from rules.state import State


def redirect(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """转办: one agency is asked to take it on. Whoever opened the item is addressed too, so that the one who is asked
    has in a signed header to whom its answer goes."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    to = [to.agency for to in header.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO]
    if len(to) != 1 or to[0] in (header.sender.agency, item.from_agency):
        raise HutongError("HT-HDR-01", field="recipients", rule="exactly one ROLE_TO, a third agency")
    if item.from_agency not in owners:
        raise HutongError("HT-HDR-01", field="recipients", rule=f"ROLE_CC for {item.from_agency}, who opened the item")
    if (item.id, to[0]) in state.obligations:
        raise HutongError("HT-DTY-31", agency=to[0])
    outside = [agency for agency in owners if agency not in item.parties and agency != to[0]]
    if outside:
        raise HutongError("HT-DTY-06", agency=outside[0])
    widened = item if to[0] in item.parties else replace(item, parties=(*item.parties, to[0]))
    passing = replace(unasked(off_hold(duty, now)), state=casework_pb2.OBLIGATION_STATE_REDIRECTED, redirected_to=to[0])
    new = laid(state, item, to[0], owners[to[0]].id, now, redirected_from=duty.agency)
    changes: tuple[Record, ...] = (
        widened,
        ladder.watched(state.directory, item, passing, now),
        _in_the_same_time(state, item, passing, new, now),
    )
    return Outcome(changes=changes, deliver_to=(header.sender.agency, *owners))


def _in_the_same_time(state: State, item: Item, passing: Obligation, new: Obligation, now: int) -> Obligation:
    """``new``, to be completed by when a law wants ``passing`` to be: what it gives begins with the matter and not with
    each agency, and what was extended is not extended anew. Where no law has set the time, it begins with the receipt.
    """
    if passing.complete_rule in ("", PRACTICE):
        return new
    bound = replace(
        new, complete_rule=passing.complete_rule, extensions=passing.extensions, received_at=passing.received_at
    )
    return ladder.timed(state.directory, item, bound, passing.complete_by, now)


def redirect_taken_back(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """撤回转办 by the owner, or the owning agency's head: the owner goes on with it; the other's obligation ends."""
    item = item_of(state, header)
    duty = open_obligation(state, item, header, now)
    if duty.state != casework_pb2.OBLIGATION_STATE_REDIRECTED:
        raise HutongError("HT-MOV-02")
    head = state.directory.agencies[duty.agency].head_contact
    if person(header) not in (duty.owner, head):
        raise HutongError("HT-DTY-09", owner=duty.owner)
    other = state.obligations[item.id, duty.redirected_to]
    to_agency(item, header, owners, other.agency)
    back = replace(duty, state=casework_pb2.OBLIGATION_STATE_IN_PROGRESS, redirected_to="")
    if person(header) == duty.owner:
        back = replace(back, breach=False)
    ended = replace(other, state=casework_pb2.OBLIGATION_STATE_TAKEN_BACK, closed_at=now)
    changes = (ladder.watched(state.directory, item, back, now), ladder.over(ended))
    return Outcome(changes=changes, deliver_to=to_originator(item, header, owners))
