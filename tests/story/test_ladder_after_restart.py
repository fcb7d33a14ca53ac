"""Silence while the hub is down: started again past every deadline, it says the whole ladder, and the log shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audit.review.manifest import statement_path
from audit.review.replay import Replay
from audit.review.verify import verify
from hub.clock import DemoClock
from hub.export import write as export
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.client.trust import verify_receipt
from hutong.client.writing import Letter, To
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.v1 import casework_pb2, codes_pb2, directory_pb2, header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from tests.worlds import Agency, Person, ServedHub, World, close, lead_letter, make_world

DAY = 24 * 3600 * 1000
DOWN = 20 * DAY
"""Past every step of an urgent item, whatever holidays there are, and not past anybody's certificate."""


@pytest.fixture
def served(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[World]:
    world = make_world(tmp_path, loop, ServedHub)
    yield world
    close(world)


async def nominated(world: World, agency: Agency, role: codes_pb2.ContactRole.ValueType) -> Person:
    """Another contact of ``agency``, named by its head, with keys and certificate."""
    name, key = codes_pb2.ContactRole.Name(role).lower(), SigningKey.generate()
    folder = world.folder / agency.code / name
    profile = joining.new_profile(world.hub.ticket(agency.code), folder, "contact", new_contact_id(), key)
    async with HubClient(agency.head.profile, agency.head.profile.policy) as client:
        card = directory_pb2.ContactCard(name=f"{agency.code} {name} (fictitious)", post=name)
        await joining.nominate(client, agency.head.key, joining.join_request(profile, key), card, [role])
    await asyncio.to_thread(joining.certify, profile)
    return Person(profile, key)


async def delivered(world: World, agency: Agency, item: bytes) -> list[tuple[int, header_pb2.Header]]:
    """What the agency's node is given about ``item``; each receipt is verified, and all lie on one history."""
    client = await world.client(agency.node)
    found = []
    async for message in client.subscribe(0, once=True):
        if message.HasField("delivery"):
            header = header_pb2.Header.FromString(message.delivery.envelope.payload)
            entry, proof = verify_receipt(message.delivery.receipt, agency.node.policy)
            assert (entry.message_id, proof.index) == (header.message_id, message.delivery.index)
            if header.item_id == item:
                found.append((proof.index, header))
    await client.settle()
    return found


def told(header: header_pb2.Header) -> tuple[str, str, str, bool]:
    """Kind or target, form, whom it names, and whether it is the last."""
    if header.HasField("non_response"):
        return "certificate", "", header.non_response.owner, False
    said = header.escalated
    who = codes_pb2.EscalationTarget.Name(said.to).removeprefix("ESCALATION_TARGET_").lower()
    form = codes_pb2.EscalationForm.Name(said.form).removeprefix("ESCALATION_FORM_").lower()
    return who, form, ",".join(said.told), said.last


def exported(folder: Path, item: bytes) -> list[tuple[int, header_pb2.Header]]:
    """All statements about ``item`` in an export, by the index of their entry."""
    found, index = [], 0
    while (file := folder / statement_path(index)).exists():
        header = header_pb2.Header.FromString(Envelope.FromString(file.read_bytes()).payload)
        if header.item_id == item:
            found.append((index, header))
        index += 1
    return found


def test_a_ladder_is_climbed_by_a_hub_that_was_down(served: World, tmp_path: Path) -> None:
    world, market, police = served, served.market, served.police
    deputy = world.run(nominated(world, police, codes_pb2.CONTACT_ROLE_DEPUTY))
    coordinator = world.run(nominated(world, market, codes_pb2.CONTACT_ROLE_COORDINATOR))

    async def opened() -> tuple[bytes, int]:
        client = await world.client(market.liaison.profile)
        made = await world.write(
            lead_letter(urgency=codes_pb2.URGENCY_URGENT), market.officer(), market.liaison.profile
        )
        accepted = await client.submit(made)
        assert await delivered(world, police, accepted.entry.message_id) == []
        return bytes(accepted.entry.message_id), accepted.index

    item, place = world.run(opened())
    world.hub.stop()
    # Nobody is there to see it: the file is all that a demo hub's clock keeps.
    clock = DemoClock(world.hub.home.settings.home / "clock-offset")
    clock.advance(DOWN)
    back = clock.now()
    world.hub.start()
    # An order is carried out by a look, and a look says what is due before the next one carries out the next.
    for _ in range(2):
        world.hub.order("advance", milliseconds=0)

    async def after() -> tuple[list[Any], list[Any]]:
        for profile in (market.node, police.node, market.liaison.profile, police.liaison.profile):
            await world.reconnected(profile)
        return await delivered(world, police, item), await delivered(world, market, item)

    said, to_market = world.run(after())
    who = coordinator.contact
    assert [told(header) for _, header in said] == [
        ("certificate", "", police.liaison.contact, False),
        ("deputy", "urge", deputy.contact, False),
        ("head", "urge", police.head.contact, False),
        *[("coordinator", "urge", who, False)] * 5,
        ("coordinator", "urge", who, True),
    ]
    assert [index for index, _ in said] == list(range(place + 1, place + 1 + len(said))), "in order, nothing between"
    assert [told(header)[0] for _, header in to_market] == ["certificate", *["coordinator"] * 6]
    due = [header.escalated.due_at or header.non_response.due_at for _, header in said]
    assert due == sorted(due) and due[-1] < back, "each was due while nobody was there"
    assert all(header.issued_at >= back for _, header in said), "and was said when somebody was"

    async def late() -> casework_pb2.Obligation:
        client = await world.client(police.liaison.profile)
        completed = kinds_pb2.Completed(
            outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=sha256(b"evidence").digest()
        )
        for facts, kind in ((kinds_pb2.Acknowledged(), "acknowledged"), (completed, "completed")):
            letter = Letter(kind, facts, to=[To("market")], item=item, in_reply_to=item)
            await client.submit(await world.write(letter, police.officer(), police.liaison.profile, now=clock.now()))
        answer = await client.casework.GetItem(casework_pb2.GetItemRequest(item_id=item))
        await client.settle()
        return answer.obligations[0]

    duty = world.run(late())
    assert duty.state == casework_pb2.OBLIGATION_STATE_CLOSED and duty.owner == police.liaison.contact
    assert duty.non_response and duty.acknowledged_at > duty.acknowledge_by and duty.steps == len(said)
    folder = tmp_path / "export"
    export(world.hub.home, world.hub.engine, folder)
    report = verify(folder, check_statements=Replay)
    assert not report.faults, [str(fault) for fault in report.faults]
    kinds = [header.WhichOneof("kind") for _, header in exported(folder, item)]
    assert kinds == ["non_response", *["escalated"] * 8, "acknowledged", "completed"]
    assert exported(folder, item)[: len(said)] == said, "the export holds what the agency was given"
