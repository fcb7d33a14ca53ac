"""The way through the door: Submit, SubmitBatch and SubmitStream against a bare echo, against storage off, and against
what the machine can verify. Every figure is a ratio of two measurements of this run, medians of alternating rounds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc.aio

from bench.echo import METHOD
from bench.world import Member, hub_process, join, leads, ports
from hub.state.database import open_engine, pragmas, reading
from hub.state.log import StoredLog
from hutong.signing.dsse import pae
from hutong.signing.keys import PublicKey
from hutong.tls.channel import aio_channel
from hutong.v1 import codes_pb2, envelope_pb2, exchange_pb2, exchange_pb2_grpc

ROUNDS = 5
SINGLES = 200
LOADED = 1500
STREAMED = 4000
IN_FLIGHT = 64


@contextmanager
def echo_process(keys: Path, ready: Path) -> Iterator[str]:
    """The echo server in its own process; its address."""
    ready.unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "bench.echo", str(keys), str(ready)])
    try:
        while not (ready.exists() and ready.read_text()):
            time.sleep(0.02)
        yield f"127.0.0.1:{ready.read_text()}"
    finally:
        process.terminate()
        process.wait(10)


async def one_at_a_time(call: Callable[[bytes], Awaitable[Any]], messages: list[bytes]) -> float:
    """Median latency in seconds, one in flight."""
    taken = []
    for message in messages:
        start = time.perf_counter()
        await call(message)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


async def many_in_flight(call: Callable[[bytes], Awaitable[Any]], messages: list[bytes]) -> float:
    """Calls a second with IN_FLIGHT under way (closed loop)."""
    waiting = iter(messages)

    async def worker() -> None:
        for message in waiting:
            await call(message)

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return len(messages) / (time.perf_counter() - start)


def raw_verification(submissions: list[envelope_pb2.Submission], member: Member) -> float:
    """Signatures a second that this machine verifies with all its cores, and nothing else."""
    key = PublicKey.from_spki(member.node.signing_key().spki, codes_pb2.ALGORITHM_ED25519)
    work = [(pae(s.envelope.payload_type, s.envelope.payload), s.envelope.signatures[0].sig) for s in submissions]
    cores = len(os.sched_getaffinity(0))
    chunks = [work[at::cores] for at in range(cores)]

    def verify(chunk: list[tuple[bytes, bytes]]) -> None:
        for message, signature in chunk:
            if not key.verify(message, signature):
                raise RuntimeError("a signature of this bench does not verify")

    start = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(verify, chunks))
    return len(work) / (time.perf_counter() - start)


class Caller:
    """Raw calls with pre-serialised requests, so that the client costs as little as it can."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.echo = channel.unary_unary(METHOD)
        self.submit = channel.unary_unary("/hutong.v1.Exchange/Submit")
        self.batch = channel.unary_unary("/hutong.v1.Exchange/SubmitBatch")
        self.stub = exchange_pb2_grpc.ExchangeStub(channel)


def _request(submission: envelope_pb2.Submission) -> bytes:
    return exchange_pb2.SubmitRequest(submission=submission).SerializeToString()


async def _batches(caller: Caller, submissions: list[envelope_pb2.Submission], size: int) -> float:
    """Statements a second in batches of ``size``, two batches under way."""
    requests = [
        exchange_pb2.SubmitBatchRequest(submissions=submissions[at : at + size]).SerializeToString()
        for at in range(0, len(submissions), size)
    ]
    waiting, start = iter(requests), time.perf_counter()

    async def worker() -> None:
        for request in waiting:
            answer = exchange_pb2.SubmitBatchResponse.FromString(await caller.batch(request))
            if any(not outcome.HasField("receipt") for outcome in answer.outcomes):
                raise RuntimeError(str(answer.outcomes[0]))

    await asyncio.gather(worker(), worker())
    return len(submissions) / (time.perf_counter() - start)


async def _stream(caller: Caller, submissions: list[envelope_pb2.Submission]) -> float:
    """Statements a second over one stream."""

    async def requests() -> AsyncIterator[exchange_pb2.SubmitStreamRequest]:
        for submission in submissions:
            yield exchange_pb2.SubmitStreamRequest(submission=submission)

    start, count = time.perf_counter(), 0
    async for answer in caller.stub.SubmitStream(requests()):
        if not answer.outcome.HasField("receipt"):
            raise RuntimeError(str(answer.outcome))
        count += 1
    if count != len(submissions):
        raise RuntimeError(f"{count} answers for {len(submissions)} statements")
    return count / (time.perf_counter() - start)


