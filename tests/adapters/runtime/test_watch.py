"""Key watch, trust in one history, and the system's certificate."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.runtime.commands import confirm
from hutong.client import joining
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.sealing.keys import OpeningKey
from hutong.v1 import codes_pb2, kinds_pb2
from tests.adapters.runtime.stations import Desk, work
from tests.worlds import Agency, World

DAY_MS = 24 * 3600 * 1000


async def bind_opening_key(world: World, agency: Agency, key: OpeningKey) -> None:
    now = joining.now_ms()
    said = kinds_pb2.KeyBound(
        use=codes_pb2.KEY_USE_OPENING,
        algorithm=codes_pb2.ALGORITHM_X25519,
        spki=key.spki,
        not_before=now - 1,
        not_after=now + joining.TERM_MS,
    )
    head = await world.client(agency.head.profile)
    await joining.say(head, agency.head.key, Letter("key_bound", said))


def codes(node: Any) -> list[str]:
    return [alarm.code for alarm in node.troubles.alarms()]


def test_a_key_that_nobody_here_made_raises_an_alarm(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        foreign, ours = OpeningKey.generate(), OpeningKey.generate()
        await bind_opening_key(world, world.police, foreign)
        async with police.open() as node:
            await node.watch.step()
            (alarm,) = node.troubles.alarms()
            assert (alarm.code, alarm.subject) == ("HT-NOD-10", foreign.keyid)
            assert (alarm.params["use"], alarm.params["holder"]) == ("opening", "police")
            await node.watch.step()
            assert codes(node) == ["HT-NOD-10"]
        with pytest.raises(HutongError):
            confirm("HT-NOD-10", police.folder)
        confirm(foreign.keyid, police.folder)
        world.police.node.save_opening_key(ours)  # a rotation by the node itself is no news
        await bind_opening_key(world, world.police, ours)
        async with police.open() as node:
            await node.watch.step()
            assert codes(node) == []

    own_desk.world.run(story())


def test_a_hub_that_contradicts_itself_gets_nothing_more(desk: Desk, complaints: Any) -> None:
    async def story() -> None:
        market, _ = await desk.pair()
        market.put("complaints.csv", complaints("distrust"))
        async with market.open() as node:
            await node.watch.step()
            await node.intake.step()
            node.troubles.raise_(HutongError("HT-CLI-12", why="two roots for size 9"), "watch")
            assert not await node.sender.step()
            node.troubles.recovered("watch")  # time does not heal that
            assert codes(node) == ["HT-CLI-12"] and node.outgoing.count("queued") == 3
        confirm("HT-CLI-12", market.folder)
        async with market.open() as node:
            await work(node)
            assert node.outgoing.count("accepted") == 3

    desk.world.run(story())


def test_a_contact_who_has_left_is_stood_in_for(own_desk: Desk) -> None:
    """Receipts go on in the name of whoever is next in the agency's own order, and the operator hears of it."""

    async def story() -> None:
        world = own_desk.world
        market, police = await own_desk.pair()
        head = await world.client(world.police.head.profile)
        gone = kinds_pb2.ContactWithdrawn(contact=world.police.liaison.contact)
        await joining.say(head, world.police.head.key, Letter("contact_withdrawn", gone))
        client = await world.client(world.market.liaison.profile)
        await client.send(await world.lead())
        async with police.open() as node:
            await work(node)
            assert codes(node) == ["HT-NOD-17"]
            assert node.outgoing.count("accepted") == 1
        async with market.open() as node:
            await work(node)
            (told,) = [one for one in node.arrivals.newest(9) if one.verdict.kind == "delivered"]
            assert told.header.sender.contact == world.police.head.contact

    own_desk.world.run(story())


def test_the_certificate_is_renewed_at_half_of_its_life(own_desk: Desk, complaints: Any) -> None:
    async def story() -> None:
        world = own_desk.world
        market, _ = await own_desk.pair()
        before = world.market.node.certificate()
        async with market.open() as node:
            await node.renewal.step()
            assert node.profile.certificate() == before
        await asyncio.to_thread(world.hub.order, "advance", milliseconds=16 * DAY_MS)
        market.clock = lambda: joining.now_ms() + 16 * DAY_MS
        market.put("complaints.csv", complaints("renewed"))
        async with market.open() as node:
            old = node.link.hub
            await node.renewal.step()
            after = node.profile.certificate()
            assert after != before and after.not_valid_after_utc >= before.not_valid_after_utc
            assert node.link.hub is not old and node.link.hub.directory is node.link.directory
            await work(node)
            assert node.outgoing.count("accepted") == 3

    own_desk.world.run(story())
