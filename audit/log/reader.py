"""Roots and proofs from tiles, O(log n) tile reads each (C2SP tlog-tiles, RFC 9162 §2.1.3.1 and §2.1.4.1)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import pairwise
from typing import Protocol

from hutong.proofs.tree import EMPTY_ROOT, consistency_ranges, inclusion_ranges, node_hash

from .tiles import TILE_WIDTH, split_hashes, tile_width


class TileReader(Protocol):
    """Where hash tiles come from: a folder, a table, a dictionary."""

    def read(self, level: int, index: int, width: int) -> bytes:
        """The first ``width`` hashes (1–256) of tile ``index`` at ``level``, exactly 32 × width bytes.

        Raises HutongError (HT-LOG-37) when they are not to be had. Who holds only a wider tile gives its beginning.
        """
        ...


class LogReader(TileReader, Protocol):
    """A whole log: hash tiles and entries."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The entries from ``start`` (inclusive) to ``stop`` (exclusive), in order, as they were hashed."""
        ...


class TileTree:
    """One growing tree seen through its tiles; keeps the inner hashes of the tiles used last.

    Complete subtrees never change, so an instance serves all sizes of one tree, and the second proof under the same
    right edge costs lookups only. It holds for one history: drop it when an append was rolled back.

    Args:
        keep: how many tiles to keep.
        newest: a size that ``reader`` reaches; each tile is then read once, as wide as it is there, for all sizes.
    """

    def __init__(self, reader: TileReader, keep: int = 64, newest: int = 0) -> None:
        self._reader = reader
        self._keep = keep
        self._newest = newest
        self._tiles: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` leaves."""
        return self.subtree(0, size, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The hashes that prove leaf ``index`` in the tree of ``size``, from the leaf up; HT-LOG-36 outside it."""
        return [self.subtree(low, high, size) for low, high in inclusion_ranges(index, size)]

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The hashes that prove that the tree of ``new`` extends that of ``old``; HT-LOG-36 unless 0 ≤ old ≤ new."""
        return [self.subtree(low, high, new) for low, high in consistency_ranges(old, new)]

    def leaf(self, index: int, size: int) -> bytes:
        """The leaf hash at ``index``."""
        return self._node(0, index, size)

    def subtree(self, low: int, high: int, size: int) -> bytes:
        """The root over leaves low … high; ``low`` is a multiple of the largest power of two within."""
        peaks = []
        for height in range((high - low).bit_length() - 1, -1, -1):
            if (high - low) >> height & 1:
                peaks.append(self._node(height, low >> height, size))
                low += 1 << height
        root = peaks.pop()
        while peaks:
            root = node_hash(peaks.pop(), root)
        return root

    def _node(self, height: int, position: int, size: int) -> bytes:
        """The root of the complete subtree ``position`` of 2^height leaves."""
        level, inner = divmod(height, 8)
        index, offset = divmod(position << inner, TILE_WIDTH)
        return self._rows(level, index, tile_width(level, index, size))[inner][offset >> inner]

    def _rows(self, level: int, index: int, width: int) -> list[list[bytes]]:
        """All complete subtrees inside a tile: its hashes, pairs of them, fours and so on."""
        rows = self._tiles.get((level, index))
        if rows is None or len(rows[0]) < width:
            if rows is None:
                rows = [[] for _ in range(8)]
            width = max(width, tile_width(level, index, self._newest))
            rows[0] += split_hashes(self._reader.read(level, index, width))[len(rows[0]) :]
            for below, row in pairwise(rows):
                row += [node_hash(below[at], below[at + 1]) for at in range(2 * len(row), len(below) - 1, 2)]
            self._tiles[level, index] = rows
            if len(self._tiles) > self._keep:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end((level, index))
        return rows


def root(reader: TileReader, size: int) -> bytes:
    """The root of the first ``size`` leaves behind ``reader``."""
    return TileTree(reader).root(size)


def inclusion_proof(reader: TileReader, index: int, size: int) -> list[bytes]:
    """See ``TileTree.inclusion_proof``; for one proof on its own."""
    return TileTree(reader).inclusion_proof(index, size)


def consistency_proof(reader: TileReader, old: int, new: int) -> list[bytes]:
    """See ``TileTree.consistency_proof``; for one proof on its own."""
    return TileTree(reader).consistency_proof(old, new)
