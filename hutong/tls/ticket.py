"""Enrolment tickets: all that an agency needs for its first connection, as one text to copy or to send as a file.

    hutong-ticket-1.<base64url of JSON>.<first 8 hex digits of its SHA-256>

The check digits tell a slip in copying; they protect nothing. Whoever holds the ticket can enrol once, so it goes by a
channel that both sides trust.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from hutong.errors import HutongError
from hutong.tls.names import check_address, check_origin, check_policy, check_root

_TEXT = re.compile(r"hutong-ticket-1\.([A-Za-z0-9_-]{1,16384})\.([0-9a-f]{8})")
_FIELDS = {"origin", "enrol_address", "address", "root_pem", "policy", "agency", "token"}
_AGENCY = re.compile(r"[a-z][a-z0-9-]{1,31}")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One agency's way in, good for one use. HT-ENR-03 for values that cannot be."""

    origin: str
    enrol_address: str
    """host:port of the enrolment service, which asks for no certificate."""
    address: str
    """host:port of everything else."""
    root_pem: str
    policy: str
    """Whose checkpoints count (C2SP tlog-policy): the log's key, and later its witnesses."""
    agency: str
    token: bytes = field(repr=False)
    """32 random bytes; none in an invitation, which only tells an agency's own people where the hub is."""

    def __post_init__(self) -> None:
        try:
            check_origin(self.origin)
            check_address(self.enrol_address)
            check_address(self.address)
            check_root(self.root_pem)
            check_policy(self.policy, self.origin)
        except HutongError as error:
            raise HutongError("HT-ENR-03") from error
        if not _AGENCY.fullmatch(self.agency) or len(self.token) not in (0, 32):
            raise HutongError("HT-ENR-03")

    def to_text(self) -> str:
        """One line of ASCII."""
        values = asdict(self) | {"token": self.token.hex()}
        body = urlsafe_b64encode(json.dumps(values, sort_keys=True).encode()).rstrip(b"=")
        return f"hutong-ticket-1.{body.decode()}.{_check(body)}"

    @classmethod
    def from_text(cls, text: str) -> Ticket:
        """The ticket in ``text``; line breaks and spaces that a mail program put in are passed over. HT-ENR-03."""
        found = _TEXT.fullmatch("".join(text.split()))
        if not found or _check(found[1].encode()) != found[2]:
            raise HutongError("HT-ENR-03")
        try:
            values = json.loads(urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
            if not isinstance(values, dict) or set(values) != _FIELDS:
                raise HutongError("HT-ENR-03")
            if not all(isinstance(value, str) for value in values.values()):
                raise HutongError("HT-ENR-03")
            return cls(**values | {"token": bytes.fromhex(values["token"])})
        except (ValueError, RecursionError) as error:
            raise HutongError("HT-ENR-03") from error


def _check(body: bytes) -> str:
    return sha256(body).hexdigest()[:8]
