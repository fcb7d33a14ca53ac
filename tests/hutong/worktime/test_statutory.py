"""The table of statutory limits: whole, cited, and counted as its laws count."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from hutong.worktime.calendar import ZONE
from hutong.worktime.span import Unit, read_span
from hutong.worktime.statutory import Limit, limits
from hutong.worktime.stretch import WorkTime

_DIGITS = {"24": "二十四", "3": "三", "5": "五", "7": "七", "15": "十五", "30": "三十", "90": "九十"}
EACH = pytest.mark.parametrize("limit", limits().values(), ids=limits())


@EACH
def test_the_laws_own_words_hold_the_figure_and_its_unit(limit: Limit) -> None:
    """A slip between the quotation and the figure counted is seen here, unless the quotation ends before the figure."""
    amount = str(limit.span.amount)
    words = limit.text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    counted = {Unit.HOUR: "小时", Unit.DAY: "日", Unit.WORKING_DAY: "(?:个工作)?日"}[limit.span.unit]
    assert re.search(f"(?<![0-9十])({amount}|{_DIGITS[amount]}){counted}", words)


@EACH
def test_days_of_which_the_law_does_not_say_which_are_calendar_days(limit: Limit) -> None:
    if not limit.unit_is_sure:
        assert limit.span.unit is Unit.DAY
        assert "工作日" not in limit.text
    if "工作日" in limit.text:
        assert limit.span.unit is Unit.WORKING_DAY


@EACH
def test_both_languages_say_what_and_from_when(limit: Limit) -> None:
    for said in (limit.what, limit.runs_from, limit.extended_by or {"zh": "-", "en": "-"}):
        assert set(said) == {"zh", "en"}
        assert all(said.values())
    assert f"第{limit.article}条" in limit.citation("zh")
    assert limit.citation("en").endswith(f"art. {limit.article}")


def test_a_span_is_written_as_it_is_read() -> None:
    assert [str(read_span(text)) for text in ("480min", "24h", "3wd", "10d")] == ["480min", "24h", "3wd", "10d"]
    assert all(read_span(str(limit.span)) == limit.span for limit in limits().values())


def test_short_and_long_periods_of_one_law_differ_in_unit() -> None:
    """行政处罚法 art. 85 makes 七日 working days; the ninety days of art. 60 stay calendar days."""
    start = dt.datetime(2026, 9, 29, 10, tzinfo=ZONE)
    served, decided = (WorkTime().due(start, limits()[name].span) for name in ("penalty-service", "penalty-decision"))
    assert served == dt.datetime(2026, 10, 14, 10, tzinfo=ZONE)
    assert decided == dt.datetime(2026, 12, 28, 10, tzinfo=ZONE)


def test_sealing_is_extended_by_the_special_rule() -> None:
    """禁止传销条例 art. 18 gives fifteen days more; 行政强制法 art. 25 leaves such rules standing."""
    sealing = limits()["sealing"]
    assert (sealing.span, sealing.extension) == (read_span("30d"), read_span("15d"))
    assert sealing.extended_by is not None
