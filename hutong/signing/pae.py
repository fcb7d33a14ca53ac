"""Pre-authentication encoding of DSSE v1 (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md)."""

from __future__ import annotations


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that a signature covers: both parts with their lengths, so that no pair of them reads as another."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def prefixed(part: bytes) -> bytes:
    """``p(x) = u16be(len(x)) || x`` of the contract; a part longer than 65,535 bytes is an OverflowError."""
    return len(part).to_bytes(2, "big") + part
