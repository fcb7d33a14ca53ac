"""How spans are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.worktime.span import Span, Unit, read_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("480min", Span(480, Unit.WORKING_MINUTE)),
        ("24h", Span(24, Unit.HOUR)),
        ("3wd", Span(3, Unit.WORKING_DAY)),
        (" 10 d ", Span(10, Unit.DAY)),
    ],
)
def test_read(text: str, span: Span) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize("text", ["", "3", "wd", "-3wd", "3.5d", "3 weeks", "9999999min", "4001wd", "6001d", "三wd"])
def test_refused(text: str) -> None:
    with pytest.raises(HutongError) as refused:
        read_span(text)
    assert refused.value.code == "HT-CAL-03"


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert read_span(text).amount >= 0
    except HutongError as refused:
        assert refused.code == "HT-CAL-03"
