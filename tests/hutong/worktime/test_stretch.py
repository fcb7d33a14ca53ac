"""Worked examples around a real holiday with its make-up days, and what must hold for any start."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.worktime.calendar import ZONE, is_provisional, is_workday
from hutong.worktime.stretch import add_minutes, add_workdays

SPAN = (dt.datetime(2024, 1, 1), dt.datetime(2028, 12, 1))  # noqa: DTZ001 - hypothesis adds the zone


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-10-09T16:30", 480, "2026-10-12T09:30"),  # Saturday 10-10 is a make-up day
        ("2026-09-30T16:00", 120, "2026-10-08T09:30"),  # across the National Day holiday
        ("2026-10-12T12:30", 30, "2026-10-12T14:30"),  # starts in the noon break
        ("2026-10-12T09:00", 180, "2026-10-12T12:00"),  # used up exactly at noon
        ("2026-10-12T16:00", 0, "2026-10-12T16:00"),
    ],
)
def test_minutes(start: str, minutes: int, end: str) -> None:
    assert add_minutes(at(start), minutes) == at(end)


def test_workdays() -> None:
    assert add_workdays(at("2026-09-30T16:00"), 3) == at("2026-10-10T16:00")
    days = [dt.date(2026, 9, 28) + dt.timedelta(days=n) for n in range(16)]
    assert [d.day for d in days if is_workday(d)] == [28, 29, 30, 8, 9, 10, 12, 13]


def test_a_year_without_notice_is_provisional() -> None:
    assert is_provisional(dt.date(2031, 10, 1))
    assert is_workday(dt.date(2031, 10, 1))  # a Wednesday; the notice is not known yet
    assert not is_provisional(dt.date(2026, 10, 1))


@given(
    st.datetimes(*SPAN, timezones=st.just(ZONE)),
    st.integers(0, 3000),
    st.integers(0, 3000),
)
def test_minutes_add_up(start: dt.datetime, first: int, second: int) -> None:
    assert add_minutes(add_minutes(start, first), second) == add_minutes(start, first + second)
    assert add_minutes(start, first) >= start
