"""What a client believes of a hub: checkpoints that its policy accepts and that never contradict each other.

The newest verified checkpoint is kept in the profile. Every receipt is checked against the policy at once; a newer
checkpoint is kept only with a consistency proof from the one before, so that a hub that forks or goes back is caught.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from google.protobuf.message import DecodeError

from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.entry import disagreements, is_about
from hutong.proofs.note import Note
from hutong.proofs.policy import Policy
from hutong.proofs.proof import LogProof
from hutong.proofs.tree import verify_consistency
from hutong.tls.state import State
from hutong.v1 import audit_pb2, entry_pb2, envelope_pb2, header_pb2

FetchConsistency = Callable[[int, int], Awaitable[audit_pb2.GetConsistencyProofResponse]]


def verify_receipt(receipt: entry_pb2.Receipt, policy: Policy) -> tuple[entry_pb2.Entry, LogProof]:
    """The entry that ``receipt`` proves, and its proof; HT-LOG-… or HT-CLI-12 when it proves nothing."""
    proof = LogProof.parse(receipt.proof.encode())
    proof.verify(receipt.entry, policy)
    if proof.index != receipt.index:
        raise HutongError("HT-CLI-12", why="receipt and proof name different positions")
    try:
        return entry_pb2.Entry.FromString(receipt.entry), proof
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
        self._remembered: Note | None = None

    @property
    def newest(self) -> Checkpoint | None:
        """The newest verified checkpoint."""
        note = self._state.checkpoint
        return Checkpoint.parse(Note.parse(note.encode()).text) if note else None

    def believe(self, receipt: entry_pb2.Receipt, envelope: envelope_pb2.Envelope) -> tuple[entry_pb2.Entry, LogProof]:
        """The entry of ``envelope`` that ``receipt`` proves."""
        entry, proof = verify_receipt(receipt, self.policy)
        check_entry(entry, envelope, Checkpoint.parse(proof.note.text).origin)
        return entry, proof

    def remember(self, note: Note) -> None:
        """Note an accepted note for the next ``advance``; HT-CLI-12 at once when it gives a size another root."""
        seen = Checkpoint.parse(note.text)
        known = Checkpoint.parse(self._remembered.text) if self._remembered else self.newest
        if known is not None and seen.size == known.size and seen.root != known.root:
            raise HutongError("HT-CLI-12", why=f"two roots for size {seen.size}")
        if known is None or seen.size > known.size:
            self._remembered = note

    def take_remembered(self) -> Note | None:
        """The newest note remembered and not yet advanced to."""
        note, self._remembered = self._remembered, None
        return note

    async def advance(self, note: Note, fetch: FetchConsistency) -> None:
        """Keep the checkpoint in ``note`` if it extends what was verified before; HT-CLI-12 if it contradicts it.

        ``fetch(old, new)`` gets the proof between two sizes from the hub; also for an older note, which must lie on the
        way to the kept one.
        """
        seen = self.policy.accept(note)
        kept = self.newest
        if kept is None:
            self._state.save_checkpoint(str(note))
            return
        if seen == kept:
            return
        low, high = sorted((seen, kept), key=lambda checkpoint: checkpoint.size)
        if low.size == high.size:
            raise HutongError("HT-CLI-12", why=f"two roots for size {low.size}")
        if low.size:
            proof = await fetch(low.size, high.size)
            try:
                verify_consistency(low.size, low.root, high.size, high.root, list(proof.hashes))
            except HutongError as error:
                why = f"the log of {high.size} entries does not continue that of {low.size}"
                raise HutongError("HT-CLI-12", why=why) from error
        if seen.size > kept.size:
            self._state.save_checkpoint(str(note))
