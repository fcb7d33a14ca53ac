"""What the hub itself says, built the same way by the hub and by whoever replays: every byte follows from the cause.

id = SHA256("hutong/hubstmt/v1" 0x00 || u16be(len(origin)) || origin || cause_id || u32be(ordinal))[:16]; what is said
about an obligation has the digest of (obligation, number of the step) as its cause, everything else the id of an
operator's order, which no log holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import cast

from hutong.directory.duties import Channel
from hutong.directory.records import HUB_AGENCY, Directory
from hutong.errors import HutongError
from hutong.identifiers.ids import hub_nonce, hub_statement_id
from hutong.kinds import kind_of
from hutong.signing.dsse import PAYLOAD_TYPE
from hutong.signing.pae import pae
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2, options_pb2
from rules import ladder
from rules.ladder import Due
from rules.records import Item, Obligation, Recorded
from rules.state import State
from rules.steps import certified_agencies, falls, told_agencies
from rules.whom import fallen

_LIFETIME_MS = 30 * 24 * 3600 * 1000


def step_cause(item: bytes, agency: str, step: int) -> bytes:
    """The cause id of the hub's statement number ``step`` (from 0) about an obligation: 16 bytes."""
    whole = b"hutong/step/v2\0" + item + agency.encode() + b"\0" + step.to_bytes(4, "big")
    return hashlib.sha256(whole).digest()[:16]


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


def _about(
    origin: str, keyid: str, item: Item, duty: Obligation, agencies: Iterable[str], now: int
) -> header_pb2.Header:
    """A statement about ``duty`` for ``agencies``, by the number of its step."""
    header = _header(origin, keyid, step_cause(duty.item, duty.agency, duty.steps), now, codes_pb2.PURPOSE_SUPERVISION)
    header.item_id = header.in_reply_to = item.id
    header.urgency = cast(codes_pb2.Urgency.ValueType, item.urgency)
    header.facts.drill = item.drill
    for agency in agencies:
        header.recipients.add(agency=agency, role=codes_pb2.RECIPIENT_ROLE_TO)
    return header


def non_response(origin: str, keyid: str, item: Item, duty: Obligation, now: int) -> header_pb2.Header:
    """The certificate that ``duty`` was not acknowledged in time, in the form that the record supports."""
    header = _about(origin, keyid, item, duty, certified_agencies(item, duty), now)
    said = header.non_response
    said.form = (
        codes_pb2.NON_RESPONSE_FORM_DELIVERED_NOT_ACKNOWLEDGED
        if duty.delivered_at
        else codes_pb2.NON_RESPONSE_FORM_NEVER_FETCHED
    )
    said.agency, said.owner = duty.agency, duty.owner
    said.available_at, said.delivered_at, said.due_at = duty.available_at, duty.delivered_at, duty.acknowledge_by
    return header


def escalated(origin: str, keyid: str, item: Item, duty: Obligation, due: Due, now: int) -> header_pb2.Header:
    """The step ``due`` of a ladder of ``duty``."""
    header = _about(origin, keyid, item, duty, told_agencies(duty, due), now)
    said = header.escalated
    said.agency, said.owner, said.due_at, said.last = duty.agency, duty.owner, due.at, due.last
    said.track = cast(codes_pb2.LadderTrack.ValueType, due.track)
    said.form = cast(codes_pb2.EscalationForm.ValueType, due.form)
    said.to = codes_pb2.EscalationTarget.Value(f"ESCALATION_TARGET_{due.step.who.upper()}")
    said.told.extend(contact.id for contact in due.told)
    return header


def ownership_fell(
    origin: str, keyid: str, item: Item, duty: Obligation, directory: Directory, now: int
) -> header_pb2.Header:
    """The owner of ``duty`` is none any more, and its agency's head is."""
    header = _about(origin, keyid, item, duty, dict.fromkeys((duty.agency, item.from_agency)), now)
    said = header.ownership_fell
    said.agency, said.owner, said.head = duty.agency, duty.owner, directory.agencies[duty.agency].head_contact
    said.cause = cast(codes_pb2.FallCause.ValueType, fallen(directory, duty, now))
    return header


def next_step(origin: str, keyid: str, state: State, item: bytes, agency: str, now: int) -> header_pb2.Header | None:
    """What the hub has to say about an obligation at ``now``, in the order in which it fell due; None: nothing."""
    about, duty = state.items.get(item), state.obligations.get((item, agency))
    if about is None or duty is None or not duty.open:
        return None
    if falls(state, duty, now):
        return ownership_fell(origin, keyid, about, duty, state.directory, now)
    due = ladder.due(state.directory, about, duty, now)
    if due is None:
        return None
    if due.step.who == ladder.CERTIFICATE:
        return non_response(origin, keyid, about, duty, now)
    return escalated(origin, keyid, about, duty, due, now)


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


def calendar(
    origin: str, keyid: str, said: kinds_pb2.CalendarPublished, disclosed_sha256: bytes, order: bytes, now: int
) -> header_pb2.Header:
    """A year's holidays (``said`` is the CalendarPublished) are published on the operator's ``order``."""
    header = _header(origin, keyid, order, now, codes_pb2.PURPOSE_ADMINISTRATION)
    header.calendar_published.CopyFrom(said)
    header.disclosed_sha256 = disclosed_sha256
    return header


def channel_tested(
    origin: str, keyid: str, channel: Channel, challenge_sha256: bytes, cause: bytes, now: int
) -> header_pb2.Header:
    """16 random bytes with that digest go to the address of ``channel``; no log holds them, nor their ``cause``."""
    header = _header(origin, keyid, cause, now, codes_pb2.PURPOSE_ADMINISTRATION)
    said = header.channel_tested
    said.agency, said.channel, said.challenge_sha256 = channel.agency, channel.id, challenge_sha256
    return header


def check_derived(state: State, header: header_pb2.Header, digest: bytes, now: int) -> None:
    """What the hub says at ``now`` is to the byte what ``state`` has it say; HT-DTY-14 names a field that is not.

    ``digest`` is the statement's. An order's id is not in the log, so the id of a statement made on order is taken as
    given; and so is what only the hub has drawn or been told: a disclosure's digest, a challenge's.
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
    name = kind_of(header).name
    if name in ("non_response", "escalated", "ownership_fell"):
        said = next_step(origin, keyid, state, header.item_id, getattr(header, name).agency, now)
        assert said is not None  # noqa: S101 - the decision has found it due
        return said
    if name == "erased":
        made = erased(origin, keyid, state.statements[header.in_reply_to], b"", header.erased.reason, now)
    elif name == "calendar_published":
        made = calendar(origin, keyid, header.calendar_published, header.disclosed_sha256, b"", now)
    elif name == "channel_tested":
        channel = state.directory.channels[header.channel_tested.channel]
        made = channel_tested(origin, keyid, channel, header.channel_tested.challenge_sha256, b"", now)
    else:
        made = registration(origin, keyid, header.agency_registered, header.disclosed_sha256, b"", now)
    made.message_id, made.nonce = header.message_id, hub_nonce(header.message_id)
    return made
