"""How often one certificate may be refused before it is only counted: strangers must not be able to fill the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from hutong.errors import HutongError

_WINDOW_MS = 60_000


@dataclass
class RefusalQuota:
    """A window of one minute for each certificate."""

    per_minute: int
    _windows: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def spend(self, certificate: bytes, now: int) -> None:
        """Count one refusal; HT-QTA-01 when the minute's share is used up."""
        started, used = self._windows.get(certificate, (now, 0))
        if now - started >= _WINDOW_MS:
            started, used = now, 0
        if used >= self.per_minute:
            raise HutongError("HT-QTA-01", seconds=(started + _WINDOW_MS - now) // 1000 + 1)
        self._windows[certificate] = (started, used + 1)
