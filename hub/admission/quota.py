"""How often one certificate may be refused in a minute: nobody fills the log, or the hub's time, with rubbish."""

from __future__ import annotations

from dataclasses import dataclass, field

from hutong.errors import HutongError

_WINDOW_MS = 60_000


@dataclass
class RefusalQuota:
    """A window of one minute for each certificate."""

    per_minute: int
    _windows: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def check(self, certificate: bytes, now: int) -> None:
        """HT-QTA-01 while the minute's share is used up."""
        started, used = self._window(certificate, now)
        if used >= self.per_minute:
            raise HutongError("HT-QTA-01", seconds=(started + _WINDOW_MS - now) // 1000 + 1)

    def count(self, certificate: bytes, now: int) -> None:
        """One refusal more."""
        started, used = self._window(certificate, now)
        self._windows[certificate] = (started, used + 1)

    def spend(self, certificate: bytes, now: int) -> None:
        """Count one refusal, unless the share is used up (HT-QTA-01)."""
        self.check(certificate, now)
        self.count(certificate, now)

    def _window(self, certificate: bytes, now: int) -> tuple[int, int]:
        started, used = self._windows.get(certificate, (now, 0))
        return (now, 0) if now - started >= _WINDOW_MS else (started, used)
