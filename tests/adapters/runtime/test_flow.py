"""A complaint in one agency's folder becomes a file in another's; whatever is killed on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from adapters.runtime import intake, settings
from adapters.runtime.node import Node
from hutong.v1 import codes_pb2
from tests.adapters.runtime.stations import Desk, Killed, Plug, Station, work

OPENED = codes_pb2.OPENING_RESULT_OPENED


def kinds(node: Node, *, own: bool) -> list[str]:
    return sorted(one.verdict.kind for one in node.arrivals.newest(1000) if one.verdict.own is own)


async def finish(market: Station, police: Station) -> None:
    """Both nodes, until nothing is left to do."""
    for station in (market, police, market, police):
        async with station.open() as node:
            await work(node)


async def check_whole(market: Station, police: Station) -> None:
    """Three leads, each sent, opened, receipted and written out exactly once."""
    async with market.open() as node:
        assert kinds(node, own=True) == ["lead"] * 3
        assert kinds(node, own=False) == ["delivered"] * 3
        results = {one.header.delivered.result for one in node.arrivals.newest(10) if not one.verdict.own}
        assert results == {OPENED}
        assert node.outgoing.count("accepted") == 3 and node.outgoing.count("queued", "waiting", "refused") == 0
        assert node.store.one("SELECT count(*) FROM files")[0] == 0
        assert not node.troubles.alarms() and not node.troubles.letters()
    async with police.open() as node:
        assert kinds(node, own=False) == ["lead"] * 3
        assert kinds(node, own=True) == ["delivered"] * 3
        assert not node.troubles.alarms() and not node.troubles.letters()
    assert market.names("in") == [] and market.names("failed") == [] and len(market.names("done")) == 1
    assert len(police.names("out")) == 3 and market.names("out") == []


def test_a_complaint_becomes_an_opened_lead(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    async def story() -> None:
        market, police = await desk.pair()
        market.put("complaints.csv", complaints("flow"))
        (market.folder / "in" / "later.csv.part").write_bytes(b"not yet")
        await finish(market, police)
        (market.folder / "in" / "later.csv.part").unlink()
        await check_whole(market, police)
        titles = set()
        for name in police.names("out"):
            said = json.loads((police.folder / "out" / name).read_bytes())
            titles.add(said["body"]["lead"]["title"])
            assert said["body"]["source_record"].startswith("flow-")
        assert titles == {"以投资为名发展下线", "高额返利", "团队计酬"}
        for file in police.folder.glob("node.sqlite*"):
            assert "团队计酬".encode() not in file.read_bytes()

    desk.world.run(story())


def test_the_records_of_a_file_are_signed_at_once_and_one_alone_by_itself(
    desk: Desk, complaints: Callable[[str], bytes]
) -> None:
    async def story() -> None:
        market, police = await desk.pair()
        whole = complaints("signed")
        market.put("monday.csv", whole)
        await finish(market, police)
        market.put("tuesday.csv", whole.replace("团队计酬".encode(), "团队计酬（更正）".encode()))
        await finish(market, police)
        async with police.open() as node:
            leads = [one for one in node.arrivals.newest(10) if one.verdict.kind == "lead"]
            assert all(one.verdict.verified and one.verdict.result == OPENED for one in leads)
            (signed,) = zip(*(one.envelope.signatures for one in sorted(leads, key=lambda one: one.index)), strict=True)
        assert len({signature.sig for signature in signed}) == 2
        assert [(s.HasField("batch"), s.batch.index, s.batch.size) for s in signed] == [
            (True, 0, 3),
            (True, 1, 3),
            (True, 2, 3),
            (False, 0, 0),
        ]

    desk.world.run(story())


def test_the_same_records_again_send_nothing(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    async def story() -> None:
        market, police = await desk.pair()
        for name in ("monday.csv", "tuesday.csv"):
            market.put(name, complaints("again"))
            await finish(market, police)
        # One of three was corrected at the source: that one is news.
        market.put("monday.csv", complaints("again").replace("团队计酬".encode(), "团队计酬（更正）".encode()))
        await finish(market, police)
        async with market.open() as node:
            assert kinds(node, own=True) == ["lead"] * 4
        assert len(market.names("done")) == 3
        assert len(police.names("out")) == 4

    desk.world.run(story())


POINTS = {
    "claimed",
    "group-stored",
    "taken-in",
    "moved",
    "answered",
    "answers-stored",
    "received",
    "received-stored",
    "written-out",
}


async def told(desk: Desk, number: int, data: bytes, reach: Callable[[str], None]) -> tuple[Station, Station]:
    """The whole story on fresh nodes that share ``reach``; it may end early by a Killed, which is swallowed."""
    here = Desk(desk.world, desk.folder / str(number), desk.mandates)
    here.folder.mkdir()
    market, police = await here.pair()
    market.reach = police.reach = reach
    market.put("complaints.csv", data)
    try:
        await finish(market, police)
    except Killed:
        return market, police
    return market, police


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.faults) for part in (1, 2, 3))])
def test_killed_anywhere_nothing_is_lost_or_sent_twice(
    desk: Desk, complaints: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """The plug is pulled at the n-th point of the story, for every n of this part, each time on fresh nodes.

    Every fourth n goes with all tests, the others with the slow ones.
    """
    monkeypatch.setattr(intake, "_GROUP", 2)

    async def story() -> None:
        for n in range(1 + part, 200, 4):
            plug = Plug(n)
            market, police = await told(desk, n, complaints(f"kill-{n}"), plug)
            await finish(market, police)
            await check_whole(market, police)
            if not plug.point:
                return
        raise AssertionError("the story does not end")

    desk.world.run(story())


def test_the_plug_stands_at_every_point(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    async def story() -> None:
        reached: list[str] = []
        await told(desk, 0, complaints("dry"), reached.append)
        assert set(reached) == POINTS

    desk.world.run(story())


def test_a_running_node_does_it_by_itself(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    """Through the tasks that a node really runs, until the sender holds a Delivered for each lead."""

    async def story() -> None:
        market, police = await desk.pair()
        async with asyncio.timeout(30):
            moved = asyncio.Event()
            pair = (market, police)
            nodes = [Node(settings.load(one.folder), reach=lambda _point: moved.set()) for one in pair]
            listening = [asyncio.Event() for _ in nodes]
            runs = [
                asyncio.create_task(node.run(lambda _n, event=event: event.set()))
                for node, event in zip(nodes, listening, strict=True)
            ]
            for event in listening:
                await event.wait()
            market.put("complaints.csv", complaints("run"))
            while any(node.arrivals.count() < 6 for node in nodes) or len(police.names("out")) < 3:
                moved.clear()
                await moved.wait()
            for node in nodes:
                node.stop()
            await asyncio.gather(*runs)
        await check_whole(market, police)

    desk.world.run(story())
