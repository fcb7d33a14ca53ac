"""Detached signatures for what travels outside a statement, for example the hub's webhooks: made over the
pre-authentication encoding (pae.py) of the content type and the body as sent, and carried in an HTTP header.

    Hutong-Signature: <key id, 64 hex digits> <signature, standard base64>
"""

from __future__ import annotations

import base64
import binascii
from typing import Protocol

from hutong.errors import HutongError
from hutong.signing.keys import SigningKey
from hutong.signing.pae import pae

HEADER = "Hutong-Signature"


class Holds(Protocol):
    """Whether ``signature`` is a key's over exactly ``message``: ``VerifierKey.holds``, ``PublicKey.verify``."""

    def __call__(self, message: bytes, signature: bytes, /) -> bool: ...


def sign(body: bytes, content_type: str, key: SigningKey) -> str:
    """The header's value for ``body``."""
    return f"{key.keyid} {base64.b64encode(key.sign(pae(content_type, body))).decode()}"


def verify(body: bytes, content_type: str, value: str, holds: Holds) -> None:
    """Check the header's ``value`` over ``body`` as received; HT-SIG-03 unless ``holds`` says that it is signed.

    Which key must have signed is the receiver's own knowledge, the hub's from its policy file; the key id in the header
    only tells which one claims to have.
    """
    keyid, _, encoded = value.partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not holds(pae(content_type, body), signature):
        raise HutongError("HT-SIG-03", keyid=keyid[:64])
