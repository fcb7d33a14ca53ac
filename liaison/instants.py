"""Points in time and lengths as people type them: China's time unless an offset is given, whole days as dates."""

from __future__ import annotations

import datetime as dt

from hutong.client.joining import now_ms
from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE
from liaison.ids import duration
from liaison.reading import moment

FORM = "2026-10-12T09:00, 2026-10-12"


def instant(text: str) -> int:
    """Milliseconds since 1970 (UTC) of ``text``, ISO 8601; a date alone is its first moment. HT-CLI-29."""
    try:
        read = dt.datetime.fromisoformat(text.strip())
        return int((read if read.tzinfo else read.replace(tzinfo=ZONE)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise HutongError("HT-CLI-29", given=text[:40], form=FORM) from error


def stretch(begins: str, ends: str) -> tuple[int, int]:
    """From when ("": now) to when, ms. HT-ROS-09: it ends before it begins; HT-ROS-10: it lies wholly in the past."""
    now = now_ms()
    first, last = instant(begins) if begins else now, instant(ends)
    if begins and last <= first:
        raise HutongError("HT-ROS-09", begins=moment(first), ends=moment(last))
    if last <= now:
        raise HutongError("HT-ROS-10", ends=moment(last))
    return first, last


def minutes(text: str) -> int:
    """Whole minutes of "90m", "12h" or "7d"; HT-CLI-29."""
    return duration(text) // 60_000
