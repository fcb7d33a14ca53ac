"""代理: a deputy takes on and gives back in the principal's name, marked, and only while the delegation lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hutong.client import joining
from hutong.client.writing import Author, To, compose
from hutong.directory.records import Directory
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from liaison.office import Draft
from liaison.preview import parts
from liaison.reading import person
from tests.liaison.test_roster import DEPUTY, LIAISON, day, name
from tests.worlds import World, close, lead_letter, make_world


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("deputies")
    world = make_world(folder, loop)
    liaison = world.run(name(world, world.police, LIAISON, codes_pb2.CONTACT_ROLE_LIAISON, folder))
    deputy = world.run(name(world, world.police, DEPUTY, codes_pb2.CONTACT_ROLE_DEPUTY, folder))
    yield world, liaison, deputy
    close(world)


def sent(world: World, contact: str) -> str:
    """A lead of the market to that contact of the police; the item's id."""

    async def story() -> str:
        client = await world.client(world.market.liaison.profile)
        accepted = await client.submit(await world.lead(to=[To("police", contact)]))
        return str(accepted.entry.message_id.hex())

    return str(world.run(story()))


def obligation(world: World, item: str) -> casework_pb2.Obligation:
    async def story() -> casework_pb2.Obligation:
        client = await world.client(world.market.liaison.profile)
        request = casework_pb2.GetItemRequest(item_id=bytes.fromhex(item))
        return (await client.casework.GetItem(request)).obligations[0]

    found: casework_pb2.Obligation = world.run(story())
    return found


def test_a_deputy_acts_for_the_principal_while_the_delegation_lasts(house: Any, hutong: Any) -> None:
    world, liaison, deputy = house
    first, second, third = (sent(world, liaison.contact) for _ in range(3))
    acting = ("--for", LIAISON)
    assert "HT-DLG-01" in hutong("ack", first, *acting, profile=deputy.profile, code=1).err
    made = hutong("contacts", "delegate", DEPUTY, "--to", day(3), "-o", "json", profile=liaison.profile).json["id"]
    assert "HT-CLI-61" in hutong("ack", first, "--for", "nobody", profile=deputy.profile, code=1).err
    hutong("ack", first, *acting, profile=deputy.profile)
    duty = obligation(world, first)
    assert (duty.state, duty.owner) == (casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED, liaison.contact)
    returned = ("return", second, "--reason", "incomplete", "--yes", *acting)
    hutong(*returned, profile=deputy.profile)
    assert obligation(world, second).owner == liaison.contact
    hutong("contacts", "delegate", "--end", made, profile=liaison.profile)
    assert "HT-DLG-01" in hutong("ack", third, *acting, profile=deputy.profile, code=1).err
    hutong("ack", third, profile=deputy.profile)
    assert obligation(world, third).owner == deputy.contact, "in one's own name it is one's own"


def test_the_mark_is_signed_and_shown(house: Any) -> None:
    """The header says for whom, the preview shows it before anything is signed."""
    world, liaison, deputy = house
    profile = deputy.profile
    author = Author(profile.origin, "police", deputy.contact, deputy.key, acting_for=liaison.contact)

    async def story() -> tuple[header_pb2.Header, Directory]:
        client = await world.client(profile)
        made = compose(lead_letter(to=[To("market")]), author, client.directory.records, 1, joining.now_ms())
        return header_pb2.Header.FromString(made.payload), client.directory.records

    header, directory = world.run(story())
    assert (header.sender.contact, header.sender.acting_for) == (deputy.contact, liaison.contact)
    shown = parts(Draft((lead_letter(to=[To("market")]),), (header,)), {person(liaison.contact): LIAISON}, directory)
    assert any(value.startswith(LIAISON) and liaison.contact in value for _, value in shown[0].lines)


def test_a_deputy_goes_on_with_what_the_principal_owns(house: Any, hutong: Any) -> None:
    """Whatever needs no principal in person, from taking on to asking for more time."""
    world, liaison, deputy = house
    item, acting = sent(world, liaison.contact), ("--for", LIAISON)
    hutong("contacts", "delegate", DEPUTY, "--to", day(3), profile=liaison.profile)
    hutong("ack", item, *acting, profile=deputy.profile)
    assert "HT-DTY-09" in hutong("progress", item, "--step", "verifying", profile=deputy.profile, code=1).err
    hutong("progress", item, "--step", "verifying", *acting, profile=deputy.profile)
    hutong("extend", "ask", item, "--until", day(20), "--reason", "complex", *acting, profile=deputy.profile)
    hutong("hold", item, "--until", day(2), "--reason", "force_majeure", *acting, profile=deputy.profile)
    hutong("resume", item, *acting, profile=deputy.profile)
    duty = obligation(world, item)
    assert (duty.state, duty.owner) == (casework_pb2.OBLIGATION_STATE_IN_PROGRESS, liaison.contact)
    assert duty.extension_stage == 1 and duty.holds == 1
