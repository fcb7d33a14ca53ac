"""How an obligation is laid, assigned and pushed (催). Passing on: redirects.py; handing over: handovers.py.

Ownership moves by a signed accept, by the head inside an agency, or falls to the head (rules/steps.py). A coordinator
gives an item to the recipient's head and to nobody else, and not before something was missed.
"""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from rules import ladder
from rules.clocks import after, pace, span
from rules.duty import PENDING, Owners, item_of, obligation_of, person, to_parties
from rules.outcome import Outcome
from rules.records import Item, Obligation
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
        _check_missed(state, item, duty, now)
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


def _check_missed(state: State, item: Item, duty: Obligation, now: int) -> None:
    """A coordinator comes in once a clock of ``duty`` has run out, and not before: HT-MOV-01 says from when on, and
    whom the ladder tells first from then on. In review it is the other side's turn."""
    if duty.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW:
        raise HutongError("HT-DTY-15")
    since = min((at for at in (duty.attention_by, duty.runs_out_at) if at), default=0)
    silent = duty.non_response and duty.state == PENDING
    if silent or duty.breach or duty.red or since <= now:
        return
    first = " ".join(_first_told(state, item, duty, since)) or "–"
    raise HutongError("HT-MOV-01", since=since, contacts=first)


def _first_told(state: State, item: Item, duty: Obligation, since: int) -> tuple[str, ...]:
    """Whom the ladders of ``duty`` tell first at ``since`` or later, if nothing else happens."""
    while due := ladder.due(state.directory, item, duty, duty.next_at):
        if due.told and due.at >= since:
            return tuple(contact.id for contact in due.told)
        duty = ladder.taken(state.directory, item, duty, due)
    return ()


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
