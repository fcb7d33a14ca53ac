"""Disclosures: what a directory statement tells the hub in the clear, outside the log (envelope.proto).

The log holds only the digest, taken over a random salt, so that nobody can try names against it after the erasure.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from hutong.v1.envelope_pb2 import Disclosure


def disclosed_digest(salt: bytes, card: bytes) -> bytes:
    """header.disclosed_sha256."""
    return sha256(b"hutong/disclosed/v1\x00" + salt + card).digest()


def make_disclosure(card: bytes) -> Disclosure:
    """A disclosure of ``card`` (a serialised AgencyCard or ContactCard) under a new salt."""
    return Disclosure(salt=secrets.token_bytes(32), card=card)