def _row(
    name: str, measured: float, unit: str, goal: float, *, at_most: bool = False, note: str = ""
) -> dict[str, Any]:
    ok = measured <= goal if at_most else measured >= goal
    return {"name": name, "measured": round(measured, 3), "unit": unit, "goal": goal, "ok": bool(ok), "note": note}


def rows(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The figures of the exchange."""
    with tempfile.TemporaryDirectory(prefix="hutong-bench-") as scratch:
        folder = Path(scratch)
        with hub_process(folder / "hub") as home:
            market = join(home, folder, "market", codes_pb2.AGENCY_TYPE_MARKET)
            join(home, folder, "police", codes_pb2.AGENCY_TYPE_POLICE)
            engine = open_engine(home.settings.url)
            with reading(engine) as connection:
                say(f"durability: {pragmas(connection)}")
            with echo_process(home.settings.keys, folder / "echo.port") as echo_address:
                submissions = leads(market, ROUNDS * (SINGLES + 2 * STREAMED) + SINGLES)
                found = asyncio.run(_unary(home.settings.home, market, echo_address, submissions, say))
            on = asyncio.run(_loaded(home.settings.home, market, leads(market, 4 * LOADED)))
            with reading(engine) as connection:
                head = StoredLog(connection).head()
                say(f"recovered and counted: {head.size if head else 0} entries")
        with hub_process(folder / "hub", "bench.storage_off", fresh=False) as home:
            off = asyncio.run(_loaded(home.settings.home, market, leads(market, 4 * LOADED)))
    ratio = on / off
    found.append(
        _row("Submit at 64 in flight: storage on / off", ratio, "×", 0.75, note=f"{on:.0f}/s on, {off:.0f}/s off")
    )
    return found


def _address(home: Path) -> str:
    return f"127.0.0.1:{ports(home)['port']}"


async def _loaded(home: Path, market: Member, lot: list[envelope_pb2.Submission]) -> float:
    """Submit at 64 in flight, calls a second: median of three rounds after a warm-up."""
    submissions = [_request(s) for s in lot]
    channel = aio_channel(market.node, _address(home))
    caller = Caller(channel)
    await many_in_flight(caller.submit, submissions[: LOADED // 2])
    rates = [
        await many_in_flight(caller.submit, submissions[at * LOADED // 2 : (at + 2) * LOADED // 2]) for at in (1, 3, 5)
    ]
    await channel.close()
    return statistics.median(rates)


async def _unary(
    home: Path,
    market: Member,
    echo_address: str,
    submissions: list[envelope_pb2.Submission],
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Latency against the echo; batches and a stream against raw verification; rounds alternate."""
    hub, echo = aio_channel(market.node, _address(home)), aio_channel(market.node, echo_address)
    caller, echoer = Caller(hub), Caller(echo)
    take = iter(submissions)

    def some(count: int) -> list[envelope_pb2.Submission]:
        return [next(take) for _ in range(count)]

    warm = [_request(s) for s in some(SINGLES)]
    await one_at_a_time(caller.submit, warm)
    await one_at_a_time(echoer.echo, warm)
    latency, batched, streamed = [], [], []
    for round_ in range(ROUNDS):
        requests = [_request(s) for s in some(SINGLES)]
        bare = await one_at_a_time(echoer.echo, requests)
        latency.append(await one_at_a_time(caller.submit, requests) / bare)
        lot = some(STREAMED)
        capacity = raw_verification(lot, market)
        batch_rate = await _batches(caller, lot, 100)
        batched.append(batch_rate / capacity)
        stream_rate = await _stream(caller, some(STREAMED))
        streamed.append(stream_rate / capacity)
        say(
            f"round {round_ + 1}: echo {bare * 1e6:.0f} µs, Submit × {latency[-1]:.2f}; verification {capacity:.0f}/s,"
            f" batches {batch_rate:.0f}/s, stream {stream_rate:.0f}/s"
        )
    await hub.close()
    await echo.close()
    return [
        _row("single Submit / bare gRPC echo, latency", statistics.median(latency), "×", 2.5, at_most=True),
        _row("SubmitBatch of 100 / raw verification", statistics.median(batched), "×", 0.55),
        _row("SubmitStream / raw verification", statistics.median(streamed), "×", 0.55),
    ]
