"""Names and bytes of tiles and entry bundles, exactly as C2SP tlog-tiles has them.

Tile N at level L holds up to 256 hashes: at level 0 of leaves, above of complete tiles below. Only the last tile of a
level is partial, and its width is part of its name. A bundle holds the entries of one level-0 tile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hutong.errors import HutongError
from hutong.proofs.tree import HASH_SIZE

TILE_WIDTH = 256
MAX_LEVEL = 63
MAX_ENTRY = 65_535
ENTRIES = -1
"""The "level" of entry bundles."""

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of a tile: its level (``ENTRIES`` for a bundle), its number there, how many hashes it holds (1–256)."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """For example ``tile/0/x001/x234/067.p/5``; always with slashes."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        part = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{grouped(self.index)}{part}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile that ``path`` names; HT-LOG-38 for anything that ``path`` of no tile would be."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise HutongError("HT-LOG-38")
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        tile = cls(level, int(re.sub("[x/]", "", match["index"])), int(match["width"] or TILE_WIDTH))
        # Also refuses what the pattern lets through: leading groups of zeros, .p/256 and beyond.
        if tile.path != path or (match["width"] and tile.width >= TILE_WIDTH):
            raise HutongError("HT-LOG-38")
        return tile


def grouped(index: int) -> str:
    """``index`` in groups of three digits, all but the last prefixed with x: 1234067 → x001/x234/067."""
    text = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03d}/{text}"
    return text


def level_width(level: int, size: int) -> int:
    """How many hashes level ``level`` of a tree of ``size`` holds in all its tiles (entries at ``ENTRIES``)."""
    return size >> (8 * max(level, 0))


def tile_width(level: int, index: int, size: int) -> int:
    """The width of tile ``index`` at ``level`` in a tree of ``size``: 256 when full, 0 when there is no such tile."""
    return max(0, min(TILE_WIDTH, level_width(level, size) - index * TILE_WIDTH))


def levels(size: int) -> int:
    """How many levels of hash tiles a tree of ``size`` has."""
    return (size.bit_length() + 7) // 8


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Every tile and bundle of a tree of ``size``; with ``since`` only those that a tree of that size did not have."""
    for level in (ENTRIES, *range(levels(size))):
        hashes = level_width(level, size)
        for index in range(level_width(level, since) // TILE_WIDTH, -(-hashes // TILE_WIDTH)):
            width = min(TILE_WIDTH, hashes - index * TILE_WIDTH)
            if tile_width(level, index, since) != width:
                yield Tile(level, index, width)


def split_hashes(tile: bytes) -> list[bytes]:
    """The 32-byte hashes of a tile, in order."""
    return [tile[start : start + HASH_SIZE] for start in range(0, len(tile), HASH_SIZE)]


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as a bundle: u16be(length) || entry, one after the other; HT-LOG-39 for an entry over 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise HutongError("HT-LOG-39", size=len(entry), limit=MAX_ENTRY)
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; HT-LOG-13 when the last one is cut off."""
    entries: list[bytes] = []
    start, end = 0, len(bundle)
    while start < end:
        stop = start + 2 + int.from_bytes(bundle[start : start + 2], "big")
        if stop > end or start + 2 > end:
            raise HutongError("HT-LOG-13")
        entries.append(bundle[start + 2 : stop])
        start = stop
    return entries


def bundle_hashes(bundle: bytes) -> list[bytes]:
    """The leaf hashes of a bundle's entries; HT-LOG-13 when the last one is cut off.

    The same as hashing ``decode_bundle``'s, in one loop without a bounds check: running past the end shows after it.
    """
    sha256, start, end = hashlib.sha256, 0, len(bundle)
    hashes: list[bytes] = []
    append = hashes.append
    try:
        while start < end:
            stop = start + 2 + (bundle[start] << 8 | bundle[start + 1])
            append(sha256(b"\x00" + bundle[start + 2 : stop]).digest())
            start = stop
    except IndexError:
        raise HutongError("HT-LOG-13") from None
    if start != end:
        raise HutongError("HT-LOG-13")
    return hashes
