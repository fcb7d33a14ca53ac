"""What a log folder holds, by names alone, against what a tree of its size has.

Memory stays flat: one number is kept for each file, and a missing stretch is told as one fault however long it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

from audit.log.folder import CHECKPOINT
from audit.log.tiles import ENTRIES, TILE_WIDTH, Tile, level_width, levels, tile_width
from hutong.errors import HutongError

from .files import Found, walk
from .findings import Findings

POLICY = "log.policy"


class Stock:
    """The complete tiles of each level (``ENTRIES``: bundles) by number, ascending, and all partial ones.

    Everything else in the folder is a file too many. ``exact``: not even log.policy may be there. ``prefix`` stands
    before every path in the findings.
    """

    def __init__(self, folder: Path, findings: Findings, prefix: str, *, exact: bool) -> None:
        self._findings = findings
        self._prefix = prefix
        self.full: dict[int, array[int]] = {}
        self.partial: set[Tile] = set()
        for path, found in walk(folder):
            if found is Found.ODD:
                findings.add(prefix + path, "HT-LOG-03")
            elif found is Found.CLOSED:
                findings.add(prefix + path, "HT-LOG-04", errno="?")
            elif path.startswith("tile/") and (tile := _named(path)):
                self._take(tile)
            elif path not in ((CHECKPOINT,) if exact else (CHECKPOINT, POLICY)):
                findings.add(prefix + path, "HT-LOG-02")
        self.full = {level: array("Q", sorted(held)) for level, held in self.full.items()}

    def numbers(self, level: int) -> Iterable[int]:
        """The numbers of the complete tiles at ``level``, ascending."""
        return self.full.get(level, ())

    def size_of_bundles(self) -> int:
        """How long the log seems to be when no checkpoint says it."""
        full = [(index + 1) * TILE_WIDTH for index in self.full.get(ENTRIES, ())[-1:]]
        partial = [tile.index * TILE_WIDTH + tile.width for tile in self.partial if tile.level == ENTRIES]
        return max(full + partial, default=0)

    def settle(self, size: int) -> None:
        """Name what lies beyond a tree of ``size`` and forget it; then name what that tree needs and is not there."""
        for level, held in self.full.items():
            complete = level_width(level, size) // TILE_WIDTH
            for index in held:
                if index >= complete:
                    self._name(Tile(level, index), "HT-LOG-42", size=size)
            self.full[level] = array("Q", (index for index in held if index < complete))
        for tile in sorted(self.partial, key=lambda tile: tile.path):
            if tile.width > tile_width(tile.level, tile.index, size):
                self._name(tile, "HT-LOG-42", size=size)
                self.partial.discard(tile)
        for level in (ENTRIES, *range(levels(size))):
            complete, width = divmod(level_width(level, size), TILE_WIDTH)
            for first, last in _gaps(self.numbers(level), complete):
                self._missing(Tile(level, first), Tile(level, last))
            edge = Tile(level, complete, width)
            if width and edge not in self.partial:
                self._missing(edge, edge)

    def _take(self, tile: Tile) -> None:
        if tile.width == TILE_WIDTH:
            self.full.setdefault(tile.level, array("Q")).append(tile.index)
        else:
            self.partial.add(tile)

    def _missing(self, first: Tile, last: Tile) -> None:
        if first == last:
            self._name(first, "HT-LOG-01")
        else:
            paths = {"first": self._prefix + first.path, "last": self._prefix + last.path}
            self._name(first, "HT-LOG-41", **paths, count=last.index - first.index + 1)

    def _name(self, tile: Tile, code: str, **params: object) -> None:
        self._findings.add(self._prefix + tile.path, code, **params)


def _named(path: str) -> Tile | None:
    try:
        return Tile.parse(path)
    except HutongError:
        return None


def _gaps(held: Iterable[int], count: int) -> Iterator[tuple[int, int]]:
    """The runs of numbers below ``count`` that ``held`` (ascending) lacks."""
    due = 0
    for index in held:
        if index > due:
            yield due, index - 1
        due = index + 1
    if due < count:
        yield due, count - 1
