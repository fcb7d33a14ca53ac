"""An agency that was a platform and is registered as something else: what was kept from it before stays so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hutong.client import joining
from hutong.client.directory import VerifiedDirectory
from hutong.client.trust import Trust
from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.tls.state import State
from hutong.v1 import body_pb2, casework_pb2, codes_pb2, directory_pb2, entry_pb2, header_pb2, kinds_pb2
from tests.rosters import roster, say, story
from tests.worlds import World, join

PLATFORM, MARKET = codes_pb2.AGENCY_TYPE_PLATFORM, codes_pb2.AGENCY_TYPE_MARKET


def register(world: World, shop: Any, kind: int) -> None:
    """The operator's word on what the shop is; nothing else about it changes."""
    known = world.hub.server._standing.directory.agencies["shop"]
    said = kinds_pb2.AgencyRegistered(
        agency="shop",
        type=kind,  # type: ignore[arg-type]
        level=known.level,  # type: ignore[arg-type]
        region=known.region,
        head_contact=known.head_contact,
        head_keyid=known.head_keyid,
    )
    world.hub.order("register", agency=said.SerializeToString().hex(), name_zh="商店", name_en="shop")


async def listed(world: World, profile: Any) -> list[entry_pb2.Evidence]:
    client = await world.client(profile)
    request = directory_pb2.ListStatementsRequest()
    return [message.evidence async for message in client._directory.ListStatements(request)]


def rosters_in(evidence: list[entry_pb2.Evidence]) -> list[int]:
    """The entries of rosters that were shown whole."""
    shown = []
    for each in evidence:
        header = header_pb2.Header.FromString(each.envelope.payload)
        if header.HasField("roster_published"):
            shown.append(each.receipt.index)
    return shown


def names_in(evidence: list[entry_pb2.Evidence]) -> bytes:
    return b"".join(each.disclosure.card for each in evidence)


def fresh(world: World, profile: Any, folder: Path, evidence: list[entry_pb2.Evidence]) -> VerifiedDirectory:
    """What a client that begins anew makes of ``evidence``."""
    folder.mkdir()
    directory = VerifiedDirectory(profile.origin, Trust(profile.policy, State(folder)))
    for each in evidence:
        directory.take(each)
    return directory


def test_what_was_kept_from_a_platform_stays_kept_from_it(world: World, tmp_path: Path) -> None:
    """Rosters and names from before the change are not opened by it; what is said afterwards reaches it."""
    shop = world.run(join(world.hub, tmp_path, "shop", PLATFORM))
    world.run(story(world))
    before = world.run(listed(world, shop.node))
    assert rosters_in(before) == [] and b"police liaison" not in names_in(before)
    register(world, shop, MARKET)
    now = world.run(listed(world, shop.node))
    assert rosters_in(now) == [] and b"police liaison" not in names_in(now)
    world.run(say(world, world.police.head, roster(joining.now_ms(), world.police.liaison.contact)))
    after = world.run(listed(world, shop.node))
    (later,) = rosters_in(after)
    assert later == world.hub.server._standing.directory.index - 1
    assert len(rosters_in(world.run(listed(world, world.market.node)))) == 2, "whoever never was one has them all"
    directory = fresh(world, shop.node, tmp_path / "fresh", after)
    directory.check_withheld("shop")
    assert len(directory.records.rosters) == 1 and directory.withheld
    assert set(directory.withheld) < set(range(later)), "its client takes nothing for withheld that came after"
    directory.withheld[later] = "police"
    with pytest.raises(HutongError) as caught:
        directory.check_withheld("shop")
    assert caught.value.code == "HT-DIR-16"


def test_back_and_forth_opens_nothing(world: World, tmp_path: Path) -> None:
    """Each time that it ceases to be a platform closes what lies before."""
    shop = world.run(join(world.hub, tmp_path, "shop", PLATFORM))
    register(world, shop, MARKET)
    world.run(say(world, world.police.head, roster(joining.now_ms(), world.police.liaison.contact)))
    assert len(rosters_in(world.run(listed(world, shop.node)))) == 1
    register(world, shop, PLATFORM)
    assert rosters_in(world.run(listed(world, shop.node))) == []
    register(world, shop, MARKET)
    assert rosters_in(world.run(listed(world, shop.node))) == []
    register(world, shop, MARKET)
    assert rosters_in(world.run(listed(world, shop.node))) == []


def test_who_owes_what_in_an_older_item_stays_closed(world: World, tmp_path: Path) -> None:
    shop = world.run(join(world.hub, tmp_path, "shop", PLATFORM))
    ask = {"ask": codes_pb2.ASK_TYPE_REGISTRY, "subjects": [kinds_pb2.SubjectCount(role=1, count=1)]}
    facts, body = kinds_pb2.Inquiry(**ask), body_pb2.Body(inquiry=body_pb2.InquiryBody())

    async def asked() -> bytes:
        letter = Letter("inquiry", facts, to=[To("shop"), To("police")], body=body, legal_basis=["PSR-2005-14"])
        client = await world.client(world.market.liaison.profile)
        made = await world.write(letter, world.market.officer(), world.market.liaison.profile)
        return bytes((await client.submit(made)).entry.message_id)

    async def owing(item: bytes) -> set[str]:
        client = await world.client(shop.liaison.profile)
        known = await client.casework.GetItem(casework_pb2.GetItemRequest(item_id=item))
        return {each.agency for each in known.obligations}

    old = world.run(asked())
    assert world.run(owing(old)) == {"shop"}
    register(world, shop, MARKET)
    assert world.run(owing(old)) == {"shop"}
    assert world.run(owing(world.run(asked()))) == {"shop", "police"}
