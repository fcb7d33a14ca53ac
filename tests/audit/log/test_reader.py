"""Proofs from tiles are the proofs from all leaves, for few reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.log import reader
from hutong.errors import HutongError
from hutong.proofs.tree import consistency_path, inclusion_path, leaf_hash, root_hash, verify_inclusion

SIZE = 66_000


@pytest.fixture(scope="module")
def log(make_log: Callable[..., Any]) -> Any:
    return make_log(SIZE)


@pytest.fixture(scope="module")
def leaves(log: Any) -> list[bytes]:
    return [leaf_hash(entry) for entry in log.raw]


@given(st.data())
def test_proofs(log: Any, leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 3000))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert reader.root(log, size) == root_hash(leaves[:size])
    assert reader.inclusion_proof(log, index, size) == inclusion_path(leaves[:size], index)
    assert reader.consistency_proof(log, old, size) == consistency_path(leaves[:size], old)


def test_one_tree_serves_all_sizes(log: Any, leaves: list[bytes]) -> None:
    """Growing in between must not spoil what is kept, nor must forgetting it."""
    one = reader.TileTree(log, keep=3)
    for size in (1, 5, 255, 256, 257, 700, 513, 65_536, 2, SIZE, 300, 65_537):
        assert one.root(size) == root_hash(leaves[:size])
        for index in {0, size // 2, size - 1}:
            assert one.inclusion_proof(index, size) == inclusion_path(leaves[:size], index)
            assert one.leaf(index, size) == leaves[index]


@pytest.mark.parametrize("size", [SIZE, 65_535, 65_537])
def test_few_reads(log: Any, leaves: list[bytes], size: int) -> None:
    root = reader.root(log, size)
    for index in (0, 1000, size - 1):
        log.reads = 0
        path = reader.inclusion_proof(log, index, size)
        assert log.reads <= 6
        verify_inclusion(leaves[index], index, size, path, root)
    log.reads = 0
    reader.consistency_proof(log, 12_345, size)
    assert log.reads <= 6


def test_what_is_not_there(log: Any) -> None:
    assert reader.root(log, 0) == root_hash([])
    with pytest.raises(HutongError, match="HT-LOG-37"):
        reader.root(log, SIZE + 1)
    with pytest.raises(HutongError, match="HT-LOG-36"):
        reader.inclusion_proof(log, 5, 5)


def test_a_tile_is_read_once_for_all_sizes(make_log: Callable[..., Any]) -> None:
    """Whoever knows how far the log reaches gives receipts of many sizes from one look at each tile."""
    log = make_log(600)
    growing, knowing = reader.TileTree(log), reader.TileTree(log, newest=600)
    sizes = range(1, 601, 7)
    log.reads = 0
    first = [growing.inclusion_proof(size - 1, size) for size in sizes]
    many, log.reads = log.reads, 0
    assert [knowing.inclusion_proof(size - 1, size) for size in sizes] == first
    assert log.reads == 4 < many, "three leaf tiles and the one above"
