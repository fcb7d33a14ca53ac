"""A hub as an asyncio client sees it: every answer checked, every error one of ours, every repeat harmless."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from hutong.client.directory import VerifiedDirectory
from hutong.client.refusals import LOGGED, Refused, from_call, retryable
from hutong.client.trust import Trust
from hutong.errors import HutongError
from hutong.proofs.note import Note
from hutong.proofs.policy import Policy
from hutong.tls.channel import aio_channel
from hutong.tls.profile import Profile
from hutong.v1 import (
    audit_pb2,
    audit_pb2_grpc,
    casework_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
    enrolment_pb2,
    enrolment_pb2_grpc,
    entry_pb2,
    envelope_pb2,
    exchange_pb2,
    exchange_pb2_grpc,
    header_pb2,
)

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
_PIECE = 1 << 20


@dataclass(frozen=True)
class Accepted:
    """A statement that the hub recorded, proved by its receipt."""

    index: int
    entry: entry_pb2.Entry
    receipt: entry_pb2.Receipt


class HubClient:
    """One channel to one hub, for one profile. Use as ``async with HubClient(profile) as hub``."""

    def __init__(self, profile: Profile, policy: Policy, channel: grpc.aio.Channel | None = None) -> None:
        self.profile = profile
        self.trust = Trust(policy, profile)
        self.directory = VerifiedDirectory(profile.origin, self.trust)
        self._channel = channel or aio_channel(profile)
        self.exchange = exchange_pb2_grpc.ExchangeStub(self._channel)
        self.casework = casework_pb2_grpc.CaseworkStub(self._channel)
        self._directory = directory_pb2_grpc.DirectoryStub(self._channel)
        self._audit = audit_pb2_grpc.AuditStub(self._channel)
        self._renewal = enrolment_pb2_grpc.RenewalStub(self._channel)

    async def __aenter__(self) -> HubClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def refresh_directory(self) -> VerifiedDirectory:
        """Fetch and verify what is new in the directory; one at a time, because each statement is folded once."""
        async with self.directory.refreshing:
            request = directory_pb2.ListStatementsRequest(since=self.directory.next_index)
            async for message in checked_stream(self._directory.ListStatements(request)):
                self.directory.take(message.evidence)
                await self.settle_if_crowded()
            self.directory.check_withheld(self.profile.agency)
        return self.directory

    async def catch_up(self, index: int) -> None:
        """Fetch the directory as far as an entry says that it reached; HT-DIR-16 where the hub serves less.

        One that stood still here while entries moved on would have us seal to keys long gone.
        """
        if index > self.directory.next_index:
            await self.refresh_directory()
        if index > self.directory.next_index:
            raise HutongError("HT-DIR-16", why=f"the directory that the hub serves ends before {index}")

    async def submit(self, submission: envelope_pb2.Submission, within: float = 30.0) -> Accepted:
        """Submit once; the receipt is verified before this returns. Refusals are raised."""
        request = exchange_pb2.SubmitRequest(submission=submission)
        try:
            answer = await checked(self.exchange.Submit(request, timeout=within))
        except Refused as refused:
            self._check_refusal(refused, submission.envelope)
            raise
        return await self._accepted(answer.receipt, submission.envelope)

    async def send(
        self, submission: envelope_pb2.Submission, *, patience: float = 60.0, within: float = 30.0
    ) -> Accepted:
        """Keep the signed bytes, then submit them until the hub has decided or ``patience`` seconds are over.

        The receipt is kept beside them; what the hub refused is not kept, because there is nothing to repeat.
        """
        message_id = self.keep(submission)
        try:
            accepted = await persistent(lambda: self.submit(submission, within), patience)
        except Refused as refused:
            if not retryable(refused):
                self.profile.forget_sent(message_id)
            raise
        self.profile.keep_receipt(message_id, accepted.receipt.SerializeToString())
        return accepted

    def keep(self, submission: envelope_pb2.Submission) -> bytes:
        """Keep the signed bytes in the profile, so that a repeat sends the same; their message id."""
        message_id = header_pb2.Header.FromString(submission.envelope.payload).message_id
        self.profile.keep_sent(message_id, submission.SerializeToString())
        return message_id

    async def resume(self) -> AsyncIterator[tuple[bytes, Accepted | Refused]]:
        """Send again what was kept and never decided, oldest first; each with its receipt, or the hub's refusal."""
        for message_id in self.profile.undecided_ids():
            kept = self.profile.sent(message_id)
            if kept is None:
                continue
            try:
                submission = envelope_pb2.Submission.FromString(kept)
                yield message_id, await self.send(submission)
            except DecodeError as error:
                raise HutongError("HT-TLS-06", file=f"sent/{message_id.hex()}.pb") from error
            except Refused as refused:
                if retryable(refused):
                    raise
                yield message_id, refused

    async def submit_batch(
        self, submissions: Sequence[envelope_pb2.Submission], within: float = 60.0
    ) -> list[Accepted | HutongError]:
        """Up to 1000 at once; for each its receipt, verified, or why not: a ``Refused``, or what does not hold."""
        request = exchange_pb2.SubmitBatchRequest(submissions=submissions)
        answer = await checked(self.exchange.SubmitBatch(request, timeout=within))
        if len(answer.outcomes) != len(submissions):
            raise HutongError("HT-CLI-12", why="the hub answered for another number of statements")
        pairs = zip(answer.outcomes, submissions, strict=True)
        return [await self._outcome(outcome, submission) for outcome, submission in pairs]

    async def submit_stream(
        self, submissions: AsyncIterable[envelope_pb2.Submission]
    ) -> AsyncIterator[Accepted | HutongError]:
        """Without end; answers in order of the submissions."""
        waiting: asyncio.Queue[envelope_pb2.Submission] = asyncio.Queue()

        async def requests() -> AsyncIterator[exchange_pb2.SubmitStreamRequest]:
            async for submission in submissions:
                waiting.put_nowait(submission)
                yield exchange_pb2.SubmitStreamRequest(submission=submission)

        async for message in checked_stream(self.exchange.SubmitStream(requests())):
            yield await self._outcome(message.outcome, await waiting.get())

    async def subscribe(self, cursor: int, *, once: bool = False) -> AsyncIterator[exchange_pb2.SubscribeResponse]:
        """What is addressed to this agency after ``cursor``, each delivery with a verified receipt."""
        request = exchange_pb2.SubscribeRequest(origin=self.profile.origin, cursor=cursor, once=once)
        async for message in checked_stream(self.exchange.Subscribe(request)):
            if message.HasField("delivery"):
                self.trust.believe(message.delivery.receipt, message.delivery.envelope)
                await self.settle_if_crowded()
            yield message

    async def checkpoint(self) -> Note:
        """The hub's newest note, accepted by the policy and consistent with everything seen before."""
        answer = await checked(self._audit.GetCheckpoint(audit_pb2.GetCheckpointRequest()))
        note = Note.parse(answer.note.encode())
        await self.trust.advance(note, self.consistency)
        return note

    async def consistency(self, old: int, new: int) -> audit_pb2.GetConsistencyProofResponse:
        """The hub's proof that its tree of ``new`` entries extends that of ``old``."""
        request = audit_pb2.GetConsistencyProofRequest(from_size=old, to_size=new)
        return await checked(self._audit.GetConsistencyProof(request))

    async def put_attachment(self, address: bytes, size: int, pieces: Callable[[int], AsyncIterable[bytes]]) -> None:
        """Upload ciphertext; ``pieces(offset)`` yields it from ``offset`` on, in pieces of at most 1 MiB."""
        state = await checked(self.exchange.StatAttachment(exchange_pb2.StatAttachmentRequest(address=address)))
        if state.complete:
            return

        async def requests() -> AsyncIterator[exchange_pb2.PutAttachmentRequest]:
            first = True
            async for piece in pieces(state.stored):
                given = {"address": address, "size": size, "offset": state.stored} if first else {}
                yield exchange_pb2.PutAttachmentRequest(data=piece, **given)  # type: ignore[arg-type]
                first = False

        answer = await checked(self.exchange.PutAttachment(requests()))
        if not answer.complete:
            raise HutongError("HT-CLI-10", why=f"{answer.stored} of {size} bytes arrived")

    async def get_attachment(self, address: bytes, message_id: bytes, offset: int = 0) -> AsyncIterator[bytes]:
        """Download ciphertext from ``offset`` on."""
        request = exchange_pb2.GetAttachmentRequest(address=address, message_id=message_id, offset=offset)
        async for message in checked_stream(self.exchange.GetAttachment(request)):
            yield message.data

    async def export(self) -> AsyncIterator[audit_pb2.ExportResponse]:
        """An export, file by file (auditors)."""
        async for message in checked_stream(self._audit.Export(audit_pb2.ExportRequest())):
            yield message

    async def renew(self) -> None:
        """A new certificate for this profile, kept in it; a new channel uses it."""
        request = enrolment_pb2.RenewRequest(request=self.profile.request())
        self.profile.save_chain((await checked(self._renewal.Renew(request))).chain)

    async def settle(self) -> None:
        """Check that everything received so far lies on one history, and keep its newest checkpoint."""
        await self.trust.settle(self.consistency)

    async def settle_if_crowded(self) -> None:
        """Settle once much has been received; for those who receive without end."""
        if self.trust.crowded:
            await self.settle()

    async def _outcome(self, outcome: entry_pb2.Outcome, submission: envelope_pb2.Submission) -> Accepted | HutongError:
        """The answer about one of many; what does not hold is said of that one alone."""
        try:
            if not outcome.HasField("refusal"):
                return await self._accepted(outcome.receipt, submission.envelope)
            refused = Refused(outcome.refusal)
            self._check_refusal(refused, submission.envelope)
        except HutongError as error:
            return error
        return refused

    async def _accepted(self, receipt: entry_pb2.Receipt, envelope: envelope_pb2.Envelope) -> Accepted:
        entry, proof = self.trust.believe(receipt, envelope)
        if entry.event != entry_pb2.ENTRY_EVENT_RECORDED:
            raise HutongError("HT-CLI-12", why="the receipt is for a refusal")
        await self.catch_up(entry.directory_index)
        await self.settle_if_crowded()
        return Accepted(proof.index, entry, receipt)

    def _check_refusal(self, refused: Refused, envelope: envelope_pb2.Envelope) -> None:
        """HT-CLI-12 unless a refusal that must be an entry is one, of this code and about this statement."""
        if refused.receipt is None:
            if refused.said.startswith(LOGGED):
                raise HutongError("HT-CLI-12", why=f"{refused.said} came without the entry that proves it")
            return
        entry, _ = self.trust.believe(refused.receipt, envelope)
        if (entry.event, entry.refusal) != (entry_pb2.ENTRY_EVENT_REFUSED, refused.said):
            raise HutongError("HT-CLI-12", why=f"the entry proves another answer than {refused.said}")


async def checked(call: Awaitable[T]) -> T:
    """The answer of a call; its error as one of ours."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_call(error) from error


async def checked_stream(messages: AsyncIterable[T]) -> AsyncIterator[T]:
    """The messages of a stream; its error as one of ours."""
    try:
        async for message in messages:
            yield message
    except grpc.aio.AioRpcError as error:
        raise from_call(error) from error


async def persistent(call: Callable[[], Awaitable[T]], patience: float) -> T:
    """Repeat ``call`` while the other side is unreachable or busy, with growing pauses, for ``patience`` seconds."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + patience, _FIRST_PAUSE
    while True:
        try:
            return await call()
        except HutongError as error:
            if not retryable(error) or loop.time() + pause > end:
                raise
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
        pause = min(pause * 2, _LONGEST_PAUSE)
