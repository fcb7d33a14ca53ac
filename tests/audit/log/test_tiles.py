"""Names and bytes of tiles, against the specification's examples and tlog-scales."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tlog_scales.reader import Tile as OtherTile
from tlog_scales.tiles import tile_path

from audit.log import tiles
from audit.log.tiles import ENTRIES, Tile
from hutong.errors import HutongError
from hutong.proofs.tree import leaf_hash

PATHS = {
    "tile/0/x001/x234/067": Tile(0, 1_234_067),
    "tile/0/000": Tile(0, 0),
    "tile/63/999.p/255": Tile(63, 999, 255),
    "tile/entries/x001/000.p/1": Tile(ENTRIES, 1000, 1),
}
WRONG = [
    "",
    "tile/0",
    "tile/00/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/0/0",
    "tile/0/0000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/x001",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/05",
    "tile/0/000.p",
    "tile/0/000/",
    "tile/0/٠٠٠",
    "tile/data/000",
    "/tile/0/000",
    "tile/0/000\n",
    "tile/0/../0/000",
]


@pytest.mark.parametrize("path", sorted(PATHS))
def test_known_paths(path: str) -> None:
    assert Tile.parse(path) == PATHS[path]
    assert PATHS[path].path == path


@pytest.mark.parametrize("path", WRONG)
def test_wrong_paths(path: str) -> None:
    with pytest.raises(HutongError, match="HT-LOG-38"):
        Tile.parse(path)


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_paths_as_others_write_them(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tile.path == "/".join(tile_path(level, index, width % 256))
    assert Tile.parse(tile.path) == tile


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert Tile.parse(text).path == text
    except HutongError as error:
        assert error.code == "HT-LOG-38"


def test_the_specification_s_example() -> None:
    """C2SP tlog-tiles: a tree of 70,000."""
    found = [tile for tile in tiles.tiles_of(70_000) if tile.level >= 0]
    assert len([tile for tile in found if tile.level == 0 and tile.width == 256]) == 273
    assert [tile for tile in found if tile.width < 256 or tile.level > 0] == [
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert [tile for tile in tiles.tiles_of(256) if tile.level >= 0] == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


@given(st.integers(0, 200_000), st.integers(0, 1000))
def test_new_tiles_are_the_difference(since: int, more: int) -> None:
    before, after = set(tiles.tiles_of(since)), set(tiles.tiles_of(since + more))
    assert set(tiles.tiles_of(since + more, since)) == after - before
    assert len({tile.level for tile in after if tile.level >= 0}) == tiles.levels(since + more)


@given(st.lists(st.binary(max_size=300), max_size=256))
@example([b"", b"\x00" * 65_535])
def test_bundles(entries: list[bytes]) -> None:
    bundle = tiles.encode_bundle(entries)
    assert tiles.decode_bundle(bundle) == entries == OtherTile.from_entries_bytes(bundle).entries
    assert tiles.bundle_hashes(bundle) == [leaf_hash(entry) for entry in entries]


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_bundle_or_refused(data: bytes) -> None:
    """Both readings of a bundle agree on every input."""
    try:
        hashes = tiles.bundle_hashes(data)
    except HutongError as error:
        assert error.code == "HT-LOG-13"
        with pytest.raises(HutongError, match="HT-LOG-13"):
            tiles.decode_bundle(data)
        return
    entries = tiles.decode_bundle(data)
    assert [leaf_hash(entry) for entry in entries] == hashes
    assert tiles.encode_bundle(entries) == data


def test_an_entry_has_an_upper_limit() -> None:
    with pytest.raises(HutongError, match="HT-LOG-39"):
        tiles.encode_bundle([bytes(65_536)])
