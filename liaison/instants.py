"""Points in time and lengths as people type them: China's time unless an offset is given, whole days as dates."""

from __future__ import annotations

import datetime as dt

from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE
from liaison.ids import duration

FORM = "2026-10-12T09:00, 2026-10-12"


def instant(text: str) -> int:
    """Milliseconds since 1970 (UTC) of ``text``, ISO 8601; a date alone is its first moment. HT-CLI-29."""
    try:
        read = dt.datetime.fromisoformat(text.strip())
        return int((read if read.tzinfo else read.replace(tzinfo=ZONE)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise HutongError("HT-CLI-29", given=text[:40], form=FORM) from error


def minutes(text: str) -> int:
    """Whole minutes of "90m", "12h" or "7d"; HT-CLI-29."""
    return duration(text) // 60_000
