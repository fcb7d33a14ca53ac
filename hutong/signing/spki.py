"""Public keys as bytes: DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) and the key id made of it."""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hutong.errors import HutongError


def keyid(spki: bytes) -> str:
    """Lower-case hex SHA-256 of ``spki``."""
    return sha256(spki).hexdigest()


def spki_of(private: PrivateKeyTypes) -> bytes:
    """The DER SubjectPublicKeyInfo of a private key."""
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def load_spki(spki: bytes) -> PublicKeyTypes:
    """The key in ``spki``; HT-SIG-07 unless it is the one DER encoding of a key (another would be a second key id)."""
    try:
        key = load_der_public_key(spki)
        canonical = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == spki
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HutongError("HT-SIG-07", form="SubjectPublicKeyInfo (DER)") from error
    if not canonical:
        raise HutongError("HT-SIG-07", form="SubjectPublicKeyInfo (DER)")
    return key
