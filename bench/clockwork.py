"""What a look of the clock engine costs with 1 k, 10 k and 100 k open obligations, of which 100 are due.

Three hubs in this process, alike but for rows inserted beside what they have: open obligations that are not due. The
100 that are due came in as leads through a hub's door; each look says their next step through the recorder, durably.
Rounds alternate between the three; figures are medians, and ratios divide by the hub with 1 k in the same round. What a
look costs is compared in processor time, because it waits for a disk that others use. ``python -m bench.clockwork``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from sqlalchemy import Engine, text

from bench.world import hub_process, join, leads
from hub.clock import DemoClock
from hub.clockwork import Clockwork, due_by, next_steps
from hub.home import Home
from hub.server import Server
from hub.settings import load
from hub.state.database import open_engine, reading, writing
from hub.state.records import load_all, put
from hutong.client.hub import Accepted, HubClient
from hutong.v1 import codes_pb2
from rules.records import Item, Obligation

OPEN = (1_000, 10_000, 100_000)
DUE = 100
ROUNDS = 7
"""A flash item has eight steps, a quarter of an hour apart, after the one that comes with it."""
QUERIES = 200
_DAY_MS = 24 * 3600 * 1000
_MARGIN_MS = 1000
_CHUNK = 5_000


@dataclass
class Measured:
    """One hub's figures, in seconds; one of each a round."""

    query: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    look: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    """Processor time of the look."""


@dataclass
class Subject:
    """A hub with so many open obligations, its clock engine in hand."""

    clockwork: Clockwork
    engine: Engine
    clock: DemoClock
    found: Measured = field(default_factory=Measured)

    def round(self) -> None:
        """Idle looks; then the next step of each item comes to be due, is looked for, and is said."""
        self.found.idle.append(_timed(self.clockwork.catch_up, 5))
        with reading(self.engine) as connection:
            soonest = connection.execute(text("SELECT max(next_at) FROM obligations WHERE steps > 0")).scalar_one()
        self.clock.advance(soonest - self.clock.now() + _MARGIN_MS)
        self.found.query.append(_timed(self._query, QUERIES))
        start, worked = time.perf_counter(), time.process_time()
        said = self.clockwork.catch_up()
        self.found.look.append(time.perf_counter() - start)
        self.found.work.append(time.process_time() - worked)
        if said != DUE:
            raise RuntimeError(f"{said} steps were due instead of {DUE}")

    def _query(self) -> None:
        query = next_steps(due_by(self.clock.now()), time.time_ns() // 1_000_000).limit(self.clockwork.page)
        with reading(self.engine) as connection:
            if len(connection.execute(query).all()) != DUE:
                raise RuntimeError("the query does not find what is due")


def _timed(work: Callable[[], object], times: int) -> float:
    """The median of the seconds that ``work`` takes."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _prepare(folder: Path, opened: int) -> Home:
    """A hub that has taken in DUE flash leads through its door, and has ``opened`` obligations that are not due."""
    with hub_process(folder / "hub") as home:
        market = join(home, folder, "market", codes_pb2.AGENCY_TYPE_MARKET)
        join(home, folder, "police", codes_pb2.AGENCY_TYPE_POLICE)
        made = leads(market, DUE, codes_pb2.URGENCY_FLASH)

        async def send() -> None:
            async with HubClient(market.node, market.node.policy) as client:
                answers = await client.submit_batch(made)
            if not all(isinstance(answer, Accepted) for answer in answers):
                raise RuntimeError(str(answers[0]))

        asyncio.run(send())
    engine = open_engine(home.settings.url)
    with reading(engine) as connection:
        item, duty = load_all(connection, Item)[0], load_all(connection, Obligation)[0]
    for first in range(0, opened, _CHUNK):
        with writing(engine) as connection:
            put(connection, _not_due(item, duty, min(_CHUNK, opened - first)))
    engine.dispose()
    return Home.open(load(folder / "hub", tick_seconds=60))


def _not_due(item: Item, duty: Obligation, count: int) -> Iterator[Item | Obligation]:
    """Copies of an open obligation whose next step is a month to a year away."""
    for number in range(count):
        one = secrets.token_bytes(16)
        at = duty.available_at + (30 + number % 335) * _DAY_MS
        yield replace(item, id=one)
        yield replace(duty, item=one, attention_at=at, next_at=at, steps=0)


@contextmanager
def _running(home: Home) -> Iterator[Subject]:
    """The hub of ``home`` in this process. Its own ticks are a minute apart: what is measured here is asked for."""
    ready, made = threading.Event(), list[Server]()

    async def serve() -> None:
        made.append(Server(home))
        await made[0].run(lambda _: ready.set())

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    ticker: Any = made[0]._ticker
    try:
        yield Subject(ticker.clockwork, ticker.engine, ticker.clock)
    finally:
        made[0].stop()
        thread.join()


def rows(say: Callable[[str], None], sizes: Sequence[int] = OPEN) -> list[dict[str, Any]]:
    """The figures, in the form of bench/results.json."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="hutong-bench-") as scratch, ExitStack() as stack:
        homes = [_prepare(Path(scratch) / str(size), size) for size in sizes]
        subjects = [stack.enter_context(_running(home)) for home in homes]
        for subject in (each for _ in range(ROUNDS) for each in subjects):
            subject.round()
    found = [subject.found for subject in subjects]
    for size, one in zip(sizes, found, strict=True):
        look = median(one.look)
        say(
            f"{size} open: claim query {median(one.query) * 1e3:.2f} ms, idle look {median(one.idle) * 1e3:.2f} ms,"
            f" look with {DUE} due {look * 1e3:.0f} ms, {look / DUE * 1e3:.2f} ms a step,"
            f" of which {median(one.work) / DUE * 1e3:.2f} ms processor time"
        )
    least = found[0]
    compared: list[dict[str, Any]] = []
    for size, one in zip(sizes[1:], found[1:], strict=True):
        beside = f"{size // 1000} k open / {sizes[0] // 1000} k"
        compared += [
            _row(f"clock, looking for {DUE} due: {beside}", _ratio(one.query, least.query), 1.5),
            _row(f"clock, saying {DUE} due: {beside}", _ratio(one.work, least.work), 1.2),
            _row(f"clock, nothing due: {beside}", _ratio(one.idle, least.idle), 1.5),
        ]
    return compared


def _ratio(one: list[float], least: list[float]) -> float:
    """The median of the ratios of each round's two."""
    return median(a / b for a, b in zip(one, least, strict=True))


def _row(name: str, measured: float, goal: float) -> dict[str, Any]:
    return {"name": name, "measured": round(measured, 3), "unit": "×", "goal": goal, "ok": measured <= goal}


if __name__ == "__main__":
    print(json.dumps(rows(lambda line: print(line, file=sys.stderr)), indent=1, ensure_ascii=False))
