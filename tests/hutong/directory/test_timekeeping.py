"""How agencies count by the directory: published notices, hours with their seasons, the digest of what is in force."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.directory.decide import decide
from hutong.directory.records import Directory
from hutong.v1 import header_pb2
from hutong.worktime.calendar import DIGEST, PUBLISHED, ZONE
from hutong.worktime.span import read_span
from tests.calendars import LAST_SHIPPED, announced, by_head, calendar, hours, notice
from tests.towns import NOW, Town

TOWN = Town.make()
YEARS = range(2010, LAST_SHIPPED + 1)


def with_said(directory: Directory, *headers: header_pb2.Header) -> Directory:
    for header in headers:
        index = directory.index
        directory = directory.with_records(decide(directory, header, index, NOW), index + 1)
    return directory


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


PUBLISHED_2026 = with_said(TOWN.directory, calendar(announced(2026)))


@pytest.mark.parametrize("directory", [TOWN.directory, PUBLISHED_2026], ids=["shipped", "published"])
@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-10-09T16:30", "480min", "2026-10-12T09:30"),
        ("2026-09-30T16:00", "120min", "2026-10-08T09:30"),
        ("2026-09-30T16:00", "3wd", "2026-10-10T16:00"),
        ("2026-10-12T12:30", "30min", "2026-10-12T14:30"),
    ],
)
def test_the_examples_hold_under_a_published_notice(directory: Directory, start: str, span: str, end: str) -> None:
    assert directory.timekeeping.of("police").due(at(start), read_span(span)) == at(end)


def test_the_working_days_of_october_under_a_published_notice() -> None:
    days = (dt.date(2026, 9, 28) + dt.timedelta(days=ahead) for ahead in range(16))
    known = PUBLISHED_2026.timekeeping.calendar
    assert [day.day for day in days if known.day(day).worked] == [28, 29, 30, 8, 9, 10, 12, 13]


@given(year=st.sampled_from(YEARS), ahead=st.integers(-400, 800), region=st.sampled_from(["", "450000", "110101"]))
def test_publishing_the_shipped_notice_of_a_year_changes_nothing(year: int, ahead: int, region: str) -> None:
    known = with_said(TOWN.directory, calendar(announced(year))).timekeeping.calendar
    day = dt.date(year, 1, 1) + dt.timedelta(days=ahead)
    assert known.day(day, region) == PUBLISHED.day(day, region)


@given(
    chosen=st.lists(st.sampled_from([*YEARS, 2031, 2032, 2033]), min_size=1, max_size=4, unique=True),
    which=st.integers(0, 23),
    day=st.dates(dt.date(2009, 1, 1), dt.date(2034, 12, 31)),
)
def test_the_order_of_publishing_different_years_does_not_matter(chosen: list[int], which: int, day: dt.date) -> None:
    """Even where the holiday of one year begins in the one before."""
    said = [
        announced(year) if year in YEARS else notice(year, [dt.date(year - 1, 12, 31), dt.date(year, 1, 1)])
        for year in chosen
    ]
    orders = list(itertools.permutations(said))
    one, other = (
        with_said(TOWN.directory, *map(calendar, order)).timekeeping
        for order in (orders[0], orders[which % len(orders)])
    )
    assert one.calendar.day(day) == other.calendar.day(day)
    assert (one.digest, one.digest_over(b"x")) == (other.digest, other.digest_over(b"x"))


def test_a_year_is_provisional_until_it_is_published() -> None:
    start, span = at("2031-09-30T10:00"), read_span("2wd")
    before = TOWN.directory.timekeeping.of("police")
    off = [dt.date(2031, 10, day) for day in range(1, 8)]
    after = with_said(TOWN.directory, calendar(notice(2031, off))).timekeeping.of("police")
    assert before.count(start, span).provisional and not after.count(start, span).provisional
    assert (before.due(start, span), after.due(start, span)) == (at("2031-10-02T10:00"), at("2031-10-09T10:00"))


def test_what_is_published_stands_over_what_is_shipped() -> None:
    """Whatever version it bears: a later program, which ships more, counts the same."""
    day = dt.date(2017, 3, 30)
    assert not TOWN.directory.timekeeping.calendar.day(day, "450000").worked
    said = notice(2017, [dt.date(2017, 3, 31)], region="450000")
    assert with_said(TOWN.directory, calendar(said)).timekeeping.calendar.day(day, "450000").worked


def test_an_agency_counts_by_the_days_of_its_own_region() -> None:
    guangxi = replace(TOWN.directory.agencies["police"], region="450102")
    directory = with_said(
        TOWN.directory.with_records([guangxi]), calendar(notice(2031, [dt.date(2031, 4, 2)], region="450000"))
    )
    start, span = at("2031-04-01T10:00"), read_span("1wd")
    assert directory.timekeeping.of("police").due(start, span) == at("2031-04-03T10:00")
    assert directory.timekeeping.of("market").due(start, span) == at("2031-04-02T10:00")
    assert directory.timekeeping.of("nobody").due(start, span) == at("2031-04-02T10:00"), "the nation's"


def test_a_count_crosses_the_edges_of_a_season() -> None:
    summer = hours((480, 720), (900, 1080), season_from="06-01", season_to="09-30")
    police = with_said(TOWN.directory, by_head(TOWN, summer)).timekeeping.of("police")
    # Monday 31 May 2027 by the national hours, Tuesday 1 June by the summer's, which begin at eight.
    assert police.due(at("2027-05-31T17:00"), read_span("60min")) == at("2027-06-01T08:30")
    # Thursday 30 September to 18:00, then the National Day holiday of a year that is not announced.
    assert police.due(at("2027-09-30T17:30"), read_span("60min")) == at("2027-10-01T09:30")
    assert police.due(at("2028-06-01T17:30"), read_span("30min")) == at("2028-06-01T18:00"), "every year"
    market = TOWN.directory.timekeeping.of("market")
    assert market.due(at("2027-05-31T17:00"), read_span("60min")) == at("2027-06-01T09:30")


def test_hours_end_when_they_are_no_longer_valid() -> None:
    early = hours((480, 960), valid_to="2026-10-13")
    police = with_said(TOWN.directory, by_head(TOWN, early)).timekeeping.of("police")
    assert police.due(at("2026-10-13T15:00"), read_span("120min")) == at("2026-10-14T10:00")


def test_the_digest_is_the_programs_own_until_something_is_published() -> None:
    assert TOWN.directory.timekeeping.digest == DIGEST
    assert with_said(TOWN.directory, by_head(TOWN, hours())).timekeeping.digest == DIGEST, "hours are no calendar"
    said = notice(2031, [dt.date(2031, 1, 1)], [dt.date(2031, 1, 26)])
    published = with_said(TOWN.directory, calendar(said)).timekeeping
    line = b'["",2031,1,["2031-01-01"],["2031-01-26"]]\n'
    assert published.digest == hashlib.sha256(DIGEST + line).digest()
    assert published.digest_over(b"s" * 32) == hashlib.sha256(b"s" * 32 + line).digest()
    twice = with_said(TOWN.directory, calendar(said), calendar(notice(2031, version=2))).timekeeping
    assert twice.digest == hashlib.sha256(DIGEST + b'["",2031,2,[],[]]\n').digest(), "only what is in force"


def test_other_changes_of_the_directory_leave_the_calendar_as_it_is() -> None:
    """Calendars are built seldom: a directory that changed in something else shares them."""
    contact = next(iter(PUBLISHED_2026.contacts.values()))
    one = PUBLISHED_2026.with_records([contact], PUBLISHED_2026.index + 1)
    later = one.with_records([contact], one.index + 1)
    assert one.timekeeping.calendar is later.timekeeping.calendar
    assert later.timekeeping.of("police") is later.timekeeping.of("police")
