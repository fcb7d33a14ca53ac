"""Streams: resumed, at least once, in order, and cut at once when their client may no longer talk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from hutong.client import joining
from hutong.client.hub import Accepted, HubClient
from hutong.client.refusals import Refused
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, exchange_pb2, kinds_pb2

SOON = 20.0


async def collected(client: HubClient, cursor: int) -> list[Any]:
    return [message async for message in client.subscribe(cursor, once=True)]


def indices(messages: list[Any]) -> list[int]:
    return [message.delivery.index for message in messages if message.HasField("delivery")]


async def leads(crowd: Any, count: int) -> list[Any]:
    return [await crowd.submit(await crowd.lead()) for _ in range(count)]


def test_a_subscription_goes_on_where_it_was_left(crowd: Any) -> None:
    async def story() -> None:
        sent = [accepted.index for accepted in await leads(crowd, 5)]
        client = await crowd.world.client(crowd.police.node)
        everything = await collected(client, 0)
        assert indices(everything)[-5:] == sent
        assert indices(everything) == sorted(set(indices(everything)))
        third = next(m for m in everything if m.delivery.index == sent[2])
        assert indices(await collected(client, third.next_cursor)) == sent[3:]
        assert indices(await collected(client, sent[2])) == sent[2:], "not stored, so it comes again"
        assert everything[-1].next_cursor == crowd.size(), "the last word moves the cursor to the head"
        assert indices(await collected(client, crowd.size())) == []

    crowd.run(story())


def test_more_deliveries_than_a_page_arrive_in_log_order(crowd: Any) -> None:
    async def story() -> None:
        start = crowd.size()
        client = await crowd.world.client(crowd.market.liaison.profile)
        sent = await client.submit_batch([await crowd.lead() for _ in range(230)])
        node = await crowd.world.client(crowd.police.node)
        got = indices(await collected(node, start))
        assert got == [answer.index for answer in sent if isinstance(answer, Accepted)]
        assert len(got) == 230

    crowd.run(story())


def test_a_delivery_holds_only_ones_own_wraps_and_comes_as_it_happens(crowd: Any) -> None:
    async def story() -> None:
        node = await crowd.world.client(crowd.police.node)
        stream = node.subscribe(crowd.size())
        waiting = asyncio.ensure_future(anext(stream))
        lead = await crowd.lead()
        accepted = await crowd.submit(lead)
        while True:
            message = await asyncio.wait_for(waiting, SOON)
            if message.HasField("delivery"):
                break
            waiting = asyncio.ensure_future(anext(stream))
        assert message.delivery.index == accepted.index
        assert message.delivery.envelope == lead.envelope
        assert {wrap.agency for wrap in message.delivery.sealed.wraps} == {"police"}
        await stream.aclose()

    crowd.run(story())


@pytest.mark.parametrize(
    ("origin", "ahead"), [("hub.hutong.example/log", 1), ("hub.hutong.example/log", 1 << 62), ("other.example/log", 0)]
)
def test_a_cursor_beyond_the_head_or_of_another_log_is_refused(crowd: Any, origin: str, ahead: int) -> None:
    async def story() -> None:
        from hutong.client.hub import checked_stream

        node = await crowd.world.client(crowd.police.node)
        cursor = crowd.size() + ahead if ahead else 0
        request = exchange_pb2.SubscribeRequest(origin=origin, cursor=cursor, once=True)
        with pytest.raises(Refused) as caught:
            async for _ in checked_stream(node.exchange.Subscribe(request)):
                pass
        assert caught.value.code == "HT-CUR-01"

    crowd.run(story())


def test_an_officer_does_not_subscribe(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.police.liaison.profile)
        with pytest.raises(Refused) as caught:
            await collected(client, 0)
        assert caught.value.code == "HT-PRM-01"

    crowd.run(story())


def test_a_stream_answers_each_in_order_whatever_becomes_of_it(crowd: Any) -> None:
    async def story() -> None:
        from hutong.v1 import header_pb2

        made = []
        for number in range(60):
            bad = number % 3 == 1
            made.append(await crowd.world.lead(common=header_pb2.CommonFacts()) if bad else await crowd.lead())
            if number % 3 == 2:
                made[-1].envelope.signatures[0].sig = bytes(64)

        async def pieces() -> AsyncIterator[Any]:
            for submission in made:
                yield submission

        client = await crowd.world.client(crowd.market.liaison.profile)
        answers = [answer async for answer in client.submit_stream(pieces())]
        codes = [answer.code if isinstance(answer, HutongError) else "" for answer in answers]
        assert codes == ["", "HT-HDR-01", "HT-SIG-03"] * 20
        places = [answer.index for answer in answers if isinstance(answer, Accepted)]
        assert places == sorted(places)

    crowd.run(story())


async def cut(stream: Any) -> str:
    """The code with which ``stream`` ends."""
    try:
        while True:
            await asyncio.wait_for(anext(stream), SOON)
    except HutongError as error:
        return error.code


class Open:
    """A SubmitStream that has said one thing and waits."""

    def __init__(self, client: HubClient, first: Any) -> None:
        self.more: asyncio.Queue[Any] = asyncio.Queue()
        self.more.put_nowait(first)
        self.answers = client.submit_stream(self._pieces())

    async def _pieces(self) -> AsyncIterator[Any]:
        while True:
            yield await self.more.get()


@pytest.mark.parametrize("how", ["revoked", "withdrawn"])
def test_open_streams_are_cut_at_once(world: Any, how: str) -> None:
    async def story() -> None:
        liaison = world.market.liaison.profile
        who = liaison if how == "withdrawn" else world.market.node
        client = await world.client(who)
        idle = Open(client, await world.lead())
        assert isinstance(await anext(idle.answers), Accepted)
        subscription = client.subscribe(0) if how == "revoked" else None
        if subscription is not None:
            await anext(subscription)
        ends = [asyncio.ensure_future(cut(s)) for s in (idle.answers, subscription) if s is not None]
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        if how == "revoked":
            fingerprint = who.certificate().fingerprint(SHA256()).hex()
            await asyncio.to_thread(world.hub.order, "revoke", fingerprint=fingerprint)
        else:
            head = world.market.head
            letter = Letter(
                "contact_withdrawn",
                kinds_pb2.ContactWithdrawn(contact=liaison.contact),
                purpose=codes_pb2.PURPOSE_ADMINISTRATION,
            )
            await joining.say(await world.client(head.profile), head.key, letter)
        assert set(await asyncio.gather(*ends)) == {"HT-TLS-12"}
        assert asyncio.get_running_loop().time() - began < 4, "at once, not at the next look"
        with pytest.raises(Refused) as caught:
            await client.refresh_directory()
        assert caught.value.code == "HT-TLS-12"

    world.run(story())


def test_what_was_handed_in_before_a_stop_is_answered_or_unavailable_and_never_half(world: Any) -> None:
    async def story() -> None:
        client = await world.client(world.market.liaison.profile)
        made = [await world.lead() for _ in range(150)]
        idle = Open(client, await world.lead())
        assert isinstance(await anext(idle.answers), Accepted)
        calls = [asyncio.ensure_future(client.submit(submission)) for submission in made]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        end = asyncio.ensure_future(cut(idle.answers))
        began = asyncio.get_running_loop().time()
        await asyncio.to_thread(world.hub.stop)
        assert asyncio.get_running_loop().time() - began < 5, "an idle stream does not hold the hub up"
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert await end in ("HT-SYS-01", "HT-CLI-10")
        world.hub.start()
        again = await world.reconnected(world.market.liaison.profile)
        for submission, answer in zip(made, answers, strict=True):
            receipt = (await again.submit(submission)).receipt
            if isinstance(answer, Accepted):
                assert receipt == answer.receipt
            else:
                assert isinstance(answer, HutongError) and answer.category == "unavailable", answer
        assert any(isinstance(answer, Accepted) for answer in answers)

    world.run(story())
