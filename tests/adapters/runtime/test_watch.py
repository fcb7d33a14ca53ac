"""Key watch, trust in one history, and the system's certificate."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.runtime.commands import confirm
from hutong.client import joining
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id
from hutong.sealing.keys import OpeningKey
from hutong.signing.keys import SigningKey, keyid
from hutong.v1 import codes_pb2, directory_pb2, kinds_pb2
from tests.adapters.runtime.stations import Desk, work
from tests.worlds import Agency, Person, World

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


def request_of(world: World, agency: Agency, folder: Path, contact: str = "") -> joining.JoinRequest:
    """A person's request to join, with keys made on a machine of their own."""
    key = SigningKey.generate()
    ticket = world.hub.ticket(agency.code)
    return joining.join_request(joining.new_profile(ticket, folder, "contact", contact or new_contact_id(), key), key)


def keys_of(request: joining.JoinRequest) -> set[str]:
    return {keyid(bytes.fromhex(spki)) for spki in (request.signing_spki, request.tls_spki)}


async def nominate(world: World, by: Person, key: SigningKey, request: joining.JoinRequest) -> None:
    card = directory_pb2.ContactCard(name="虚构联系人", post="liaison")
    client = await world.client(by.profile)
    await joining.nominate(client, key, request, card, [codes_pb2.CONTACT_ROLE_LIAISON])


async def bind_head_key(world: World, head: Person, key: SigningKey, use: codes_pb2.KeyUse.ValueType) -> None:
    bound = joining._signing_bound(head.profile, key, head.contact, use)
    await joining.say(await world.client(head.profile), head.key, Letter("key_bound", bound))


async def register(world: World, agency: Agency, head: str, key: str) -> None:
    """The operator's word about ``agency``."""
    said = kinds_pb2.AgencyRegistered(
        agency=agency.code,
        type=codes_pb2.AGENCY_TYPE_POLICE,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=head,
        head_keyid=key,
    )
    given = {"agency": said.SerializeToString().hex(), "name_zh": agency.code, "name_en": agency.code}
    await asyncio.to_thread(world.hub.order, "register", **given)


def subjects(node: Any, code: str = "HT-NOD-10") -> set[str]:
    return {alarm.subject for alarm in node.troubles.alarms() if alarm.code == code}


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


def test_whom_the_head_nominates_is_no_alarm(own_desk: Desk, tmp_path: Path) -> None:
    """A further contact, and another key of one who is there already: the head's signature says whose they are."""

    async def story() -> None:
        world, police = own_desk.world, await own_desk.station(own_desk.world.police)
        head = world.police.head
        newcomer = request_of(world, world.police, tmp_path / "newcomer")
        await nominate(world, head, head.key, newcomer)
        rekeyed = request_of(world, world.police, tmp_path / "rekeyed", world.police.liaison.contact)
        await joining.bind(await world.client(head.profile), head.key, rekeyed)
        async with police.open() as node:
            await node.watch.step()
            assert codes(node) == []
            taken = {row["keyid"] for row in node.store.all("SELECT * FROM known_keys WHERE how = 'the head''s word'")}
            assert taken == keys_of(newcomer) | keys_of(rekeyed)

    own_desk.world.run(story())


def test_what_the_head_binds_for_the_agency_or_for_the_head_is_asked_about(own_desk: Desk, tmp_path: Path) -> None:
    """Whoever has stolen the head's key could open everything, or stay the head after it was revoked."""

    async def story() -> None:
        world, police = own_desk.world, await own_desk.station(own_desk.world.police)
        head, second, recovery = world.police.head, SigningKey.generate(), SigningKey.generate()
        opening = OpeningKey.generate()
        await bind_opening_key(world, world.police, opening)
        await bind_head_key(world, head, second, codes_pb2.KEY_USE_OFFICER)
        await bind_head_key(world, head, recovery, codes_pb2.KEY_USE_HEAD_RECOVERY)
        newcomer = request_of(world, world.police, tmp_path / "newcomer")
        await nominate(world, head, second, newcomer)
        unknown = {opening.keyid, second.keyid, recovery.keyid}
        async with police.open() as node:
            await node.watch.step()
            assert subjects(node) == unknown | keys_of(newcomer), "nor whom a key binds that nobody has confirmed"
        confirm(second.keyid, police.folder)
        async with police.open() as node:
            await node.watch.step()
            assert subjects(node) == unknown - {second.keyid}

    own_desk.world.run(story())


def test_a_binding_is_asked_about_once_its_key_is_revoked(own_desk: Desk, tmp_path: Path) -> None:
    """Nobody here can tell what was bound by the head, and what by whom the key was taken by."""

    async def story() -> None:
        world, police = own_desk.world, await own_desk.station(own_desk.world.police)
        head, newcomer = world.police.head, request_of(own_desk.world, own_desk.world.police, tmp_path / "newcomer")
        await nominate(world, head, head.key, newcomer)
        lost = kinds_pb2.KeyRevoked(keyid=head.key.keyid, reason=codes_pb2.REVOCATION_REASON_COMPROMISED)
        await joining.say(await world.client(head.profile), head.key, Letter("key_revoked", lost))
        async with police.open() as node:
            await node.watch.step()
            assert subjects(node) == keys_of(newcomer)

    own_desk.world.run(story())


@pytest.mark.parametrize("taken_back", [True, False])
def test_a_hub_that_puts_another_head_in_gets_nobody_past(own_desk: Desk, tmp_path: Path, taken_back: bool) -> None:
    """The operator and one of the agency's own people: registered as its head, that one binds keys, and afterwards the
    register may name the true head again."""

    async def story() -> None:
        world, police = own_desk.world, await own_desk.station(own_desk.world.police)
        head, traitor = world.police.head, world.police.liaison
        accomplice = request_of(world, world.police, tmp_path / "accomplice")
        await register(world, world.police, traitor.contact, traitor.key.keyid)
        await nominate(world, traitor, traitor.key, accomplice)
        if taken_back:
            await register(world, world.police, head.contact, head.key.keyid)
        async with police.open() as node:
            await node.watch.step()
            assert subjects(node) == keys_of(accomplice)
            assert len(subjects(node, "HT-NOD-25")) == (0 if taken_back else 1)

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
