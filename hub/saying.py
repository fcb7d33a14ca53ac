"""How the hub hands in what it says itself: to the recorder like everybody, from a thread that waits for answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hub.recorder.recorder import Recorder
from hub.recorder.work import DueTask, HubTask
from hutong.errors import HutongError
from hutong.v1 import entry_pb2


@dataclass(frozen=True)
class Saying:
    """The recorder, and the event loop on which answers are set; called from other threads than that loop's."""

    recorder: Recorder
    loop: asyncio.AbstractEventLoop

    def say(self, task: HubTask | DueTask) -> None:
        """Returns once it is durable; the refusal is raised."""
        (error,) = self.say_all([task])
        if error is not None:
            raise error

    def say_all(self, tasks: Sequence[HubTask | DueTask]) -> list[HutongError | None]:
        """Hand all in at once, so that they share commits; once all are answered, each one's error or None."""

        async def hand_in() -> list[HutongError | None]:
            return list(await asyncio.gather(*(self._one(task) for task in tasks)))

        return asyncio.run_coroutine_threadsafe(hand_in(), self.loop).result()

    async def _one(self, task: HubTask | DueTask) -> HutongError | None:
        task.answer = asyncio.get_running_loop().create_future()
        try:
            self.recorder.submit(task)
        except HutongError as error:
            return error
        return _error(await task.answer)


def _error(outcome: entry_pb2.Outcome) -> HutongError | None:
    if not outcome.HasField("refusal"):
        return None
    said = outcome.refusal
    return HutongError(said.code, trace_id=said.trace_id, **said.params)
