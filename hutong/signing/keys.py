"""Signing keys and the public keys that verify them."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from hutong.errors import HutongError
from hutong.signing.pem import read_pem, write_pem
from hutong.signing.spki import keyid, load_spki, spki_of
from hutong.signing.suites import SUITES, Signer, suite
from hutong.v1.codes_pb2 import ALGORITHM_ED25519, Algorithm

__all__ = ["PublicKey", "SigningKey", "keyid"]


class PublicKey:
    """A public signing key, parsed once. Immutable; equal when the bytes and the algorithm are."""

    __slots__ = ("_verify", "algorithm", "keyid", "spki")

    def __init__(self, spki: bytes, algorithm: Algorithm.ValueType) -> None:
        """``spki`` in DER. HT-SIG-06: not a key of ``algorithm``, or it does not sign; HT-SIG-07: no key at all."""
        verifier = suite(algorithm).verifier(load_spki(spki))
        if verifier is None:
            raise HutongError("HT-SIG-06")
        self._verify = verifier
        self.algorithm = algorithm
        self.spki = spki
        self.keyid = keyid(spki)

    @staticmethod
    def from_spki(spki: bytes, algorithm: Algorithm.ValueType) -> PublicKey:
        """The key of ``spki``, from a cache: parsing costs about as much as verifying. Errors as the constructor's."""
        return _parsed(spki, algorithm)

    def verify(self, message: bytes, sig: bytes) -> bool:
        """Whether ``sig`` is this key's signature over ``message``; False for bytes that are no signature at all."""
        try:
            self._verify(sig, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and (self.spki, self.algorithm) == (other.spki, other.algorithm)

    def __hash__(self) -> int:
        return hash(self.spki)

    def __repr__(self) -> str:
        return f"PublicKey({self.keyid})"


@lru_cache(maxsize=16384)
def _parsed(spki: bytes, algorithm: Algorithm.ValueType) -> PublicKey:
    return PublicKey(spki, algorithm)


class SigningKey:
    """A private signing key: an officer's, an agency system's, the hub's."""

    __slots__ = ("_private", "_sign", "public")

    def __init__(self, private: PrivateKeyTypes) -> None:
        """HT-SIG-06 when no suite signs with ``private``."""
        found = ((each.algorithm, each.signer(private)) for each in SUITES.values())
        algorithm, sign = next(((code, signer) for code, signer in found if signer), (None, None))
        if algorithm is None or sign is None:
            raise HutongError("HT-SIG-06")
        self._private = private
        self._sign: Signer = sign
        self.public = PublicKey(spki_of(private), algorithm)

    @classmethod
    def generate(cls, algorithm: Algorithm.ValueType = ALGORITHM_ED25519) -> SigningKey:
        """A new key; HT-SIG-06 for an algorithm that does not sign."""
        return cls(suite(algorithm).generate())

    @property
    def algorithm(self) -> Algorithm.ValueType:
        """ALGORITHM_ED25519 or ALGORITHM_ECDSA_P256."""
        return self.public.algorithm

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.public.spki

    @property
    def keyid(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        return self.public.keyid

    def sign(self, message: bytes) -> bytes:
        """A signature over ``message``: 64 bytes (Ed25519) or DER (ECDSA)."""
        return self._sign(message)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """PKCS #8 PEM, under ``password`` if there is one."""
        return write_pem(self._private, password)

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> SigningKey:
        """HT-SIG-07: no key; HT-SIG-08: the password is missing or wrong; HT-SIG-06: a key that does not sign."""
        return cls(read_pem(pem, password))

    def __repr__(self) -> str:
        return f"SigningKey({self.keyid})"
