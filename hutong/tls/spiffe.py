"""Names in certificates: SPIFFE ids (https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md) of one shape.

spiffe://<hub>/agency/<agency>/system/<name>        spiffe://<hub>/agency/<agency>/contact/<contact id>
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cryptography import x509

from hutong.errors import HutongError
from hutong.tls.names import UNREADABLE, node_name

Kind = Literal["system", "contact"]
_HUB = r"[a-z0-9][a-z0-9.-]{1,62}"
_AGENCY = r"[a-z][a-z0-9-]{1,31}"
_SYSTEM = r"[a-z][a-z0-9-]{0,31}"
_CONTACT = r"c[0-9a-f]{12}"
_URI = re.compile(
    rf"spiffe://(?P<hub>{_HUB})/agency/(?P<agency>{_AGENCY})/(?:system/(?P<system>{_SYSTEM})|contact/(?P<contact>{_CONTACT}))"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A client of one hub: an agency's system or one of its named contacts. HT-TLS-05 for names that cannot be."""

    hub: str
    """The host part of the log's origin."""
    agency: str
    kind: Kind
    name: str

    def __post_init__(self) -> None:
        if not _URI.fullmatch(self.uri):
            raise HutongError("HT-TLS-05")

    @property
    def uri(self) -> str:
        """The SPIFFE id."""
        return f"spiffe://{self.hub}/agency/{self.agency}/{self.kind}/{self.name}"

    @property
    def contact(self) -> str:
        """The contact id; empty for a system."""
        return self.name if self.kind == "contact" else ""

    @classmethod
    def parse(cls, uri: str) -> Subject:
        """The inverse of ``uri``, strictly; HT-TLS-05."""
        found = _URI.fullmatch(uri)
        if not found:
            raise HutongError("HT-TLS-05")
        if found["system"]:
            return cls(found["hub"], found["agency"], "system", found["system"])
        return cls(found["hub"], found["agency"], "contact", found["contact"])

    @classmethod
    def of(cls, holder: x509.Certificate | x509.CertificateSigningRequest) -> Subject:
        """Whom a certificate or request names: by one URI, and nothing else. HT-TLS-05 otherwise.

        A system's certificate also carries the DNS name of its agency's node.
        """
        try:
            names = list(holder.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        except (ValueError, *UNREADABLE) as error:
            raise HutongError("HT-TLS-05") from error
        if not names or not isinstance(names[0], x509.UniformResourceIdentifier):
            raise HutongError("HT-TLS-05")
        subject = cls.parse(names[0].value)
        certified = isinstance(holder, x509.Certificate) and subject.kind == "system"
        if names[1:] not in ([], [x509.DNSName(node_name(subject.agency))] if certified else []):
            raise HutongError("HT-TLS-05")
        return subject
