"""How often one client (an agency's system, one of its contacts) may be refused in a minute, whatever its certificate:
nobody fills the log, or the hub's time, with rubbish."""

from __future__ import annotations

from dataclasses import dataclass, field

from hutong.errors import HutongError

_WINDOW_MS = 60_000


@dataclass
class RefusalQuota:
    """A window of one minute for each client (``Peer.client``)."""

    per_minute: int
    _windows: dict[str, tuple[int, int]] = field(default_factory=dict)

    def check(self, client: str, now: int) -> None:
        """HT-QTA-01 while the minute's share is used up."""
        started, used = self._window(client, now)
        if used >= self.per_minute:
            raise HutongError("HT-QTA-01", seconds=(started + _WINDOW_MS - now) // 1000 + 1)

    def count(self, client: str, now: int) -> None:
        """One refusal more."""
        started, used = self._window(client, now)
        self._windows[client] = (started, used + 1)

    def spend(self, client: str, now: int) -> None:
        """Count one refusal, unless the share is used up (HT-QTA-01)."""
        self.check(client, now)
        self.count(client, now)

    def _window(self, client: str, now: int) -> tuple[int, int]:
        started, used = self._windows.get(client, (now, 0))
        return (now, 0) if now - started >= _WINDOW_MS else (started, used)
