"""A proof that an entry stands in a log, as one file (C2SP tlog-proof): index, inclusion path and checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hutong.errors import HutongError

from .checkpoint import Checkpoint
from .encoding import from_base64, from_decimal, to_base64
from .note import MAX_NOTE, Note
from .policy import Policy
from .tree import HASH_SIZE, leaf_hash, verify_inclusion

HEADING = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 2 * MAX_NOTE


def proof_text(index: int, path: Iterable[str], note: str, extra: str = "") -> str:
    """A proof file from its parts: the path's hashes in base64, leaf first, and the note's text. For many at once."""
    lines = "".join(f"{node}\n" for node in path)
    return f"{HEADING}\n{extra}index {index}\n{lines}\n{note}"


@dataclass(frozen=True)
class LogProof:
    """Entry ``index`` with its path (32-byte hashes, leaf first) to the root of the checkpoint in ``note``.

    ``extra`` is whatever came along; nothing authenticates it.
    """

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def __str__(self) -> str:
        """The proof file."""
        extra = "" if self.extra is None else f"extra {to_base64(self.extra)}\n"
        return proof_text(self.index, map(to_base64, self.path), str(self.note), extra)

    def __bytes__(self) -> bytes:
        return str(self).encode()

    @classmethod
    def parse(cls, data: bytes) -> LogProof:
        """The proof in a file's bytes; HT-LOG-17 with the line that is wrong, HT-LOG-06 for the note at its end."""
        head, blank, note = data.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        if len(data) > MAX_PROOF or lines[0] != HEADING:
            raise HutongError("HT-LOG-17", line=1)
        number, extra = 1, None
        if len(lines) > 1 and lines[1].startswith("extra "):
            extra = from_base64(lines[1].removeprefix("extra "))
            if extra is None:
                raise HutongError("HT-LOG-17", line=2)
            number = 2
        label, _, decimal = (lines[number] if number < len(lines) else "").partition(" ")
        index = from_decimal(decimal)
        if label != "index" or index is None:
            raise HutongError("HT-LOG-17", line=number + 1)
        path = []
        for at, line in enumerate(lines[number + 1 :], number + 2):
            node = from_base64(line)
            if node is None or len(node) != HASH_SIZE:
                raise HutongError("HT-LOG-17", line=at)
            path.append(node)
        if not blank:
            raise HutongError("HT-LOG-17", line=len(lines) + 1)
        return cls(index, tuple(path), Note.parse(note), extra)

    def verify(self, entry: bytes, policy: Policy) -> Checkpoint:
        """``entry`` stands at ``index`` under a checkpoint that ``policy`` accepts; gives that checkpoint.

        Raises:
            HutongError: HT-LOG-07 … -10 for the checkpoint, HT-LOG-18 for the path.
        """
        checkpoint = policy.accept(self.note)
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint
