"""Appending in any steps gives the tiles and the root of the whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.log.growth import Frontier
from audit.log.tiles import Tile, tiles_of
from hutong.proofs.tree import leaf_hash, root_hash

LEAVES = [leaf_hash(b"%d" % index) for index in range(66_400)]


@given(st.lists(st.integers(0, 700), max_size=12))
def test_any_steps(steps: list[int]) -> None:
    edge, seen = Frontier(), dict[Tile, bytes]()
    for step in steps:
        before = edge
        edge, made = before.append(LEAVES[before.size : before.size + step])
        assert {one.tile for one in made} == {tile for tile in tiles_of(edge.size, before.size) if tile.level >= 0}
        assert all(len(one.data) == 32 * one.tile.width for one in made)
        seen |= {one.tile: one.data for one in made}
    whole, made = Frontier().append(LEAVES[: edge.size])
    assert edge == whole
    assert edge.root == root_hash(LEAVES[: edge.size])
    assert all(seen[one.tile] == one.data for one in made)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 66_400])
def test_edges_of_tiles(size: int) -> None:
    edge, made = Frontier().append(LEAVES[:size])
    assert edge.root == root_hash(LEAVES[:size])
    assert {one.tile for one in made} == {tile for tile in tiles_of(size) if tile.level >= 0}
    upper = {one.tile: one.data for one in made}
    for tile, data in sorted(upper.items(), key=lambda item: item[0].path):
        if tile.level:
            for position in range(tile.width):
                below = upper[Tile(tile.level - 1, tile.index * 256 + position)]
                hashes = [below[start : start + 32] for start in range(0, len(below), 32)]
                assert data[position * 32 : position * 32 + 32] == root_hash(hashes)


def test_loads_from_tiles(make_log: Callable[..., Any]) -> None:
    log = make_log(1000)
    log.reads = 0
    assert Frontier.load(log, 1000) == log.frontier
    assert Frontier.of(1000, log.frontier.partial) == log.frontier
    assert log.reads == 2
    for size in (0, 1, 256, 511, 999):
        assert Frontier.load(log, size).root == root_hash([leaf_hash(entry) for entry in log.raw[:size]])


def test_foreign_rows_are_refused(make_log: Callable[..., Any]) -> None:
    log = make_log(10)
    with pytest.raises(ValueError, match="11 leaves"):
        Frontier.of(11, log.frontier.partial)
