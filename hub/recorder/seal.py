"""seal: receipts for what a commit made durable. The checkpoint's signature is the hub's, one a batch.

A repeat gets the receipt of its own batch's note, recomputed; it is the same bytes as the first time.
"""

from __future__ import annotations

from audit.log.reader import TileTree
from hutong.proofs.encoding import to_base64
from hutong.proofs.proof import proof_text
from hutong.proofs.tree import inclusion_ranges
from hutong.v1 import entry_pb2


class Receipts:
    """Receipts under one signed note. Neighbours share most of their paths: each node is looked up and written once."""

    def __init__(self, tree: TileTree, size: int, note: str) -> None:
        self._tree = tree
        self._size = size
        self._note = note
        self._nodes: dict[tuple[int, int], str] = {}

    def receipt(self, index: int, entry: bytes) -> entry_pb2.Receipt:
        """The receipt of ``entry`` at ``index``."""
        path = [self._node(low, high) for low, high in inclusion_ranges(index, self._size)]
        return entry_pb2.Receipt(index=index, entry=entry, proof=proof_text(index, path, self._note))

    def _node(self, low: int, high: int) -> str:
        node = self._nodes.get((low, high))
        if node is None:
            node = self._nodes[low, high] = to_base64(self._tree.subtree(low, high, self._size))
        return node
