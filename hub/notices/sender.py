"""The sender: takes up what is due in the outbox, a few at a time, and settles each row with what became of it.

It stands beside the path of receipts: it reads and writes single rows on a thread of its own, and waits for other
servers on the event loop. A crash at any point leaves rows that come due again; one that was sent but not yet marked is
sent once more, as the same mail.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy import Engine

from hub.clock import Clock
from hub.notices import outbox
from hub.notices.carrying import Carrier, carry
from hub.notices.letter import Letter, written
from hub.notices.outbox import MAIL, WEBHOOK, Notice
from hub.state.database import reading
from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.v1 import codes_pb2

_log = structlog.get_logger("hub.notices")
_GRACE_SECONDS = 5.0
_SLOTS: dict[int, int] = {MAIL: 4, WEBHOOK: 1}
_MOST = 32

P = ParamSpec("P")
T = TypeVar("T")


def _nowhere(_point: str) -> None:
    """Where sending is; crash tests put something here."""


@dataclass
class Sender:
    """Sends by ``carriers`` (of each ChannelKind) what stands in the outbox. Runs on the event loop that starts it."""

    engine: Engine
    directory: Callable[[], Directory]
    clock: Clock
    carriers: Mapping[int, Carrier]
    seconds: float
    """How often it looks by itself."""
    reach: Callable[[str], None] = _nowhere
    _sending: dict[asyncio.Task[None], Notice] = field(default_factory=dict, init=False)
    _rows: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "notices"), init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)

    def start(self) -> None:
        """Begin: what an earlier run has left is sent as well."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())

    def notify(self) -> None:
        """There is something new. May come from any thread."""
        self._loop.call_soon_threadsafe(self._woken.set)

    async def stop(self) -> None:
        """End: what is being sent gets a moment, then it is given back and sent after the next start."""
        self._stopping = True
        self._woken.set()
        await self._task
        await self.close()

    async def close(self) -> None:
        """What ``stop`` does to a sender that was never started, but only looked."""
        left = dict(self._sending)
        late = (await asyncio.wait(left, timeout=_GRACE_SECONDS))[1] if left else ()
        if late:
            for task in late:
                task.cancel()
            await asyncio.wait(late)
            await self._do(outbox.let_go, self.engine, [left[task] for task in late], self.clock.now())
        self._rows.shutdown()
        for carrier in self.carriers.values():
            await carrier.close()

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                await self.look()
            except Exception as error:
                # Whatever it was, the rows are still there at the next look, and so must the sender be.
                _log.error("the outbox could not be looked through", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.seconds):
                    await self._woken.wait()

    async def look(self) -> None:
        """Take up what is due, as far as there is room: so many at once to the mail server, one to each agency's
        webhook, so that a slow one holds up nobody else."""
        while not self._stopping:
            now = self.clock.now()
            busy = Counter(notice.lane for notice in self._sending.values())
            full = [lane for lane, count in busy.items() if count >= _SLOTS[lane[0]]]
            sending = [notice.id for notice in self._sending.values()]
            found = await self._do(self._due, now, full, sending)
            chosen: list[int] = []
            for notice in found:
                if len(self._sending) + len(chosen) < _MOST and busy[notice.lane] < _SLOTS[notice.channel]:
                    busy[notice.lane] += 1
                    chosen.append(notice.id)
            if not chosen:
                return
            for notice in await self._do(outbox.claim, self.engine, chosen, now):
                task = asyncio.create_task(self._send(notice))
                self._sending[task] = notice
                task.add_done_callback(self._sent)

    async def idle(self) -> None:
        """Until nothing is being sent."""
        while self._sending:
            await asyncio.wait(self._sending)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.pop(task, None)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its row could not be settled: it comes due again with the end of the lease.
            _log.error("what became of a notice could not be noted", error=type(error).__name__)

    def _due(self, now: int, full: list[tuple[int, str]], sending: list[int]) -> list[Notice]:
        with reading(self.engine) as connection:
            return outbox.due(connection, now, full, sending)

    async def _send(self, notice: Notice) -> None:
        """One try, from the claimed row to the settled one."""
        self.reach("notice-claimed")
        try:
            address, letter = await self._do(self._read, notice)
            await carry(self.carriers.get(notice.channel), letter, address)
        except HutongError as error:
            again = await self._do(outbox.failed, self.engine, notice, error, self.clock.now())
            _tell(notice, error, again)
            return
        # A crash here leaves a row that looks unsent: it is sent again, under the same Message-ID.
        self.reach("notice-sent")
        await self._do(outbox.sent, self.engine, notice, self.clock.now())
        _log.info("a notice was sent", notice=notice.id, index=notice.index, tries=notice.tries)

    def _read(self, notice: Notice) -> tuple[str, Letter]:
        with reading(self.engine) as connection:
            return written(connection, self.directory(), notice, self.clock.now())

    async def _do(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``call`` on the thread that has the rows: what waits for the database's lock keeps nobody waiting here."""
        return await asyncio.get_running_loop().run_in_executor(self._rows, partial(call, *args, **kwargs))


def _tell(notice: Notice, error: HutongError, again: bool) -> None:
    """The operator learns of each try in vain, and louder of the last."""
    said = {
        "code": error.code,
        "trace_id": error.trace_id,
        "notice": notice.id,
        "index": notice.index,
        "channel": codes_pb2.ChannelKind.Name(notice.channel),  # type: ignore[arg-type]
        "tries": notice.tries,
    }
    if again:
        _log.warning("a notice was not sent", **said, **error.params)
    else:
        _log.error("a notice has failed", **said, **error.params)
