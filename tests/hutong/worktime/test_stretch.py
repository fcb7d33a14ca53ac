"""Worked examples around real holidays with their make-up days, and what must hold for any start."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.worktime.calendar import ZONE, Calendar
from hutong.worktime.hours import ALL_YEAR, Hours, Season
from hutong.worktime.notices import Notice
from hutong.worktime.span import Span, Unit, read_span
from hutong.worktime.stretch import WorkTime

WORKTIME = WorkTime()
STARTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2028, 12, 1))  # noqa: DTZ001 - the test adds the zone


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-10-09T16:30", "480min", "2026-10-12T09:30"),  # Saturday 10-10 is a make-up day
        ("2026-09-30T16:00", "120min", "2026-10-08T09:30"),  # across the National Day holiday
        ("2026-10-12T12:30", "30min", "2026-10-12T14:30"),  # starts in the noon break
        ("2026-10-12T09:00", "180min", "2026-10-12T12:00"),  # used up exactly at noon
        ("2026-10-12T16:00", "0min", "2026-10-12T16:00"),
        ("2026-10-12T19:00", "0min", "2026-10-13T09:00"),  # nothing is due outside working hours
        ("2026-09-30T16:00", "3wd", "2026-10-10T16:00"),
        ("2026-10-03T08:00", "1wd", "2026-10-08T08:00"),  # starts on a holiday
        ("2026-10-12T16:00", "0wd", "2026-10-12T16:00"),
        ("2026-09-30T16:00", "3d", "2026-10-03T16:00"),
        ("2026-09-30T16:00", "24h", "2026-10-01T16:00"),
    ],
)
def test_due(start: str, span: str, end: str) -> None:
    assert WORKTIME.due(at(start), read_span(span)) == at(end)


def test_a_start_elsewhere_is_counted_in_beijing_time() -> None:
    start = dt.datetime(2026, 10, 9, 8, 30, tzinfo=dt.UTC)
    assert WORKTIME.due(start, read_span("480min")).isoformat() == "2026-10-12T09:30:00+08:00"


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("2026-09-30T16:00", 3, "2026-10-08T16:00"), ("2026-10-08T10:00", 2, "2026-10-10T10:00")],
)
def test_a_last_day_that_is_not_worked_gives_way_to_the_next_that_is(start: str, days: int, end: str) -> None:
    count = WORKTIME.count(at(start), Span(days, Unit.DAY, rolls_over=True))
    assert count.due == at(end)
    assert count.days[-1].day.date == at(end).date()


def test_a_span_may_end_when_business_closes() -> None:
    assert WORKTIME.due(at("2026-09-30T10:00"), Span(2, Unit.WORKING_DAY, to_close=True)) == at("2026-10-09T17:30")


def test_seasons_change_the_hours_within_one_count() -> None:
    summer = Season(((dt.time(8), dt.time(12)), (dt.time(15), dt.time(18))), dt.date(2026, 6, 1), dt.date(2026, 9, 30))
    worktime = WorkTime(hours=Hours([summer]))
    assert worktime.due(at("2026-09-30T17:00"), read_span("120min")) == at("2026-10-08T10:00")
    assert worktime.due(at("2026-05-29T17:00"), read_span("60min")) == at("2026-06-01T08:30")


def test_a_region_counts_by_its_own_notice() -> None:
    start, span = at("2017-03-29T16:00"), read_span("1wd")
    assert WORKTIME.due(start, span) == at("2017-03-30T16:00")
    assert WorkTime(region="450100").due(start, span) == at("2017-04-01T16:00").replace(day=5)


def test_a_year_without_notice_is_provisional_until_one_is_imported() -> None:
    start, span = at("2031-09-30T10:00"), read_span("2wd")
    assert WORKTIME.count(start, span).provisional
    days = tuple(dt.date(2031, 10, day) for day in range(1, 8))
    imported = WorkTime(Calendar([Notice("", 2031, 1, days, (), "test")]))
    assert not imported.count(start, span).provisional
    assert imported.due(start, span) == at("2031-10-09T10:00")


def test_what_cannot_be_reached_is_refused() -> None:
    with pytest.raises(HutongError) as refused:
        WORKTIME.due(at("9999-12-30T10:00"), read_span("30d"))
    assert refused.value.code == "HT-CAL-04"


@given(start=STARTS, first=st.integers(0, 900), second=st.integers(0, 900))
def test_minutes_add_up(start: dt.datetime, first: int, second: int) -> None:
    """Counting in two steps comes to the same instant as in one."""
    local = start.replace(tzinfo=ZONE)
    halfway = WORKTIME.due(local, Span(first, Unit.WORKING_MINUTE))
    whole = WORKTIME.due(local, Span(first + second, Unit.WORKING_MINUTE))
    in_two = WORKTIME.due(halfway, Span(second, Unit.WORKING_MINUTE))
    # A step of nothing from the end of a stretch stays there, and so does the whole.
    assert in_two == whole


@given(start=STARTS, amount=st.integers(0, 2000))
def test_what_days_gave_adds_up_to_the_span(start: dt.datetime, amount: int) -> None:
    count = WORKTIME.count(start.replace(tzinfo=ZONE), Span(amount, Unit.WORKING_MINUTE))
    assert sum(counted.amount for counted in count.days) == pytest.approx(amount)
    assert all(counted.day.worked for counted in count.days if counted.amount)
    opens = [stretch for stretch in ALL_YEAR.stretches if stretch[0] <= count.due.time() <= stretch[1]]
    assert opens, "due within working hours"


@given(start=STARTS, amount=st.integers(1, 60))
def test_working_days_are_each_counted_once(start: dt.datetime, amount: int) -> None:
    count = WORKTIME.count(start.replace(tzinfo=ZONE), Span(amount, Unit.WORKING_DAY))
    assert sum(counted.amount for counted in count.days) == amount
    assert count.days[0].amount == 0, "the first day does not count"
    assert count.days[-1].day.worked
    assert [counted.amount for counted in count.days[1:]] == [counted.day.worked for counted in count.days[1:]]


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-10-09T16:30", "2026-10-12T09:30", 480),  # over a Sunday, with a make-up day
        ("2026-09-30T16:00", "2026-10-08T09:30", 120),
        ("2026-10-12T12:10", "2026-10-12T13:50", 0),  # within the noon break
        ("2026-10-12T11:00", "2026-10-12T14:10", 70),
        ("2026-10-12T16:00", "2026-10-12T15:00", 0),  # backwards
        ("2026-10-03T08:00", "2026-10-04T08:00", 0),  # a holiday
    ],
)
def test_how_much_was_worked(start: str, end: str, minutes: int) -> None:
    assert WORKTIME.worked(at(start), at(end)) == dt.timedelta(minutes=minutes)


@given(STARTS, st.integers(0, 20_000))
def test_what_was_counted_was_worked(start: dt.datetime, minutes: int) -> None:
    """Counting forwards and adding up agree."""
    begin = start.replace(tzinfo=ZONE)
    end = WORKTIME.due(begin, Span(minutes, Unit.WORKING_MINUTE))
    assert WORKTIME.worked(begin, end) == dt.timedelta(minutes=minutes)
