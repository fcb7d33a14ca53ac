"""The sender: queued statements go to the hub in order and in batches, until each has its receipt or its refusal.

A crash after the hub has answered and before the answer is stored sends the same bytes again and gets the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adapters.runtime.link import Link
from adapters.runtime.outgoing import Outgoing, Queued
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from hutong.client.hub import Accepted
from hutong.client.refusals import Refused, retryable
from hutong.errors import Category, HutongError

_log = structlog.get_logger("adapters.node")
_COUNT, _BYTES = 200, 8 * 1024 * 1024
_WITHIN_SECONDS = 60.0
_MAX_ATTEMPTS = 20
_DISTRUST = ("HT-CLI-12", "HT-DIR-16", "HT-CUR-01", "HT-LOG-")


def is_distrust(code: str) -> bool:
    """Whether an alarm of this code means that the hub's word does not hold: nothing is sent any more, until a person
    has looked (hutong adapter confirm)."""
    return code.startswith(_DISTRUST)


@dataclass
class Sender:
    """Empties the outbox."""

    link: Link
    store: Store
    outgoing: Outgoing
    troubles: Troubles
    reach: Callable[[str], None]

    async def step(self) -> bool:
        """Send one batch and note the answers; whether more is queued. HutongError when nothing was decided."""
        if any(is_distrust(alarm.code) for alarm in self.troubles.alarms()):
            return False
        batch = self.outgoing.next(_COUNT, _BYTES)
        if not batch:
            return False
        answers = await self.link.hub.submit_batch([queued.submission for queued in batch], _WITHIN_SECONDS)
        self.reach("answered")
        # A receipt counts once it lies on the one history: nothing becomes accepted on the word of a fork.
        await self.link.hub.settle()
        undecided: HutongError | None = None
        with self.store.transaction():
            for queued, answer in zip(batch, answers, strict=True):
                undecided = self._note(queued, answer) or undecided
            self.outgoing.drop_files()
        self.reach("answers-stored")
        if undecided:
            raise undecided
        return True

    def _note(self, queued: Queued, answer: Accepted | HutongError) -> HutongError | None:
        """Store one answer; the error when there was none that counts."""
        if isinstance(answer, Accepted):
            self.outgoing.accepted(queued, answer)
            return None
        if not isinstance(answer, Refused) or retryable(answer) or self._may_pass(queued, answer):
            self.outgoing.tried(queued, answer)
            return answer
        _log.warning("refused", message_id=queued.message_id.hex(), code=answer.code, trace_id=answer.trace_id)
        self.outgoing.refused(queued, answer)
        return None

    def _may_pass(self, queued: Queued, error: HutongError) -> bool:
        """The hub's own faults may be mended; one that stays must not hold up everything behind it for ever."""
        return error.category is Category.INTERNAL and queued.attempts < _MAX_ATTEMPTS
