"""The watched folder: what an agency's system needs to take part is to move files in and to take files out.

in/      files appear by rename; names that begin with "." or end with ".part" are still being written
done/    every record became a statement            out/    statements in the agency's own format
failed/  something in the file needs a person
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from hutong.errors import HutongError
from hutong.tls.files import sync_folder

_TAKING = ".taking"
_CLOSED = 0o770
"""An agency's own systems may come in through a group."""
_MODE = 0o640
_FOLDERS = ("in", "done", "failed", "out", _TAKING)


def shown(path: Path) -> str:
    """The file's name as text."""
    return path.name.encode("utf-8", "replace").decode()


class Folder:
    """The four folders beneath a node's own."""

    def __init__(self, base: Path) -> None:
        self._base = base
        for name in _FOLDERS:
            (base / name).mkdir(mode=0o700, exist_ok=True)
            # Plaintext lies here: whoever made the folder may have left it open to everybody on the machine.
            (base / name).chmod((base / name).stat().st_mode & _CLOSED)

    def waiting(self) -> list[Path]:
        """Files to take in: those that a crash left half-way, then those in in/, oldest first."""
        return self._files(_TAKING) + self._files("in")

    def _files(self, place: str) -> list[Path]:
        found = []
        for path in (self._base / place).iterdir():
            if path.name.startswith(".") or path.name.endswith(".part") or not path.is_file():
                continue
            found.append((path.stat().st_mtime_ns, path.name, path))
        return [path for _, _, path in sorted(found)]

    def claim(self, path: Path) -> Path:
        """Move a waiting file to where nobody else touches it; its place there. Files left half-way are there already,
        and are dealt with before another of their name is claimed."""
        target = self._base / _TAKING / path.name
        if path != target:
            path.replace(target)
        return target

    def read(self, path: Path, limit: int) -> bytes:
        """The bytes of a claimed file. HT-ADP-04 if it cannot be read, HT-ADP-12 beyond ``limit`` bytes."""
        try:
            size = path.stat().st_size
            if size > limit:
                raise HutongError("HT-ADP-12", size=size, limit=limit)
            return path.read_bytes()
        except OSError as error:
            raise HutongError("HT-ADP-04", file=shown(path), rule=error.strerror or type(error).__name__) from error

    def settle(self, path: Path, place: str) -> None:
        """Move a claimed file that has been dealt with to ``place``; when it was written is put into its name, to keep
        apart what was called the same on other days. A crash before this takes it in once more, which changes
        nothing."""
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        target = self._base / place / f"{path.stem}.{written}{path.suffix}"
        path.replace(target)
        sync_folder(target.parent)
        sync_folder(path.parent)

    def write_out(self, name: str, data: bytes) -> None:
        """Put a file into out/ whole; it appears under ``name`` once it is durable. HT-NOD-08 for a name that would
        leave the folder."""
        if not name or name != Path(name).name or name.startswith("."):
            raise HutongError("HT-NOD-08", part="render")
        target = self._base / "out" / name
        draft = target.with_name(f".{name}.part")
        with draft.open("wb") as file:
            os.fchmod(file.fileno(), _MODE)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        sync_folder(target.parent)
