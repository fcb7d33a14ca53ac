"""An export on its way from the hub into a folder."""

from __future__ import annotations

import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hutong.client.hub import HubClient
from hutong.errors import HutongError
from liaison.disk import at

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,12}")


@dataclass(frozen=True)
class Taken:
    """What was written."""

    files: int
    size: int


async def take(hub: HubClient, target: Path) -> Taken:
    """Write the export to ``target``, which appears complete or not at all.

    HT-CLI-31: it exists. HT-CLI-32: the hub names a file that would lie elsewhere. HT-PRM-01: not an auditor.
    """
    draft = _draft(target)
    files = size = 0
    out: BinaryIO | None = None
    with at(target):
        try:
            async for piece in hub.export():
                if piece.path:
                    if out:
                        out.close()
                    out = _create(draft, piece.path)
                    files += 1
                if out is None:
                    raise HutongError("HT-CLI-32", path="–")
                out.write(piece.data)
                size += len(piece.data)
            if out:
                out.close()
            _finish(draft, target)
        finally:
            if out:
                out.close()
            shutil.rmtree(draft, ignore_errors=True)
    return Taken(files, size)


def _draft(target: Path) -> Path:
    if target.exists():
        raise HutongError("HT-CLI-31", path=target.name)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    with at(target):
        draft.mkdir(parents=True)
    return draft


def _create(folder: Path, path: str) -> BinaryIO:
    """A new file for ``path``, which comes from the hub and is not trusted to stay inside."""
    if not _PATH.fullmatch(path) or (folder / path).exists():
        raise HutongError("HT-CLI-32", path=path[:80])
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("xb")


def _finish(draft: Path, target: Path) -> None:
    if target.exists():
        raise HutongError("HT-CLI-31", path=target.name)
    draft.rename(target)
