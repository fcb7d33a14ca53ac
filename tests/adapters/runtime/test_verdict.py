"""What a node says of a delivery that somebody tampered with, on the way or before it was signed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.runtime.node import Node
from adapters.runtime.verdict import judge
from hutong.client import joining, writing
from hutong.client.hub import checked_stream
from hutong.errors import HutongError
from hutong.sealing.body import SealedBody, wraps_digest
from hutong.v1 import codes_pb2, directory_pb2, exchange_pb2, header_pb2, kinds_pb2
from tests.adapters.runtime.stations import Desk, work

OPENED = codes_pb2.OPENING_RESULT_OPENED
NO_BODY = codes_pb2.OPENING_RESULT_NO_BODY
NOT_OPENED = codes_pb2.OPENING_RESULT_NOT_OPENED
MISMATCH = codes_pb2.OPENING_RESULT_COMMITMENT_MISMATCH
NOT_VERIFIED = codes_pb2.OPENING_RESULT_NOT_VERIFIED


def _nothing(delivery: exchange_pb2.Delivery) -> None:
    """As it came."""


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def _ciphertext(delivery: exchange_pb2.Delivery) -> None:
    delivery.sealed.ciphertext = _flip(delivery.sealed.ciphertext)


def _no_wraps(delivery: exchange_pb2.Delivery) -> None:
    del delivery.sealed.wraps[:]


def _others_wraps(delivery: exchange_pb2.Delivery) -> None:
    for wrap in delivery.sealed.wraps:
        wrap.agency = "market"


def _broken_wraps(delivery: exchange_pb2.Delivery) -> None:
    for wrap in delivery.sealed.wraps:
        wrap.wrapped = _flip(wrap.wrapped)


def _no_sealed(delivery: exchange_pb2.Delivery) -> None:
    delivery.ClearField("sealed")


def _payload(delivery: exchange_pb2.Delivery) -> None:
    header = header_pb2.Header.FromString(delivery.envelope.payload)
    header.urgency = codes_pb2.URGENCY_FLASH
    delivery.envelope.payload = header.SerializeToString()


def _no_header(delivery: exchange_pb2.Delivery) -> None:
    delivery.envelope.payload = b"\xff\xff"


def _signature(delivery: exchange_pb2.Delivery) -> None:
    delivery.envelope.signatures[0].sig = _flip(delivery.envelope.signatures[0].sig)


def _entry(delivery: exchange_pb2.Delivery) -> None:
    delivery.receipt.entry = _flip(delivery.receipt.entry)


def _position(delivery: exchange_pb2.Delivery) -> None:
    delivery.index += 1


def _no_proof(delivery: exchange_pb2.Delivery) -> None:
    delivery.receipt.proof = ""


TAMPERED: list[tuple[Callable[[exchange_pb2.Delivery], None], int, str]] = [
    (_nothing, OPENED, ""),
    (_ciphertext, NOT_VERIFIED, "HT-SEA-04"),
    (_no_wraps, NOT_OPENED, "HT-SEA-01"),
    (_others_wraps, NOT_OPENED, "HT-SEA-01"),
    (_broken_wraps, NOT_OPENED, "HT-SEA-01"),
    (_no_sealed, NOT_VERIFIED, "HT-SEA-04"),
    (_payload, NOT_VERIFIED, "HT-CLI-12"),
    (_no_header, NOT_VERIFIED, "HT-HDR-01"),
    (_signature, NOT_VERIFIED, "HT-SIG-03"),
    (_entry, NOT_VERIFIED, "HT-LOG"),
    (_position, NOT_VERIFIED, "HT-CLI-12"),
    (_no_proof, NOT_VERIFIED, "HT-LOG"),
]


async def deliveries(node: Node) -> list[exchange_pb2.Delivery]:
    request = exchange_pb2.SubscribeRequest(origin=node.profile.origin, cursor=node.arrivals.cursor, once=True)
    messages = checked_stream(node.link.hub.exchange.Subscribe(request))
    return [message.delivery async for message in messages if message.HasField("delivery")]


def test_tampered_on_the_way(desk: Desk) -> None:
    async def story() -> None:
        world = desk.world
        police = await desk.station(world.police)
        client = await world.client(world.market.liaison.profile)
        await client.send(await world.lead())
        async with police.open() as node:
            await node.watch.step()
            (delivery,) = await deliveries(node)
            for tamper, result, code in TAMPERED:
                changed = exchange_pb2.Delivery()
                changed.CopyFrom(delivery)
                tamper(changed)
                verdict, failure = judge(changed, node.link.directory, node.profile.opening_keys(), "police")
                assert (verdict.result, verdict.code[: len(code) or 9]) == (result, code), tamper.__name__
                assert (failure is None) == (result == OPENED)

    desk.world.run(story())


def _seal_other(**changes: Callable[[SealedBody], Any]) -> Callable[..., SealedBody]:
    """The real ``seal`` of a sender who then changes something before signing."""
    real = writing.seal

    def seal(*args: Any, **kwargs: Any) -> SealedBody:
        sealed = real(*args, **kwargs)
        return replace(sealed, **{name: change(sealed) for name, change in changes.items()})

    return seal


def _broken(sealed: SealedBody) -> bytes:
    for wrap in sealed.sealed.wraps:
        wrap.wrapped = _flip(wrap.wrapped)
    return wraps_digest(sealed.sealed.wraps)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"commitment": lambda _: bytes(32)}, MISMATCH),
        ({"wraps_sha256": _broken}, NOT_OPENED),
    ],
)
def test_a_dishonest_sender_gets_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], result: int
) -> None:
    """What the hub cannot see the recipient says, signed, and it opens nothing to anybody."""

    async def story() -> None:
        world = desk.world
        market, police = await desk.pair()
        client = await world.client(world.market.liaison.profile)
        monkeypatch.setattr(writing, "seal", _seal_other(**changes))
        await client.send(await world.lead())
        monkeypatch.undo()
        async with police.open() as node:
            await work(node)
            (arrival,) = [one for one in node.arrivals.newest(10) if one.verdict.kind == "lead"]
            assert arrival.verdict.result == result
            assert [alarm.code for alarm in node.troubles.alarms()] == ["HT-NOD-11"]
        assert police.names("out") == []
        async with market.open() as node:
            await work(node)
            (told,) = [one for one in node.arrivals.newest(10) if one.verdict.kind == "delivered"]
            assert told.header.delivered.result == result

    desk.world.run(story())


def test_an_erased_delivery_is_stored_as_such(desk: Desk) -> None:
    async def story() -> None:
        world = desk.world
        _, police = await desk.pair()
        client = await world.client(world.market.liaison.profile)
        submission = await world.lead("to be erased")
        header = header_pb2.Header.FromString(submission.envelope.payload)
        await client.send(submission)
        await asyncio.to_thread(
            world.hub.order, "erase", message_id=header.message_id.hex(), reason="ERASURE_REASON_RECALLED"
        )
        async with police.open() as node:
            await work(node)
            arrival = node.arrivals.get(header.message_id)
            assert arrival is not None and arrival.erased and arrival.sealed is None
            assert arrival.verdict.result == NOT_OPENED and arrival.verdict.code == ""
            assert sorted(one.verdict.kind for one in node.arrivals.newest(10)) == ["erased", "lead"]
            assert node.outgoing.count("queued", "accepted") == 0 and not node.troubles.alarms()
        assert police.names("out") == []

    desk.world.run(story())


def test_a_statement_is_judged_by_the_directory_as_it_was(own_desk: Desk) -> None:
    """The contact who signed is named anew, for a term that begins later, before the recipient's node looks."""

    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        client = await world.client(world.market.liaison.profile)
        await client.send(await world.lead())
        head = await world.client(world.market.head.profile)
        start = joining.now_ms()
        named = kinds_pb2.ContactNominated(
            contact=world.market.liaison.contact,
            roles=[codes_pb2.CONTACT_ROLE_LIAISON],
            term_from=start,
            term_to=start + joining.TERM_MS,
        )
        card = directory_pb2.ContactCard(name="the same (fictitious)", post="liaison").SerializeToString()
        await joining.say(head, world.market.head.key, writing.Letter("contact_nominated", named, card=card))
        async with police.open() as node:
            await node.watch.step()
            (delivery,) = await deliveries(node)
            verdict, failure = judge(delivery, node.link.directory, node.profile.opening_keys(), "police")
            assert verdict.result == OPENED, failure
            before = node.link.directory.as_of(1)
            assert list(before.keys) == [] and before.index == 1
        # And again from memory alone, verified anew.
        async with police.open() as node:
            verdict, failure = judge(delivery, node.link.directory, node.profile.opening_keys(), "police")
            assert verdict.result == OPENED, failure

    own_desk.world.run(story())


def test_a_directory_that_was_tampered_with_is_refused_at_the_start(desk: Desk) -> None:
    async def story() -> None:
        police = await desk.station(desk.world.police)
        async with police.open() as node:
            node.store.execute("DELETE FROM directory WHERE log_index = (SELECT min(log_index) FROM directory)")
        with pytest.raises(HutongError) as refused:
            async with police.open():
                pass
        assert refused.value.code == "HT-DIR-16"

    desk.world.run(story())
