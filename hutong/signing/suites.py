"""Signature suites behind one small interface: Ed25519 (RFC 8032) and ECDSA P-256 with SHA-256 (FIPS 186-5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hutong.errors import HutongError
from hutong.v1.codes_pb2 import ALGORITHM_ECDSA_P256, ALGORITHM_ED25519, Algorithm

Signer = Callable[[bytes], bytes]
"""message → signature"""
Verifier = Callable[[bytes, bytes], None]
"""(signature, message); raises InvalidSignature"""


class Suite(ABC):
    """One signature algorithm. A suite answers None for keys that are not of its kind."""

    algorithm: Algorithm.ValueType

    @abstractmethod
    def generate(self) -> PrivateKeyTypes:
        """A new private key."""

    @abstractmethod
    def signer(self, private: PrivateKeyTypes) -> Signer | None:
        """What signs with ``private``."""

    @abstractmethod
    def verifier(self, public: PublicKeyTypes) -> Verifier | None:
        """What verifies with ``public``."""


_P = 2**255 - 19
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})
"""The y coordinates of the points of order 1, 2, 4 and 8 on edwards25519 (RFC 8032 §5.1)."""


class Ed25519(Suite):
    """RFC 8032, pure Ed25519; signatures of 64 bytes."""

    algorithm = ALGORITHM_ED25519

    def generate(self) -> PrivateKeyTypes:
        return ed25519.Ed25519PrivateKey.generate()

    def signer(self, private: PrivateKeyTypes) -> Signer | None:
        return private.sign if isinstance(private, ed25519.Ed25519PrivateKey) else None

    def verifier(self, public: PublicKeyTypes) -> Verifier | None:
        if not isinstance(public, ed25519.Ed25519PublicKey):
            return None
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        # A key of small order "verifies" one signature over many messages: its holder could disown what was signed.
        if (int.from_bytes(raw, "little") & (2**255 - 1)) % _P in _SMALL_ORDER_Y:
            return None
        return public.verify


class EcdsaP256(Suite):
    """ECDSA on P-256 with SHA-256; signatures in DER (RFC 3279 §2.2.3)."""

    algorithm = ALGORITHM_ECDSA_P256
    _how = ec.ECDSA(SHA256())

    def generate(self) -> PrivateKeyTypes:
        return ec.generate_private_key(ec.SECP256R1())

    def signer(self, private: PrivateKeyTypes) -> Signer | None:
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            return None
        key = private
        return lambda message: key.sign(message, self._how)

    def verifier(self, public: PublicKeyTypes) -> Verifier | None:
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
            return None
        key = public
        return lambda sig, message: key.verify(sig, message, self._how)


SUITES: dict[int, Suite] = {suite.algorithm: suite for suite in (Ed25519(), EcdsaP256())}


def suite(algorithm: int) -> Suite:
    """The suite of ``algorithm``; HT-SIG-06 for one that does not sign or is not known here."""
    found = SUITES.get(algorithm)
    if found is None:
        raise HutongError("HT-SIG-06")
    return found
