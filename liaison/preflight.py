"""What the hub would say, asked before anything is signed: the contract's field rules, its policies (``rules.permit``)
and its decisions (``rules.decide``), over the verified directory and the item as its parties see it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hutong.client.writing import LIFETIME_MS, Letter
from hutong.contract import validate
from hutong.directory.records import Directory, Key
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, options_pb2
from liaison.matter import Matter
from rules.decide import Statement, decide
from rules.permit.permit import Permit
from rules.records import Item, Obligation
from rules.state import State


@dataclass(frozen=True)
class Sender:
    """In whose name it will be signed."""

    origin: str
    agency: str
    contact: str
    acting_for: str = ""


def check(letter: Letter, sender: Sender, state: State, permit: Permit, now: int) -> header_pb2.Header:
    """The header that ``letter`` would get at ``now`` (ms); HutongError with the hub's own code where it would refuse.

    ``permit`` is over the directory of ``state``. HT-PRM-03: one may not ask this; by which rule, and what is lawful.
    HT-CLI-30: the sender has no signing key in the log. HT-DIR-15: there is nothing to seal to.
    """
    directory = state.directory
    header = _header(letter, sender, own_key(directory, sender, now), now)
    if not header.recipients and kinds()[letter.kind].opens_item:
        raise HutongError("HT-HDR-01", field="recipients", rule="at least one ROLE_TO")
    validate(header, "HT-HDR-01")
    permit.statement(header, kinds()[letter.kind])
    decide(state, Statement(header, b"", kinds()[letter.kind]), directory.index, now)
    if letter.body is not None:
        for agency, desk in [(to.agency, to.desk) for to in letter.to] + [(sender.agency, "")]:
            for use in (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY):
                if not directory.sealing_keys(agency, use, desk, now):
                    raise HutongError("HT-DIR-15", agency=agency)
    return header


def own_key(directory: Directory, sender: Sender, now: int) -> Key:
    """The sender's newest signing key in force; HT-CLI-30 when there is none."""
    held = [
        key
        for key in directory.keys.values()
        if (key.agency, key.holder, key.use) == (sender.agency, sender.contact, codes_pb2.KEY_USE_OFFICER)
        and directory.key_in_force(key.keyid, now)
    ]
    if not held:
        raise HutongError("HT-CLI-30", contact=sender.contact)
    return max(held, key=lambda key: key.order)


def state_of(directory: Directory, matter: Matter | None) -> State:
    """The hub's state as far as a party of ``matter`` knows it."""
    if matter is None:
        return State(directory)
    opened = Item(
        id=matter.item,
        kind=matter.kind,
        from_agency=matter.originator,
        from_contact="",
        urgency=matter.urgency,
        parties=matter.parties,
        opened_at=matter.hub.obligations[0].available_at,
        drill=False,
    )
    duties = {(matter.item, duty.agency): _obligation(matter.item, duty) for duty in matter.hub.obligations}
    return State(directory, items={matter.item: opened}, obligations=duties)


def _obligation(item: bytes, duty: casework_pb2.Obligation) -> Obligation:
    return Obligation(
        item=item,
        agency=duty.agency,
        owner=duty.owner,
        state=duty.state,
        available_at=duty.available_at,
        acknowledge_by=duty.acknowledge_by,
        delivered_at=duty.delivered_at,
        seen_at=duty.seen_at,
        acknowledged_at=duty.acknowledged_at,
        closed_at=duty.closed_at,
    )


def _header(letter: Letter, sender: Sender, key: Key, now: int) -> header_pb2.Header:
    """As ``hutong.client.writing`` makes it, but for what only sealing and signing can know."""
    officer = options_pb2.SIGNER_ROLE_OFFICER
    header = header_pb2.Header(
        version=1,
        origin=sender.origin,
        message_id=letter.message_id,
        nonce=bytes(32),
        sender=header_pb2.Sender(agency=sender.agency, contact=sender.contact, acting_for=sender.acting_for),
        recipients=[
            header_pb2.Recipient(agency=to.agency, contact=to.contact, desk=to.desk, role=to.role) for to in letter.to
        ],
        item_id=letter.item,
        in_reply_to=letter.in_reply_to,
        issued_at=now,
        expires_at=now + LIFETIME_MS,
        client_sequence=1,
        handling=letter.handling,
        urgency=letter.urgency,
        purpose=letter.purpose,
        legal_basis=letter.legal_basis,
        facts=letter.common,
        attachments=letter.attachments,
        signers=[
            header_pb2.Signer(role=officer, keyid=key.keyid, algorithm=codes_pb2.Algorithm.ValueType(key.algorithm))
        ],
    )
    kind: Any = getattr(header, letter.kind)
    kind.CopyFrom(letter.facts)
    kind.SetInParent()
    return header
