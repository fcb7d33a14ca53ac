"""Growing the tree: the right edge of a log, and the tiles that new leaves make (C2SP tlog-tiles).

The edge is everything an append needs: the partial tile of each level, and the roots of the complete subtrees inside
it. Each new leaf costs about two hashes, however large the log is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hutong.proofs.tree import EMPTY_ROOT, HASH_SIZE, node_hash, root_hash

from .reader import TileReader
from .tiles import TILE_WIDTH, Tile, level_width, levels, split_hashes


class TileData(NamedTuple):
    """A hash tile with its bytes, ``tile.width`` × 32 of them."""

    tile: Tile
    data: bytes


@dataclass(frozen=True)
class _Row:
    """The partial tile of one level: its bytes, and the roots of its complete subtrees, the widest first."""

    data: bytes = b""
    peaks: tuple[bytes, ...] = ()

    @property
    def width(self) -> int:
        return len(self.data) // HASH_SIZE

    def extended(self, hashes: Sequence[bytes]) -> _Row:
        """This row with ``hashes`` at its end; with 256 hashes in all the only peak is the tile's root."""
        peaks, width = list(self.peaks), self.width
        for peak in hashes:
            complete = width
            while complete & 1:
                peak = node_hash(peaks.pop(), peak)
                complete >>= 1
            peaks.append(peak)
            width += 1
        return _Row(self.data + b"".join(hashes), tuple(peaks))


@dataclass(frozen=True)
class Frontier:
    """The right edge of a tree of ``size`` leaves. Immutable: an append that was rolled back leaves no trace."""

    size: int = 0
    rows: tuple[_Row, ...] = ()

    @classmethod
    def of(cls, size: int, partial: Sequence[bytes]) -> Frontier:
        """The edge of a tree of ``size``; ``partial[L]`` is the partial tile at level L, b"" if there is none."""
        rows = tuple(_Row().extended(split_hashes(data)) for data in partial)
        if len(rows) != levels(size) or any(
            row.width != level_width(level, size) % TILE_WIDTH for level, row in enumerate(rows)
        ):
            raise ValueError(f"these are not the partial tiles of a tree of {size} leaves")
        return cls(size, rows)

    @classmethod
    def load(cls, reader: TileReader, size: int) -> Frontier:
        """The edge of a tree of ``size``, from at most one tile a level."""
        partial = []
        for level in range(levels(size)):
            index, width = divmod(level_width(level, size), TILE_WIDTH)
            partial.append(reader.read(level, index, width) if width else b"")
        return cls.of(size, partial)

    @property
    def partial(self) -> tuple[bytes, ...]:
        """The bytes of the partial tile of each level; what ``of`` takes."""
        return tuple(row.data for row in self.rows)

    @property
    def root(self) -> bytes:
        """The root of the tree, 32 bytes."""
        root: bytes | None = None
        for row in self.rows:
            for peak in reversed(row.peaks):
                root = peak if root is None else node_hash(peak, root)
        return EMPTY_ROOT if root is None else root

    def append(self, leaves: Sequence[bytes]) -> tuple[Frontier, list[TileData]]:
        """The edge after these leaf hashes, and every tile that is new or wider than before, lower levels first.

        A level's last tile is given only if it is partial or complete now; what it was on the way is left out.
        """
        rows, made, carried, level = list(self.rows), list[TileData](), leaves, 0
        while carried:
            if level == len(rows):
                rows.append(_Row())
            index = level_width(level, self.size) // TILE_WIDTH
            rows[level], grown, carried = _grow(rows[level], level, index, carried)
            made += grown
            level += 1
        return Frontier(self.size + len(leaves), tuple(rows)), made


def _grow(row: _Row, level: int, index: int, hashes: Sequence[bytes]) -> tuple[_Row, list[TileData], list[bytes]]:
    """One level's new partial row, its new tiles, and the roots of those that became full: hashes for above."""
    made, full, start = list[TileData](), list[bytes](), 0
    if row.width:
        start = min(TILE_WIDTH - row.width, len(hashes))
        row = row.extended(hashes[:start])
        if row.width == TILE_WIDTH:
            made.append(TileData(Tile(level, index), row.data))
            full.append(row.peaks[0])
            row, index = _Row(), index + 1
    while len(hashes) - start >= TILE_WIDTH:
        chunk = hashes[start : start + TILE_WIDTH]
        made.append(TileData(Tile(level, index), b"".join(chunk)))
        full.append(root_hash(chunk))
        start, index = start + TILE_WIDTH, index + 1
    row = row.extended(hashes[start:])
    if row.width:
        made.append(TileData(Tile(level, index, row.width), row.data))
    return row, made, full
