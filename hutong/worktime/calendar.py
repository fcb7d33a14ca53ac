"""Which days are worked in China: weekends, State Council holidays and make-up days (调休).

Years whose notice is published come from ``chinesecalendar``; beyond them weekdays count and the answer is marked
provisional (暂定).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import lru_cache
from importlib.metadata import version
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE = ZoneInfo("Asia/Shanghai")
SOURCE: bytes = f"chinesecalendar {version('chinesecalendar')}\n".encode()
"""Which holiday calendar days are counted by, as a line of text; an export carries it."""
DIGEST: bytes = hashlib.sha256(SOURCE).digest()
"""SHA-256 of ``SOURCE``; it goes into every entry."""


@lru_cache(maxsize=4096)
def _published(day: dt.date) -> bool | None:
    """Whether ``day`` is worked by the year's notice; None where no notice is known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def is_provisional(day: dt.date) -> bool:
    """Whether the notice for ``day``'s year is missing here."""
    return _published(day) is None


def is_workday(day: dt.date) -> bool:
    """Whether ``day`` is worked; by the weekday alone in a provisional year."""
    known = _published(day)
    return day.weekday() < 5 if known is None else known
