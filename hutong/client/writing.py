"""Writing a statement: header, sealed body, signature. Pure but for randomness; sending is somebody else's business."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from google.protobuf.message import Message

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.identifiers.ids import new_message_id
from hutong.sealing.body import RecipientKey, SealedBody, seal
from hutong.sealing.disclosure import disclosed_digest, make_disclosure
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import body_pb2, codes_pb2, envelope_pb2, header_pb2, options_pb2

LIFETIME_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True)
class To:
    """One recipient: an agency, and if the sender wants, its contact or desk."""

    agency: str
    contact: str = ""
    desk: str = ""
    role: codes_pb2.RecipientRole.ValueType = codes_pb2.RECIPIENT_ROLE_TO


@dataclass(frozen=True)
class Letter:
    """What is to be said, before it is addressed, sealed and signed. ``facts`` is the kind's own message."""

    kind: str
    facts: Message
    to: Sequence[To] = ()
    body: body_pb2.Body | None = None
    item: bytes = b""
    in_reply_to: bytes = b""
    urgency: codes_pb2.Urgency.ValueType = codes_pb2.URGENCY_ROUTINE
    handling: codes_pb2.Handling.ValueType = codes_pb2.HANDLING_INTERNAL
    purpose: codes_pb2.Purpose.ValueType = codes_pb2.PURPOSE_COORDINATION
    legal_basis: Sequence[str] = ()
    common: header_pb2.CommonFacts | None = None
    attachments: Sequence[header_pb2.AttachmentRef] = ()
    mandate: bytes = b""
    card: bytes = b""
    """A directory card to disclose, serialised."""
    message_id: bytes = field(default_factory=new_message_id)


@dataclass(frozen=True)
class Author:
    """In whose name and with which key it is written."""

    origin: str
    agency: str
    contact: str
    key: SigningKey
    role: options_pb2.SignerRole.ValueType = options_pb2.SIGNER_ROLE_OFFICER
    acting_for: str = ""
    """代理: the contact in whose place an officer acts, under a delegation in force."""


@dataclass(frozen=True)
class Unsigned:
    """A statement that is sealed and addressed and wants a signature only."""

    payload: bytes
    """Its serialised Header."""
    parts: envelope_pb2.Submission
    """Everything that is submitted with it, without the envelope."""


def write(
    letter: Letter, author: Author, directory: Directory, sequence: int, now: int, lifetime: int = LIFETIME_MS
) -> envelope_pb2.Submission:
    """``letter`` sealed to the recipients' keys in ``directory`` and signed by ``author``. As ``compose``."""
    (signed,) = sign([compose(letter, author, directory, sequence, now, lifetime)], author)
    return signed


def compose(
    letter: Letter, author: Author, directory: Directory, sequence: int, now: int, lifetime: int = LIFETIME_MS
) -> Unsigned:
    """``letter`` sealed to the recipients' keys in ``directory``, with the header that ``author`` is to sign.

    ``now`` and ``lifetime`` in milliseconds. HT-DIR-15 when a recipient has no opening keys to seal to.
    """
    header = _header(letter, author, sequence, now, lifetime)
    parts = envelope_pb2.Submission()
    if letter.body is not None:
        sealed = _seal(letter.body, header, directory, now)
        parts.sealed.CopyFrom(sealed.sealed)
        header.commitment = sealed.commitment
        header.ciphertext_sha256, header.wraps_sha256 = sealed.ciphertext_sha256, sealed.wraps_sha256
    if letter.card:
        disclosure = make_disclosure(letter.card)
        parts.disclosure.CopyFrom(disclosure)
        header.disclosed_sha256 = disclosed_digest(disclosure.salt, disclosure.card)
    return Unsigned(header.SerializeToString(), parts)


