"""Which days are worked in China: weekends, State Council holidays and make-up days (调休).

Years whose notice is published come from ``chinesecalendar``; beyond them weekdays count and the answer is marked
provisional (暂定).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE = ZoneInfo("Asia/Shanghai")


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
