"""Sealing a body for its recipients and opening it.

    commitment = HMAC-SHA256(r, "hutong/commit/v1" 0x00 || plaintext)
    ciphertext = nonce (12) || AES-256-GCM(DEK, nonce, r (32) || plaintext, aad = message_id || payload_type)

GCM does not commit to its key: one ciphertext can be made to open to different texts under different keys. The
commitment in the signed header closes that, and r keeps it from telling anything about a guessable text.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError

from hutong.errors import HutongError
from hutong.sealing.keys import OpeningKey, RecipientKey, wrap_key, wraps_digest
from hutong.signing.dsse import PAYLOAD_TYPE
from hutong.v1.body_pb2 import Body
from hutong.v1.envelope_pb2 import Sealed
from hutong.v1.header_pb2 import Header

__all__ = [
    "MAX_PLAINTEXT",
    "RecipientKey",
    "SealedBody",
    "open_body",
    "read_body",
    "read_unsealed",
    "seal",
    "unseal",
    "wraps_digest",
]

_NONCE, _BLIND, _TAG = 12, 32, 16
MAX_PLAINTEXT = 4_194_304 - _NONCE - _BLIND - _TAG
"""Bytes of a serialised Body that fit into Sealed.ciphertext."""
_MAX_WRAPS = 200


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A sealed body with the digests that the header binds."""

    sealed: Sealed
    commitment: bytes
    ciphertext_sha256: bytes
    wraps_sha256: bytes


def seal(plaintext: bytes, *, origin: str, message_id: bytes, recipients: Sequence[RecipientKey]) -> SealedBody:
    """Seal a serialised Body to ``recipients``, in the contract's order: of each recipient in header order the active,
    then the recovery key; then the sender's own active key.

    HT-ENV-01: too large; HT-ENV-03: empty, or not 1 to 200 keys; HT-SEA-03: one key twice; HT-SIG-06/07: no such key.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise HutongError("HT-ENV-01", part="body", size=len(plaintext), limit=MAX_PLAINTEXT)
    if not plaintext:
        raise HutongError("HT-ENV-03", field="sealed.ciphertext", rule="> 60")
    if not 1 <= len(recipients) <= _MAX_WRAPS:
        raise HutongError("HT-ENV-03", field="sealed.wraps", rule=f"1–{_MAX_WRAPS}")
    seen: set[tuple[str, str]] = set()
    for key in recipients:
        if (key.agency, key.keyid) in seen:
            raise HutongError("HT-SEA-03", agency=key.agency, use=key.keyid[:16])
        seen.add((key.agency, key.keyid))
    dek, blind, nonce = secrets.token_bytes(32), secrets.token_bytes(_BLIND), secrets.token_bytes(_NONCE)
    ciphertext = nonce + AESGCM(dek).encrypt(nonce, blind + plaintext, _aad(message_id))
    wraps = [wrap_key(dek, key, origin=origin, message_id=message_id) for key in recipients]
    return SealedBody(
        sealed=Sealed(ciphertext=ciphertext, wraps=wraps),
        commitment=_commit(blind, plaintext),
        ciphertext_sha256=sha256(ciphertext).digest(),
        wraps_sha256=wraps_digest(wraps),
    )


def open_body(sealed: Sealed, header: Header, keys: Mapping[str, OpeningKey], own_agency: str) -> bytes:
    """The plaintext of ``sealed``; see ``unseal``."""
    return unseal(sealed, header, keys, own_agency)[_BLIND:]


def unseal(sealed: Sealed, header: Header, keys: Mapping[str, OpeningKey], own_agency: str) -> bytes:
    """What is inside ``sealed``, r (32 bytes) || plaintext, opened with one of ``keys`` (by key id) of ``own_agency``.

    ``sealed`` may carry only the caller's own wraps, as deliveries do; the digest over all wraps is checked by
    ``check_parts``. HT-SEA-04: the ciphertext is not the one that was signed; HT-SEA-01: no wrap opens; HT-SEA-02: what
    is in it is not what the header commits to.
    """
    if sha256(sealed.ciphertext).digest() != header.ciphertext_sha256:
        raise HutongError("HT-SEA-04")
    failure = "HT-SEA-01"
    for wrap in sealed.wraps:
        key = keys.get(wrap.keyid) if wrap.agency == own_agency else None
        dek = key.unwrap(wrap, origin=header.origin, message_id=header.message_id) if key else None
        if dek is None:
            continue
        inside = _decrypt(sealed.ciphertext, dek, header)
        if inside is not None and _committed(inside, header):
            return inside
        failure = "HT-SEA-02"
    raise HutongError(failure)


def read_unsealed(inside: bytes, header: Header) -> Body:
    """The Body in what somebody else has unsealed; HT-SEA-02 unless it is what the header commits to."""
    if not _committed(inside, header):
        raise HutongError("HT-SEA-02")
    return read_body(inside[_BLIND:], header)


def read_body(plaintext: bytes, header: Header) -> Body:
    """The Body in an opened plaintext.

    HT-SEA-02 unless it names the header's message, sender and recipients: a body that somebody lifted out of another
    statement must not pass for this one's.
    """
    try:
        body = Body.FromString(plaintext)
    except DecodeError as error:
        raise HutongError("HT-SEA-02") from error
    inside = (body.message_id, body.sender_agency, body.sender_contact, list(body.recipient_agencies))
    sender = header.sender
    if inside != (header.message_id, sender.agency, sender.contact, [each.agency for each in header.recipients]):
        raise HutongError("HT-SEA-02")
    return body


def _decrypt(ciphertext: bytes, dek: bytes, header: Header) -> bytes | None:
    nonce = ciphertext[:_NONCE]
    try:
        return AESGCM(dek).decrypt(nonce, ciphertext[_NONCE:], _aad(header.message_id))
    except (InvalidTag, ValueError):
        return None


def _committed(inside: bytes, header: Header) -> bool:
    return hmac.compare_digest(_commit(inside[:_BLIND], inside[_BLIND:]), header.commitment)


def _commit(blind: bytes, plaintext: bytes) -> bytes:
    return hmac.digest(blind, b"hutong/commit/v1\x00" + plaintext, "sha256")


def _aad(message_id: bytes) -> bytes:
    return message_id + PAYLOAD_TYPE.encode()
