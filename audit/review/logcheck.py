"""Checking a log folder: entries against hashes, hashes against the tile above, the edge against the checkpoint.

Each file is judged against its neighbours only, so that a flipped byte is named where it is and the check goes on
behind it: a bundle against its leaf tile, a tile's root against the hash in the tile above, the partial tiles of the
right edge together against the root. With no fault at any of these every byte is proven.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from audit.log.folder import CHECKPOINT
from audit.log.growth import Frontier
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
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import MAX_NOTE, Note
from hutong.proofs.policy import Judgement, Policy
from hutong.proofs.tree import HASH_SIZE, root_hash

from .files import read_file
from .findings import Findings, Progress
from .quick import quick_roots
from .stock import Stock

Visit = Callable[[int, list[bytes]], None]
"""Given the entries of each bundle in order, with the index of the first."""


class LogCheck:
    """One check of one folder; ``entries`` counts those whose content was hashed.

    Args:
        exact: nothing may be there that the checkpoint does not need (an export). Otherwise partial tiles of earlier
            sizes may stay, if they are the beginning of what came later, and newer tiles may be there, if they go on
            from what the checkpoint covers: their publisher is at work, or died. ``unpublished`` names these.
        prefix: stands before every path in the findings.
        jobs: how many processes may hash; with ``visit`` there is one.
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
        jobs: int = 1,
    ) -> None:
        self.entries = 0
        self._size = 0
        self._folder = folder
        self._findings = findings
        self._prefix = prefix
        self._exact = exact
        self._visit = visit
        self._progress = progress
        self._jobs = jobs
        self._edge: dict[int, bytes] = {}
        self._parent: tuple[int, int, bytes | None] = (-1, -1, None)

    def run(self, policy: Policy | None) -> Judgement | None:
        """Check everything; gives what the checkpoint is worth, None when it cannot be read."""
        judgement = self._checkpoint(policy)
        self._stock = Stock(self._folder, self._findings, self._prefix, exact=self._exact)
        self._size = judgement.checkpoint.size if judgement else self._stock.size_of_bundles()
        self._stock.settle(self._size)
        self._check_bundles()
        for level in range(levels(self._size)):
            for index in self._stock.numbers(level) if level else ():
                data = self._tile(level, index)
                self._check_root_of(level, index, data and root_hash(split_hashes(data)))
            self._check_edge(level)
        self._check_older()
        self._check_beyond()
        if judgement:
            self._check_root(judgement.checkpoint)
        return judgement

    @property
    def unpublished(self) -> tuple[str, ...]:
        """The files that lie beyond the checkpoint, by path: no faults, and not proven."""
        return self._stock.unpublished

    def _checkpoint(self, policy: Policy | None) -> Judgement | None:
        """What the checkpoint is worth. Without a policy (named already) only its text is read."""
        where = self._prefix + CHECKPOINT
        try:
            judgement = (policy or Policy(())).judge(Note.parse(read_file(self._folder / CHECKPOINT, MAX_NOTE, where)))
        except HutongError as error:
            self._findings.caught(where, error)
            return None
        for fault in judgement.faults if policy else ():
            self._findings.caught(where, fault)
        return judgement

    def _check_bundles(self) -> None:
        """Complete bundles and leaf tiles: quickly where both are there, with care where that does not simply agree."""
        tiles, bundles = set(self._stock.numbers(0)), set(self._stock.numbers(ENTRIES))
        both = sorted(tiles & bundles) if self._visit is None else []
        quick = zip(both, quick_roots(self._folder, both, self._jobs), strict=True)
        ready = next(quick, None)
        for index in sorted(tiles | bundles):
            root = None
            if ready and ready[0] == index:
                root, ready = ready[1], next(quick, None)
            if root is None:
                data = self._tile(0, index) if index in tiles else None
                if index in bundles:
                    data = self._check_bundle(Tile(ENTRIES, index), data)
                root = data and root_hash(split_hashes(data))
            else:
                self._count(TILE_WIDTH)
            self._check_root_of(0, index, root)

    def _check_bundle(self, bundle: Tile, tile: bytes | None, width: int = TILE_WIDTH) -> bytes | None:
        """Compare the first ``width`` entries with the hashes of ``tile``; gives the tile, or what it should be."""
        where = self._where(bundle)
        try:
            data = read_file(self._folder / bundle.path, bundle.width * (2 + MAX_ENTRY), where)
            hashes = bundle_hashes(data)
            if len(hashes) != bundle.width:
                raise HutongError("HT-LOG-13")
        except HutongError as error:
            self._findings.caught(where, error)
            return tile
        first, made = bundle.index * TILE_WIDTH, b"".join(hashes[:width])
        if tile is not None and made != tile:
            leaves = self._where(Tile(0, bundle.index, bundle.width))
            for index, (one, other) in enumerate(zip(hashes[:width], split_hashes(tile), strict=True), first):
                if one != other:
                    self._findings.add(where, "HT-LOG-14", index=index, tile=leaves)
        self._count(width)
        if self._visit:
            self._visit(first, decode_bundle(data)[:width])
        return made if tile is None else tile

    def _check_root_of(self, level: int, index: int, root: bytes | None) -> None:
        """A complete tile's root must stand in the tile above; None, or no tile above, is named elsewhere."""
        above, position = divmod(index, TILE_WIDTH)
        width = tile_width(level + 1, above, self._size)
        if self._parent[:2] != (level + 1, above):
            self._parent = level + 1, above, self._tile(level + 1, above, width, quiet=True)
        parent = self._parent[2]
        if root and parent and root != parent[position * HASH_SIZE : (position + 1) * HASH_SIZE]:
            where, over = self._where(Tile(level, index)), self._where(Tile(level + 1, above, width))
            self._findings.add(where, "HT-LOG-15", tile=where, parent=over, position=position)

    def _check_edge(self, level: int) -> None:
        """Read the partial tile at the end of ``level``; at level 0 its entries stand in if it is lost."""
        index, width = divmod(level_width(level, self._size), TILE_WIDTH)
        if not width:
            return
        edge, bundle = Tile(level, index, width), Tile(ENTRIES, index, width)
        data = self._tile(level, index, width) if self._held(edge) else None
        if level == 0 and self._held(bundle):
            data = self._check_bundle(self._standing(bundle), data, width)
        if data is not None:
            self._edge[level] = data

    def _check_older(self) -> None:
        """Partial tiles of earlier sizes: too many in an export, else the beginning of what came later."""
        for tile in sorted(self._stock.partial, key=lambda tile: tile.path):
            width = tile_width(tile.level, tile.index, self._size)
            if tile.width == width:
                continue
            if self._exact:
                self._findings.add(self._where(tile), "HT-LOG-02")
                continue
            self._check_start(tile, self._standing(Tile(tile.level, tile.index, width)))

    def _check_beyond(self) -> None:
        """Tiles that go on where the checkpoint ends must begin with what it covers: else that is another history."""
        for tile in sorted(self._stock.beyond, key=lambda tile: tile.path):
            edge = Tile(tile.level, tile.index, tile_width(tile.level, tile.index, self._size))
            if edge in self._stock.partial:
                self._check_start(edge, tile)

    def _check_root(self, checkpoint: Checkpoint) -> None:
        """The partial tiles of the right edge together must give the root; a missing one is named already."""
        size = checkpoint.size
        partial = [self._edge.get(level, b"") for level in range(levels(size))]
        if any(len(data) != level_width(level, size) % TILE_WIDTH * HASH_SIZE for level, data in enumerate(partial)):
            return
        if Frontier.of(size, partial).root != checkpoint.root:
            self._findings.add(self._prefix + CHECKPOINT, "HT-LOG-16", size=size)

    def _check_start(self, part: Tile, whole: Tile) -> None:
        """``part`` must be well-formed and the beginning of ``whole``."""
        where, limit = self._where(part), whole.width * (2 + MAX_ENTRY)
        try:
            early = read_file(self._folder / part.path, limit, where)
            later = read_file(self._folder / whole.path, limit, self._where(whole))
            count = len(decode_bundle(early)) if part.level == ENTRIES else len(early) / HASH_SIZE
        except HutongError as error:
            self._findings.caught(where, error)
            return
        if count != part.width or not later.startswith(early):
            self._findings.add(where, "HT-LOG-20", whole=self._where(whole))

    def _standing(self, tile: Tile) -> Tile:
        """The file to read for ``tile``: a partial one may be cleared away once the complete one is there."""
        whole = Tile(tile.level, tile.index)
        return whole if tile not in self._stock.partial and whole in self._stock.beyond else tile

    def _held(self, tile: Tile) -> bool:
        """Whether the partial ``tile`` is there, or the complete one in its place."""
        return tile in self._stock.partial or self._standing(tile) != tile

    def _tile(self, level: int, index: int, width: int = TILE_WIDTH, *, quiet: bool = False) -> bytes | None:
        """A tile's hashes, or None. ``quiet`` for a second look at what is named in its own turn."""
        tile = self._standing(Tile(level, index, width))
        where, expected = self._where(tile), tile.width * HASH_SIZE
        try:
            data = read_file(self._folder / tile.path, TILE_WIDTH * HASH_SIZE, where)
            if len(data) != expected:
                raise HutongError("HT-LOG-05", size=len(data), expected=expected)
        except HutongError as error:
            if not quiet:
                self._findings.caught(where, error)
            return None
        return data[: width * HASH_SIZE]

    def _count(self, entries: int) -> None:
        self.entries += entries
        if self._progress:
            self._progress(self.entries, self._size)

    def _where(self, tile: Tile) -> str:
        return self._prefix + tile.path
