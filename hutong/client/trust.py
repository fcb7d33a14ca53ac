"""What a client believes of a hub: checkpoints that its policy accepts and that never contradict each other.

The newest verified checkpoint is kept in the profile. Every receipt is checked against the policy at once, and every
checkpoint that came with one is remembered until all lie, proved, on one history: a hub that forks or goes back is
caught, also when it hides the fork among receipts that hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

from google.protobuf.message import DecodeError

from hutong.errors import Category, HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.entry import disagreements, is_about
from hutong.proofs.note import Note
from hutong.proofs.policy import Policy
from hutong.proofs.proof import LogProof
from hutong.proofs.tree import verify_consistency
from hutong.tls.state import State
from hutong.v1 import audit_pb2, entry_pb2, envelope_pb2, header_pb2

MANY = 512
"""So many checkpoints are remembered before it is time to settle."""
_AT_ONCE = 32
FetchConsistency = Callable[[int, int], Awaitable[audit_pb2.GetConsistencyProofResponse]]


def verify_receipt(receipt: entry_pb2.Receipt, policy: Policy) -> tuple[entry_pb2.Entry, LogProof]:
    """The entry that ``receipt`` proves, and its proof; HT-LOG-… or HT-CLI-12 when it proves nothing."""
    proof = LogProof.parse(receipt.proof.encode())
    proof.verify(receipt.entry, policy)
    if proof.index != receipt.index:
        raise HutongError("HT-CLI-12", why="receipt and proof name different positions")
    return entry_of(receipt), proof


def entry_of(receipt: entry_pb2.Receipt) -> entry_pb2.Entry:
    """The entry in a receipt, not verified yet; HT-CLI-12 if it is none."""
    try:
        return entry_pb2.Entry.FromString(receipt.entry)
    except DecodeError as error:
        raise HutongError("HT-CLI-12", why="the entry cannot be parsed") from error


def check_entry(entry: entry_pb2.Entry, envelope: envelope_pb2.Envelope, origin: str) -> None:
    """HT-CLI-12 unless ``entry``, of the log ``origin``, is about exactly the statement in ``envelope`` and repeats
    its header; HT-ENV-02 when the header cannot be parsed."""
    if not is_about(entry, envelope):
        raise HutongError("HT-CLI-12", why="the receipt is for another statement")
    try:
        header = header_pb2.Header.FromString(envelope.payload)
    except DecodeError as error:
        raise HutongError("HT-ENV-02", part="header") from error
    wrong = disagreements(entry, header, origin)
    if wrong:
        raise HutongError("HT-CLI-12", why=f"the entry is not what the statement says: {', '.join(wrong)}")


class Trust:
    """The policy of one log, and what of it was verified so far (kept in ``state``)."""

    def __init__(self, policy: Policy, state: State) -> None:
        self.policy = policy
        self._state = state
        self._remembered: dict[int, tuple[Checkpoint, Note]] = {}

    @property
    def newest(self) -> Checkpoint | None:
        """The newest verified checkpoint."""
        note = self._state.checkpoint
        return Checkpoint.parse(Note.parse(note.encode()).text) if note else None

    @property
    def seen(self) -> int:
        """The largest size of the log that an accepted checkpoint has shown."""
        newest = self.newest
        return max(newest.size if newest else 0, *self._remembered, 0)

    @property
    def crowded(self) -> bool:
        """Whether so many checkpoints wait to be settled that it should be done now."""
        return len(self._remembered) >= MANY

    def believe(self, receipt: entry_pb2.Receipt, envelope: envelope_pb2.Envelope) -> tuple[entry_pb2.Entry, LogProof]:
        """The entry of ``envelope`` that ``receipt`` proves; its checkpoint is remembered."""
        entry, proof = verify_receipt(receipt, self.policy)
        check_entry(entry, envelope, Checkpoint.parse(proof.note.text).origin)
        self.remember(proof.note)
        return entry, proof

    def believe_entry(self, receipt: entry_pb2.Receipt) -> tuple[entry_pb2.Entry, LogProof]:
        """The entry that ``receipt`` proves, without the statement that it is about; its checkpoint is remembered."""
        entry, proof = verify_receipt(receipt, self.policy)
        self.remember(proof.note)
        return entry, proof

    def remember(self, note: Note) -> None:
        """Keep an accepted note for ``settle``; HT-CLI-12 at once when it gives a size another root."""
        seen, newest = Checkpoint.parse(note.text), self.newest
        if newest is not None and seen.size == newest.size:
            _same_root(seen, newest)
            return
        known, _ = self._remembered.setdefault(seen.size, (seen, note))
        _same_root(seen, known)

    async def settle(self, fetch: FetchConsistency) -> None:
        """Prove that every checkpoint remembered lies on one history with the one kept, and keep the newest.

        ``fetch(old, new)`` gets the proof between two sizes from the hub. HT-CLI-12 when they contradict each other.
        What is not proved, for whatever reason, stays remembered: a fork does not pass by being asked about twice.
        """
        remembered, kept = dict(self._remembered), self.newest
        chain = sorted((seen for seen, _ in remembered.values()), key=lambda seen: seen.size)
        if kept is not None:
            chain = sorted([*chain, kept], key=lambda seen: seen.size)
        pairs = list(pairwise(chain))
        for at in range(0, len(pairs), _AT_ONCE):
            await _prove(pairs[at : at + _AT_ONCE], fetch)
        if remembered and (kept is None or chain[-1].size > kept.size):
            self._state.save_checkpoint(str(remembered[chain[-1].size][1]))
        for size, one in remembered.items():
            if self._remembered.get(size) is one:
                del self._remembered[size]

    async def advance(self, note: Note, fetch: FetchConsistency) -> None:
        """Accept ``note``, remember it and settle: afterwards it lies on one history with all that was seen before."""
        self.policy.accept(note)
        self.remember(note)
        await self.settle(fetch)


async def _prove(pairs: Sequence[tuple[Checkpoint, Checkpoint]], fetch: FetchConsistency) -> None:
    """Neighbours on the chain: each continues the one before."""
    grown = []
    for old, new in pairs:
        if old.size == new.size:
            _same_root(old, new)
        elif old.size:
            grown.append((old, new))
    try:
        proofs = await asyncio.gather(*(fetch(old.size, new.size) for old, new in grown))
    except HutongError as error:
        if error.category is not Category.NOT_FOUND:
            raise
        raise HutongError("HT-CLI-12", why="the hub does not know a size of the log that it signed") from error
    for (old, new), proof in zip(grown, proofs, strict=True):
        try:
            verify_consistency(old.size, old.root, new.size, new.root, list(proof.hashes))
        except HutongError as error:
            why = f"the log of {new.size} entries does not continue that of {old.size}"
            raise HutongError("HT-CLI-12", why=why) from error


def _same_root(one: Checkpoint, other: Checkpoint) -> None:
    if one.root != other.root:
        raise HutongError("HT-CLI-12", why=f"two roots for size {one.size}")
