"""Weeks and months by the calendar of China."""

from __future__ import annotations

import pytest

from audit.review.period import iso, read_period
from hutong.errors import HutongError


@pytest.mark.parametrize(
    ("week", "month", "start", "end"),
    [
        ("2026-W41", None, "2026-10-05T00:00:00+08:00", "2026-10-12T00:00:00+08:00"),
        ("2026-W01", None, "2025-12-29T00:00:00+08:00", "2026-01-05T00:00:00+08:00"),
        ("2026-W53", None, "2026-12-28T00:00:00+08:00", "2027-01-04T00:00:00+08:00"),
        (None, "2026-10", "2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00"),
        (None, "2026-12", "2026-12-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        (None, "2028-02", "2028-02-01T00:00:00+08:00", "2028-03-01T00:00:00+08:00"),
    ],
)
def test_from_midnight_to_midnight(week: str | None, month: str | None, start: str, end: str) -> None:
    period = read_period(week, month)
    assert (iso(period.start), iso(period.end)) == (start, end)


@pytest.mark.parametrize(
    ("week", "month"),
    [
        (None, None),
        ("2026-W41", "2026-10"),
        ("2027-W53", None),
        ("2026-W00", None),
        ("2026-41", None),
        ("2026-w41", None),
        ("10000-W01", None),
        ("", None),
        (None, "2026-13"),
        (None, "2026-00"),
        (None, "0000-01"),
        (None, "2026-1"),
        (None, "9999-12"),
    ],
)
def test_what_is_no_period_is_refused(week: str | None, month: str | None) -> None:
    with pytest.raises(HutongError) as caught:
        read_period(week, month)
    assert (caught.value.code, caught.value.exit_code) == ("HT-SCR-02", 2)
