"""Which days are worked: published years, regions, imported notices, years that nobody has announced."""

from __future__ import annotations

import datetime as dt

from hutong.worktime.calendar import PUBLISHED, Calendar, DayKind
from hutong.worktime.notices import NATION, Notice


def days(first: dt.date, count: int) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range(count)]


def test_the_holiday_of_october_2026() -> None:
    worked = [day.day for day in days(dt.date(2026, 9, 28), 16) if PUBLISHED.day(day).worked]
    assert worked == [28, 29, 30, 8, 9, 10, 12, 13]


def test_each_kind_of_day() -> None:
    kinds = [PUBLISHED.day(dt.date(2026, 10, day)).kind for day in (1, 8, 10, 11)]
    assert kinds == [DayKind.HOLIDAY, DayKind.WEEKDAY, DayKind.MAKE_UP, DayKind.WEEKEND]


def test_a_region_goes_over_the_nation_and_a_county_takes_it_from_its_province() -> None:
    off, worked = dt.date(2017, 3, 30), dt.date(2017, 4, 8)
    for region in ("450000", "450100", "450102"):
        assert PUBLISHED.day(off, region).kind is DayKind.HOLIDAY
        assert PUBLISHED.day(worked, region).kind is DayKind.MAKE_UP
    assert PUBLISHED.day(off).worked
    assert not PUBLISHED.day(worked, "440000").worked


def test_an_imported_notice_ends_the_provisional_year() -> None:
    ordinary, off = dt.date(2031, 10, 9), dt.date(2031, 10, 1)
    assert PUBLISHED.day(off).provisional
    assert PUBLISHED.day(off).worked
    calendar = PUBLISHED.with_notice(Notice(NATION, 2031, 1, (off,), (), "test"))
    assert calendar.day(off).kind is DayKind.HOLIDAY
    assert not calendar.day(ordinary).provisional
    assert PUBLISHED.day(off).provisional, "a calendar does not change"


def test_a_regional_notice_does_not_end_the_provisional_year() -> None:
    calendar = Calendar([Notice("450000", 2031, 1, (dt.date(2031, 4, 2),), (), "test")])
    assert not calendar.day(dt.date(2031, 4, 2), "450000").worked
    assert calendar.day(dt.date(2031, 4, 2), "450000").provisional


def test_the_higher_version_stands_whatever_came_first() -> None:
    first = Notice(NATION, 2031, 1, (dt.date(2031, 5, 1),), (), "test")
    second = Notice(NATION, 2031, 2, (dt.date(2031, 5, 2),), (), "test")
    for calendar in (Calendar([first, second]), Calendar([second, first]), Calendar([second]).with_notice(first)):
        assert calendar.version_of(NATION, 2031) == 2
        assert calendar.day(dt.date(2031, 5, 1)).worked
        assert not calendar.day(dt.date(2031, 5, 2)).worked
    assert PUBLISHED.version_of(NATION, 2031) == 0
