"""Calendars and hours as statements say them, for tests on every floor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any

import chinese_calendar

from hutong.v1 import header_pb2, kinds_pb2
from rules import hub_statements
from tests.towns import NOW, ORIGIN, Town

KEYID = "a" * 64
LAST_SHIPPED = 2026
"""The newest year that the program knows without anybody publishing it."""
MORNING, AFTERNOON = (540, 720), (840, 1050)


@cache
def announced(year: int) -> kinds_pb2.CalendarPublished:
    """The State Council's notice for a year that the program ships, as an operator would type it in."""
    first, after = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    days = [first + dt.timedelta(days=ahead) for ahead in range((after - first).days)]
    off = [day for day in days if day.weekday() < 5 and not chinese_calendar.is_workday(day)]
    worked = [day for day in days if day.weekday() >= 5 and chinese_calendar.is_workday(day)]
    return notice(year, off, worked)


def notice(
    year: int, off: Sequence[dt.date] = (), worked: Sequence[dt.date] = (), region: str = "", version: int = 1
) -> kinds_pb2.CalendarPublished:
    """A notice of these days."""
    return kinds_pb2.CalendarPublished(
        year=year,
        region=region,
        version=version,
        off=[day.isoformat() for day in off],
        worked=[day.isoformat() for day in worked],
    )


def calendar(said: kinds_pb2.CalendarPublished, order: bytes = b"o" * 16, now: int = NOW) -> header_pb2.Header:
    """What the hub says on an operator's order."""
    return hub_statements.calendar(ORIGIN, KEYID, said, b"h" * 32, order, now)


def hours(*stretches: tuple[int, int], valid_from: str = "2026-10-12", **more: Any) -> kinds_pb2.HoursSet:
    """Stretches in minutes of the day; the national ones where none are given."""
    given = [
        kinds_pb2.WorkingStretch(opens=opens, closes=closes) for opens, closes in stretches or (MORNING, AFTERNOON)
    ]
    return kinds_pb2.HoursSet(stretches=given, valid_from=valid_from, **more)


def by_head(town: Town, said: kinds_pb2.HoursSet, agency: str = "police") -> header_pb2.Header:
    """The hours of ``agency``, set by its head."""
    return town.header("hours_set", agency, town.houses[agency].head, facts=said)
