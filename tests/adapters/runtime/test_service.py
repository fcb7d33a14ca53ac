"""Officers at their node: who gets opened bodies, who does not, and attachments."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio
import pytest

from adapters.runtime import settings
from adapters.runtime.node import Node
from hutong.client import joining
from hutong.client.refusals import from_call
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.sealing.attachments import Encryption
from hutong.sealing.body import read_unsealed
from hutong.tls.channel import aio_channel
from hutong.tls.names import node_name
from hutong.tls.profile import Profile
from hutong.v1 import body_pb2, header_pb2, kinds_pb2, node_pb2, node_pb2_grpc
from tests.adapters.runtime.stations import Desk, Station
from tests.worlds import lead_letter


@asynccontextmanager
async def running(station: Station) -> AsyncIterator[Node]:
    """A node that runs in the background."""
    ready = asyncio.Event()
    node = Node(settings.load(station.folder))
    task = asyncio.create_task(node.run(lambda _node: ready.set()))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield node
    finally:
        node.stop()
        await task


@asynccontextmanager
async def at(node: Node, profile: Profile, agency: str) -> AsyncIterator[node_pb2_grpc.NodeStub]:
    """The node as somebody's client sees it."""
    async with aio_channel(profile, f"127.0.0.1:{node.port}", node_name(agency)) as channel:
        yield node_pb2_grpc.NodeStub(channel)


async def refused(call: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return from_call(error.value).code


async def arrival(stub: node_pb2_grpc.NodeStub, message_id: bytes) -> node_pb2.InboxEntry:
    """The inbox entry of a message, once it is there."""
    while True:
        listed = await stub.ListInbox(node_pb2.ListInboxRequest(item_id=message_id))
        for entry in listed.entries:
            if entry.message_id == message_id:
                return entry


def test_the_agencys_own_officer_reads(desk: Desk) -> None:
    async def story() -> None:
        world = desk.world
        police = await desk.station(world.police)
        client = await world.client(world.market.liaison.profile)
        letter = lead_letter("of a scheme")
        await client.send(await world.write(letter, world.market.officer(), world.market.liaison.profile))
        async with asyncio.timeout(30), running(police) as node:
            async with at(node, world.police.liaison.profile, "police") as stub:
                entry = await arrival(stub, letter.message_id)
                assert (entry.opening, entry.title) == ("opened", "title")
                whole = await stub.Open(node_pb2.OpenRequest(message_id=letter.message_id))
                header = header_pb2.Header.FromString(whole.entry.envelope.payload)
                assert read_unsealed(whole.unsealed, header).lead.narrative == "of a scheme"
                status = await stub.GetStatus(node_pb2.GetStatusRequest())
                assert (status.agency, status.inbox >= 1, list(status.alarms)) == ("police", True, [])
                unknown = node_pb2.OpenRequest(message_id=bytes(16))
                assert await refused(stub.Open(unknown)) == "HT-NFD-01"
            for stranger, code in (
                (world.market.liaison.profile, "HT-NOD-16"),
                (world.market.node, "HT-NOD-16"),
                (world.police.node, "HT-NOD-16"),
            ):
                async with at(node, stranger, "police") as stub:
                    assert await refused(stub.ListInbox(node_pb2.ListInboxRequest())) == code
                    assert await refused(stub.Open(node_pb2.OpenRequest(message_id=letter.message_id))) == code
                    assert await refused(stub.GetStatus(node_pb2.GetStatusRequest())) == code
                    wanted = node_pb2.ReadAttachmentRequest(message_id=letter.message_id, address=bytes(32))
                    assert await refused(anext(aiter(stub.ReadAttachment(wanted)))) == code

    desk.world.run(story())


def test_an_attachment_is_decrypted_on_the_way(desk: Desk) -> None:
    async def story() -> None:
        world = desk.world
        police = await desk.station(world.police)
        client = await world.client(world.market.liaison.profile)
        files = {"big.bin": os.urandom(2_500_000), "empty.txt": b""}
        body = body_pb2.Body(lead=body_pb2.LeadBody(title="with files"))
        refs = []
        for name, plain in files.items():
            encryption = Encryption([plain])
            sealed = b"".join(encryption)

            async def pieces(offset: int, sealed: bytes = sealed) -> AsyncIterator[bytes]:
                for start in range(offset, len(sealed), 1 << 20):
                    yield sealed[start : start + (1 << 20)]

            await client.put_attachment(encryption.secret.address, len(sealed), pieces)
            body.attachments.append(encryption.secret.to_body(name, "application/octet-stream"))
            refs.append(encryption.secret.ref())
        letter = lead_letter(body=body, attachments=refs)
        await client.send(await world.write(letter, world.market.officer(), world.market.liaison.profile))
        async with (
            asyncio.timeout(30),
            running(police) as node,
            at(node, world.police.liaison.profile, "police") as stub,
        ):
            await arrival(stub, letter.message_id)
            for ref, plain in zip(refs, files.values(), strict=True):
                wanted = node_pb2.ReadAttachmentRequest(message_id=letter.message_id, address=ref.address)
                assert b"".join([piece.data async for piece in stub.ReadAttachment(wanted)]) == plain
            other = node_pb2.ReadAttachmentRequest(message_id=letter.message_id, address=bytes(32))
            assert await refused(anext(aiter(stub.ReadAttachment(other)))) == "HT-NFD-01"

    desk.world.run(story())


def test_who_has_left_gets_nothing_more(own_desk: Desk) -> None:
    """On a channel that stays open: each call looks anew."""

    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        async with asyncio.timeout(30), running(police) as node:
            async with at(node, world.police.liaison.profile, "police") as stub:
                await stub.GetStatus(node_pb2.GetStatusRequest())
                head = await world.client(world.police.head.profile)
                gone = kinds_pb2.ContactWithdrawn(contact=world.police.liaison.contact)
                await joining.say(head, world.police.head.key, Letter("contact_withdrawn", gone))
                await node.link.refresh()
                assert await refused(stub.GetStatus(node_pb2.GetStatusRequest())) == "HT-TLS-12"
            async with at(node, world.police.head.profile, "police") as stub:
                await stub.GetStatus(node_pb2.GetStatusRequest())

    own_desk.world.run(story())


def test_two_nodes_cannot_share_a_folder(desk: Desk) -> None:
    async def story() -> None:
        police = await desk.station(desk.world.police)
        async with police.open():
            with pytest.raises(HutongError) as error:
                async with police.open():
                    pass
            assert error.value.code == "HT-NOD-19"

    desk.world.run(story())
