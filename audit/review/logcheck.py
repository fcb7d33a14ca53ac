"""Checking a log folder: entries against hashes, hashes against the tile above, the edge against the checkpoint.

Each file is judged against its neighbours only, so one flipped byte is named where it is, the check goes on behind it,
and memory stays flat: what is kept is one number for each file.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from audit.log.checkpoint import Checkpoint
from audit.log.folder import CHECKPOINT
from audit.log.growth import Frontier
from audit.log.note import MAX_NOTE, Note
from audit.log.policy import Judgement, Policy
from audit.log.tiles import (
    ENTRIES,
    MAX_ENTRY,
    TILE_WIDTH,
    Tile,
    bundle_hashes,
    decode_bundle,
    level_width,
    levels,
    split_hashes,
    tile_width,
)
from audit.log.tree import HASH_SIZE, root_hash
from hutong.errors import HutongError

from .files import Found, read_file, walk
from .findings import Findings, Progress

POLICY = "log.policy"
Visit = Callable[[int, list[bytes]], None]
"""Given the entries of each bundle in order, with the index of the first."""


def check_note(data: bytes, where: str, policy: Policy | None, findings: Findings) -> Judgement | None:
    """What a note is worth; every fault is named. Without a policy (a fault already) the text alone is read."""
    try:
        note = Note.parse(data)
        judgement = (policy or Policy(())).judge(note)
    except HutongError as error:
        findings.caught(where, error)
        return None
    for fault in judgement.faults if policy else ():
        findings.caught(where, fault)
    return judgement


class LogCheck:
    """One check of one folder.

    ``exact``: nothing may be there that the checkpoint does not need (an export). Otherwise partial tiles of earlier
    sizes may stay, if they are the beginning of what came later. ``prefix`` stands before every path in the findings.
    """

    def __init__(
        self,
        folder: Path,
        findings: Findings,
        *,
        prefix: str = "",
        exact: bool = False,
        visit: Visit | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.entries = 0
        self._size = 0
        self._folder = folder
        self._findings = findings
        self._prefix = prefix
        self._exact = exact
        self._visit = visit
        self._progress = progress
        self._full: dict[int, array[int]] = {}
        self._partial: list[Tile] = []
        self._edge: dict[int, bytes] = {}
        self._parent: tuple[int, int, bytes | None] = (-1, -1, None)

    def run(self, policy: Policy | None) -> Judgement | None:
        """Check everything; gives what the checkpoint is worth, None when it cannot be read."""
        judgement = self._checkpoint(policy)
        self._take_stock()
        self._size = judgement.checkpoint.size if judgement else self._size_of_bundles()
        self._drop_beyond()
        self._name_missing()
        self._check_bundles()
        for level in range(1, levels(self._size)):
            for index in self._full.get(level, ()):
                self._check_tile(level, index, self._tile(level, index))
            self._edge_of(level)
        self._check_older()
        if judgement:
            self._check_root(judgement.checkpoint)
        return judgement

    def _checkpoint(self, policy: Policy | None) -> Judgement | None:
        where = self._prefix + CHECKPOINT
        try:
            data = read_file(self._folder / CHECKPOINT, MAX_NOTE, where)
        except HutongError as error:
            self._findings.caught(where, error)
            return None
        return check_note(data, where, policy, self._findings)

    def _take_stock(self) -> None:
        """Sort what is there into complete and partial tiles; everything else is a file too many."""
        for path, found in walk(self._folder):
            where = self._prefix + path
            if found is Found.ODD:
                self._findings.add(where, "HT-LOG-03")
            elif found is Found.CLOSED:
                self._findings.add(where, "HT-LOG-04", errno="?")
            elif found is Found.FILE and path.startswith("tile/") and (tile := _named(path)):
                if tile.width == TILE_WIDTH:
                    self._full.setdefault(tile.level, array("Q")).append(tile.index)
                else:
                    self._partial.append(tile)
            elif found is Found.EMPTY or path not in ((CHECKPOINT,) if self._exact else (CHECKPOINT, POLICY)):
                self._findings.add(where, "HT-LOG-02")
        self._full = {level: array("Q", sorted(held)) for level, held in self._full.items()}

    def _size_of_bundles(self) -> int:
        """How long the log seems to be when no checkpoint says it."""
        full = [(index + 1) * TILE_WIDTH for index in self._full.get(ENTRIES, ())[-1:]]
        partial = [tile.index * TILE_WIDTH + tile.width for tile in self._partial if tile.level == ENTRIES]
        return max(full + partial, default=0)

    def _drop_beyond(self) -> None:
        """Name what the checkpoint does not reach, and leave it out of the rest of the check."""
        for level, held in self._full.items():
            complete = level_width(level, self._size) // TILE_WIDTH
            for index in held:
                if index >= complete:
                    self._beyond(Tile(level, index))
            self._full[level] = array("Q", (index for index in held if index < complete))
        for tile in self._partial:
            if tile.width > tile_width(tile.level, tile.index, self._size):
                self._beyond(tile)
        self._partial = [tile for tile in self._partial if tile.width <= tile_width(tile.level, tile.index, self._size)]

    def _beyond(self, tile: Tile) -> None:
        self._findings.add(self._where(tile), "HT-LOG-42", size=self._size)

    def _name_missing(self) -> None:
        held = set(self._partial)
        for level in (ENTRIES, *range(levels(self._size))):
            complete, width = divmod(level_width(level, self._size), TILE_WIDTH)
            for first, last in _gaps(self._full.get(level, ()), complete):
                paths = self._where(Tile(level, first)), self._where(Tile(level, last))
                if first == last:
                    self._findings.add(paths[0], "HT-LOG-01")
                else:
                    self._findings.add(paths[0], "HT-LOG-41", first=paths[0], last=paths[1], count=last - first + 1)
            if width and Tile(level, complete, width) not in held:
                self._findings.add(self._where(Tile(level, complete, width)), "HT-LOG-01")

    def _check_bundles(self) -> None:
        complete, width = divmod(self._size, TILE_WIDTH)
        tiles, bundles = set(self._full.get(0, ())), set(self._full.get(ENTRIES, ()))
        for index in sorted(tiles | bundles):
            tile = self._tile(0, index) if index in tiles else None
            if index in bundles:
                tile = self._check_bundle(Tile(ENTRIES, index), tile)
            self._check_tile(0, index, tile)
        if width:
            self._edge_of(0)
            bundle = Tile(ENTRIES, complete, width)
            if bundle in self._partial:
                tile = self._check_bundle(bundle, self._edge.get(0))
                if tile is not None:
                    self._edge[0] = tile

    def _check_bundle(self, bundle: Tile, tile: bytes | None) -> bytes | None:
        """Compare the entries with the leaf hashes of ``tile``; gives the tile, or what it should be if it is lost."""
        where = self._where(bundle)
        try:
            data = read_file(self._folder / bundle.path, bundle.width * (2 + MAX_ENTRY), where)
            hashes = bundle_hashes(data)
            if len(hashes) != bundle.width:
                raise HutongError("HT-LOG-13")
        except HutongError as error:
            self._findings.caught(where, error)
            return tile
        made = b"".join(hashes)
        if tile is not None and made != tile:
            leaves = self._where(Tile(0, bundle.index, bundle.width))
            for offset, (one, other) in enumerate(zip(hashes, split_hashes(tile), strict=True)):
                if one != other:
                    self._findings.add(where, "HT-LOG-14", index=bundle.index * TILE_WIDTH + offset, tile=leaves)
        self.entries += bundle.width
        if self._visit:
            self._visit(bundle.index * TILE_WIDTH, decode_bundle(data))
        if self._progress:
            self._progress(self.entries, self._size)
        return made if tile is None else tile

    def _check_tile(self, level: int, index: int, data: bytes | None) -> None:
        """A complete tile's root must stand in the tile above."""
        above, position = divmod(index, TILE_WIDTH)
        if self._parent[:2] != (level + 1, above):
            width = tile_width(level + 1, above, self._size)
            self._parent = level + 1, above, self._tile(level + 1, above, width, quiet=True)
        parent = self._parent[2]
        if data is None or parent is None:
            return
        if root_hash(split_hashes(data)) != parent[position * HASH_SIZE : (position + 1) * HASH_SIZE]:
            tile, over = Tile(level, index), Tile(level + 1, above, tile_width(level + 1, above, self._size))
            where = self._where(tile)
            self._findings.add(where, "HT-LOG-15", tile=where, parent=self._where(over), position=position)

    def _edge_of(self, level: int) -> None:
        index, width = divmod(level_width(level, self._size), TILE_WIDTH)
        if width and Tile(level, index, width) in self._partial:
            data = self._tile(level, index, width)
            if data is not None:
                self._edge[level] = data

    def _tile(self, level: int, index: int, width: int = TILE_WIDTH, *, quiet: bool = False) -> bytes | None:
        """A tile's hashes, or None. ``quiet`` for a second look at what is named in its own turn."""
        tile = Tile(level, index, width)
        expected = width * HASH_SIZE
        where = self._where(tile)
        try:
            data = read_file(self._folder / tile.path, TILE_WIDTH * HASH_SIZE, where)
            if len(data) != expected:
                raise HutongError("HT-LOG-05", size=len(data), expected=expected)
        except HutongError as error:
            if not quiet:
                self._findings.caught(where, error)
            return None
        return data

    def _check_older(self) -> None:
        """Partial tiles of earlier sizes: too many in an export, else the beginning of what came later."""
        for tile in self._partial:
            width = tile_width(tile.level, tile.index, self._size)
            if tile.width == width:
                continue
            where, whole = self._where(tile), Tile(tile.level, tile.index, width)
            if self._exact:
                self._findings.add(where, "HT-LOG-02")
                continue
            limit = width * (2 + MAX_ENTRY)
            try:
                part = read_file(self._folder / tile.path, limit, where)
                later = read_file(self._folder / whole.path, limit, self._where(whole))
                count = len(decode_bundle(part)) if tile.level == ENTRIES else len(part) / HASH_SIZE
            except HutongError as error:
                self._findings.caught(where, error)
                continue
            if count != tile.width or not later.startswith(part):
                self._findings.add(where, "HT-LOG-20", whole=self._where(whole))

    def _check_root(self, checkpoint: Checkpoint) -> None:
        """The partial tiles of the right edge together must give the root; a missing one is named already."""
        size = checkpoint.size
        partial = []
        for level in range(levels(size)):
            data = self._edge.get(level) if level_width(level, size) % TILE_WIDTH else b""
            if data is None:
                return
            partial.append(data)
        if Frontier.of(size, partial).root != checkpoint.root:
            self._findings.add(self._prefix + CHECKPOINT, "HT-LOG-16", size=size)

    def _where(self, tile: Tile) -> str:
        return self._prefix + tile.path


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
