"""What a published calendar and an agency's hours put on record, and what is refused: cheats and slips of the pen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.directory.decide import decide
from hutong.directory.records import AgencyHours, Directory, PublishedCalendar
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import header_pb2, kinds_pb2
from rules.decide import Statement
from rules.decide import decide as decide_all
from rules.state import State
from tests.calendars import AFTERNOON, LAST_SHIPPED, MORNING, announced, by_head, calendar, hours, notice
from tests.towns import NOW, Town

INDEX = 1000
TOWN = Town.make()
NEW_YEAR, SUNDAY = dt.date(2031, 1, 1), dt.date(2031, 1, 26)
DAY_MS = 86_400_000


def records(header: header_pb2.Header, directory: Directory = TOWN.directory, now: int = NOW) -> tuple[Any, ...]:
    return decide(directory, header, INDEX, now)


def refused(header: header_pb2.Header, directory: Directory = TOWN.directory, now: int = NOW) -> tuple[str, str]:
    """The code, and the field that it names."""
    with pytest.raises(HutongError) as caught:
        records(header, directory, now)
    assert caught.value.sentences("zh").next and caught.value.sentences("en").next
    return caught.value.code, caught.value.params.get("field", "")


def test_a_calendar_is_put_on_record() -> None:
    (record,) = records(calendar(notice(2031, [NEW_YEAR], [SUNDAY])))
    assert record == PublishedCalendar("", 2031, 1, ("2031-01-01",), ("2031-01-26",), INDEX)
    (regional,) = records(calendar(notice(2031, [NEW_YEAR], region="450000")))
    assert regional.region == "450000"


def test_the_whole_country_has_one_name() -> None:
    (record,) = records(calendar(notice(2031, [NEW_YEAR], region="100000")))
    assert record.region == ""
    known = TOWN.directory.with_records([record])
    assert refused(calendar(notice(2031, [NEW_YEAR])), known)[0] == "HT-CAL-08"


def test_a_later_one_takes_the_place_of_the_one_before() -> None:
    known = TOWN.directory.with_records(records(calendar(notice(2031, [NEW_YEAR]))))
    assert refused(calendar(notice(2031, [NEW_YEAR], [SUNDAY])), known)[0] == "HT-CAL-08"
    known = known.with_records(records(calendar(notice(2031, [], [SUNDAY], version=2)), known))
    assert [one.version for one in known.calendars.values()] == [2]
    assert known.timekeeping.calendar.day(NEW_YEAR).worked and known.timekeeping.calendar.day(SUNDAY).worked
    assert refused(calendar(notice(2031, version=1)), known)[0] == "HT-CAL-08", "not back again"
    assert records(calendar(notice(2032, [dt.date(2032, 1, 1)])), known), "another year has its own count"
    assert records(calendar(notice(2031, [NEW_YEAR], region="450000")), known), "and so has a region"


WRONG: dict[str, tuple[str, kinds_pb2.CalendarPublished]] = {
    "a year out of range": ("year", notice(2100, [dt.date(2100, 1, 1)])),
    "a year before any": ("year", notice(1949)),
    "no version": ("version", notice(2031, [NEW_YEAR], version=0)),
    "no division": ("region", notice(2031, [NEW_YEAR], region="990000")),
    "a day both off and worked": ("worked", notice(2031, [SUNDAY], [SUNDAY])),
    "a day twice": ("off", notice(2031, [NEW_YEAR, NEW_YEAR])),
    "days out of order": ("off", notice(2031, [SUNDAY, NEW_YEAR])),
    "another year's day": ("off", notice(2031, [dt.date(2032, 1, 1)])),
    "a weekday made up for": ("worked", notice(2031, [], [dt.date(2031, 1, 27)])),
    "a day that does not exist": ("off", kinds_pb2.CalendarPublished(year=2031, version=1, off=["2031-02-30"])),
    "no day at all": ("worked", kinds_pb2.CalendarPublished(year=2031, version=1, worked=["Sunday"])),
    "a whole December before": ("off", notice(2031, [dt.date(2030, 12, 14)])),
    "weekends of half a year made up for": (
        "worked",
        notice(2031, [], [SUNDAY + dt.timedelta(weeks=ahead) for ahead in range(21)]),
    ),
    "more days than a year has holidays": (
        "off",
        notice(2031, [NEW_YEAR + dt.timedelta(days=ahead) for ahead in range(61)]),
    ),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_calendar_that_breaks_a_rule_is_refused(name: str) -> None:
    field, said = WRONG[name]
    assert refused(calendar(said)) == ("HT-CAL-02", field)


def weekdays(first: dt.date, count: int, *, skip: int = 1) -> list[dt.date]:
    """Every ``skip``-th weekday, so many."""
    every = (first + dt.timedelta(days=ahead) for ahead in range(366))
    return [day for day in every if day.weekday() < 5][: count * skip : skip]


def test_a_year_in_which_hardly_anybody_works_is_refused() -> None:
    """Each day by itself would be lawful; together they stop every clock that counts working days."""
    assert records(calendar(notice(2031, weekdays(NEW_YEAR, 31, skip=5))))
    assert refused(calendar(notice(2031, weekdays(NEW_YEAR, 32, skip=5)))) == ("HT-CAL-10", "")


def test_regions_do_not_add_to_the_nations_days_without_end() -> None:
    known = TOWN.directory
    for region, first in (("", NEW_YEAR), ("450000", dt.date(2031, 1, 2))):
        known = known.with_records(records(calendar(notice(2031, weekdays(first, 15, skip=5), region=region)), known))
    more = weekdays(dt.date(2031, 1, 3), 15, skip=5)
    assert refused(calendar(notice(2031, more, region="450100")), known) == ("HT-CAL-10", "")
    assert records(calendar(notice(2031, more, region="460100")), known), "another province has its own"
    assert records(calendar(notice(2031, more, version=2)), known), "its own earlier version does not count"


def test_a_break_of_more_than_three_weeks_is_refused() -> None:
    monday = dt.date(2031, 3, 3)
    assert records(calendar(notice(2031, weekdays(monday, 13))))
    assert refused(calendar(notice(2031, weekdays(monday, 15)))) == ("HT-CAL-11", "")


def test_two_years_make_no_break_together() -> None:
    """The end of one year and the beginning of the next are published apart."""
    known = TOWN.directory.with_records(records(calendar(notice(2031, weekdays(dt.date(2031, 12, 22), 8)))))
    assert refused(calendar(notice(2032, weekdays(dt.date(2032, 1, 1), 8))), known) == ("HT-CAL-11", "")


def test_every_notice_of_the_state_council_is_taken() -> None:
    known = TOWN.directory
    for year in range(2007, LAST_SHIPPED + 1):
        known = known.with_records(records(calendar(announced(year)), known))
    assert len(known.calendars) == LAST_SHIPPED - 2006


def test_a_region_may_work_on_a_weekday_that_the_nation_has_off() -> None:
    assert records(calendar(notice(2031, [], [dt.date(2031, 1, 27)], region="450000")))


def test_no_agency_publishes_a_calendar() -> None:
    """Neither in its own name nor in the hub's, with whatever role it claims."""
    for agency in ("market", "hub"):
        header = TOWN.header("calendar_published", "market", TOWN.houses["market"].head, facts=notice(2031))
        header.sender.agency = agency
        with pytest.raises(HutongError) as caught:
            decide_all(State(TOWN.directory), Statement(header, b"", kind_of(header)), INDEX, NOW)
        assert caught.value.code == "HT-SIG-05"


