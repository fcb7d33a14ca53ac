"""Attachments of an opened item as files in a folder."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath

from hutong.errors import HutongError
from liaison.disk import at
from liaison.node import NodeClient
from liaison.view import ItemView


async def save_attachments(node: NodeClient, view: ItemView, folder: Path) -> list[Path]:
    """The files written, numbered in order of the log; none is written over (HT-CLI-31), each appears only whole and as
    the signed body names it (HT-ATT-01)."""
    written: list[Path] = []
    # What a redirect encloses stands in the redirect itself too, under which the hub gives it out.
    for opened in (each for each in view.opened if not each.enclosed):
        for file in opened.body.attachments if opened.body else ():
            target = _free(folder, f"{len(written) + 1:02d}-{plain_name(file.name)}")
            part = target.with_name(f".{target.name}.part")
            with at(target):
                try:
                    digest = sha256()
                    with part.open("wb") as out:
                        async for piece in node.attachment(opened.header.message_id, file.address):
                            digest.update(piece)
                            out.write(piece)
                    if digest.digest() != file.plaintext_sha256:
                        raise HutongError("HT-ATT-01")
                    part.rename(target)
                finally:
                    part.unlink(missing_ok=True)
            written.append(target)
    return written


def _free(folder: Path, name: str) -> Path:
    with at(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if (folder / name).exists():
        raise HutongError("HT-CLI-31", path=name)
    return folder / name


def plain_name(name: str) -> str:
    """A sender's file name without folders, control characters or a leading dot."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    kept = "".join(char for char in last if char.isprintable() and char not in '<>:"|?*').lstrip(".")
    return kept[-100:] or "file"
