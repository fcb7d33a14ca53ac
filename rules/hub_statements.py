"""What the hub itself says, built the same way by the hub and by whoever replays: every byte follows from the cause.

id = SHA256("hutong/hubstmt/v1" 0x00 || u16be(len(origin)) || origin || cause_id || u32be(ordinal))[:16]; clock steps
use the digest of (obligation, step) as their cause, everything else the id of an operator's order, which no log holds.
"""

from __future__ import annotations

import hashlib
from typing import cast

from hutong.directory.records import HUB_AGENCY
from hutong.errors import HutongError
from hutong.identifiers.ids import hub_nonce, hub_statement_id
from hutong.kinds import kind_of
from hutong.signing.dsse import PAYLOAD_TYPE
from hutong.signing.pae import pae
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2, options_pb2
from rules.records import Item, Obligation, Recorded
from rules.state import State

_LIFETIME_MS = 30 * 24 * 3600 * 1000


def step_cause(item: bytes, agency: str, step: str) -> bytes:
    """The cause id of a clock step: 16 bytes over obligation and step."""
    return hashlib.sha256(b"hutong/step/v1\0" + item + agency.encode() + b"\0" + step.encode()).digest()[:16]


def _header(origin: str, keyid: str, cause: bytes, now: int, purpose: codes_pb2.Purpose.ValueType) -> header_pb2.Header:
    message_id = hub_statement_id(origin, cause, 0)
    header = header_pb2.Header(
        version=1,
        origin=origin,
        message_id=message_id,
        nonce=hub_nonce(message_id),
        sender=header_pb2.Sender(agency=HUB_AGENCY),
        issued_at=now,
        expires_at=now + _LIFETIME_MS,
        client_sequence=1,
        handling=codes_pb2.HANDLING_INTERNAL,
        urgency=codes_pb2.URGENCY_ROUTINE,
        purpose=purpose,
    )
    header.signers.add(
        role=options_pb2.SIGNER_ROLE_HUB,
        keyid=keyid,
        algorithm=codes_pb2.ALGORITHM_ED25519,
    )
    return header


def non_response(origin: str, keyid: str, item: Item, duty: Obligation, now: int) -> header_pb2.Header:
    """The certificate that ``duty`` was not acknowledged in time, in the form that the record supports."""
    header = _header(
        origin, keyid, step_cause(item.id, duty.agency, "non_response"), now, codes_pb2.PURPOSE_SUPERVISION
    )
    header.item_id = header.in_reply_to = item.id
    header.urgency = cast(codes_pb2.Urgency.ValueType, item.urgency)
    header.facts.drill = item.drill
    header.recipients.add(agency=item.from_agency, role=codes_pb2.RECIPIENT_ROLE_TO)
    header.recipients.add(agency=duty.agency, role=codes_pb2.RECIPIENT_ROLE_TO)
    said = header.non_response
    said.form = (
        codes_pb2.NON_RESPONSE_FORM_DELIVERED_NOT_ACKNOWLEDGED
        if duty.delivered_at
        else codes_pb2.NON_RESPONSE_FORM_NEVER_FETCHED
    )
    said.agency, said.owner = duty.agency, duty.owner
    said.available_at, said.delivered_at, said.due_at = duty.available_at, duty.delivered_at, duty.acknowledge_by
    return header


def erased(
    origin: str, keyid: str, about: Recorded, order: bytes, reason: codes_pb2.ErasureReason.ValueType, now: int
) -> header_pb2.Header:
    """The body of ``about`` is deleted on ``order`` (16 bytes, the operator's or rule's)."""
    header = _header(origin, keyid, order, now, codes_pb2.PURPOSE_ADMINISTRATION)
    header.in_reply_to = about.message_id
    header.item_id = about.item
    header.erased.reason = reason
    for agency in dict.fromkeys((about.agency, *about.recipients)):
        if agency != HUB_AGENCY:
            header.recipients.add(agency=agency, role=codes_pb2.RECIPIENT_ROLE_CC)
    return header


def registration(
    origin: str, keyid: str, said: kinds_pb2.AgencyRegistered, disclosed_sha256: bytes, order: bytes, now: int
) -> header_pb2.Header:
    """An agency is registered (``said`` is the AgencyRegistered) on the operator's ``order``."""
    header = _header(origin, keyid, order, now, codes_pb2.PURPOSE_ADMINISTRATION)
    header.agency_registered.CopyFrom(said)
    header.disclosed_sha256 = disclosed_sha256
    return header


def check_derived(state: State, header: header_pb2.Header, digest: bytes, now: int) -> None:
    """What the hub says at ``now`` is to the byte what ``state`` has it say; HT-DTY-14 names a field that is not.

    ``digest`` is the statement's. An order's id is not in the log, so the id of a statement made on order is taken as
    given.
    """
    derived = _derived(state, header, now)
    derived.DiscardUnknownFields()
    payload = derived.SerializeToString(deterministic=True)
    if digest == hashlib.sha256(pae(PAYLOAD_TYPE, payload)).digest():
        return
    wrong = (f.name for f in header.DESCRIPTOR.fields if getattr(header, f.name) != getattr(derived, f.name))
    raise HutongError("HT-DTY-14", field=next(wrong, "encoding"))


def _derived(state: State, header: header_pb2.Header, now: int) -> header_pb2.Header:
    """``header`` as ``state`` has it; what it refers to is known to exist."""
    origin, keyid = header.origin, header.signers[0].keyid
    if kind_of(header).name == "non_response":
        item, duty = state.items[header.item_id], state.obligations[header.item_id, header.non_response.agency]
        return non_response(origin, keyid, item, duty, now)
    if kind_of(header).name == "erased":
        made = erased(origin, keyid, state.statements[header.in_reply_to], b"", header.erased.reason, now)
    else:
        made = registration(origin, keyid, header.agency_registered, header.disclosed_sha256, b"", now)
    made.message_id, made.nonce = header.message_id, hub_nonce(header.message_id)
    return made
