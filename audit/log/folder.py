"""A log as a folder that any web server can serve: tiles, bundles and ``checkpoint`` (C2SP tlog-tiles).

The checkpoint is the last thing written and the only thing ever replaced: whatever it covers is on disk before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.proofs.tree import HASH_SIZE

from .reader import LogReader, root
from .tiles import ENTRIES, TILE_WIDTH, Tile, decode_bundle, encode_bundle, level_width, levels, tile_width, tiles_of

CHECKPOINT = "checkpoint"
SCRATCH = ".new"
"""Where a file is written before it is renamed to its place; a crash may leave it."""


class FolderTiles:
    """Reads a log folder, unchecked: proofs made from it are checked by whoever gets them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self) -> Note | None:
        """The published note, or None before the first; HT-LOG-06 when the file holds something else."""
        try:
            return Note.parse((self.folder / CHECKPOINT).read_bytes())
        except FileNotFoundError:
            return None

    def read(self, level: int, index: int, width: int) -> bytes:
        """See ``TileReader.read``; the complete tile stands in for a partial one that has been cleared away."""
        data = self._any(level, index, width)[: width * HASH_SIZE]
        if len(data) != width * HASH_SIZE:
            raise HutongError("HT-LOG-37", file=Tile(level, index, width).path)
        return data

    def bundle(self, index: int, width: int) -> list[bytes]:
        """The first ``width`` entries of bundle ``index``."""
        entries = decode_bundle(self._any(ENTRIES, index, width))[:width]
        if len(entries) != width:
            raise HutongError("HT-LOG-37", file=Tile(ENTRIES, index, width).path)
        return entries

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """See ``LogReader.entries``; ``stop`` is at most the published size."""
        note = self.note()
        size = Checkpoint.parse(note.text).size if note else 0
        for index in range(start // TILE_WIDTH, -(-stop // TILE_WIDTH)):
            first = index * TILE_WIDTH
            bundle = self.bundle(index, tile_width(ENTRIES, index, max(size, stop)))
            yield from bundle[max(0, start - first) : stop - first]

    def _any(self, level: int, index: int, width: int) -> bytes:
        for name in (Tile(level, index, width), Tile(level, index)):
            try:
                return (self.folder / name.path).read_bytes()
            except FileNotFoundError:
                continue
        raise HutongError("HT-LOG-37", file=Tile(level, index, width).path)


def publish(folder: Path, note: Note, reader: LogReader, *, prune: bool = True, durable: bool = True) -> int:
    """Bring ``folder`` up to the checkpoint in ``note``; returns how many tiles and bundles were written.

    Tiles are written and fsynced first, then the checkpoint is replaced by rename. A crash before that leaves the old
    checkpoint with all that it needs, and newer tiles that the next call writes again. One publisher at a time.

    Args:
        prune: clear away partial tiles whose complete tile is published now (C2SP tlog-tiles allows it).
        durable: fsync files and folders; an export that is only copied away does without.

    Raises:
        HutongError: HT-LOG-40 when the folder is ahead or holds another history, HT-LOG-16 when ``reader`` has another
            root than ``note`` names, HT-LOG-37 for a tile that ``reader`` lacks.
    """
    checkpoint, old = Checkpoint.parse(note.text), FolderTiles(folder).note()
    since = Checkpoint.parse(old.text) if old else Checkpoint(checkpoint.origin, 0, root(reader, 0))
    if root(reader, checkpoint.size) != checkpoint.root:
        raise HutongError("HT-LOG-16", size=checkpoint.size)
    if since.origin != checkpoint.origin or since.size > checkpoint.size or root(reader, since.size) != since.root:
        raise HutongError("HT-LOG-40", published=since.size, size=checkpoint.size)
    writer, written = _Writer(folder, durable), 0
    for tile in tiles_of(checkpoint.size, since.size):
        writer.write(tile.path, _content(tile, reader))
        written += 1
    writer.settle()
    if old != note:
        writer.write(CHECKPOINT, bytes(note))
        writer.settle()
    if prune:
        _prune(folder, since.size, checkpoint.size)
    return written


def _content(tile: Tile, reader: LogReader) -> bytes:
    if tile.level != ENTRIES:
        return reader.read(tile.level, tile.index, tile.width)
    start = tile.index * TILE_WIDTH
    return encode_bundle(reader.entries(start, start + tile.width))


def _prune(folder: Path, since: int, size: int) -> None:
    """Remove the partial versions of the tiles that became complete between the sizes. A crash here is harmless."""
    for level in (ENTRIES, *range(levels(size))):
        for index in range(level_width(level, since) // TILE_WIDTH, level_width(level, size) // TILE_WIDTH):
            partial = (folder / Tile(level, index).path).with_suffix(".p")
            if partial.is_dir():
                for file in partial.iterdir():
                    file.unlink()
                partial.rmdir()


class _Writer:
    """Writes files whole or not at all: into one scratch file, fsynced, then renamed to its place."""

    def __init__(self, folder: Path, durable: bool) -> None:
        self._folder = folder
        self._durable = durable
        self._touched: set[Path] = set()
        self._make(folder)

    def write(self, path: str, data: bytes) -> None:
        target, scratch = self._folder / path, self._folder / SCRATCH
        self._make(target.parent)
        with scratch.open("wb") as file:
            file.write(data)
            if self._durable:
                file.flush()
                os.fsync(file.fileno())
        scratch.replace(target)
        self._touched.add(target.parent)

    def settle(self) -> None:
        """Make the names of everything written so far durable."""
        for folder in sorted(self._touched) if self._durable else ():
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._touched.clear()

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        self._touched.add(folder.parent)
