"""Against RFC 6962's own recursion, published vectors, and a literal translation of RFC 9162 by somebody else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from hutong.errors import HutongError
from hutong.proofs import tree

# transparency-dev/merkle, testonly/constants.go: leaf inputs and the roots after each.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [tree.leaf_hash(b"%d" % index) for index in range(count)]


def mth(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    hashes = [tree.leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert tree.root_hash(hashes).hex() == ROOTS[size]


@given(st.integers(0, 300))
def test_root_is_the_recursion(size: int) -> None:
    assert tree.root_hash(leaves(size)) == mth(leaves(size))


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_inclusion(case: tuple[int, int]) -> None:
    size, index = case
    hashes = leaves(size)
    path, root = tree.inclusion_path(hashes, index), mth(hashes)
    tree.verify_inclusion(hashes[index], index, size, path, root)
    InclusionProof(index, size, path).check(hashes[index], root)
    wrong = [
        (index, size, [*path, path[-1] if path else root]),
        (index, size, path[:-1]),
        (index + 1, size, path),
        (index, size, [bytes(32), *path[1:]]),
        (size, size, path),
        (-1, size, path),
    ]
    for at, among, nodes in wrong:
        if (at, nodes) == (index, path):
            continue
        with pytest.raises(HutongError, match="HT-LOG-18"):
            tree.verify_inclusion(hashes[index], at, among, nodes, root)


@given(st.integers(0, 300).flatmap(lambda new: st.tuples(st.integers(0, new), st.just(new))))
def test_consistency(case: tuple[int, int]) -> None:
    old, new = case
    hashes = leaves(new)
    path, old_root, new_root = tree.consistency_path(hashes, old), mth(hashes[:old]), mth(hashes)
    tree.verify_consistency(old, old_root, new, new_root, path)
    ConsistencyProof(old, new, path).check(old_root, new_root)
    wrong = [
        (old_root, new_root, [*path, new_root]),
        (bytes(32), new_root, path),
        *([(old_root, bytes(32), path)] if old else []),
        *([(old_root, new_root, path[:-1]), (old_root, new_root, [bytes(32), *path[1:]])] if path else []),
    ]
    for one, other, nodes in wrong:
        with pytest.raises(HutongError, match="HT-LOG-19"):
            tree.verify_consistency(old, one, new, other, nodes)


def test_outside_the_tree_is_refused() -> None:
    for wrong in (lambda: tree.inclusion_ranges(3, 3), lambda: tree.inclusion_ranges(-1, 3)):
        with pytest.raises(HutongError, match="HT-LOG-36"):
            wrong()
    with pytest.raises(HutongError, match="HT-LOG-36"):
        tree.consistency_ranges(4, 3)
    with pytest.raises(HutongError, match="HT-LOG-19"):
        tree.verify_consistency(4, bytes(32), 3, bytes(32), [])
