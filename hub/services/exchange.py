"""Exchange: submit, subscribe, attachments (proto/hutong/v1/exchange.proto)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine

from audit.log.reader import TileTree
from hub.admission.admission import Admission
from hub.admission.identify import Peer
from hub.attachments import Attachments
from hub.delivery.deliveries import check_cursor, page
from hub.delivery.wakeup import Wakeup
from hub.edge import Context, Door, abort, guarded, guarded_stream
from hub.recorder.recorder import stored_receipt
from hub.recorder.work import Answer
from hub.services.budget import Budget
from hub.services.parties import names_attachment
from hub.state.database import reading
from hub.state.log import StoredLog
from hub.state.records import load_recorded
from hutong.errors import HutongError
from hutong.v1 import entry_pb2, envelope_pb2, exchange_pb2, exchange_pb2_grpc

T = TypeVar("T")
_WINDOW = 2000
_WINDOW_BYTES = 16 << 20
_CHUNK = 256
_LOOK_AGAIN_SECONDS = 5.0
_LOOKS = 12


@dataclass
class Exchange(exchange_pb2_grpc.ExchangeServicer):
    """The service over one hub's parts. Reads of the database run in ``readers``."""

    door: Door
    admission: Admission
    engine: Engine
    readers: Executor
    wakeup: Wakeup
    attachments: Attachments

    async def Submit(self, request: exchange_pb2.SubmitRequest, context: Context) -> exchange_pb2.SubmitResponse:
        """One statement; durable once this returns."""

        async def call() -> entry_pb2.Outcome:
            return await self.admission.one(request.submission, self.door.peer(context))

        outcome = await guarded(context, call)
        if outcome.HasField("refusal"):
            await abort(context, outcome.refusal)
        return exchange_pb2.SubmitResponse(receipt=outcome.receipt)

    async def SubmitBatch(
        self, request: exchange_pb2.SubmitBatchRequest, context: Context
    ) -> exchange_pb2.SubmitBatchResponse:
        """Many, each on its own, answers in order."""

        async def call() -> exchange_pb2.SubmitBatchResponse:
            if not 1 <= len(request.submissions) <= 1000:
                raise HutongError("HT-ENV-03", field="submissions", rule="1 to 1000 of them")
            answers = await self.admission.many(request.submissions, self.door.peer(context))
            return exchange_pb2.SubmitBatchResponse(outcomes=await asyncio.gather(*answers))

        return await guarded(context, call)

    async def SubmitStream(
        self, request_iterator: AsyncIterator[exchange_pb2.SubmitStreamRequest], context: Context
    ) -> AsyncIterator[exchange_pb2.SubmitStreamResponse]:
        """Without end: recorded and answered in the order of arrival, with at most _WINDOW under way."""
        async for message in guarded_stream(context, self._stream(request_iterator, context)):
            yield message

    async def _stream(
        self, requests: AsyncIterator[exchange_pb2.SubmitStreamRequest], context: Context
    ) -> AsyncIterator[exchange_pb2.SubmitStreamResponse]:
        arrived: asyncio.Queue[tuple[envelope_pb2.Submission, Peer, int] | HutongError | None] = asyncio.Queue(_WINDOW)
        answers: asyncio.Queue[tuple[Answer, int] | HutongError | None] = asyncio.Queue(_WINDOW)
        budget = Budget(_WINDOW_BYTES)

        async def read() -> None:
            end: HutongError | None = None
            try:
                async for request in requests:
                    taken = await budget.take(request.ByteSize())
                    await arrived.put((request.submission, self.door.peer(context), taken))
            except HutongError as error:
                end = error
            await arrived.put(end)

        async def watch() -> None:
            """Cut the stream off, behind what has arrived, when the hub stops or its client may no longer talk."""
            end = HutongError("HT-SYS-01", why="the hub is stopping")
            with self.wakeup.listening(agency) as event:
                try:
                    while not self.wakeup.stopping:
                        event.clear()
                        self.door.peer(context)
                        await _wait(event)
                except HutongError as error:
                    end = error
            await arrived.put(end)

        async def admit() -> None:
            while True:
                waiting = [await arrived.get()]
                while len(waiting) < _CHUNK and not arrived.empty():
                    waiting.append(arrived.get_nowait())
                batch = [one for one in waiting if isinstance(one, tuple)]
                if batch:
                    handed = await self.admission.many([submission for submission, _, _ in batch], batch[-1][1])
                    for answer, (_, _, taken) in zip(handed, batch, strict=True):
                        await answers.put((answer, taken))
                ends = [one for one in waiting if not isinstance(one, tuple)]
                if ends:
                    await answers.put(ends[0])
                    return

        agency = self.door.peer(context).agency
        tasks = tuple(asyncio.create_task(part()) for part in (read, watch, admit))
        try:
            while (answer := await answers.get()) is not None:
                if isinstance(answer, HutongError):
                    raise answer
                outcome = await answer[0]
                await budget.give(answer[1])
                yield exchange_pb2.SubmitStreamResponse(outcome=outcome)
        finally:
            for task in tasks:
                task.cancel()

    async def GetReceipt(
        self, request: exchange_pb2.GetReceiptRequest, context: Context
    ) -> exchange_pb2.GetReceiptResponse:
        """The receipt of one's own statement."""

        async def call() -> exchange_pb2.GetReceiptResponse:
            peer = self.door.peer(context)
            return await self._read(self._receipt, request.message_id, peer.agency)

        return await guarded(context, call)

    def _receipt(self, message_id: bytes, agency: str) -> exchange_pb2.GetReceiptResponse:
        with reading(self.engine) as connection:
            found = load_recorded(connection, [message_id])
            if not found or found[0].agency != agency:
                raise HutongError("HT-NFD-01", what="statement")
            log = StoredLog(connection)
            return exchange_pb2.GetReceiptResponse(receipt=stored_receipt(log, TileTree(log), found[0].index))

    async def Subscribe(
        self, request: exchange_pb2.SubscribeRequest, context: Context
    ) -> AsyncIterator[exchange_pb2.SubscribeResponse]:
        """Deliveries after the cursor, then as they come; who may no longer listen is cut off at once."""
        async for message in guarded_stream(context, self._subscribe(request, context)):
            yield message

    async def _subscribe(
        self, request: exchange_pb2.SubscribeRequest, context: Context
    ) -> AsyncIterator[exchange_pb2.SubscribeResponse]:
        peer = self.door.reader(context, "read_deliveries")
        await self._read(self._check_cursor, request)
        cursor = request.cursor
        with self.wakeup.listening(peer.agency) as event:
            while not self.wakeup.stopping:
                event.clear()
                found, after = await self._read(self._page, peer.agency, cursor)
                for message in found:
                    self.door.reader(context, "read_deliveries")
                    yield message
                if after > (found[-1].next_cursor if found else cursor):
                    yield exchange_pb2.SubscribeResponse(next_cursor=after)
                cursor = after
                if not found:
                    if request.once:
                        return
                    await self._news(context, event)
        raise HutongError("HT-SYS-01", why="the hub is stopping")

    async def _news(self, context: Context, event: asyncio.Event) -> None:
        """Until something came, or it is time to look anyway; meanwhile, who may no longer listen is cut off."""
        came, looks = False, 0
        while not came and looks < _LOOKS:
            came, looks = await _wait(event), looks + 1
            self.door.reader(context, "read_deliveries")

    def _check_cursor(self, request: exchange_pb2.SubscribeRequest) -> None:
        with reading(self.engine) as connection:
            check_cursor(connection, self.admission.origin, request)

    def _page(self, agency: str, cursor: int) -> tuple[list[exchange_pb2.SubscribeResponse], int]:
        with reading(self.engine) as connection:
            return page(connection, agency, cursor)

    async def PutAttachment(
        self, request_iterator: AsyncIterator[exchange_pb2.PutAttachmentRequest], context: Context
    ) -> exchange_pb2.PutAttachmentResponse:
        """Store ciphertext from an offset on; what has arrived when the stream breaks stays for the next try."""

        async def call() -> exchange_pb2.PutAttachmentResponse:
            first: exchange_pb2.PutAttachmentRequest | None = None
            stored, complete = 0, False
            async for request in request_iterator:
                peer = self.door.peer(context)
                if first is None:
                    first, stored = request, request.offset
                stored, complete = await self._read(
                    self.attachments.append, first.address, peer.agency, first.size, stored, request.data
                )
            if first is None:
                raise HutongError("HT-ATT-11", why="the stream was empty")
            return exchange_pb2.PutAttachmentResponse(stored=stored, complete=complete)

        return await guarded(context, call)

    async def StatAttachment(
        self, request: exchange_pb2.StatAttachmentRequest, context: Context
    ) -> exchange_pb2.StatAttachmentResponse:
        """How much of one's own upload is stored."""

        async def call() -> exchange_pb2.StatAttachmentResponse:
            peer = self.door.peer(context)
            stored, complete = await self._read(self.attachments.stat, request.address, peer.agency)
            return exchange_pb2.StatAttachmentResponse(stored=stored, complete=complete)

        return await guarded(context, call)

    async def GetAttachment(
        self, request: exchange_pb2.GetAttachmentRequest, context: Context
    ) -> AsyncIterator[exchange_pb2.GetAttachmentResponse]:
        """Ciphertext for parties of a statement that names it."""
        async for message in guarded_stream(context, self._attachment(request, context)):
            yield message

    async def _attachment(
        self, request: exchange_pb2.GetAttachmentRequest, context: Context
    ) -> AsyncIterator[exchange_pb2.GetAttachmentResponse]:
        peer = self.door.peer(context)
        await self._read(names_attachment, self.engine, request.message_id, request.address, peer.agency)
        pieces = self.attachments.read(request.address, request.offset)
        while (piece := await self._read(next, pieces, None)) is not None:
            self.door.peer(context)
            yield exchange_pb2.GetAttachmentResponse(data=piece)

    async def _read(self, function: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.readers, partial(function, *args))


async def _wait(event: asyncio.Event) -> bool:
    """Whether something came before it was time to look whether the listener may still listen."""
    try:
        return await asyncio.wait_for(event.wait(), _LOOK_AGAIN_SECONDS)
    except TimeoutError:
        return False
