"""Two hub processes on one database: their clock engines share what is due, and each step is said once."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from hub.clock import DemoClock
from hub.home import Home
from hub.state.database import writing
from hutong.client.hub import Accepted
from hutong.client.joining import now_ms
from hutong.client.writing import write
from hutong.v1 import codes_pb2, header_pb2
from hutong.v1.envelope_pb2 import Envelope
from tests.worlds import ServedHub, World, close, lead_letter, make_world

MINUTE = 60_000
DUE_MINUTES = 31
"""Just after a flash item's certificate is due, and well before the head is told."""
BATCH = 100


class SecondNode(ServedHub):
    """Another process with the same keys on the same database, in a folder of its own."""

    def __init__(self, first: ServedHub, folder: Path, **chosen: Any) -> None:
        super().__init__(folder, database_url=first.home.settings.url, **chosen)
        mine, theirs = self.home.settings, first.home.settings
        shutil.rmtree(mine.keys)
        shutil.copytree(theirs.keys, mine.keys)
        shutil.copy(theirs.home / "log.policy", mine.home / "log.policy")
        self.home = Home.open(mine)


def said(hub: ServedHub) -> int:
    """On how many obligations this process has said something, by its own account."""
    lines = [json.loads(line) for line in hub.log.read_text().splitlines() if line.startswith("{")]
    return sum(line["obligations"] for line in lines if line["event"] == "said what was due")


def until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing more happens"
        time.sleep(0.05)


def waiting(engine: Engine) -> int:
    """Obligations whose certificate is due and has not been said."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM obligations WHERE NOT non_response")).scalar_one())


async def leads(world: World, ledger: Any, count: int) -> list[bytes]:
    """So many flash leads to the police, in batches as a system sends them; their items."""
    profile, author = world.market.liaison.profile, world.market.officer()
    client = await world.client(profile)
    directory, items = client.directory.records, list[bytes]()
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        number, now = profile.next_sequence(size), now_ms()
        letters = [lead_letter("t", urgency=codes_pb2.URGENCY_FLASH) for _ in range(size)]
        made = [write(letter, author, directory, number + place, now) for place, letter in enumerate(letters)]
        for submission, answer in zip(made, await client.submit_batch(made), strict=True):
            assert isinstance(answer, Accepted), answer
            item = header_pb2.Header.FromString(submission.envelope.payload).message_id
            ledger.keep(item, answer.receipt)
            items.append(item)
    return items


def hub_statements(engine: Engine) -> list[header_pb2.Header]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT envelope FROM statements WHERE agency = 'hub' AND length(item) > 0 ORDER BY \"index\"")
        )
        return [header_pb2.Header.FromString(Envelope.FromString(row[0]).payload) for row in rows]


@pytest.mark.parametrize(
    ("count", "batch"), [(120, 6), pytest.param(10_000, 500, marks=pytest.mark.faults)], ids=["few", "many"]
)
def test_two_clocks_say_each_due_step_once(
    tmp_path: Path, loop: Any, ledger: Any, capsys: pytest.CaptureFixture[str], count: int, batch: int
) -> None:
    world = make_world(tmp_path / "one", loop, ServedHub, batch_limit=batch)
    first: Any = world.hub
    second = SecondNode(first, tmp_path / "two" / "hub", batch_limit=batch)
    began = time.monotonic()
    items = loop_run(loop, leads(world, ledger, count))
    sent = time.monotonic() - began
    first.stop()
    assert waiting(first.engine) == count
    for hub in (first, second):
        DemoClock(hub.home.settings.home / "clock-offset").advance(DUE_MINUTES * MINUTE)
    before = said(first)
    # Neither may begin before the other is there.
    with writing(first.engine):
        starts = [threading.Thread(target=hub.start) for hub in (first, second)]
        for start in starts:
            start.start()
        for start in starts:
            start.join(60)
    began = time.monotonic()
    until(lambda: waiting(first.engine) == 0, 300)
    spent = time.monotonic() - began
    # The first goes on at the head that whoever was last has left.
    loop_run(loop, leads(world, ledger, 3))
    second.stop()
    close(world)
    parts = [said(first) - before, said(second)]
    steps = Counter((header.item_id, header.WhichOneof("kind")) for header in hub_statements(first.engine))
    assert all(times == 1 for times in steps.values()), "no step twice"
    assert {item for item, kind in steps if kind == "non_response"} == set(items), "each once"
    assert sum(parts) == count, "no work done twice either"
    figures = ledger.check(first.home, tmp_path)
    assert figures["entries"] == figures["statements"] + len(steps) + count_of_joining(first.engine)
    with capsys.disabled():
        print(f"\n{count} leads in {sent:.1f} s; {count} steps by two nodes {parts} in {spent:.1f} s; {figures}")
    # With a few the first may be done before the second has looked: how work is shared the many show.
    assert count < 1000 or min(parts) >= count // 10, parts


def count_of_joining(engine: Engine) -> int:
    with engine.connect() as connection:
        query = "SELECT count(*) FROM statements WHERE length(item) = 0"
        return int(connection.execute(text(query)).scalar_one())


def loop_run(loop: Any, call: Any) -> Any:
    """What ``World.run`` does, with the patience that thousands of leads take."""
    return asyncio.run_coroutine_threadsafe(call, loop).result(600)
