"""The node's own service for its officers (proto/hutong/v1/node.proto): opened bodies never leave the agency."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from adapters.runtime.arrivals import Arrival, Arrivals
from adapters.runtime.callers import officer
from adapters.runtime.link import Link
from adapters.runtime.outgoing import QUEUED, WAITING, Outgoing
from adapters.runtime.troubles import Troubles
from adapters.runtime.verdict import unsealed
from hutong.edge import Context, guarded, guarded_stream
from hutong.errors import HutongError
from hutong.sealing.attachments import AttachmentSecret, decrypt
from hutong.sealing.body import read_unsealed
from hutong.v1 import body_pb2, node_pb2, node_pb2_grpc

_DEFAULT_LIMIT = 200
_ANSWER_BYTES = 8 * 1024 * 1024


@dataclass
class NodeService(node_pb2_grpc.NodeServicer):
    """The service over one node's parts. The caller is looked at on every call and before every message."""

    link: Link
    arrivals: Arrivals
    outgoing: Outgoing
    troubles: Troubles
    clock: Callable[[], int]

    async def ListInbox(self, request: node_pb2.ListInboxRequest, context: Context) -> node_pb2.ListInboxResponse:
        """What has arrived, newest first; the answer ends early where it would grow too large for one message."""

        async def call() -> node_pb2.ListInboxResponse:
            self._officer(context)
            answer, size = node_pb2.ListInboxResponse(), 0
            for arrival in self.arrivals.newest(request.limit or _DEFAULT_LIMIT, request.item_id):
                entry, _ = self._entry(arrival)
                size += entry.ByteSize()
                if size > _ANSWER_BYTES and answer.entries:
                    break
                answer.entries.append(entry)
            return answer

        return await guarded(context, call)

    async def Open(self, request: node_pb2.OpenRequest, context: Context) -> node_pb2.OpenResponse:
        """One statement; without a body where it does not open, and then ``opening`` says why."""

        async def call() -> node_pb2.OpenResponse:
            self._officer(context)
            entry, inside = self._entry(self._arrival(request.message_id))
            return node_pb2.OpenResponse(entry=entry, unsealed=inside)

        return await guarded(context, call)

    async def GetStatus(self, request: node_pb2.GetStatusRequest, context: Context) -> node_pb2.GetStatusResponse:
        """What the node is doing."""

        async def call() -> node_pb2.GetStatusResponse:
            self._officer(context)
            newest = self.link.hub.trust.newest
            return node_pb2.GetStatusResponse(
                agency=self.link.profile.agency,
                cursor=self.arrivals.cursor,
                outbox=self.outgoing.count(QUEUED, WAITING),
                inbox=self.arrivals.count(),
                dead_letters=len(self.troubles.letters()),
                verified_size=newest.size if newest else 0,
                alarms=sorted({alarm.code for alarm in self.troubles.alarms()}),
            )

        return await guarded(context, call)

    async def ReadAttachment(
        self, request: node_pb2.ReadAttachmentRequest, context: Context
    ) -> AsyncIterator[node_pb2.ReadAttachmentResponse]:
        """Fetched from the hub and decrypted on the way; whole only if the stream ends without an error."""
        async for message in guarded_stream(context, self._attachment(request, context)):
            yield message

    async def _attachment(
        self, request: node_pb2.ReadAttachmentRequest, context: Context
    ) -> AsyncIterator[node_pb2.ReadAttachmentResponse]:
        self._officer(context)
        arrival = self._arrival(request.message_id)
        inside = self._unsealed(arrival)
        attachments = read_unsealed(inside, arrival.header).attachments if inside else ()
        named = [one for one in attachments if one.address == request.address]
        if not named:
            raise HutongError("HT-NFD-01", what="attachment")
        secret = AttachmentSecret.from_body(named[0])
        source = self.link.hub.get_attachment(request.address, request.message_id)
        async for chunk in _decrypted(source, secret):
            self._officer(context)
            # Empty only for an empty file, which still is one message.
            yield node_pb2.ReadAttachmentResponse(data=chunk)

    def _officer(self, context: Context) -> str:
        subject, directory = self.link.profile.subject, self.link.directory.records
        return officer(context.auth_context(), subject, directory, self.clock())

    def _arrival(self, message_id: bytes) -> Arrival:
        found = self.arrivals.get(message_id)
        if found is None:
            raise HutongError("HT-NFD-01", what="statement")
        return found

    def _unsealed(self, arrival: Arrival) -> bytes:
        """What was sealed; the reason it was not believed is also a reason not to show it."""
        if not arrival.verdict.verified:
            raise HutongError("HT-NOD-11", index=arrival.index, failure=arrival.verdict.code)
        return unsealed(arrival, self.link.profile.opening_keys(), self.link.profile.agency)

    def _entry(self, arrival: Arrival) -> tuple[node_pb2.InboxEntry, bytes]:
        entry = node_pb2.InboxEntry(
            message_id=arrival.verdict.message_id, envelope=arrival.envelope, receipt=arrival.receipt
        )
        try:
            inside = self._unsealed(arrival)
            body = read_unsealed(inside, arrival.header) if inside else None
        except HutongError as error:
            entry.opening = arrival.verdict.code if error.code == "HT-NOD-11" else error.code
            return entry, b""
        if body is None:
            entry.opening = "no body"
            return entry, b""
        entry.opening, entry.title = "opened", title(body)
        return entry, inside


def title(body: body_pb2.Body) -> str:
    """What a list shows of a body: its title, or its reference."""
    content = body.WhichOneof("content")
    said = getattr(body, content) if content else None
    return str(getattr(said, "title", "") or getattr(said, "reference", ""))


async def _decrypted(source: AsyncIterator[bytes], secret: AttachmentSecret) -> AsyncIterator[bytes]:
    """The plaintext of ``source``, chunk by chunk. Decryption pulls, so it runs in a thread that asks the loop for each
    piece: memory stays at a few chunks however large the file is."""
    loop = asyncio.get_running_loop()

    async def piece() -> bytes | None:
        return await anext(source, None)

    def pieces() -> Iterator[bytes]:
        while (found := asyncio.run_coroutine_threadsafe(piece(), loop).result()) is not None:
            yield found

    plain = decrypt(pieces(), secret)
    while (chunk := await asyncio.to_thread(next, plain, None)) is not None:
        yield chunk
