"""The codes by which channels are tested (hub/channels.py), handed to the same carriers as notices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from hashlib import sha256

from hub.clock import Clock
from hub.notices.carrying import Carrier, carry
from hub.notices.letter import Letter
from hub.notices.wording import Said
from hutong.errors import HutongError


@dataclass
class Codes:
    """Sends codes for a thread that waits, other than that of the event ``loop`` on which the carriers work."""

    carriers: Mapping[int, Carrier]
    clock: Clock
    loop: asyncio.AbstractEventLoop
    _sending: Future[None] | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)

    def send(self, kind: int, address: str, code: bytes) -> None:
        """Taken by the other server once it returns; HutongError where it was not, as for notices."""
        if self._stopped:
            raise HutongError("HT-NTC-07")
        # What the log holds of the code anyhow names the mail: a repeat is recognised, and the code is not told twice.
        letter = Letter(sha256(code).digest()[:16], "", self.clock.now(), Said(None, code=code))
        self._sending = asyncio.run_coroutine_threadsafe(carry(self.carriers.get(kind), letter, address), self.loop)
        try:
            self._sending.result()
        except CancelledError:
            raise HutongError("HT-NTC-07") from None

    def stop(self) -> None:
        """Let nobody wait any longer; what is given up is tried again after the next start."""
        self._stopped = True
        if self._sending is not None:
            self._sending.cancel()
