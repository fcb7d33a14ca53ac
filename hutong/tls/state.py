"""What a client must remember across restarts: its sequence, the newest checkpoint it verified, what it sent."""

from __future__ import annotations

import re
from pathlib import Path

from hutong.errors import HutongError
from hutong.tls.files import locked, read_file, read_text, write_private

_DIGITS = re.compile(r"([0-9]{1,20})\n?")


class State:
    """The changing files of a profile's folder. Safe for several processes and threads at once (a lock file)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def next_sequence(self, count: int = 1) -> int:
        """Reserve ``count`` client sequence numbers, durably, and return the first.

        A crash after this leaves a gap, which the hub records; no number is ever handed out twice. HT-TLS-06 if the
        file is damaged: guessing a number could repeat one.
        """
        if count < 1:
            raise ValueError("count must be at least 1")
        with locked(self.path / ".lock"):
            used = _DIGITS.fullmatch(read_text(self.path / "sequence"))
            if not used:
                raise HutongError("HT-TLS-06", file="sequence")
            first = int(used[1]) + 1
            write_private(self.path / "sequence", b"%d\n" % (first + count - 1))
        return first

    @property
    def checkpoint(self) -> str | None:
        """The newest verified note, verbatim; None before the first."""
        file = self.path / "checkpoint"
        return read_text(file) if file.exists() else None

    def save_checkpoint(self, note: str) -> None:
        """Keep ``note``, which the caller has verified and found consistent with ``checkpoint``.

        One that is smaller than what another process saved meanwhile is not kept: memory never goes back. HT-TLS-06
        for a text that is no checkpoint.
        """
        size = _size(note)
        with locked(self.path / ".lock"):
            kept = self.checkpoint
            if kept is None or size > _size(kept):
                write_private(self.path / "checkpoint", note.encode())

    def keep_sent(self, message_id: bytes, submission: bytes) -> None:
        """Keep a serialised Submission before it is sent for the first time, so that a repeat sends the same bytes.

        HT-IDN-01 if other bytes are kept under this id.
        """
        file = self._sent(message_id)
        with locked(self.path / ".lock"):
            kept = self.sent(message_id)
            if kept is None:
                write_private(file, submission)
            elif kept != submission:
                raise HutongError("HT-IDN-01")

    def sent(self, message_id: bytes) -> bytes | None:
        """The serialised Submission kept under this id."""
        file = self._sent(message_id)
        return read_file(file) if file.exists() else None

    def keep_receipt(self, message_id: bytes, receipt: bytes) -> None:
        """Keep the serialised Receipt of a statement that was kept: the hub has decided it."""
        write_private(self._sent(message_id).with_suffix(".receipt"), receipt)

    def forget_sent(self, message_id: bytes) -> None:
        """Drop what the hub has refused; sending it again could not help."""
        self._sent(message_id).unlink(missing_ok=True)

    def undecided_ids(self) -> list[bytes]:
        """Ids of what is kept without a receipt, oldest first: the hub's answer to it is not known here."""
        return [each for each in self.sent_ids() if not self._sent(each).with_suffix(".receipt").exists()]

    def sent_ids(self) -> list[bytes]:
        """Ids of everything kept, oldest first (UUIDv7 sort by time)."""
        return sorted(bytes.fromhex(file.stem) for file in (self.path / "sent").glob("[0-9a-f]" * 32 + ".pb"))

    def _sent(self, message_id: bytes) -> Path:
        return self.path / "sent" / f"{message_id.hex()}.pb"


def _size(note: str) -> int:
    lines = note.split("\n", 3)
    size = _DIGITS.fullmatch(lines[1]) if len(lines) == 4 else None
    if not size:
        raise HutongError("HT-TLS-06", file="checkpoint")
    return int(size[1])