def test_hours_are_put_on_record() -> None:
    said = hours((510, 720), (900, 1080), valid_to="2027-12-31", season_from="06-01", season_to="09-30")
    header = by_head(TOWN, said)
    (record,) = records(header)
    assert record == AgencyHours(
        id=header.message_id,
        agency="police",
        stretches=((510, 720), (900, 1080)),
        valid_from="2026-10-12",
        valid_to="2027-12-31",
        season_from="06-01",
        season_to="09-30",
        order=INDEX,
    )


def test_the_newest_in_the_log_counts() -> None:
    known = TOWN.directory
    for order, opens in enumerate((480, 600)):
        (record,) = decide(known, by_head(TOWN, hours((opens, opens + 480))), INDEX + order, NOW)
        known = known.with_records([record])
    assert len(known.hours) == 2
    assert known.timekeeping.of("police").hours.on(dt.date(2026, 10, 13)) == ((dt.time(10), dt.time(18)),)
    assert [each.order for each in known.timekeeping.hours_of("police")] == [INDEX, INDEX + 1]
    assert known.timekeeping.of("market").hours.on(dt.date(2026, 10, 13))[0] == (dt.time(9), dt.time(12))


BAD_HOURS: dict[str, tuple[str, kinds_pb2.HoursSet]] = {
    "overlapping stretches": ("stretches", hours((540, 720), (700, 1050))),
    "stretches that touch": ("stretches", hours((540, 720), (720, 1050))),
    "the afternoon first": ("stretches", hours(AFTERNOON, MORNING)),
    "a stretch of nothing": ("stretches", hours((540, 540))),
    "a stretch backwards": ("stretches", hours((1050, 540))),
    "no stretch": ("stretches", kinds_pb2.HoursSet(valid_from="2026-10-12")),
    "too many": ("stretches", hours(*((60 * hour, 60 * hour + 50) for hour in range(8, 18, 2)))),
    "beyond the day": ("stretches", hours((540, 1440))),
    "a day of one minute": ("stretches", hours((540, 541))),
    "a day a minute too short": ("stretches", hours((540, 899))),
    "days of the past": ("valid_from", hours(valid_from="2026-10-11")),
    "a day that does not exist": ("valid_from", hours(valid_from="2027-02-29")),
    "an end before the beginning": ("valid_to", hours(valid_to="2026-10-11")),
    "an end that does not exist": ("valid_to", hours(valid_to="2026-11-31")),
    "half a season": ("season_to", hours(season_from="06-01")),
    "the other half": ("season_from", hours(season_to="09-30")),
    "a season that does not exist": ("season_from", hours(season_from="02-30", season_to="09-30")),
}


