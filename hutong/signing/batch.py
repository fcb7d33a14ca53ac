"""One signature over many statements: the root of a Merkle tree (RFC 6962 shape); each statement carries its path.

leaf = SHA-256(0x00 || "hutong/batch-leaf/v1" 0x00 || SHA-256(PAE))      node = SHA-256(0x01 || left || right)
M    = "hutong/batch/v1\\n" origin "\\n" agency "\\n" keyid "\\n" size "\\n" base64(root) "\\n"
sig  = Sign(PAE("application/vnd.hutong.batch.v1", M))
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from hutong.errors import HutongError
from hutong.signing.keys import PublicKey, SigningKey
from hutong.signing.pae import pae
from hutong.v1.envelope_pb2 import BatchPath, Envelope, Signature

BATCH_TYPE = "application/vnd.hutong.batch.v1"
MAX_SIZE = 4096
_LEAF = b"\x00hutong/batch-leaf/v1\x00"


def leaf_hash(statement_digest: bytes) -> bytes:
    """The leaf of one statement, from SHA-256 of its PAE."""
    return sha256(_LEAF + statement_digest).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def tree_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels from the leaves (at least one) up to the root; a last hash without a partner moves up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def leaf_path(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The siblings of leaf ``index``, from the bottom to the top."""
    path = []
    for level in levels[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return path


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that ``path`` leads to (RFC 9162 §2.1.3.2), or None if it is not exactly as long as it must be."""
    if not 0 <= index < size <= MAX_SIZE:
        return None
    here, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    return root if last == 0 else None


def batch_message(origin: str, agency: str, keyid: str, size: int, root: bytes) -> bytes:
    """M; HT-SIG-09 if a name holds a newline, which would make it read as another M."""
    if "\n" in origin + agency + keyid:
        raise HutongError("HT-SIG-09", limit=MAX_SIZE)
    return f"hutong/batch/v1\n{origin}\n{agency}\n{keyid}\n{size}\n{b64encode(root).decode()}\n".encode()


def sign_batch(
    payloads: Sequence[bytes], *, origin: str, agency: str, key: SigningKey, payload_type: str
) -> list[Envelope]:
    """One envelope for each payload, in order, under one signature of an agency system's ``key``.

    ``origin`` and ``agency`` are those that every payload's header names. HT-SIG-09 unless 1 ≤ n ≤ 4096.
    """
    size = len(payloads)
    if not 1 <= size <= MAX_SIZE:
        raise HutongError("HT-SIG-09", limit=MAX_SIZE)
    levels = tree_levels([leaf_hash(sha256(pae(payload_type, payload)).digest()) for payload in payloads])
    message = batch_message(origin, agency, key.keyid, size, levels[-1][0])
    sig = key.sign(pae(BATCH_TYPE, message))
    return [
        Envelope(
            payload=payload,
            payload_type=payload_type,
            signatures=[
                Signature(
                    sig=sig,
                    keyid=key.keyid,
                    batch=BatchPath(index=index, size=size, path=leaf_path(levels, index)),
                )
            ],
        )
        for index, payload in enumerate(payloads)
    ]


@lru_cache(maxsize=4096)
def _signed(key: PublicKey, message: bytes, sig: bytes) -> bool:
    return key.verify(pae(BATCH_TYPE, message), sig)


def verify_batch(statement_digest: bytes, signature: Signature, *, origin: str, agency: str, key: PublicKey) -> bool:
    """Whether ``signature`` (with its ``batch``) covers the statement.

    The path is walked every time; the signature over a root is remembered, so that a batch costs one verification.
    """
    place = signature.batch
    root = root_from_path(leaf_hash(statement_digest), place.index, place.size, place.path)
    if root is None:
        return False
    return _signed(key, batch_message(origin, agency, key.keyid, place.size, root), signature.sig)
