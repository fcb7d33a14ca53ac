"""The watched folder: what an agency's system needs to take part is to move files in and to take files out.

in/      files appear by rename; names that begin with "." or end with ".part" are still being written
done/    every record became a statement            out/    statements in the agency's own format
failed/  something in the file needs a person
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hutong.errors import HutongError
from hutong.tls.files import sync_folder

_FOLDERS = ("in", "done", "failed", "out")


@dataclass(frozen=True)
class Incoming:
    """A file that was found, with its bytes."""

    path: Path
    data: bytes

    @property
    def name(self) -> str:
        """The name it came with, as text."""
        return self.path.name.encode("utf-8", "replace").decode()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes."""
        return sha256(self.data).digest()


class Folder:
    """The four folders beneath a node's own."""

    def __init__(self, base: Path) -> None:
        self._base = base
        for name in _FOLDERS:
            (base / name).mkdir(mode=0o700, exist_ok=True)

    def waiting(self) -> list[Path]:
        """Files to take in, oldest first."""
        found = []
        for path in (self._base / "in").iterdir():
            if path.name.startswith(".") or path.name.endswith(".part") or not path.is_file():
                continue
            found.append((path.stat().st_mtime_ns, path.name, path))
        return [path for _, _, path in sorted(found)]

    def read(self, path: Path, limit: int) -> Incoming:
        """The file at ``path``. HT-ADP-04 if it cannot be read, HT-ADP-12 beyond ``limit`` bytes."""
        try:
            size = path.stat().st_size
            if size > limit:
                raise HutongError("HT-ADP-12", size=size, limit=limit)
            return Incoming(path, path.read_bytes())
        except OSError as error:
            raise HutongError("HT-ADP-04", file=path.name, rule=error.strerror or type(error).__name__) from error

    def settle(self, path: Path, place: str, digest: bytes) -> None:
        """Move a file that has been dealt with to ``place``; its digest in the name keeps apart what was called the
        same on other days. A crash before this takes the file in once more, which changes nothing."""
        target = self._base / place / f"{path.stem}.{digest.hex()[:12]}{path.suffix}"
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
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        sync_folder(target.parent)
