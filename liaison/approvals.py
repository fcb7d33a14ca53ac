"""Decisions of the head's that were taken on paper: entered by one contact, checked by another (录入, 核对).

The log holds digests only, each over 32 random bytes and the document's number or the document. The random bytes stay
with whoever enters the paper, in the profile; with them the digests can be shown to be those of the paper.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.tls.files import write_private
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import letters
from liaison.disk import at
from liaison.office import Draft, Office

_SALT = 32
_FOLDER = "approvals"


@dataclass(frozen=True)
class Given:
    """What the paper says: its scan, its number, its day (YYYY-MM-DD), who signed it, and what was decided."""

    scan: Path
    number: str
    decided_on: str
    post: codes_pb2.ApprovalPost.ValueType
    granted: bool = True


@dataclass(frozen=True)
class Secrets:
    """What opens the digests of one entry."""

    entry: bytes
    """The id of its ApprovalRecorded."""
    number: str
    number_salt: bytes
    document_salt: bytes

    def to_text(self) -> str:
        """As it is kept, and handed to whoever checks: JSON."""
        plain = {
            "entry": self.entry.hex(),
            "number": self.number,
            "number_salt": self.number_salt.hex(),
            "document_salt": self.document_salt.hex(),
        }
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"

    @staticmethod
    def from_text(text: str, file: str) -> Secrets:
        """The inverse; HT-CLI-26."""
        try:
            plain = json.loads(text)
            entry, *salts = (bytes.fromhex(plain[name]) for name in ("entry", "number_salt", "document_salt"))
            return Secrets(entry, str(plain["number"]), *salts)
        except (ValueError, KeyError, TypeError) as error:
            raise HutongError("HT-CLI-26", file=file, why=say("approval-proof-form")) from error


async def entry(office: Office, item: bytes, given: Given) -> tuple[Draft, Secrets]:
    """录入: the entry as a draft, and what is to be kept of it once it is recorded."""
    matter = await office.item(item)
    number_salt, document_salt = secrets.token_bytes(_SALT), secrets.token_bytes(_SALT)
    said = kinds_pb2.ApprovalRecorded(
        subject=codes_pb2.APPROVAL_SUBJECT_EXTENSION,
        granted=given.granted,
        number_sha256=_digest(number_salt, given.number.encode()),
        document_sha256=_digest(document_salt, _bytes(given.scan)),
        decided_on=given.decided_on,
        post=given.post,
    )
    letter = letters.approval_recorded(matter, said)
    return office.draft([letter], matter), Secrets(letter.message_id, given.number, number_salt, document_salt)


def keep(office: Office, kept: Secrets) -> Path:
    """Keep ``kept`` in the profile; where. Before the entry is sent: nothing else will ever open its digests."""
    file = office.profile.path / _FOLDER / f"{kept.entry.hex()}.json"
    with at(file.parent):
        file.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(file, kept.to_text().encode())
    return file


async def check(office: Office, item: bytes, said: str, *, agrees: bool) -> tuple[Draft, casework_pb2.PaperApproval]:
    """核对 of the entry that ``said`` means, or of the only one that nobody has checked. HT-CLI-65: several
    could be; HT-CLI-84: there is none such."""
    matter = await office.item(item)
    given = said.strip().lower().replace("-", "")
    among = [each for each in matter.hub.approvals if (each.id.hex().endswith(given) if given else not each.checked_by)]
    if not among:
        raise HutongError("HT-CLI-84")
    if len(among) > 1:
        raise HutongError("HT-CLI-65", count=len(among))
    return office.draft([letters.approval_checked(matter, among[0].id, agrees=agrees)], matter), among[0]


def prove(header: header_pb2.Header, kept: Secrets, scan: Path) -> None:
    """HT-CLI-66 unless the paper at hand is the one whose digests ``header``, a verified ApprovalRecorded, bears."""
    said = header.approval_recorded
    fits = {
        "entry": kept.entry == header.message_id,
        "number_sha256": _digest(kept.number_salt, kept.number.encode()) == said.number_sha256,
        "document_sha256": _digest(kept.document_salt, _bytes(scan)) == said.document_sha256,
    }
    for field, same in fits.items():
        if not same:
            raise HutongError("HT-CLI-66", field=field)


def _digest(salt: bytes, content: bytes) -> bytes:
    return sha256(salt + content).digest()


def _bytes(file: Path) -> bytes:
    with at(file):
        return file.read_bytes()
