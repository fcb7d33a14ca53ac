"""Whether the parts of a submission are the ones that its signed header names."""

from __future__ import annotations

from hashlib import sha256

from hutong.errors import HutongError
from hutong.sealing.disclosure import disclosed_digest
from hutong.sealing.keys import wraps_digest
from hutong.sealing.tokens import padded, tokens_digest
from hutong.v1.envelope_pb2 import Submission
from hutong.v1.header_pb2 import Header


def check_parts(header: Header, parts: Submission) -> None:
    """HT-HDR-06 unless each part that the header binds is there and matches, and there is no other.

    Pure; the envelope in ``parts`` is not looked at. A body comes with its commitment: without one nobody could tell
    later what was sent.
    """
    sealed = parts.sealed if parts.HasField("sealed") else None
    tokens = parts.tokens if parts.HasField("tokens") else None
    disclosure = parts.disclosure if parts.HasField("disclosure") else None
    _equal("sealed.ciphertext", header.ciphertext_sha256, sha256(sealed.ciphertext).digest() if sealed else b"")
    _equal("sealed.wraps", header.wraps_sha256, wraps_digest(sealed.wraps) if sealed else b"")
    _equal("tokens", header.tokens_sha256, tokens_digest(tokens) if tokens else b"")
    _equal(
        "disclosure",
        header.disclosed_sha256,
        disclosed_digest(disclosure.salt, disclosure.card) if disclosure else b"",
    )
    if len(header.commitment) != (32 if sealed else 0):
        raise HutongError("HT-HDR-06", part="commitment")
    # Fixed lengths keep salt, tokens and card apart inside their digests.
    if tokens and not (len(tokens.salt) == 32 and padded(tokens)):
        raise HutongError("HT-HDR-06", part="tokens")
    if disclosure and len(disclosure.salt) != 32:
        raise HutongError("HT-HDR-06", part="disclosure")


def _equal(part: str, bound: bytes, found: bytes) -> None:
    if bound != found:
        raise HutongError("HT-HDR-06", part=part)
