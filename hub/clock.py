"""The hub's one clock. Injected time exists only on hubs made with --demo, and only forwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from hub.settings import HubSettings


class Clock(Protocol):
    """Milliseconds since 1970 (UTC)."""

    def now(self) -> int:
        """The present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """The present instant."""
        return time.time_ns() // 1_000_000


class DemoClock:
    """The machine's clock plus what the demo has moved it on; the offset survives a restart in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = int(file.read_text()) if file.exists() else 0

    def now(self) -> int:
        """The present instant of the demo."""
        return time.time_ns() // 1_000_000 + self._offset

    def advance(self, milliseconds: int) -> None:
        """Move time forwards; a crash leaves the old or the new offset."""
        self._offset += max(0, milliseconds)
        new = self._file.with_suffix(".new")
        new.write_text(str(self._offset))
        new.replace(self._file)


def clock_of(settings: HubSettings) -> Clock:
    """The clock that the hub with these settings goes by."""
    return DemoClock(settings.home / "clock-offset") if settings.demo_clock else SystemClock()
