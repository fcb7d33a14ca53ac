"""Rosters through a real hub: kept, exported, replayed; shown to authorities and never to a platform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.runtime.directory import NodeDirectory
from adapters.runtime.store import Store
from audit.review.replay import Replay
from audit.review.verify import verify
from hub.export import current_state, write
from hub.state.database import reading
from hutong.client import joining
from hutong.client.directory import VerifiedDirectory
from hutong.client.hub import HubClient
from hutong.client.trust import Trust
from hutong.directory.roster import Why, on_duty
from hutong.errors import HutongError
from hutong.tls.state import State
from hutong.v1 import codes_pb2, directory_pb2, entry_pb2, header_pb2
from tests.rosters import ADDRESS, DAY, roster, say, story
from tests.worlds import World, close, join, make_world


def test_the_log_alone_gives_the_tables_and_a_restart_the_same_directory(world: World, tmp_path: Path) -> None:
    begins = world.run(story(world))
    before = world.hub.server._standing.directory
    watch = [on_duty(before, "police", "", begins + half * DAY // 2) for half in range(8)]
    head, liaison = world.police.head.contact, world.police.liaison.contact
    assert [each.contact for each in watch] == [head, head, liaison, liaison, head, liaison, liaison, liaison]
    assert [each.why for each in watch[1:3]] == [Why.SWAP, Why.SWAP] and watch[6].why is Why.OVERRIDE
    client = world.run(world.client(world.market.liaison.profile))
    assert client.directory.records == before, "another authority folds the same"
    world.hub.stop()
    with reading(world.hub.engine) as connection:
        assert current_state(connection).directory == before
    size = write(world.hub.home, world.hub.engine, tmp_path / "export")
    report = verify(tmp_path / "export", check_statements=Replay)
    assert not report.faults, [str(fault) for fault in report.faults]
    assert size > 20
    exported = (tmp_path / "export" / "directory" / "police.json").read_text()
    assert all(f'"record":"{name}"' in exported for name in ("Roster", "Swap", "Override", "Absence", "Channel"))
    assert ADDRESS not in exported
    world.hub.start()
    assert world.hub.server._standing.directory == before


def test_a_refused_roster_is_an_entry_that_replays(world: World, tmp_path: Path) -> None:
    async def cheat() -> None:
        now = joining.now_ms()
        for each in (roster(now, world.police.liaison.contact), roster(now, world.police.head.contact)):
            with pytest.raises(HutongError) as caught:
                await say(world, world.police.liaison, each)
            assert caught.value.code == "HT-DIR-04"

    world.run(cheat())
    world.hub.stop()
    write(world.hub.home, world.hub.engine, tmp_path / "export")
    report = verify(tmp_path / "export", check_statements=Replay)
    assert not report.faults, [str(fault) for fault in report.faults]
    world.hub.start()


@pytest.fixture(scope="module")
def rostered(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Any:
    """A world with a platform, in which the police have said all that there is to say about duty."""
    folder = tmp_path_factory.mktemp("rostered")
    made = make_world(folder, loop)
    shop = made.run(join(made.hub, folder, "shop", codes_pb2.AGENCY_TYPE_PLATFORM))
    made.run(story(made))
    yield made, shop
    close(made)


async def listed(world: World, profile: Any) -> list[entry_pb2.Evidence]:
    client = await world.client(profile)
    request = directory_pb2.ListStatementsRequest()
    return [message.evidence async for message in client._directory.ListStatements(request)]


def kinds_shown(evidence: list[entry_pb2.Evidence]) -> set[str]:
    headers = (header_pb2.Header.FromString(each.envelope.payload) for each in evidence if each.HasField("envelope"))
    return {str(header.WhichOneof("kind")) for header in headers}


ROSTER_KINDS = {"roster_published", "swap_offered", "swap_answered", "duty_overridden", "absence_declared"}


def test_a_platform_sees_that_rosters_were_published_and_nothing_of_them(rostered: Any) -> None:
    world, shop = rostered
    seen = world.run(listed(world, shop.node))
    assert not (ROSTER_KINDS | {"channel_named"}) & kinds_shown(seen)
    assert ROSTER_KINDS | {"channel_named"} <= kinds_shown(world.run(listed(world, world.market.node)))
    liaison = world.police.liaison.contact
    kept_back = [each for each in seen if not each.HasField("envelope")]
    assert len(kept_back) == 7
    entries = [entry_pb2.Entry.FromString(each.receipt.entry) for each in kept_back]
    for entry, each in zip(entries, kept_back, strict=True):
        assert list(entry.agencies) == ["police"]
        assert not each.HasField("disclosure")
        # Of people only whoever said it stands there.
        said_by_head = entry.contacts[0] == world.police.head.contact
        assert len(entry.contacts) == 1 and (not said_by_head or liaison not in each.receipt.entry.decode("latin-1"))


def test_a_platforms_client_goes_on_with_what_it_gets(rostered: Any) -> None:
    world, shop = rostered
    client = world.run(world.client(shop.liaison.profile))
    assert client.directory.withheld and not client.directory.records.rosters
    assert client.directory.records.index == world.hub.server._standing.directory.index
    assert client.directory.records.keys == world.hub.server._standing.directory.keys
    begins = joining.now_ms()
    world.run(say(world, shop.head, roster(begins, shop.liaison.contact)))
    world.run(client.refresh_directory())
    assert len(client.directory.records.rosters) == 1, "its own it gets"
    client.directory.withheld[client.directory.next_index] = "shop"
    with pytest.raises(HutongError) as caught:
        client.directory.check_withheld("shop")
    assert caught.value.code == "HT-DIR-16"
    del client.directory.withheld[client.directory.next_index]


def test_an_authority_from_which_something_is_kept_back_takes_notice(rostered: Any, tmp_path: Path) -> None:
    """Neither a roster passes, nor anything else in a roster's clothes."""
    world, shop = rostered
    evidence = world.run(listed(world, shop.node))
    directory = fresh(world, tmp_path / "a")
    for each in evidence:
        directory.take(each)
    directory.check_withheld("shop")
    with pytest.raises(HutongError) as caught:
        directory.check_withheld("market")
    assert caught.value.code == "HT-DIR-16"
    for place, each in enumerate(evidence):
        if each.HasField("envelope") and "roster_published" not in kinds_shown([each]):
            bare = entry_pb2.Evidence(receipt=each.receipt)
            stripped = fresh(world, tmp_path / f"b{place}")
            for before in evidence[:place]:
                stripped.take(before)
            with pytest.raises(HutongError) as caught:
                stripped.take(bare)
            assert caught.value.code == "HT-DIR-16"


