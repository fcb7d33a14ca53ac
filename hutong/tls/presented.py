"""The certificate that a caller has shown in a TLS session, as grpc hands it on: whom it names, by which key.

What a certificate says of itself is no permission: whoever is asked holds it against the directory as it is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hutong.errors import HutongError
from hutong.signing.spki import keyid
from hutong.tls.spiffe import Subject


@dataclass(frozen=True, slots=True)
class Presented:
    """What a certificate says of itself."""

    fingerprint: bytes
    """SHA-256 of its DER."""
    subject: Subject
    keyid: str
    not_after: int
    """Milliseconds since 1970 (UTC)."""


def presented(auth_context: Mapping[str, Any]) -> Presented:
    """The certificate behind grpc's ``auth_context``; HT-TLS-11 for none, and for one that names nobody of this
    world."""
    pems = auth_context.get("x509_pem_cert") or ()
    shown = _read(bytes(pems[0])) if pems else None
    if shown is None:
        raise HutongError("HT-TLS-11")
    return shown


@lru_cache(maxsize=4096)
def _read(pem: bytes) -> Presented | None:
    """A channel shows the same certificate with every message."""
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        subject = Subject.of(certificate)
    except HutongError:
        return None
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Presented(
        fingerprint=sha256(certificate.public_bytes(Encoding.DER)).digest(),
        subject=subject,
        keyid=keyid(spki),
        not_after=int(certificate.not_valid_after_utc.timestamp() * 1000),
    )
