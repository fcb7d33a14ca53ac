"""A hub operator against an agency's node, with everything that he has: the log's key, the register, the wire."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.runtime.commands import confirm
from adapters.runtime.keywatch import registration
from adapters.runtime.node import Node
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.client.writing import Letter, write
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, entry_pb2, exchange_pb2, header_pb2, kinds_pb2
from tests.adapters.runtime.operator import Feed, Operator, entry_for, said
from tests.adapters.runtime.stations import Desk, Station, work
from tests.adapters.runtime.test_verdict import deliveries
from tests.worlds import Agency, Person, lead_letter

OPENED = codes_pb2.OPENING_RESULT_OPENED
NOT_VERIFIED = codes_pb2.OPENING_RESULT_NOT_VERIFIED
DAY_MS = 24 * 3600 * 1000


def alarms(node: Node) -> list[str]:
    return sorted({alarm.code for alarm in node.troubles.alarms()})


def results(node: Node) -> list[tuple[int, int]]:
    return [(one.index, one.verdict.result) for one in node.arrivals.newest(9) if one.verdict.kind == "lead"]


def queued(node: Node) -> list[int]:
    """What the node's Delivered say."""
    found = (header_pb2.Header.FromString(one.submission.envelope.payload) for one in node.outgoing.next(9, 1 << 22))
    return [header.delivered.result for header in found if header.WhichOneof("kind") == "delivered"]


async def one_lead(desk: Desk, station: Station, text: str) -> exchange_pb2.Delivery:
    client = await desk.world.client(desk.world.market.liaison.profile)
    await client.send(await desk.world.lead(text))
    async with station.open() as node:
        await node.watch.step()
        (delivery,) = await deliveries(node)
    return delivery


def test_a_statement_that_is_recorded_again_is_not_carried_out_again(own_desk: Desk) -> None:
    """Once as it came, and once more later: within its time, and forty days after it."""

    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        first = await one_lead(own_desk, police, "once")
        async with police.open() as node:
            await work(node)
            before = police.names("out")
            operator = Operator(world.hub)
            operator.serve(node)
            again = []
            for later in (1, 40 * DAY_MS):
                entry = entry_pb2.Entry.FromString(first.receipt.entry)
                entry.recorded_at += later
                delivery = exchange_pb2.Delivery(envelope=first.envelope, sealed=first.sealed)
                delivery.receipt.CopyFrom(operator.append(entry))
                delivery.index = delivery.receipt.index
                again.append(said(delivery))
            Feed(again).serve(node)
            await node.receiver.step()
            await node.writeback.step()
            assert [result for _, result in results(node)] == [NOT_VERIFIED, NOT_VERIFIED, OPENED]
            assert police.names("out") == before and queued(node) == []
            assert alarms(node) == ["HT-CLI-12", "HT-NOD-11"]

    own_desk.world.run(story())


def test_a_withdrawn_key_does_not_come_back_in_an_older_entry(own_desk: Desk) -> None:
    async def story() -> None:
        world, market = own_desk.world, own_desk.world.market
        police = await own_desk.station(world.police)
        head = await world.client(market.head.profile)
        before, older = joining.now_ms(), head.directory.records.index
        gone = kinds_pb2.ContactWithdrawn(contact=market.liaison.contact)
        await joining.say(head, market.head.key, Letter("contact_withdrawn", gone))
        directory = (await head.refresh_directory()).records
        stolen = write(lead_letter("forged"), market.officer(), directory, 99, joining.now_ms())
        async with police.open() as node:
            await node.watch.step()
            operator = Operator(world.hub)
            operator.serve(node)
            messages = []
            for at, index in ((before, older), (before, directory.index), (joining.now_ms(), older)):
                entry = entry_for(stolen.envelope, recorded_at=at, directory_index=index)
                receipt = operator.append(entry)
                delivery = exchange_pb2.Delivery(
                    index=receipt.index, envelope=stolen.envelope, sealed=stolen.sealed, receipt=receipt
                )
                messages.append(said(delivery))
            Feed(messages).serve(node)
            await node.receiver.step()
            await node.writeback.step()
            assert [result for _, result in results(node)] == [NOT_VERIFIED] * 3
            assert police.names("out") == [] and alarms(node) == ["HT-CLI-12", "HT-NOD-11"]

    own_desk.world.run(story())


