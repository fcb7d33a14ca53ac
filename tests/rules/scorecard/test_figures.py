"""Percentiles by nearest rank, shares, periods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.scorecard.figures import Period, Share, Tallies, Times, nearest_rank


@pytest.mark.parametrize(
    ("sample", "percent", "wanted"),
    [
        ([15, 20, 35, 40, 50], 30, 20),  # the worked example of the definition
        ([15, 20, 35, 40, 50], 40, 20),
        ([15, 20, 35, 40, 50], 50, 35),
        ([15, 20, 35, 40, 50], 100, 50),
        ([7], 90, 7),
        ([2, 1], 50, 1),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90, 9),
        ([], 50, None),
    ],
)
def test_nearest_rank(sample: list[int], percent: int, wanted: int | None) -> None:
    assert nearest_rank(sample, percent) == wanted


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 100))
def test_a_percentile_occurred_and_so_many_do_not_exceed_it(sample: list[int], percent: int) -> None:
    found = nearest_rank(sample, percent)
    assert found in sample
    assert sum(value <= found for value in sample) * 100 >= percent * len(sample)
    smaller = [value for value in sample if value < found]
    assert len(smaller) * 100 < percent * len(sample)


def test_a_share_of_nothing_has_no_percentage() -> None:
    share = Share()
    assert share.percent is None
    for part in (True, False, False):
        share.count(part)
    assert (share.part, share.whole, share.percent) == (1, 3, 33.3)


def test_a_period_holds_its_start_and_not_its_end() -> None:
    period = Period(10, 20)
    assert [at in period for at in (9, 10, 19, 20)] == [False, True, True, False]


def test_agency_and_contact_are_tallied_together() -> None:
    tallies = Tallies(Times)
    for tally in tallies.of("police", "c1"):
        tally.took(5, 3)
    assert (tallies.agencies["police"].n, tallies.contacts["police", "c1"].work) == (1, [3])
    assert len(list(tallies.every())) == 2
