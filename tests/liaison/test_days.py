"""Days as people write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from liaison.days import day, day_of, end
from tests.cases import at

FAR = at("2099-01-01T00:00")


def test_a_day_means_its_end_and_the_last_day_ends_when_the_rule_says() -> None:
    assert end("2026-10-20", FAR) == at("2026-10-21T00:00")
    assert end("2026-10-20", at("2026-10-20T15:00")) == at("2026-10-20T15:00")
    assert end("2026-10-20", at("2026-10-19T15:00")) == at("2026-10-21T00:00"), "too late is said by the rule"
    assert end("2026-10-20T15:00", FAR) == end("2026-10-20T07:00+00:00", FAR) == at("2026-10-20T15:00")


@given(st.dates(dt.date(2000, 1, 1), dt.date(2098, 12, 30)))
def test_every_day_ends_where_the_next_begins(one: dt.date) -> None:
    over = end(one.isoformat(), FAR)
    assert (day_of(over - 1), day_of(over)) == (one, one + dt.timedelta(days=1))
    assert day(one.isoformat()) == one


@given(st.text(max_size=24))
def test_anything_else_is_refused_in_words(text: str) -> None:
    for read in (lambda: end(text, FAR), lambda: day(text)):
        try:
            read()
        except HutongError as error:
            assert error.code == "HT-CLI-29"


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-10-20T25:00", "20.10.2026", "9999-12-31", "T", ""])
def test_no_day(text: str) -> None:
    with pytest.raises(HutongError) as refused:
        end(text, FAR)
    assert refused.value.code == "HT-CLI-29"
