"""纸质回执: the day on which the own agency had an item on paper, entered.

The log holds the day and a digest over 32 random bytes and the document. The random bytes stay in the profile of
whoever enters it; with them the digest can be shown to be that of the paper.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hutong.tls.files import write_private
from hutong.v1 import kinds_pb2
from liaison import letters
from liaison.disk import at
from liaison.office import Draft, Office

_SALT = 32
_FOLDER = "receipts"


@dataclass(frozen=True)
class Kept:
    """What opens the digest of one entry, the id of its ReceivedOnPaper."""

    entry: bytes
    document_salt: bytes

    def to_text(self) -> str:
        """As it is kept: JSON."""
        plain = {"entry": self.entry.hex(), "document_salt": self.document_salt.hex()}
        return json.dumps(plain, indent=1) + "\n"


async def received(office: Office, item: bytes, on: str, scan: Path) -> tuple[Draft, Kept]:
    """The entry as a draft, and what is to be kept of it; ``on``: YYYY-MM-DD, as the paper has it."""
    matter = await office.item(item)
    salt = secrets.token_bytes(_SALT)
    said = kinds_pb2.ReceivedOnPaper(received_on=on, document_sha256=_digest(salt, scan))
    letter = letters.received_on_paper(matter, said)
    return office.draft([letter], matter), Kept(letter.message_id, salt)


def _digest(salt: bytes, scan: Path) -> bytes:
    with at(scan):
        return sha256(salt + scan.read_bytes()).digest()


def keep(office: Office, kept: Kept) -> Path:
    """Keep ``kept`` in the profile; where. Before the entry is sent: nothing else will ever open its digest."""
    file = office.profile.path / _FOLDER / f"{kept.entry.hex()}.json"
    with at(file.parent):
        file.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(file, kept.to_text().encode())
    return file
