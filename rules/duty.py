"""Receipts and duty: delivered, seen, acknowledged (签收), completed (办结), not answered, erased.

Each obligation has one owner throughout; ownership moves here only by the signed acknowledgement of whoever takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hutong.directory.records import Contact
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.v1 import casework_pb2, header_pb2
from rules.outcome import Outcome
from rules.records import Item, Obligation
from rules.state import State

Owners = Mapping[str, Contact]


def item_of(state: State, header: header_pb2.Header) -> Item:
    """The item that ``header`` belongs to, if its sender is a party to it."""
    item = state.items.get(header.item_id)
    if item is None or header.sender.agency not in item.parties:
        raise HutongError("HT-DTY-01")
    return item


def open_obligation(state: State, item: Item, header: header_pb2.Header) -> Obligation:
    """The sender's own obligation on ``item``, still open."""
    duty = state.obligations.get((item.id, header.sender.agency))
    if duty is None:
        raise HutongError("HT-DTY-02", kind=header.WhichOneof("kind"))
    if not duty.open:
        raise HutongError("HT-DTY-03")
    return duty


def own_obligation(state: State, item: Item, header: header_pb2.Header) -> Obligation:
    """``open_obligation``, if nobody has taken it on or the sending contact has; HT-DTY-09 names the owner."""
    duty = open_obligation(state, item, header)
    return duty if duty.state == casework_pb2.OBLIGATION_STATE_PENDING else owned(duty, header)


def to_parties(item: Item, header: header_pb2.Header, owners: Owners) -> tuple[str, ...]:
    """Who gets it: the recipients, all of them parties, and the sender's own agency for its file."""
    outside = [agency for agency in owners if agency not in item.parties]
    if outside:
        raise HutongError("HT-DTY-06", agency=outside[0])
    if not any(agency != header.sender.agency for agency in owners):
        raise HutongError("HT-HDR-01", field="recipients", rule="at least one other party of the item")
    return (header.sender.agency, *(a for a in owners if a != header.sender.agency))


def _to_originator(item: Item, header: header_pb2.Header, owners: Owners) -> tuple[str, ...]:
    if item.from_agency not in owners:
        raise HutongError("HT-HDR-01", field="recipients", rule=f"addressed to {item.from_agency}, who opened the item")
    return to_parties(item, header, owners)


def delivered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The recipient's system has the bytes. Starts organisational clocks where it reports the item's own opening."""
    item = item_of(state, header)
    about = state.statements.get(header.in_reply_to)
    if about is None or about.refusal or header.sender.agency not in about.recipients:
        raise HutongError("HT-DTY-07")
    if by_number()[about.kind].receipt:
        raise HutongError("HT-DTY-12")
    if about.digest != header.delivered.statement_sha256:
        raise HutongError("HT-DTY-08")
    if (about.item or about.message_id) != item.id or about.agency not in owners:
        raise HutongError("HT-DTY-07")
    duty = state.obligations.get((item.id, header.sender.agency))
    changes: tuple[Obligation, ...] = ()
    if duty is not None and about.message_id == item.id and not duty.delivered_at:
        changes = (replace(duty, delivered_at=now),)
    return Outcome(changes=changes, deliver_to=to_parties(item, header, owners))


def seen(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The owner's client opened the item; the first time counts."""
    item = item_of(state, header)
    duty = owned(open_obligation(state, item, header), header)
    changes = () if duty.seen_at else (replace(duty, seen_at=now),)
    return Outcome(changes=changes, deliver_to=_to_originator(item, header, owners))


def acknowledged(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """签收: the signing contact takes the obligation on, once."""
    item = item_of(state, header)
    duty = open_obligation(state, item, header)
    if duty.state != casework_pb2.OBLIGATION_STATE_PENDING:
        raise HutongError("HT-DTY-05", owner=duty.owner)
    taken = replace(
        duty,
        state=casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
        owner=header.sender.contact,
        acknowledged_at=now,
    )
    return Outcome(changes=(taken,), deliver_to=_to_originator(item, header, owners))


def completed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """办结 by the owner, after 签收."""
    item = item_of(state, header)
    duty = owned(open_obligation(state, item, header), header)
    if duty.state == casework_pb2.OBLIGATION_STATE_PENDING:
        raise HutongError("HT-DTY-04")
    closed = replace(
        duty,
        state=casework_pb2.OBLIGATION_STATE_CLOSED,
        outcome=header.completed.outcome,
        closed_at=now,
    )
    return Outcome(changes=(closed,), deliver_to=_to_originator(item, header, owners))


def owned(duty: Obligation, header: header_pb2.Header) -> Obligation:
    """``duty``, if it is the sending contact's; HT-DTY-09 otherwise."""
    if duty.owner != header.sender.contact:
        raise HutongError("HT-DTY-09", owner=duty.owner)
    return duty


def non_response(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The hub certifies silence; the obligation stays open and marked."""
    item = state.items.get(header.item_id)
    duty = state.obligations.get((header.item_id, header.non_response.agency))
    if item is None or duty is None:
        raise HutongError("HT-DTY-01")
    if duty.non_response or duty.state != casework_pb2.OBLIGATION_STATE_PENDING or now < duty.acknowledge_by:
        raise HutongError("HT-DTY-10")
    return Outcome(changes=(replace(duty, non_response=True),), deliver_to=(item.from_agency, duty.agency))


def erased(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The body of an earlier statement is gone; whoever had it delivered is told."""
    about = state.statements.get(header.in_reply_to)
    if about is None or about.refusal:
        raise HutongError("HT-DTY-07")
    if about.erased:
        raise HutongError("HT-DTY-11")
    parties = (about.agency, *(a for a in about.recipients if a != about.agency))
    return Outcome(deliver_to=parties, erases=about.message_id)
