"""identify: the peer's certificate → agency and client, on every call and every stream message.

The identity comes from the TLS session alone, never from metadata. A channel outlives the removal of its certificate,
so each message is checked against certificates and directory as they are now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.tls.spiffe import Subject


@dataclass(frozen=True, slots=True)
class Presented:
    """What a certificate says of itself."""

    fingerprint: bytes
    subject: Subject
    keyid: str
    not_after: int


@dataclass(frozen=True, slots=True)
class Issued:
    """What the hub's authority remembers of a certificate."""

    agency: str
    not_after: int
    revoked_at: int


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is calling: the agency, its system or one of its contacts, and by which certificate."""

    agency: str
    contact: str
    fingerprint: bytes

    @property
    def is_system(self) -> bool:
        """Whether it is the agency's system rather than an officer."""
        return not self.contact

    @property
    def client(self) -> str:
        """One name for all certificates of this system or officer."""
        return f"{self.agency}/{self.contact}"


@lru_cache(maxsize=4096)
def presented(pem: bytes) -> Presented | None:
    """The certificate in ``pem``; None when it names nobody of this world."""
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        subject = Subject.of(certificate)
    except HutongError:
        return None
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Presented(
        fingerprint=sha256(certificate.public_bytes(Encoding.DER)).digest(),
        subject=subject,
        keyid=sha256(spki).hexdigest(),
        not_after=int(certificate.not_valid_after_utc.timestamp() * 1000),
    )


def identify(auth_context: Mapping[str, Any], issued: Mapping[bytes, Issued], directory: Directory, now: int) -> Peer:
    """The peer behind ``auth_context`` (grpc's), if it may still talk at ``now``; HT-TLS-11 or -12 otherwise."""
    pems = auth_context.get("x509_pem_cert") or ()
    shown = presented(bytes(pems[0])) if pems else None
    if shown is None:
        raise HutongError("HT-TLS-11")
    known = issued.get(shown.fingerprint)
    agency = shown.subject.agency
    contact = shown.subject.name if shown.subject.kind == "contact" else ""
    key = directory.keys.get(shown.keyid)
    gone = (
        known is None
        or known.agency != agency
        or known.revoked_at
        or now >= known.not_after
        or agency not in directory.agencies
        or (contact and directory.contact_of(agency, contact, now) is None)
        or (key is not None and not key.in_force(now))
    )
    if gone:
        raise HutongError("HT-TLS-12")
    return Peer(agency, contact, shown.fingerprint)
