"""A log's head: origin, size and root (C2SP tlog-checkpoint). Extension lines are refused: nobody could check them."""

from __future__ import annotations

from dataclasses import dataclass

from hutong.errors import HutongError

from .encoding import from_base64, from_decimal, to_base64
from .note import Note, Sign, VerifierKey
from .tree import HASH_SIZE


@dataclass(frozen=True)
class Checkpoint:
    """The first ``size`` entries of the log ``origin`` have the root ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        """The note text: three lines, each with its newline."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint in a note's text; HT-LOG-07, with the line that is wrong, for anything else."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise HutongError("HT-LOG-07", line=min(len(lines), 4))
        origin, decimal, encoded, _ = lines
        size, root = from_decimal(decimal), from_base64(encoded)
        if not origin:
            raise HutongError("HT-LOG-07", line=1)
        if size is None:
            raise HutongError("HT-LOG-07", line=2)
        if root is None or len(root) != HASH_SIZE:
            raise HutongError("HT-LOG-07", line=3)
        return cls(origin, size, root)

    def signed(self, key: VerifierKey, sign: Sign) -> Note:
        """This checkpoint as a note under the log's key, whose name is the origin."""
        if key.name != self.origin:
            raise ValueError("the log's key carries the log's origin as its name")
        return Note(str(self), (key.sign(str(self), sign),))
