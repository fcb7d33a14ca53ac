"""What a log folder holds, by names alone, against what a tree of its size has.

Memory stays flat: one number is kept for each file, and a missing stretch is told as one fault however long it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

from audit.log.folder import CHECKPOINT, SCRATCH
from audit.log.tiles import ENTRIES, TILE_WIDTH, Tile, level_width, levels, tile_width
from hutong.errors import HutongError

from .files import Found, walk
from .findings import Findings

POLICY = "log.policy"


class Stock:
    """The complete tiles of each level (``ENTRIES``: bundles) by number, ascending, and all partial ones.

    Everything else in the folder is a file too many. ``exact``: not even log.policy may be there, nor anything that a
    publisher has not finished. ``prefix`` stands before every path in the findings.
    """

    def __init__(self, folder: Path, findings: Findings, prefix: str, *, exact: bool) -> None:
        self._findings = findings
        self._prefix = prefix
        self._exact = exact
        self.full: dict[int, array[int]] = {}
        self.partial: set[Tile] = set()
        self.beyond: set[Tile] = set()
        """Tiles of a longer log than the checkpoint covers, as a publisher leaves them who was not finished."""
        self._scratch: tuple[str, ...] = ()
        for path, found in walk(folder):
            if found is Found.ODD:
                findings.add(prefix + path, "HT-LOG-03")
            elif found is Found.CLOSED:
                findings.add(prefix + path, "HT-LOG-04", errno="?")
            elif path.startswith("tile/") and (tile := _named(path)):
                self._take(tile)
            elif path == SCRATCH and not exact:
                self._scratch = (prefix + path,)
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

    @property
    def unpublished(self) -> tuple[str, ...]:
        """What lies there and is not published yet, by path; nothing proves it."""
        return tuple(sorted((*self._scratch, *(self._prefix + tile.path for tile in self.beyond))))

    def settle(self, size: int) -> None:
        """Set aside what lies beyond a tree of ``size``, or name it; then name what that tree needs and is not there.

        Afterwards ``full`` and ``partial`` hold the published tiles alone.
        """
        self._set_aside(self._cut(size), size)
        for level in (ENTRIES, *range(levels(size))):
            complete, width = divmod(level_width(level, size), TILE_WIDTH)
            for first, last in _gaps(self.numbers(level), complete):
                self._missing(Tile(level, first), Tile(level, last))
            edge = Tile(level, complete, width)
            if width and edge not in self.partial and Tile(level, complete) not in self.beyond:
                self._missing(edge, edge)

    def _cut(self, size: int) -> list[Tile]:
        """Take out of ``full`` and ``partial`` what a tree of ``size`` does not have; in the order of its making."""
        beyond = [tile for tile in self.partial if tile.width > tile_width(tile.level, tile.index, size)]
        self.partial.difference_update(beyond)
        for level, held in self.full.items():
            complete = level_width(level, size) // TILE_WIDTH
            beyond += (Tile(level, index) for index in held if index >= complete)
            self.full[level] = array("Q", (index for index in held if index < complete))
        return sorted(beyond, key=lambda tile: (tile.level, tile.index, tile.width))

    def _set_aside(self, beyond: list[Tile], size: int) -> None:
        """Keep in ``beyond`` what a publisher leaves who dies; the rest is named.

        A publisher writes each level in order, and the lower one first. So a tile whose predecessor or whose content is
        not there was put there by somebody else.
        """
        ground = 0 if self._exact else 1 << 64
        for level in range(ENTRIES, max((tile.level for tile in beyond), default=ENTRIES) + 1):
            complete, reach = level_width(level, size) // TILE_WIDTH, level_width(level, size)
            for tile in (tile for tile in beyond if tile.level == level):
                end = tile.index * TILE_WIDTH + tile.width
                if tile.index > complete or end > ground:
                    self._name(tile, "HT-LOG-42", size=size)
                    continue
                self.beyond.add(tile)
                complete, reach = end // TILE_WIDTH, max(reach, end)
            # Entries are hashed one by one, tiles only when they are complete.
            ground = reach if level == ENTRIES else complete

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
