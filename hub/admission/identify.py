"""identify: the peer's certificate → agency and client, on every call and every stream message.

The identity comes from the TLS session alone, never from metadata. A channel outlives the removal of its certificate,
so each message is checked against certificates and directory as they are now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.tls.presented import presented


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


def identify(auth_context: Mapping[str, Any], issued: Mapping[bytes, Issued], directory: Directory, now: int) -> Peer:
    """The peer behind ``auth_context`` (grpc's), if it may still talk at ``now``; HT-TLS-11 or -12 otherwise."""
    shown = presented(auth_context)
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
