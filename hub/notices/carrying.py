"""What hands letters over to other servers, and how long anybody waits for that."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from hub.notices.letter import Letter
from hutong.errors import HutongError

_log = structlog.get_logger("hub.notices")
_PATIENCE_SECONDS = 60.0
"""The longest try, half of the lease of a row (hub/notices/outbox.py)."""


class Carrier(Protocol):
    """Mail or webhook: returns once the other server has taken a letter, raises HutongError where it has not."""

    async def send(self, letter: Letter, address: str, /) -> None: ...

    async def close(self) -> None: ...


async def carry(carrier: Carrier | None, letter: Letter, address: str) -> None:
    """Have ``letter`` taken at ``address``; HT-NTC-01 without a carrier. Raises HutongError and nothing else."""
    if carrier is None:
        raise HutongError("HT-NTC-01")
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await carrier.send(letter, address)
    except HutongError:
        raise
    except TimeoutError:
        raise HutongError("HT-NTC-07") from None
    except Exception as error:
        unforeseen = HutongError("HT-NTC-10")
        # Its type alone: what it says may hold an address.
        _log.error("sending ended in the unforeseen", error=type(error).__name__, trace_id=unforeseen.trace_id)
        raise unforeseen from None
