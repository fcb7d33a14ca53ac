"""工作交接: open obligations that one contact offers a colleague; they move with the colleague's signature.

An offer does not lie about for ever: it ends when the giver or the head takes it back, when the giver owns nothing of
it any more, with the term of either, and after a time (rules/data/clocks.toml). Whether it stands is asked when it
matters; nothing is said when it ends by itself, because until it is accepted nothing has moved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.v1 import header_pb2
from rules.clocks import after, span
from rules.duty import Owners
from rules.outcome import Outcome
from rules.records import Handover, Obligation, Record
from rules.state import State
from rules.whom import fallen


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
        ends_at=min(
            after(state.directory, taker.agency, now, span("handover", "most")),
            state.directory.contacts[giver].term_to,
            taker.term_to,
        ),
    )
    return Outcome(changes=(offer,), deliver_to=(header.sender.agency,))


def movable(directory: Directory, offer: Handover, duties: Iterable[Obligation], now: int) -> list[Obligation]:
    """Those of ``duties`` that would move if ``offer`` were accepted at ``now``: still open and the giver's."""
    own = (duty for duty in duties if duty.open and (duty.agency, duty.owner) == (offer.agency, offer.giver))
    return [duty for duty in own if duty.item in offer.items and not fallen(directory, duty, now)]


def over(directory: Directory, offer: Handover, duties: Iterable[Obligation], now: int) -> bool:
    """Whether ``offer``, neither answered nor withdrawn, has ended by itself; ``duties`` are those of its items."""
    if offer.answered_at or offer.withdrawn_at:
        return False
    people = (directory.contact_of(offer.agency, who, now) for who in (offer.giver, offer.taker))
    return now >= offer.ends_at or not all(people) or not movable(directory, offer, duties, now)


def handover_answered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The taker's signature moves what is still open and still the giver's."""
    offer = _waiting(state, header, now)
    if offer.taker != header.sender.contact:
        raise HutongError("HT-DTY-36", taker=offer.taker)
    accepted = header.handover_answered.accepted
    changes: list[Record] = [replace(offer, answered_at=now, accepted=accepted)]
    if accepted:
        moving = movable(state.directory, offer, _duties(state, offer), now)
        changes += (replace(duty, owner=offer.taker) for duty in moving)
    return Outcome(changes=tuple(changes), deliver_to=(offer.agency,))


def handover_withdrawn(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The giver, or the agency's head, takes the offer back: nothing had moved."""
    offer = _waiting(state, header, now)
    head = state.directory.agencies[offer.agency].head_contact
    if header.sender.contact not in (offer.giver, head):
        raise HutongError("HT-MOV-03", giver=offer.giver)
    return Outcome(changes=(replace(offer, withdrawn_at=now),), deliver_to=(offer.agency,))


def _waiting(state: State, header: header_pb2.Header, now: int) -> Handover:
    """The offer that ``header`` names, if it waits for an answer: HT-DTY-37, HT-MOV-04, HT-MOV-05 where it does not."""
    offer = state.handovers.get(header.in_reply_to)
    if offer is None or offer.agency != header.sender.agency:
        raise HutongError("HT-DTY-07")
    if offer.answered_at:
        raise HutongError("HT-DTY-37")
    if offer.withdrawn_at:
        raise HutongError("HT-MOV-04")
    if over(state.directory, offer, _duties(state, offer), now):
        raise HutongError("HT-MOV-05", giver=offer.giver)
    return offer


def _duties(state: State, offer: Handover) -> list[Obligation]:
    found = (state.obligations.get((item, offer.agency)) for item in offer.items)
    return [duty for duty in found if duty is not None]
