"""Opening keys (X25519) and the wraps that carry a data encryption key to them: HPKE, RFC 9180, base mode.

``cryptography`` writes a wrap as encapsulated key (32) || ciphertext (32 + 16), which is the contract's layout. Its
HPKE takes no additional data, so a wrap is bound to its place through ``info``:

    info = "hutong/wrap/v1" 0x00 || p(origin) || p(message_id) || p(agency) || p(keyid as 64 ASCII digits)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hutong.errors import HutongError
from hutong.signing.pae import prefixed
from hutong.signing.pem import read_pem, write_pem
from hutong.signing.spki import keyid, load_spki, spki_of
from hutong.v1.envelope_pb2 import Wrap

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_WRAPPED = 80  # so that what comes out is a key of 32 bytes and nothing else


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """An opening key in force, as the log's KeyBound has it."""

    agency: str
    keyid: str
    spki: bytes


class OpeningKey:
    """A private opening key: only an agency node holds one, or a safe (the recovery key)."""

    __slots__ = ("_private", "keyid", "spki")

    def __init__(self, private: PrivateKeyTypes) -> None:
        """HT-SIG-06 for a key that is not X25519."""
        if not isinstance(private, X25519PrivateKey):
            raise HutongError("HT-SIG-06")
        self._private = private
        self.spki = spki_of(private)
        self.keyid = keyid(self.spki)

    @classmethod
    def generate(cls) -> OpeningKey:
        """A new key."""
        return cls(X25519PrivateKey.generate())

    def to_pem(self, password: bytes | None = None) -> bytes:
        """PKCS #8 PEM, under ``password`` if there is one."""
        return write_pem(self._private, password)

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> OpeningKey:
        """HT-SIG-07: no key; HT-SIG-08: the password is missing or wrong; HT-SIG-06: a key of another kind."""
        return cls(read_pem(pem, password))

    def for_agency(self, agency: str) -> RecipientKey:
        """What others wrap to."""
        return RecipientKey(agency, self.keyid, self.spki)

    def unwrap(self, wrap: Wrap, *, origin: str, message_id: bytes) -> bytes | None:
        """The data encryption key (32 bytes), or None if the wrap is for another key, agency or message, or altered."""
        if len(wrap.wrapped) != _WRAPPED:
            return None
        info = _info(origin, message_id, wrap.agency, self.keyid)
        try:
            return _HPKE.decrypt(wrap.wrapped, self._private, info)
        except (InvalidTag, ValueError):
            return None

    def __repr__(self) -> str:
        return f"OpeningKey({self.keyid})"


def wrap_key(dek: bytes, recipient: RecipientKey, *, origin: str, message_id: bytes) -> Wrap:
    """``dek`` for one recipient's key: 80 bytes. HT-SIG-07 if the key is none or not the one its id names."""
    public, actual = _public(recipient.spki)
    if actual != recipient.keyid:
        raise HutongError("HT-SIG-07", form="X25519 SubjectPublicKeyInfo (DER)")
    info = _info(origin, message_id, recipient.agency, recipient.keyid)
    try:
        wrapped = _HPKE.encrypt(dek, public, info)
    except ValueError as error:  # a point of small order: the shared secret would be known to everybody
        raise HutongError("HT-SIG-07", form="X25519 SubjectPublicKeyInfo (DER)") from error
    return Wrap(agency=recipient.agency, keyid=recipient.keyid, wrapped=wrapped)


def check_opening_key(spki: bytes) -> None:
    """HT-SIG-07 or -06 unless one can seal to this key: X25519, in its one encoding, no point of small order."""
    public, _ = _public(spki)
    try:
        _HPKE.encrypt(bytes(32), public, b"")
    except ValueError as error:
        raise HutongError("HT-SIG-07", form="X25519 SubjectPublicKeyInfo (DER)") from error


def wraps_digest(wraps: Iterable[Wrap]) -> bytes:
    """header.wraps_sha256: SHA-256 over p(keyid) || p(wrapped) of each wrap in order."""
    digest = sha256()
    for wrap in wraps:
        digest.update(prefixed(wrap.keyid.encode()) + prefixed(wrap.wrapped))
    return digest.digest()


def _info(origin: str, message_id: bytes, agency: str, keyid: str) -> bytes:
    parts = (origin.encode(), message_id, agency.encode(), keyid.encode())
    return b"hutong/wrap/v1\x00" + b"".join(map(prefixed, parts))


@lru_cache(maxsize=4096)
def _public(spki: bytes) -> tuple[X25519PublicKey, str]:
    public = load_spki(spki)
    if not isinstance(public, X25519PublicKey):
        raise HutongError("HT-SIG-06")
    return public, keyid(spki)