def fresh(world: World, folder: Path) -> VerifiedDirectory:
    folder.mkdir()
    profile = world.market.node
    return VerifiedDirectory(profile.origin, Trust(profile.policy, State(folder)))


def test_out_of_order_and_refused_entries_are_not_passed_over(rostered: Any, tmp_path: Path) -> None:
    world, shop = rostered
    evidence = world.run(listed(world, shop.node))
    directory = fresh(world, tmp_path / "c")
    for each in evidence:
        directory.take(each)
    (again, *_) = [each for each in evidence if not each.HasField("envelope")]
    with pytest.raises(HutongError) as caught:
        directory.take(again)
    assert caught.value.code == "HT-DIR-16"


def test_a_platforms_node_remembers_what_it_did_not_see(rostered: Any, tmp_path: Path) -> None:
    """What was passed over is passed over again at the next start, without a hub."""
    world, shop = rostered
    store = Store(tmp_path / "node.sqlite")
    first = NodeDirectory(shop.node.origin, fresh(world, tmp_path / "d").trust, store=store)
    for each in world.run(listed(world, shop.node)):
        first.take(each)
    again = NodeDirectory(shop.node.origin, fresh(world, tmp_path / "e").trust, store=store)
    again.restore()
    assert first.withheld and (again.withheld, again.records) == (first.withheld, first.records)
    store.close()


def test_addresses_are_for_the_agencys_own(rostered: Any) -> None:
    world, shop = rostered
    for agency, sees in ((world.police, True), (world.market, False), (shop, False)):
        client: HubClient = world.run(world.client(agency.liaison.profile))
        addresses = {card.address for card in client.directory.channel_cards.values()}
        assert addresses == ({ADDRESS} if sees else set()), agency.code
        whole = b"".join(each.SerializeToString() for each in world.run(listed(world, agency.node)))
        assert (ADDRESS.encode() in whole) == sees


def test_as_of_gives_the_directory_of_then(rostered: Any) -> None:
    world, _ = rostered
    client = world.run(world.client(world.police.liaison.profile))
    records = client.directory.records
    (plan,) = [each for each in records.rosters.values() if each.agency == "police"]
    then = client.directory.as_of(plan.order)
    assert not then.rosters and client.directory.as_of(plan.order + 1).rosters == {plan.id: plan}
    assert client.directory.known_at(plan.since - 1) == then
    assert client.directory.known_at(plan.since).rosters == {plan.id: plan}
    assert not client.directory.known_at(0).agencies and client.directory.known_at(plan.since + 40 * DAY) == records
    (swap,) = records.swaps.values()
    assert swap.accepted and not client.directory.as_of(swap.answer_order).swaps[swap.id].accepted