def test_bytes_bent_on_the_way_are_not_held_against_the_sender(own_desk: Desk) -> None:
    """Nothing is signed about them; asked for again, what was sent arrives."""

    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        honest = await one_lead(own_desk, police, "bent")
        bent = exchange_pb2.Delivery()
        bent.CopyFrom(honest)
        bent.sealed.ciphertext = bent.sealed.ciphertext[:-1] + bytes([bent.sealed.ciphertext[-1] ^ 1])
        async with police.open() as node:
            await node.watch.step()
            real = node.link.hub.exchange
            Feed([said(bent)]).serve(node)
            await node.receiver.step()
            assert results(node) == [(honest.index, NOT_VERIFIED)] and queued(node) == []
            assert [alarm.params["failure"] for alarm in node.troubles.alarms()] == ["HT-SEA-04"]
            await node.receiver.review()
            assert results(node) == [(honest.index, NOT_VERIFIED)] and queued(node) == []
            node.link.hub.exchange = real
            await node.receiver.review()
            await node.writeback.step()
            assert results(node) == [(honest.index, OPENED)] and queued(node) == [OPENED]
            assert len(police.names("out")) == 1
            assert node.arrivals.doubtful(9) == []

    own_desk.world.run(story())


def test_a_body_is_not_gone_because_the_hub_says_so(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        honest = await one_lead(own_desk, police, "swallowed")
        bare = exchange_pb2.Delivery()
        bare.CopyFrom(honest)
        bare.erased = True
        bare.ClearField("sealed")
        async with police.open() as node:
            await node.watch.step()
            real = node.link.hub.exchange
            Feed([said(bare)]).serve(node)
            await node.receiver.step()
            await node.receiver.review()
            assert alarms(node) == ["HT-NOD-24"] and queued(node) == [] and police.names("out") == []
            node.link.hub.exchange = real
            await node.receiver.review()
            await node.writeback.step()
            assert results(node) == [(honest.index, OPENED)] and queued(node) == [OPENED]
            assert len(police.names("out")) == 1 and node.arrivals.unexplained() == []

    own_desk.world.run(story())


def test_an_erasure_that_the_log_records_is_believed(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        client = await world.client(world.market.liaison.profile)
        lead = await world.lead("recalled")
        message_id = header_pb2.Header.FromString(lead.envelope.payload).message_id
        await client.send(lead)
        order = {"message_id": message_id.hex(), "reason": "ERASURE_REASON_RECALLED"}
        await asyncio.to_thread(world.hub.order, "erase", **order)
        async with police.open() as node:
            await work(node)
            await node.receiver.review()
            arrival = node.arrivals.get(message_id)
            assert arrival is not None and arrival.erased
            assert alarms(node) == [] and node.arrivals.unexplained() == []

    own_desk.world.run(story())


@pytest.mark.parametrize("fork", [True, False])
def test_nothing_becomes_accepted_or_refused_without_proof(own_desk: Desk, complaints: Any, fork: bool) -> None:
    """A receipt of a fork among good ones, and a refusal whose entry is rubbish: the statement stays where it is."""

    async def story() -> None:
        world = own_desk.world
        market, _ = await own_desk.pair()
        market.put("c.csv", complaints("proof"))
        async with market.open() as node:
            await node.watch.step()
            await node.intake.step()
            hub, real = node.link.hub, node.link.hub.exchange

            class Hostile:
                async def SubmitBatch(self, request: Any, **more: Any) -> exchange_pb2.SubmitBatchResponse:
                    if not fork:
                        receipt = entry_pb2.Receipt(index=7, entry=b"rubbish", proof="rubbish")
                        refusal = entry_pb2.Refusal(code="HT-DIR-14", receipt=receipt)
                        outcomes = [entry_pb2.Outcome(refusal=refusal) for _ in request.submissions]
                        return exchange_pb2.SubmitBatchResponse(outcomes=outcomes)
                    first, *others = request.submissions
                    entry = entry_for(
                        first.envelope, recorded_at=joining.now_ms(), directory_index=hub.directory.next_index
                    )
                    answer = await real.SubmitBatch(exchange_pb2.SubmitBatchRequest(submissions=others), **more)
                    forged = entry_pb2.Outcome(receipt=Operator(world.hub).append(entry))
                    return exchange_pb2.SubmitBatchResponse(outcomes=[forged, *answer.outcomes])

            hub.exchange = Hostile()  # type: ignore[assignment]
            with pytest.raises(HutongError) as caught:
                await node.sender.step()
            assert caught.value.code in ("HT-CLI-12", "HT-LOG-17")
            assert node.outgoing.count("queued") == 3 and node.outgoing.count("accepted", "refused") == 0
            assert node.troubles.letters() == []

    own_desk.world.run(story())


def test_a_cursor_beyond_the_log_is_refused(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        honest = await one_lead(own_desk, police, "skipped")
        async with police.open() as node:
            await node.watch.step()
            before, real = node.arrivals.cursor, node.link.hub.exchange
            for message in (
                exchange_pb2.SubscribeResponse(next_cursor=10**12),
                exchange_pb2.SubscribeResponse(next_cursor=10**12, delivery=honest),
            ):
                Feed([message]).serve(node)
                with pytest.raises(HutongError) as caught:
                    await node.receiver.step()
                assert caught.value.code == "HT-CLI-12" and node.arrivals.cursor == before
            node.link.hub.exchange = real
            await node.receiver.step(once=True)
            assert results(node) == [(honest.index, OPENED)]

    own_desk.world.run(story())


def test_another_registration_of_the_own_agency_raises_an_alarm(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        police = await own_desk.station(world.police)
        said = kinds_pb2.AgencyRegistered(
            agency="police",
            type=codes_pb2.AGENCY_TYPE_PLATFORM,
            level=codes_pb2.LEVEL_COUNTY,
            region="450000",
            head_contact=new_contact_id(),
            head_keyid=SigningKey.generate().keyid,
        )
        async with police.open() as node:
            await node.watch.step()
            assert alarms(node) == []
            given = {"agency": said.SerializeToString().hex(), "name_zh": "x", "name_en": "x"}
            await asyncio.to_thread(world.hub.order, "register", **given)
            await node.watch.step()
            (alarm,) = node.troubles.alarms()
            changed = registration(node.link.directory.records.agencies["police"])
            assert (alarm.code, alarm.subject) == ("HT-NOD-25", changed)
            assert (alarm.params["head"], alarm.params["type"]) == (said.head_contact, "platform")
        with pytest.raises(HutongError):
            confirm("HT-NOD-25", police.folder)
        confirm(changed, police.folder)
        async with police.open() as node:
            await node.watch.step()
            assert alarms(node) == []

    own_desk.world.run(story())


def test_a_false_first_fingerprint_is_noticed_at_the_first_login(own_desk: Desk, tmp_path: Path) -> None:
    """The operator registers his own key for the head, binds it, and then the head's own as well."""

    async def story() -> None:
        hub = own_desk.world.hub
        for code, noticed in (("telecom", "HT-EVD-03"), ("finance", "HT-EVD-04")):
            real, evil, who = SigningKey.generate(), SigningKey.generate(), new_contact_id()
            said = kinds_pb2.AgencyRegistered(
                agency=code,
                type=codes_pb2.AGENCY_TYPE_TELECOM,
                level=codes_pb2.LEVEL_NATION,
                region="100000",
                head_contact=who,
                head_keyid=evil.keyid,
            )
            given = {"name_zh": code, "name_en": code}
            await asyncio.to_thread(hub.order, "register", agency=said.SerializeToString().hex(), **given)
            true = await asyncio.to_thread(joining.found, hub.ticket(code), tmp_path / code, real, who)
            false = await asyncio.to_thread(joining.found, hub.ticket(code), tmp_path / f"{code}-2", evil, who)
            async with HubClient(false.head, false.head.policy) as operator:
                await operator.refresh_directory()
                bound = joining._signing_bound(false.head, evil, who, codes_pb2.KEY_USE_OFFICER)
                await joining.say(operator, evil, Letter("key_bound", bound))
                await operator.refresh_directory()
                if code == "finance":
                    # Afterwards the register names the head's own fingerprint, as if nothing had been.
                    said.head_keyid = real.keyid
                    await asyncio.to_thread(hub.order, "register", agency=said.SerializeToString().hex(), **given)
            async with HubClient(true.head, true.head.policy) as client:
                with pytest.raises(HutongError) as caught:
                    await joining.bind_first_keys(client, real, true.node)
                assert caught.value.code == noticed
                await client.refresh_directory()
                assert real.keyid not in client.directory.records.keys
            folder = tmp_path / f"{code}-node"
            folder.mkdir()
            (folder / "node.toml").write_text(f'profile = "{true.node.path}"\ncontact = "{who}"\n')
            station = Station(Agency(code, Person(true.head, real), true.node, Person(true.head, real)), folder)
            async with station.open() as node:
                await node.watch.step()
                subjects = {alarm.subject for alarm in node.troubles.alarms() if alarm.code == "HT-NOD-10"}
                assert subjects == {evil.keyid}

    own_desk.world.run(story())


def test_the_first_look_takes_what_the_head_bound(own_desk: Desk) -> None:
    async def story() -> None:
        police = await own_desk.station(own_desk.world.police)
        async with police.open() as node:
            await node.watch.step()
            assert alarms(node) == []
            held = {row["how"] for row in node.store.all("SELECT how FROM known_keys")}
            assert held == {"made here", "first login", "first look"}

    own_desk.world.run(story())


def test_folders_with_plaintext_are_closed_to_others(desk: Desk) -> None:
    async def story() -> None:
        world = desk.world
        police = await desk.station(world.police)
        for name in ("in", "out", "done", "failed"):
            (police.folder / name).chmod(0o755)
        await (await world.client(world.market.liaison.profile)).send(await world.lead("closed"))
        async with police.open() as node:
            await work(node)
        for place in (*map(police.folder.joinpath, ("in", "out", "done", "failed")), *police.folder.glob("out/*")):
            assert place.stat().st_mode & 0o007 == 0, place
        assert police.names("out")

    desk.world.run(story())
