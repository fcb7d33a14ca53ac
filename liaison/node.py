"""The agency's own node as its officers see it: the one place where bodies are opened (proto/hutong/v1/node.proto)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from hutong.client.hub import checked, checked_stream
from hutong.errors import HutongError
from hutong.tls.channel import aio_channel
from hutong.tls.names import node_name
from hutong.tls.profile import Profile
from hutong.v1 import node_pb2, node_pb2_grpc

T = TypeVar("T")
_LIST_LIMIT = 1000
_SECONDS = 15.0


class NodeClient:
    """One channel to the node whose address the profile names; HT-CLI-28 when it names none."""

    def __init__(self, profile: Profile) -> None:
        if not profile.config.node_address:
            raise HutongError("HT-CLI-28")
        self._channel = aio_channel(profile, profile.config.node_address, node_name(profile.agency))
        self._stub = node_pb2_grpc.NodeStub(self._channel)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def entries(self, item: bytes = b"") -> list[node_pb2.InboxEntry]:
        """What the node holds, newest first; of one item only, if named."""
        request = node_pb2.ListInboxRequest(limit=_LIST_LIMIT, item_id=item)
        return list((await _asked(self._stub.ListInbox(request, timeout=_SECONDS))).entries)

    async def open(self, message_id: bytes) -> node_pb2.OpenResponse:
        """One statement with its opened body."""
        return await _asked(self._stub.Open(node_pb2.OpenRequest(message_id=message_id), timeout=_SECONDS))

    async def status(self) -> node_pb2.GetStatusResponse:
        """What the node is doing, with its alarms."""
        return await _asked(self._stub.GetStatus(node_pb2.GetStatusRequest(), timeout=_SECONDS))

    async def attachment(self, message_id: bytes, address: bytes) -> AsyncIterator[bytes]:
        """The plaintext of an attachment. Whole only when this ends without an error."""
        request = node_pb2.ReadAttachmentRequest(message_id=message_id, address=address)
        async for message in checked_stream(self._stub.ReadAttachment(request)):
            yield message.data


async def _asked(call: Awaitable[T]) -> T:
    """The node's answer; HT-CLI-45 where it is the node, not the hub, that cannot be reached."""
    try:
        return await checked(call)
    except HutongError as error:
        if error.code == "HT-CLI-10":
            raise HutongError("HT-CLI-45", **error.params) from error
        raise
