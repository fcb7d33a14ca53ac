"""How an obligation changes hands: passed on to another agency (转办), assigned, handed over (交接), pushed (催).

Ownership moves by a signed accept, by the head inside an agency, or falls to the head (rules/steps.py). A coordinator
gives an item to the recipient's head and to nobody else.
"""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from rules import ladder
from rules.clocks import after, pace, span
from rules.duty import PENDING, Owners, item_of, obligation_of, off_hold, person, to_parties, worked_on
from rules.outcome import Outcome
from rules.records import Handover, Item, Obligation, Record
from rules.relation import superiors
from rules.state import State


def laid(state: State, item: Item, agency: str, owner: str, now: int, redirected_from: str = "") -> Obligation:
    """A new obligation of ``agency`` on ``item``, available from ``now``."""
    duty = Obligation(
        item=item.id,
        agency=agency,
        owner=owner,
        state=PENDING,
        available_at=now,
        acknowledge_by=0,
        redirected_from=redirected_from,
    )
    return ladder.awaiting(state.directory, item, duty, now)


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
    passing = replace(
        off_hold(duty, now),
        state=casework_pb2.OBLIGATION_STATE_REDIRECTED,
        redirected_to=to[0],
        extension_stage=0,
        extension_until=0,
        extension_request=b"",
    )
    changes: tuple[Record, ...] = (
        widened,
        ladder.watched(state.directory, item, passing, now),
        laid(state, item, to[0], owners[to[0]].id, now, redirected_from=duty.agency),
    )
    return Outcome(changes=changes, deliver_to=(header.sender.agency, *owners))


def assigned(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The head gives it to a contact of the agency, a coordinator to its head; the named recipient owns it now."""
    item = state.items.get(header.item_id)
    if item is None:
        raise HutongError("HT-DTY-01")
    agency = header.assigned.agency
    duty = obligation_of(state, item, agency, "assigned", now)
    named = [to.contact for to in header.recipients if to.agency == agency]
    if len(owners) != 1 or not named or not named[0]:
        raise HutongError("HT-HDR-01", field="recipients", rule=f"exactly one: the new owner at {agency}, by name")
    head = state.directory.agencies[agency].head_contact
    if header.sender.contact != head:
        _check_coordinator(state, item, duty, header)
        if named[0] != head:
            raise HutongError("HT-DTY-33", head=head)
    if named[0] == duty.owner:
        raise HutongError("HT-HDR-01", field="recipients", rule="another contact than the present owner")
    moved = replace(duty, owner=named[0], moved=duty.moved + 1, breach=False)
    if duty.state not in (PENDING, casework_pb2.OBLIGATION_STATE_ON_HOLD, casework_pb2.OBLIGATION_STATE_IN_REVIEW):
        moved = ladder.watched(state.directory, item, moved, now)
    told = dict.fromkeys((agency, header.sender.agency, item.from_agency))
    return Outcome(changes=(moved,), deliver_to=tuple(told))


def _check_coordinator(state: State, item: Item, duty: Obligation, header: header_pb2.Header) -> None:
    """The sender coordinates for this obligation: above the agency that owes, or where the item came from."""
    sender = state.directory.contacts[header.sender.contact]
    places = (*superiors(state.directory, duty.agency), item.from_agency)
    if codes_pb2.CONTACT_ROLE_COORDINATOR not in sender.roles or sender.agency not in places:
        raise HutongError("HT-DTY-32", head=state.directory.agencies[duty.agency].head_contact)


def handover_offered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """工作交接: offered by the owner to a colleague; nothing moves yet."""
    giver, said = header.sender.contact, header.handover_offered
    taker = owners.get(header.sender.agency)
    if taker is None or len(owners) != 1 or taker.id == giver or not header.recipients[0].contact:
        raise HutongError("HT-HDR-01", field="recipients", rule="exactly one: the colleague who takes over, by name")
    if list(said.items) != sorted(said.items):
        raise HutongError("HT-HDR-01", field="handover_offered.items", rule="ascending")
    own = {duty.item for duty in state.owned_by(giver)}
    strange = [item for item in said.items if item not in own]
    if strange:
        raise HutongError("HT-DTY-34", item=strange[0].hex())
    if said.leaving and own != set(said.items):
        raise HutongError("HT-DTY-35", missing=len(own - set(said.items)))
    offer = Handover(
        id=header.message_id,
        agency=header.sender.agency,
        giver=giver,
        taker=taker.id,
        items=tuple(said.items),
        leaving=said.leaving,
        offered_at=now,
    )
    return Outcome(changes=(offer,), deliver_to=(header.sender.agency,))


def handover_answered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The taker's signature moves what is still open and still the giver's."""
    offer = state.handovers.get(header.in_reply_to)
    if offer is None or offer.agency != header.sender.agency:
        raise HutongError("HT-DTY-07")
    if offer.taker != header.sender.contact:
        raise HutongError("HT-DTY-36", taker=offer.taker)
    if offer.answered_at:
        raise HutongError("HT-DTY-37")
    accepted = header.handover_answered.accepted
    changes: list[Record] = [replace(offer, answered_at=now, accepted=accepted)]
    if accepted:
        duties = (state.obligations.get((item, offer.agency)) for item in offer.items)
        still = (duty for duty in duties if duty is not None and duty.open and duty.owner == offer.giver)
        changes += (replace(duty, owner=offer.taker) for duty in still)
    return Outcome(changes=tuple(changes), deliver_to=(offer.agency,))


def escalation_forced(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The next step of the ladder is due now, because whoever opened the item or the owing agency's head says so."""
    item = item_of(state, header)
    agency = header.escalation_forced.agency
    duty = obligation_of(state, item, agency, "escalation_forced", now)
    from_outside = header.sender.agency == item.from_agency
    if not from_outside and person(header) != state.directory.agencies[agency].head_contact:
        raise HutongError("HT-DTY-38", agency=item.from_agency)
    wait = span("push", pace(item.urgency, item.drill))
    if duty.pushed_at and now < after(state.directory, agency, duty.pushed_at, wait):
        raise HutongError("HT-DTY-46", minutes=wait.amount)
    pushed = ladder.hurried(state.directory, item, duty, now)
    if pushed is None:
        raise HutongError("HT-DTY-39")
    # In review it is the one who pushes that is waited for.
    others = from_outside and duty.state != casework_pb2.OBLIGATION_STATE_IN_REVIEW
    counted = replace(pushed, pushed_at=now, forced_by_others=pushed.forced_by_others + others)
    return Outcome(changes=(counted,), deliver_to=to_parties(item, header, owners))
