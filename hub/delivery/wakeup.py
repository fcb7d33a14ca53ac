"""Waking the streams: after a commit those of the agencies concerned, after a change of standing all of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from hutong.errors import HutongError

MAX_STREAMS = 100
"""Open streams of one agency: its system's, and those of its officers' clients."""


class Wakeup:
    """One event a waiting stream. Used on one event loop; ``notify`` may come from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.stopping = False

    @contextmanager
    def listening(self, agency: str) -> Iterator[asyncio.Event]:
        """An event that is set when something came for ``agency``; its listener clears it. HT-QTA-02: too many."""
        if len(self._waiting[agency]) >= MAX_STREAMS:
            raise HutongError("HT-QTA-02", why=f"{agency} has {MAX_STREAMS} streams open")
        event = asyncio.Event()
        self._waiting[agency].add(event)
        try:
            yield event
        finally:
            self._waiting[agency].discard(event)

    def notify(self, agencies: frozenset[str]) -> None:
        """Wake the listeners of ``agencies``."""
        self._loop.call_soon_threadsafe(self._set, agencies)

    def notify_all(self) -> None:
        """Wake everybody: whoever may no longer listen finds out now."""
        self._loop.call_soon_threadsafe(self._set, None)

    def _set(self, agencies: frozenset[str] | None) -> None:
        for agency in list(self._waiting) if agencies is None else agencies:
            for event in self._waiting.get(agency, ()):
                event.set()

    def stop(self) -> None:
        """End every stream at its next look."""
        self.stopping = True
        self._set(None)
