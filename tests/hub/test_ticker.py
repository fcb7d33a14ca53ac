"""What the operator ordered and what time demands: one that cannot be done keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub import orders
from hub.attachments import Attachments
from hub.state.database import forget, reading
from hutong.errors import HutongError
from hutong.v1 import header_pb2


async def uploaded(world: Any, data: bytes) -> header_pb2.AttachmentRef:
    async def pieces(offset: int) -> Any:
        yield data[offset:]

    client = await world.client(world.market.liaison.profile)
    address = hashlib.sha256(data).digest()
    await client.put_attachment(address, len(data), pieces)
    return header_pb2.AttachmentRef(address=address, size=len(data))


def certificates_of_silence(world: Any) -> int:
    with world.hub.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM obligations WHERE non_response")).scalar_one())


def test_an_order_that_the_disk_refuses_stops_nothing_else(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        ref = await uploaded(world, secrets.token_bytes(64))
        client = await world.client(world.market.liaison.profile)
        lead = await client.submit(await world.lead(attachments=[ref]))
        real = Attachments.erase
        broken = [True]

        def erase(self: Attachments, address: bytes) -> None:
            if broken[0]:
                raise PermissionError("no")
            real(self, address)

        monkeypatch.setattr(Attachments, "erase", erase)
        engine = world.hub.engine
        wanted = {"message_id": lead.entry.message_id.hex(), "reason": "ERASURE_REASON_UNLAWFUL"}
        stuck = orders.place(engine, "erase", wanted)
        await asyncio.to_thread(lambda: world.hub.order("advance", milliseconds=40 * 86_400_000))
        # The next order is carried out by the look after: whatever was due has been said by then.
        await asyncio.to_thread(lambda: world.hub.order("advance", milliseconds=0))
        assert certificates_of_silence(world) == 1
        assert [order.id for order in orders.waiting(engine)] == [stuck]
        broken[0] = False
        await asyncio.to_thread(orders.wait, engine, stuck, 10)
        assert not world.hub.server._attachments.stat(ref.address, "market")[1]

    world.run(story())


def test_erasing_is_done_when_no_reader_holds_the_old_page(world: Any) -> None:
    """A reader's snapshot keeps overwritten pages in the write-ahead log: until it ends, the order stays open."""

    async def story() -> None:
        lead = await world.lead("secret text " * 100)
        client = await world.client(world.market.liaison.profile)
        message_id = (await client.submit(lead)).entry.message_id
        home, needle = Path(world.hub.home.settings.home), lead.sealed.ciphertext[:64]

        def held() -> bool:
            return any(needle in file.read_bytes() for file in home.glob("hub.sqlite*"))

        engine = world.hub.engine
        with reading(engine) as connection:
            connection.execute(text("SELECT count(*) FROM statements")).scalar_one()
            wanted = {"message_id": message_id.hex(), "reason": "ERASURE_REASON_UNLAWFUL"}
            order = orders.place(engine, "erase", wanted)
            with pytest.raises(HutongError) as caught:
                await asyncio.to_thread(orders.wait, engine, order, 3)
            assert caught.value.code == "HT-ORD-02"
            assert not await asyncio.to_thread(forget, engine) and held()
        await asyncio.to_thread(orders.wait, engine, order, 10)
        assert not held()

    world.run(story())


def test_what_two_statements_share_stays_until_both_are_erased_and_then_stays_away(world: Any) -> None:
    async def story() -> None:
        data = secrets.token_bytes(80)
        ref = await uploaded(world, data)
        client = await world.client(world.market.liaison.profile)
        first, second = [await client.submit(await world.lead(attachments=[ref])) for _ in range(2)]

        async def fetched(accepted: Any) -> bytes | str:
            node = await world.client(world.police.node)
            pieces = node.get_attachment(ref.address, accepted.entry.message_id)
            try:
                return b"".join([piece async for piece in pieces])
            except HutongError as error:
                return error.code

        async def erased(accepted: Any) -> None:
            wanted = {"message_id": accepted.entry.message_id.hex(), "reason": "ERASURE_REASON_UNLAWFUL"}
            await asyncio.to_thread(lambda: world.hub.order("erase", **wanted))

        await erased(first)
        assert await fetched(first) == "HT-NFD-01" and await fetched(second) == data
        await erased(second)
        assert await fetched(second) == "HT-NFD-01"
        with pytest.raises(HutongError) as caught:
            await uploaded(world, data)
        assert caught.value.code == "HT-ATT-13"

    world.run(story())


def test_what_nobody_names_is_swept_away(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        named, unnamed = [await uploaded(world, secrets.token_bytes(64)) for _ in range(2)]
        client = await world.client(world.market.liaison.profile)
        await client.submit(await world.lead(attachments=[named]))
        store = world.hub.server._attachments
        part = hashlib.sha256(b"part").digest()
        store.append(part, "market", 64, 0, b"begun")
        ticker = world.hub.server._ticker
        ticker.sweep()
        assert store.stat(unnamed.address, "market")[1] and store.stat(part, "market")[0] == 5, "not old yet"
        monkeypatch.setattr("hub.ticker._IDLE_SECONDS", -60)
        ticker.sweep()
        assert store.stat(named.address, "market")[1]
        assert store.stat(unnamed.address, "market") == store.stat(part, "market") == (0, False)

    world.run(story())
