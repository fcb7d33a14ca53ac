"""Notice files: what is read, and that every rule names the field it was broken in."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.worktime.notices import read_notices, shipped

GOOD = {
    "region": '""',
    "year": "2027",
    "version": "1",
    "off": "[2027-01-01, 2027-01-02]",
    "worked": "[2027-01-03]",
    "source": '"number and date"',
}


def written(**changed: str | None) -> str:
    fields = {**GOOD, **changed}
    return "[[notice]]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items() if value is not None)


def test_a_notice_is_read() -> None:
    (notice,) = read_notices(written())
    assert notice.off == (dt.date(2027, 1, 1), dt.date(2027, 1, 2))
    assert (notice.region, notice.year, notice.version, notice.source) == ("", 2027, 1, "number and date")


def test_those_shipped_name_their_source() -> None:
    assert shipped()
    assert all(notice.source for notice in shipped())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"region": '"990000"'}, "region"),
        ({"region": "450000"}, "region"),
        ({"year": "1949"}, "year"),
        ({"year": "true"}, "year"),
        ({"version": "0"}, "version"),
        ({"off": "[2027-01-02, 2027-01-01]"}, "off"),
        ({"off": "[2027-01-01, 2027-01-01]"}, "off"),
        ({"off": "[2028-01-01]"}, "off"),
        ({"off": '["2027-01-01"]'}, "off"),
        ({"off": "[2027-01-01T08:00:00]"}, "off"),
        ({"worked": "[2027-01-04]"}, "worked"),  # a Monday
        ({"worked": "[2027-01-02]"}, "worked"),  # off as well
        ({"source": None}, "source"),
        ({"note": '"x"'}, "note"),
    ],
)
def test_each_rule_names_its_field(changed: dict[str, str | None], field: str) -> None:
    with pytest.raises(HutongError) as refused:
        read_notices(written(**changed))
    assert (refused.value.code, refused.value.params["field"]) == ("HT-CAL-02", field)


@pytest.mark.parametrize("text", ["", "notice = 1", "notice = [1]", "notice = []", "[[notice", "a" * 100])
def test_what_is_no_notice_file(text: str) -> None:
    with pytest.raises(HutongError) as refused:
        read_notices(text)
    assert refused.value.code == "HT-CAL-01"


@given(st.text() | st.text().map(lambda tail: written() + tail))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_notices(text)
    except HutongError as refused:
        assert refused.code in ("HT-CAL-01", "HT-CAL-02")