@pytest.mark.parametrize("name", sorted(BAD_HOURS))
def test_hours_that_break_a_rule_are_refused(name: str) -> None:
    field, said = BAD_HOURS[name]
    assert refused(by_head(TOWN, said)) == ("HT-CAL-02", field)


def test_today_is_chinas() -> None:
    """23:59 in Shanghai is the same day, a minute later is the next."""
    midnight = NOW - 10 * 3_600_000 + DAY_MS
    assert records(by_head(TOWN, hours()), now=midnight - 60_000)
    assert refused(by_head(TOWN, hours()), now=midnight) == ("HT-CAL-02", "valid_from")


def test_six_hours_are_enough() -> None:
    assert records(by_head(TOWN, hours((570, 780), (930, 1080))))


@pytest.mark.parametrize("who", ["liaison", "second"])
def test_nobody_but_the_head_sets_hours(who: str) -> None:
    header = TOWN.header("hours_set", "police", getattr(TOWN.houses["police"], who), facts=hours())
    assert refused(header)[0] == "HT-DIR-04"


def test_a_head_sets_no_other_agencys_hours() -> None:
    """The hours are the sender's own; in another agency's name no contact and no key fits."""
    mine = TOWN.header("hours_set", "market", TOWN.houses["market"].head, facts=hours())
    assert records(mine)[0].agency == "market"
    stolen = TOWN.header("hours_set", "market", TOWN.houses["market"].head, facts=hours())
    stolen.sender.agency = "police"
    assert refused(stolen)[0] == "HT-DIR-04"
    with pytest.raises(HutongError) as caught:
        decide_all(State(TOWN.directory), Statement(stolen, b"", kind_of(stolen)), INDEX, NOW)
    assert caught.value.code == "HT-DIR-02"


def test_hours_say_nothing_else() -> None:
    """Recipients, items and cases would be codes that nobody checks."""
    addressed: list[Callable[[header_pb2.Header], object]] = [
        lambda header: header.recipients.add(agency="market", role=1),
        lambda header: setattr(header, "item_id", b"i" * 16),
        lambda header: setattr(header, "case_id", b"c" * 16),
    ]
    for bend in addressed:
        header = by_head(TOWN, hours())
        bend(header)
        with pytest.raises(HutongError) as caught:
            decide_all(State(TOWN.directory), Statement(header, b"", kind_of(header)), INDEX, NOW)
        assert caught.value.code == "HT-HDR-01"


@given(
    stretches=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), max_size=6),
    dates=st.lists(st.text("0123456789-", max_size=10), min_size=2, max_size=2),
    season=st.lists(st.text("0123456789-", max_size=5), min_size=2, max_size=2),
)
def test_any_hours_are_recorded_or_refused(
    stretches: list[tuple[int, int]], dates: list[str], season: list[str]
) -> None:
    said = hours(*stretches, valid_from=dates[0], valid_to=dates[1], season_from=season[0], season_to=season[1])
    try:
        (record,) = records(by_head(TOWN, said))
    except HutongError as error:
        assert error.code == "HT-CAL-02"
    else:
        assert TOWN.directory.with_records([record]).timekeeping.of("police").hours.on(dt.date(2027, 7, 1))


@given(
    year=st.integers(0, 3000),
    version=st.integers(0, 5),
    region=st.sampled_from(["", "100000", "450000", "4500", "999999"]),
    off=st.lists(st.dates(dt.date(2030, 1, 1), dt.date(2032, 1, 1)), max_size=4),
    worked=st.lists(st.dates(dt.date(2030, 1, 1), dt.date(2032, 1, 1)), max_size=4),
)
def test_any_calendar_is_recorded_or_refused(
    year: int, version: int, region: str, off: list[dt.date], worked: list[dt.date]
) -> None:
    try:
        (record,) = records(calendar(notice(year, off, worked, region, version)))
    except HutongError as error:
        assert error.code == "HT-CAL-02"
    else:
        known = TOWN.directory.with_records([record]).timekeeping.calendar
        assert not any(known.day(day, record.region).worked for day in off)
        assert all(known.day(day, record.region).worked for day in worked)
