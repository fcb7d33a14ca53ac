"""Proof that whoever has a key bound also holds its private half (KeyBound.possession in kinds.proto)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from hutong.errors import HutongError
from hutong.signing.keys import PublicKey, SigningKey
from hutong.signing.pae import prefixed
from hutong.signing.spki import keyid, load_spki
from hutong.v1.codes_pb2 import (
    ALGORITHM_ECDSA_P256,
    ALGORITHM_X25519,
    KEY_USE_OPENING,
    KEY_USE_OPENING_RECOVERY,
    KEY_USE_TLS,
    KEY_USE_UNSPECIFIED,
    KeyUse,
)
from hutong.v1.kinds_pb2 import KeyBound

_OPENING = frozenset({KEY_USE_OPENING, KEY_USE_OPENING_RECOVERY})


def possession_message(origin: str, agency: str, holder: str, use: KeyUse.ValueType, spki: bytes) -> bytes:
    """What the bound key signs: it ties the key to one log, agency, holder (empty: the agency itself) and use."""
    names = b"".join(prefixed(name.encode()) for name in (origin, agency, holder))
    return b"hutong/pop/v1\x00" + names + bytes([use]) + prefixed(spki)


def prove(key: SigningKey, *, origin: str, agency: str, holder: str, use: KeyUse.ValueType) -> bytes:
    """The proof for ``key``: a signing key, or a TLS key on P-256."""
    return key.sign(possession_message(origin, agency, holder, use, key.spki))


def check(bound: KeyBound, *, origin: str, agency: str) -> None:
    """Check the key and the proof in ``bound``, as stated by ``agency`` to the log ``origin``.

    Opening keys cannot sign and carry no proof. HT-SIG-07: no key; HT-SIG-06: a key of another algorithm than stated or
    than its use needs; HT-ENV-03: an unknown use; HT-SIG-03: the proof does not hold.
    """
    if bound.use not in KeyUse.values() or bound.use == KEY_USE_UNSPECIFIED:
        raise HutongError("HT-ENV-03", field="key_bound.use", rule="KeyUse")
    if bound.use in _OPENING:
        if bound.algorithm != ALGORITHM_X25519 or not isinstance(load_spki(bound.spki), X25519PublicKey):
            raise HutongError("HT-SIG-06")
        proven = not bound.possession
    else:
        if bound.use == KEY_USE_TLS and bound.algorithm != ALGORITHM_ECDSA_P256:
            raise HutongError("HT-SIG-06")
        key = PublicKey.from_spki(bound.spki, bound.algorithm)
        message = possession_message(origin, agency, bound.holder, bound.use, bound.spki)
        proven = key.verify(message, bound.possession)
    if not proven:
        raise HutongError("HT-SIG-03", keyid=keyid(bound.spki))
