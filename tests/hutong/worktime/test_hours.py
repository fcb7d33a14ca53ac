"""Seasons: which hours a day has, across the edges of years and of the seasons themselves."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.worktime.hours import ALL_YEAR, NATIONAL, Hours, Season, minute_of, read_month_day

EIGHT = ((dt.time(8), dt.time(12)), (dt.time(15), dt.time(18)))
TEN = ((dt.time(10), dt.time(16)),)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2032, 12, 31))
MONTH_DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2000, 12, 31)).map(lambda day: (day.month, day.day))


@pytest.mark.parametrize(
    ("day", "summer"),
    [("2027-05-31", False), ("2027-06-01", True), ("2027-09-30", True), ("2027-10-01", False), ("2031-06-01", True)],
)
def test_a_season_comes_every_year_and_has_both_its_ends(day: str, summer: bool) -> None:
    hours = Hours([Season(EIGHT, within=((6, 1), (9, 30)))])
    assert hours.on(dt.date.fromisoformat(day)) == (EIGHT if summer else ALL_YEAR.stretches)


@pytest.mark.parametrize(
    ("day", "winter"),
    [
        ("2027-10-31", False),
        ("2027-11-01", True),
        ("2027-12-31", True),
        ("2028-01-01", True),
        ("2028-02-29", True),
        ("2028-03-01", False),
    ],
)
def test_a_season_may_go_over_the_new_year(day: str, winter: bool) -> None:
    assert Season(TEN, within=((11, 1), (2, 29))).covers(dt.date.fromisoformat(day)) is winter


def test_a_season_is_bound_by_its_validity_too() -> None:
    summer = Season(EIGHT, dt.date(2027, 7, 1), dt.date(2028, 7, 31), within=((6, 1), (9, 30)))
    days = ("2027-06-30", "2027-07-01", "2028-06-01", "2028-07-31", "2028-08-01")
    assert [summer.covers(dt.date.fromisoformat(day)) for day in days] == [False, True, True, True, False]


@given(day=DAYS, begins=MONTH_DAYS, ends=MONTH_DAYS)
def test_every_day_is_in_a_season_or_in_what_is_left_of_the_year(
    day: dt.date, begins: tuple[int, int], ends: tuple[int, int]
) -> None:
    """From the day after its end to the day before its beginning stands whatever the season leaves out."""
    season = Season(TEN, within=(begins, ends))
    today = day.month, day.day
    assert season.covers(day) or today not in (begins, ends)
    if begins > ends:
        assert season.covers(day) != (ends < today < begins)
    else:
        assert season.covers(day) == (begins <= today <= ends)


@given(day=DAYS, seasons=st.lists(st.tuples(DAYS, DAYS, st.sampled_from([EIGHT, TEN])), max_size=5))
def test_of_several_the_last_that_covers_the_day_counts(
    day: dt.date, seasons: list[tuple[dt.date, dt.date, tuple[tuple[dt.time, dt.time], ...]]]
) -> None:
    made = [Season(stretches, min(one, two), max(one, two)) for one, two, stretches in seasons]
    covering = [season.stretches for season in made if season.first <= day <= season.last]
    assert Hours(made).on(day) == (covering[-1] if covering else NATIONAL.on(day))


def test_minutes_and_month_days() -> None:
    assert (ALL_YEAR.minutes, minute_of(dt.time(14, 30))) == (390, 870)
    assert (read_month_day("02-29"), read_month_day("12-31")) == ((2, 29), (12, 31))
    for wrong in ("", "02-30", "13-01", "6-1", "2027-06-01"):
        with pytest.raises(ValueError, match=r"2000-.*|day|month"):
            read_month_day(wrong)


@pytest.mark.parametrize(
    "stretches",
    [
        (),
        ((dt.time(9), dt.time(9)),),
        ((dt.time(12), dt.time(9)),),
        ((dt.time(9), dt.time(12)), (dt.time(11), dt.time(17))),
        ((dt.time(9), dt.time(12)), (dt.time(12), dt.time(17))),
        ((dt.time(14), dt.time(17)), (dt.time(9), dt.time(12))),
        tuple((dt.time(hour), dt.time(hour, 30)) for hour in range(8, 13)),
    ],
)
def test_stretches_stand_in_order_and_apart(stretches: tuple[tuple[dt.time, dt.time], ...]) -> None:
    with pytest.raises(HutongError) as refused:
        Season(stretches)
    assert (refused.value.code, refused.value.params["field"]) == ("HT-CAL-02", "stretches")
