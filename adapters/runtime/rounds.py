"""How each part of the node goes on for ever: a step, then rest until woken or until it is time; after a failure rest
longer each time. What cannot pass by itself becomes an alarm, and the part tries again all the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from adapters.runtime.places import place
from adapters.runtime.troubles import Troubles
from hutong.client.refusals import retryable
from hutong.errors import HutongError

_log = structlog.get_logger("adapters.node")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_PATIENCE_SECONDS = 600.0
"""How long what may pass by itself, such as a hub out of reach, goes on before it is an alarm."""


@dataclass
class Round:
    """One part: ``step`` does what there is to do and says whether there is more."""

    name: str
    step: Callable[[], Awaitable[bool]]
    troubles: Troubles
    every: float
    """Seconds between steps when nobody wakes it."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = 0.0
    _failing_since: float | None = None
    _sound: bool = False

    async def run(self) -> None:
        """Until cancelled. A crash between any two steps is what each step is made for."""
        while True:
            self.wake.clear()
            try:
                more = await self.step()
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                continue  # the channel was replaced under the call
            except Exception as error:
                self._failed(error)
                await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
                continue
            self.works()
            if not more:
                await self._rest()

    def works(self) -> None:
        """Called after each step, and by steps that last: this part is well."""
        if not self._sound:
            self.troubles.recovered(self.name)
        self._pause, self._failing_since, self._sound = 0.0, None, True

    def _failed(self, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        self._pause = min(self._pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
        self._failing_since, self._sound = self._failing_since or now, False
        if not isinstance(error, HutongError):
            failure = HutongError("HT-NOD-18", part=self.name)
            _log.error("unforeseen", part=self.name, trace_id=failure.trace_id, **place(error))
            self.troubles.raise_(failure, self.name)
            return
        _log.warning("will try again", part=self.name, code=error.code, trace_id=error.trace_id)
        if not retryable(error) or now - self._failing_since >= _PATIENCE_SECONDS:
            self.troubles.raise_(error, self.name)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self.wake.wait(), self.every)
        except TimeoutError:
            return