def sign(statements: Sequence[Unsigned], author: Author) -> list[envelope_pb2.Submission]:
    """``statements``, which name this author's key, with the author's signature: one over all where an agency's system
    signs several (HT-SIG-09: more than 4096), and one each for an officer, who means each of them."""
    payloads = [statement.payload for statement in statements]
    if len(payloads) > 1 and author.role == options_pb2.SIGNER_ROLE_AGENCY_SYSTEM:
        envelopes = dsse.sign_batch(payloads, origin=author.origin, agency=author.agency, key=author.key)
    else:
        envelopes = [dsse.sign(payload, [author.key]) for payload in payloads]
    signed = []
    for statement, envelope in zip(statements, envelopes, strict=True):
        submission = envelope_pb2.Submission()
        submission.CopyFrom(statement.parts)
        submission.envelope.CopyFrom(envelope)
        signed.append(submission)
    return signed


def heading(
    letter: Letter, sender: header_pb2.Sender, signer: header_pb2.Signer, *, origin: str, now: int, lifetime: int
) -> header_pb2.Header:
    """The header of ``letter`` as ``sender`` says it and ``signer`` is to sign it, before anything is sealed.

    Without what makes each signing its own: ``nonce`` and ``client_sequence`` are for whoever signs.
    """
    header = header_pb2.Header(
        version=1,
        origin=origin,
        message_id=letter.message_id,
        sender=sender,
        recipients=[
            header_pb2.Recipient(agency=to.agency, contact=to.contact, desk=to.desk, role=to.role) for to in letter.to
        ],
        item_id=letter.item,
        in_reply_to=letter.in_reply_to,
        issued_at=now,
        expires_at=now + lifetime,
        handling=letter.handling,
        urgency=letter.urgency,
        purpose=letter.purpose,
        legal_basis=letter.legal_basis,
        facts=letter.common,
        attachments=letter.attachments,
        mandate_id=letter.mandate,
        signers=[signer],
    )
    kind: Any = getattr(header, letter.kind)
    kind.CopyFrom(letter.facts)
    kind.SetInParent()
    return header


def _header(letter: Letter, author: Author, sequence: int, now: int, lifetime: int) -> header_pb2.Header:
    sender = header_pb2.Sender(agency=author.agency, contact=author.contact, acting_for=author.acting_for)
    signer = header_pb2.Signer(role=author.role, keyid=author.key.keyid, algorithm=author.key.algorithm)
    header = heading(letter, sender, signer, origin=author.origin, now=now, lifetime=lifetime)
    header.nonce, header.client_sequence = secrets.token_bytes(32), sequence
    return header


def _seal(body: body_pb2.Body, header: header_pb2.Header, directory: Directory, now: int) -> SealedBody:
    """``body`` with its parties repeated inside, so that nobody can pass it off as another statement's."""
    inside = body_pb2.Body()
    inside.CopyFrom(body)
    inside.version = 1
    inside.message_id = header.message_id
    inside.sender_agency, inside.sender_contact = header.sender.agency, header.sender.contact
    del inside.recipient_agencies[:]
    inside.recipient_agencies.extend(to.agency for to in header.recipients)
    keys = [key for to in header.recipients for key in _keys(directory, to.agency, to.desk, now)]
    keys.append(_keys(directory, header.sender.agency, "", now)[0])
    return seal(inside.SerializeToString(), origin=header.origin, message_id=header.message_id, recipients=keys)


def _keys(directory: Directory, agency: str, desk: str, now: int) -> list[RecipientKey]:
    """The active and the recovery key to seal to."""
    found = []
    for use in (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY):
        held = directory.sealing_keys(agency, use, desk, now)
        if not held:
            raise HutongError("HT-DIR-15", agency=agency)
        found.append(RecipientKey(agency, held[0].keyid, held[0].spki))
    return found


def evidence_digest(evidence: bytes) -> bytes:
    """A digest of ``evidence`` that nobody can guess back: SHA-256 over a random salt and it."""
    return sha256(secrets.token_bytes(32) + evidence).digest()
