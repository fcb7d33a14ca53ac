"""A world with four kinds of agency, and the tools of a forger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from hutong.client.refusals import Refused
from hutong.signing import dsse
from hutong.v1 import codes_pb2, envelope_pb2, header_pb2
from tests.worlds import World, close, join, make_world

Change = Callable[[header_pb2.Header], object]


@dataclass
class Crowd:
    """A world with a bank regulator and a platform beside market and police."""

    world: World
    banking: Any
    platform: Any

    @property
    def market(self) -> Any:
        return self.world.market

    @property
    def police(self) -> Any:
        return self.world.police

    def run(self, call: Any) -> Any:
        return self.world.run(call)

    def size(self) -> int:
        """Entries in the hub's log."""
        with self.world.hub.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM entries")).scalar_one())

    async def submit(self, submission: envelope_pb2.Submission, profile: Any = None) -> Any:
        client = await self.world.client(profile or self.market.liaison.profile)
        return await client.submit(submission)

    async def refused(self, submission: envelope_pb2.Submission, profile: Any = None) -> Refused:
        with pytest.raises(Refused) as caught:
            await self.submit(submission, profile)
        return caught.value

    async def lead(self, change: Change = lambda _: None, keys: Sequence[Any] | None = None, **more: Any) -> Any:
        """The market liaison's lead to the police, its header changed before it was signed."""
        return self.resigned(await self.world.lead(**more), change, keys)

    def resigned(self, submission: Any, change: Change = lambda _: None, keys: Sequence[Any] | None = None) -> Any:
        header = header_pb2.Header.FromString(submission.envelope.payload)
        change(header)
        signers = [self.market.liaison.key] if keys is None else keys
        submission.envelope.CopyFrom(dsse.sign(header.SerializeToString(), signers))
        return submission


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("crowd")
    world = make_world(folder, loop, refusals_per_minute=1_000_000)
    banking = world.run(join(world.hub, folder, "banking", codes_pb2.AGENCY_TYPE_BANKING))
    platform = world.run(join(world.hub, folder, "shop", codes_pb2.AGENCY_TYPE_PLATFORM))
    yield Crowd(world, banking, platform)
    close(world)
