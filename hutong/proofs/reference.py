"""One line that points at one entry of one log so that nothing else can stand in its place: for paper and QR codes.

    hutong:demo.hutong.example/log#323.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA

The log's origin, the entry's index, and the entry's leaf hash (RFC 6962 §2.1) in base64url (RFC 4648 §5) without
padding. Whoever holds the log, an export or a proof of the entry can check it offline.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from hutong.errors import HutongError
from hutong.proofs.tree import HASH_SIZE, leaf_hash

_FORM = re.compile(r"hutong:(?P<origin>[^\s#]{1,255})#(?P<index>0|[1-9][0-9]{0,18})\.(?P<leaf>[A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Reference:
    """An entry by where it stands and what it is."""

    origin: str
    index: int
    leaf: bytes

    @classmethod
    def of(cls, origin: str, index: int, entry: bytes) -> Reference:
        """The reference to ``entry`` (its bytes as they were hashed)."""
        return cls(origin, index, leaf_hash(entry))

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The inverse of ``str``, strictly; HT-LOG-47."""
        found = _FORM.fullmatch(text.strip())
        leaf = urlsafe_b64decode(found["leaf"] + "=") if found else b""
        made = cls(found["origin"], int(found["index"]), leaf) if found and len(leaf) == HASH_SIZE else None
        if made is None or str(made) != text.strip():
            raise HutongError("HT-LOG-47")
        return made

    def __str__(self) -> str:
        return f"hutong:{self.origin}#{self.index}.{urlsafe_b64encode(self.leaf).rstrip(b'=').decode()}"
