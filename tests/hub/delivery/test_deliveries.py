"""A page of deliveries is bounded by bytes too, and nothing is lost between pages; streams are counted by agency."""

from __future__ import annotations

from typing import Any

import pytest

from hub.delivery import deliveries, wakeup
from hub.delivery.deliveries import page
from hub.state.database import reading
from hutong.client.refusals import Refused
from hutong.v1 import exchange_pb2


def test_large_deliveries_come_in_small_pages(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> list[int]:
        client = await world.client(world.market.liaison.profile)
        return [(await client.submit(await world.lead("x" * 5000))).index for _ in range(5)]

    sent = world.run(story())
    monkeypatch.setattr(deliveries, "PAGE_BYTES", 12_000)
    got, cursor, sizes = [], 0, []
    with reading(world.hub.engine) as connection:
        while True:
            found, cursor = page(connection, "police", cursor)
            if not found:
                break
            sizes.append(len(found))
            got += [message.delivery.index for message in found]
    assert [index for index in got if index in sent] == sent
    assert max(sizes) < 5 and cursor == sent[-1] + 1


def test_an_agency_has_so_many_streams(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeup, "MAX_STREAMS", 2)

    async def story() -> None:
        node = await world.client(world.police.node)
        request = exchange_pb2.SubscribeRequest(origin=world.police.node.origin, cursor=0)
        calls = [node.exchange.Subscribe(request) for _ in range(2)]
        for call in calls:
            await call.read()
        with pytest.raises(Refused) as caught:
            await anext(node.subscribe(0))
        assert caught.value.code == "HT-QTA-02"
        for call in calls:
            call.cancel()

    world.run(story())
