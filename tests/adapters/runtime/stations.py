"""Nodes of agencies that joined a real hub, driven step by step, and killed between any two of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.contract import Adapter
from adapters.runtime import settings as node_settings
from adapters.runtime.node import Node
from hutong.client import joining
from hutong.v1 import codes_pb2
from tests.worlds import Agency, World

COMPLAINTS = """投诉编号,登记日期,标题,投诉内容,被投诉主体
{first},2026-03-01,以投资为名发展下线,要求缴纳入门费并介绍他人加入,示例一号公司
{second},2026-03-02,高额返利,按照发展人数计算报酬,示例二号公司
{third},2026-03-03,团队计酬,以下线业绩为依据给付报酬,示例三号公司
"""


class Killed(BaseException):
    """The plug was pulled."""


class Plug:
    """Pulls the plug at the n-th point that a node reaches."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.point = ""

    def __call__(self, point: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.point = point
            raise Killed(point)


@dataclass
class Station:
    """An agency's node folder; ``open`` is one run of the node on it."""

    agency: Agency
    folder: Path
    adapter: Adapter | None = None
    clock: Callable[[], int] = joining.now_ms
    reach: Callable[[str], None] = lambda _point: None
    config: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Node]:
        node = Node(
            node_settings.load(self.folder, **self.config), clock=self.clock, reach=self.reach, adapter=self.adapter
        )
        try:
            yield node
        finally:
            await node.close()

    def put(self, name: str, data: bytes) -> None:
        draft = self.folder / "in" / f".{name}"
        draft.write_bytes(data)
        draft.rename(self.folder / "in" / name)

    def names(self, place: str) -> list[str]:
        return sorted(path.name for path in (self.folder / place).iterdir())


async def work(node: Node) -> None:
    """Everything that a node has to do now, once."""
    await node.watch.step()
    await node.intake.step()
    while await node.sender.step():
        pass
    await node.receiver.step(once=True)
    while await node.sender.step():
        pass
    while await node.writeback.step():
        pass


async def start_at_head(station: Station) -> None:
    """A node whose past is over: it begins at the present head of the log."""
    async with station.open() as node:
        await node.watch.step()
        newest = node.link.hub.trust.newest
        assert newest is not None
        node.arrivals.move(newest.size)


def toml(agency: Agency, mandates: list[bytes], adapter: str, to: dict[str, str]) -> str:
    lines = [
        f'profile = "{agency.node.path}"',
        f'adapter = "{adapter}"',
        f'contact = "{agency.liaison.contact}"',
        f"mandates = {[one.hex() for one in mandates]}".replace("'", '"'),
        "poll_seconds = 0.05",
    ]
    for kind, code in to.items():
        lines += [f"[[recipients.{kind}]]", f'agency = "{code}"']
    return "\n".join(lines) + "\n"


async def mandate(world: World, agency: Agency, kinds: list[int], source: int) -> bytes:
    client = await world.client(agency.liaison.profile)
    until = joining.now_ms() + joining.TERM_MS
    given = await joining.mandate(client, agency.liaison.key, kinds, source, until)
    await client.refresh_directory()
    return given


@dataclass
class Desk:
    """Makes stations in one world."""

    world: World
    folder: Path
    mandates: dict[str, list[bytes]] = field(default_factory=dict)

    async def station(self, agency: Agency, adapter: str = "", **to: str) -> Station:
        folder = self.folder / f"{agency.code}-node"
        folder.mkdir()
        if agency.code not in self.mandates:
            complaint, report = codes_pb2.LEAD_SOURCE_COMPLAINT, codes_pb2.LEAD_SOURCE_REPORT
            given = [await mandate(self.world, agency, [100, 101, 103], source) for source in (complaint, report)]
            self.mandates[agency.code] = given
        text = toml(agency, self.mandates[agency.code], adapter, to)
        (folder / "node.toml").write_text(text, encoding="utf-8")
        station = Station(agency, folder)
        await start_at_head(station)
        return station

    async def pair(self) -> tuple[Station, Station]:
        """The market regulator's node, whose complaints go to the police, and the node of the police."""
        return (
            await self.station(self.world.market, "market", lead="police"),
            await self.station(self.world.police),
        )
