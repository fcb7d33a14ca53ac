"""The Merkle tree of RFC 6962 §2.1 over SHA-256, with the proofs of RFC 9162 §2.1.3 and §2.1.4.

A proof is a list of subtree roots. Which subtrees those are is arithmetic on index and size alone
(``inclusion_ranges``, ``consistency_ranges``), so that one rule serves a list in memory and tiles on disk.
Verification is exact: a path that is one hash too long or too short is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hutong.errors import HutongError

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]
"""Leaves from the first (inclusive) to the last (exclusive)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256(0x00 || entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_hash(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf (or subtree) hashes in order.

    Pairs are hashed row by row and an odd last one moves up as it is; that gives RFC 6962's shape for every size, and
    a row is one tight loop: this is where appending and checking spend their time.
    """
    if not hashes:
        return EMPTY_ROOT
    sha256 = hashlib.sha256
    row = hashes
    while len(row) > 1:
        odd = row[-1:] if len(row) & 1 else []
        pairs = iter(row)
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        row.extend(odd)
    return row[0]


def split(size: int) -> int:
    """The largest power of two below ``size`` (at least 2): where RFC 6962 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The subtrees whose roots prove leaf ``index`` among ``size``, from its sibling up (RFC 9162 §2.1.3.1).

    Raises:
        HutongError: HT-LOG-36 unless 0 ≤ index < size.
    """
    if not 0 <= index < size:
        raise HutongError("HT-LOG-36", index=index, size=size)
    low, high, ranges = 0, size, []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The subtrees whose roots prove that the tree of ``new`` leaves extends that of ``old`` (RFC 9162 §2.1.4.1).

    Empty for old = 0 and old = new, where there is nothing to prove.

    Raises:
        HutongError: HT-LOG-36 unless 0 ≤ old ≤ new.
    """
    if not 0 <= old <= new:
        raise HutongError("HT-LOG-36", index=old, size=new)
    if old in (0, new):
        return []
    low, high, ranges = 0, new, []
    while old < high:
        middle = low + split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low > 0:
        ranges.append((low, high))
    return ranges[::-1]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion proof of ``leaves[index]`` among all ``leaves`` (leaf hashes); for small trees held in memory."""
    return [root_hash(leaves[low:high]) for low, high in inclusion_ranges(index, len(leaves))]


def consistency_path(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """The proof that all ``leaves`` extend the first ``old``; for small trees held in memory."""
    return [root_hash(leaves[low:high]) for low, high in consistency_ranges(old, len(leaves))]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that ``path`` leads to from the leaf hash ``leaf`` (RFC 9162 §2.1.3.2).

    Raises:
        HutongError: HT-LOG-18 when the index is outside the tree or the path has not exactly the length that it needs.
    """
    if not 0 <= index < size:
        raise HutongError("HT-LOG-18", index=index, size=size)
    here, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise HutongError("HT-LOG-18", index=index, size=size)
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise HutongError("HT-LOG-18", index=index, size=size)
    return root


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Leaf hash ``leaf`` stands at ``index`` in the tree of ``size`` with ``root``; HT-LOG-18 if that is not proven."""
    if root_from_inclusion(leaf, index, size, path) != root:
        raise HutongError("HT-LOG-18", index=index, size=size)


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """The tree (``new``, ``new_root``) extends (``old``, ``old_root``) (RFC 9162 §2.1.4.2); HT-LOG-19 if not proven."""
    refused = HutongError("HT-LOG-19", old=old, new=new)
    if not 0 <= old <= new:
        raise refused
    if old in (0, new):
        if path or old_root != (EMPTY_ROOT if old == 0 else new_root):
            raise refused
        return
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    # A complete old tree is itself the first node of the proof and is not sent.
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not nodes:
        raise refused
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise refused
        if here & 1 or here == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            second = node_hash(second, node)
        here, last = here >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise refused
