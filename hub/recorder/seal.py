"""seal: receipts for what a commit made durable. The checkpoint's signature is the hub's, one a batch.

A repeat gets the receipt of its own batch's note, recomputed; it is the same bytes as the first time.
"""

from __future__ import annotations

from audit.log.reader import TileTree
from hutong.errors import HutongError
from hutong.proofs.note import Note
from hutong.proofs.proof import LogProof
from hutong.v1 import entry_pb2


def receipt(tree: TileTree, index: int, entry: bytes, size: int, note: Note) -> entry_pb2.Receipt:
    """The receipt of ``entry`` at ``index`` under the signed ``note`` of the tree of ``size``."""
    proof = LogProof(index, tuple(tree.inclusion_proof(index, size)), note)
    return entry_pb2.Receipt(index=index, entry=entry, proof=str(proof))


def refusal(error: HutongError, logged: entry_pb2.Receipt | None = None) -> entry_pb2.Refusal:
    """``error`` as it crosses the wire."""
    said = error.sentences("en")
    return entry_pb2.Refusal(
        code=error.code,
        what=said.what,
        why=said.why,
        next=said.next,
        trace_id=error.trace_id,
        params=error.params,
        receipt=logged,
    )
