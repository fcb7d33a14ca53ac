"""Private keys in files: PKCS #8 PEM (RFC 5958, RFC 7468), under a PIN where a person holds them.

The password-based encryption that PKCS #8 libraries write by default is quick to guess at, and a PIN is short. So a PIN
is first stretched by scrypt (RFC 7914); its parameters stand as explanatory text (RFC 7468 §5.2) before the PEM block.
"""

from __future__ import annotations

import re
import secrets

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hutong.errors import HutongError

_COST = 2**16  # 64 MiB and about a quarter of a second a guess
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----\s[A-Za-z0-9+/=\s]+-----END")
_STRETCHED = re.compile(rb"\AHutong-PIN: scrypt n=65536 r=8 p=1 salt=([0-9a-f]{32})\n")


def _stretch(password: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(password).hex().encode()


def write_pem(private: PrivateKeyTypes, password: bytes | None) -> bytes:
    """``private`` as PEM; without ``password`` in the clear, for keys that a machine must reach alone."""
    if not password:
        return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    salt = secrets.token_bytes(16)
    encryption = BestAvailableEncryption(_stretch(password, salt))
    text = b"Hutong-PIN: scrypt n=%d r=8 p=1 salt=%b\n" % (_COST, salt.hex().encode())
    return text + private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def read_pem(pem: bytes, password: bytes | None) -> PrivateKeyTypes:
    """The key in ``pem``. A password for a key in the clear is ignored.

    HT-SIG-08 when the password is missing or wrong, HT-SIG-07 when it is no key.
    """
    stretched = _STRETCHED.match(pem)
    locked = stretched is not None or _ENCRYPTED.search(pem) is not None
    if locked and not password:
        raise HutongError("HT-SIG-08")
    secret = password or None
    if stretched and password:
        secret = _stretch(password, bytes.fromhex(stretched[1].decode()))
    try:
        return load_pem_private_key(pem, secret if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HutongError("HT-SIG-08" if locked else "HT-SIG-07", form="PKCS #8 PEM") from error
