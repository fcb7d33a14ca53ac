"""Working hours from the command line: the head sets them, everybody counts by them, and nobody else moves them."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.catalogue import load
from hutong.errors import HutongError
from hutong.v1 import kinds_pb2
from liaison.hours import read_season, read_stretch
from liaison.reading import lines

FAR = "2040-01-01"
"""Hours of another time: other tests of this folder share the town."""
EARLY = ("calendar", "hours", "set", "08:00-12:00", "13:00-16:00", "--from", FAR, "--to", "2040-12-31")


@pytest.fixture(scope="module")
def head(town: Any, program: Any) -> Any:
    """The market's head, who has set the hours of 2040, and other ones for its summer."""
    head = town.world.market.head.profile
    program(*EARLY, "--yes", profile=head)
    program("calendar", "hours", "set", "07:00-13:00", "--from", FAR, "--season", "07-01..08-31", "--yes", profile=head)
    return head


def test_hours_are_listed_newest_first_and_at_last_the_nations(town: Any, hutong: Any, head: Any) -> None:
    listed = hutong("calendar", "hours", "list", "market", "-o", "json", profile=town.police).json
    assert [(each["stretches"], each["from"], each["to"], each["season"]) for each in listed["hours"]] == [
        (["08:00-12:00", "13:00-16:00"], FAR, "2040-12-31", None),
        (["07:00-13:00"], FAR, None, "07-01..08-31"),
    ]
    assert listed["default"] == ["09:00-12:00", "14:00-17:30"]
    said = hutong("calendar", "hours", "list", profile=head).out.splitlines()
    assert [line.split()[0].rstrip(",") for line in said[1:]] == ["07:00-13:00", "08:00-12:00", "09:00-12:00"]
    assert len(hutong("calendar", "hours", "list", profile=town.police).out.splitlines()) == 2, "none of their own"


@pytest.mark.parametrize(
    ("start", "agency", "due"),
    [
        ("2040-03-01T08:00", "market", "2040-03-01T09:00:00+08:00"),
        ("2040-03-01T08:00", "police", "2040-03-01T10:00:00+08:00"),
        ("2040-06-29T15:30", "market", "2040-07-02T07:30:00+08:00"),
        ("2040-08-31T12:30", "market", "2040-09-03T08:30:00+08:00"),
        ("2041-01-02T08:00", "market", "2041-01-02T10:00:00+08:00"),
    ],
)
def test_a_deadline_is_counted_as_the_agency_counts(
    town: Any, hutong: Any, head: Any, start: str, agency: str, due: str
) -> None:
    counted = hutong("calendar", "due", start, "60min", "--agency", agency, "-o", "json", profile=town.police).json
    assert (counted["due"], counted["provisional"]) == (due, True)


def test_an_agency_that_nobody_knows_counts_nothing(town: Any, hutong: Any) -> None:
    done = hutong("calendar", "due", "2040-03-01", "1wd", "--agency", "nobody", profile=town.police, code=None)
    assert done.code == 1 and "HT-DIR-01" in done.err and not done.out


def test_a_notice_goes_over_what_the_agency_counts_by(town: Any, hutong: Any, head: Any, tmp_path: Any) -> None:
    file = tmp_path / "2040.toml"
    file.write_text('[[notice]]\nregion=""\nyear=2040\nversion=1\noff=[2040-03-01]\nworked=[]\nsource="x"\n')
    words = ("calendar", "due", "2040-03-01T08:00", "60min", "--agency", "market", "--notice", str(file))
    assert hutong(*words, profile=town.police).out == "2040-03-02T09:00:00+08:00\n"


def test_what_is_about_to_be_signed_is_shown_in_words(town: Any, hutong: Any, head: Any) -> None:
    size = town.size()
    fields = hutong(*EARLY, "--dry-run", "-o", "json", profile=head).json["fields"]
    shown = {field["field"]: (field["value"], field["readers"]) for field in fields}
    assert shown["hours_set.stretches[1].closes"] == ("960", ["*"])
    assert town.size() == size
    hutong.lang = "zh-CN"
    said = hutong(*EARLY, "--dry-run", profile=head).out
    assert "08:00-12:00" in said and "作息时间" in said and "已定的期限不变" in said


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        (("25:00-26:00",), 2, "HT-CLI-29"),
        (("09:00",), 2, "HT-CLI-29"),
        (("09:00:30-12:00",), 2, "HT-CLI-29"),
        (("09:00-17:00", "--from", "soon"), 2, "HT-CLI-29"),
        (("09:00-17:00", "--season", "06-01"), 2, "HT-CLI-29"),
        (("09:00-17:00", "--from", "2020-01-01"), 1, "HT-CAL-02"),
        (("09:00-13:00", "12:00-17:00"), 1, "HT-CAL-02"),
        (("09:00-09:01",), 1, "HT-CAL-02"),
        (("09:00-17:00", "--season", "02-30..09-30"), 1, "HT-CAL-02"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_a_slip_of_the_pen_is_refused_before_anything_is_signed(
    town: Any, hutong: Any, head: Any, words: tuple[str, ...], code: int, wanted: str, lang: str
) -> None:
    size, hutong.lang = town.size(), lang
    assert wanted in hutong("calendar", "hours", "set", *words, "--yes", profile=head, code=code).err
    assert town.size() == size


def test_only_the_head_sets_hours(town: Any, hutong: Any) -> None:
    size = town.size()
    assert "HT-DIR-04" in hutong(*EARLY, "--yes", profile=town.market, code=1).err
    assert town.size() == size


@pytest.mark.parametrize(("lang", "word"), [("en", "Examples:"), ("zh-CN", "例：")])
@pytest.mark.parametrize("command", ["set", "list"])
def test_help_has_an_example(hutong: Any, command: str, lang: str, word: str) -> None:
    hutong.lang = lang
    assert word in hutong.separately("calendar", "hours", command, "--help").out


def test_reading_and_writing_stretches() -> None:
    assert read_stretch(" 08:30-12:00 ") == kinds_pb2.WorkingStretch(opens=510, closes=720)
    assert read_season("06-01 .. 09-30") == ("06-01", "09-30")
    for wrong in ("", "-", "8-12", "08:30–12:00", "08:30-12:00-13:00", "08:30+08:00-12:00"):
        with pytest.raises(HutongError) as refused:
            read_stretch(wrong)
        assert refused.value.code == "HT-CLI-29"
    said = kinds_pb2.HoursSet(stretches=[kinds_pb2.WorkingStretch(opens=0, closes=720)], valid_from="2027-06-01")
    assert list(lines(said, {}, "zh")) == [("工作时段", "00:00-12:00"), ("生效", "2027-06-01")]
    for field in (*kinds_pb2.HoursSet.DESCRIPTOR.fields, *kinds_pb2.WorkingStretch.DESCRIPTOR.fields):
        assert f"label.{field.name}" in load("texts"), field.name
