"""JSON bombs and broken JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import strict_json
from hutong.errors import HutongError

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """Numbers as numbers again."""
    if isinstance(value, strict_json.Number):
        return int(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@given(VALUES)
def test_says_what_the_standard_parser_says(value: Any) -> None:
    read = strict_json.loads(json.dumps(value))
    assert plain(read) == value
    assert strict_json.flaw(read) is None


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 70 + "1" + "}" * 70, '["\\"[", ' + "[" * 65])
def test_depth(text: str) -> None:
    with pytest.raises(HutongError) as caught:
        strict_json.loads(text)
    assert caught.value.code == "HT-ADP-22"


def test_brackets_in_text_are_no_depth() -> None:
    assert strict_json.loads('"' + "[" * 1000 + '\\"' + "[" * 1000 + '"') == "[" * 1000 + '"' + "[" * 1000


def test_unclosed_quotes_cost_no_more_than_one_look() -> None:
    started = time.perf_counter()
    with pytest.raises(HutongError):
        strict_json.loads('["' + '\\"' * 1_000_000)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "HT-ADP-23"),
        ('{"a": [{"b": 1, "b": 1}]}', "HT-ADP-23"),
        ('{"a": NaN}', "HT-ADP-24"),
        ('{"a": -Infinity}', "HT-ADP-24"),
        ('{"a": 1' + "0" * 5000 + "}", "HT-ADP-24"),
        ('{"a": "\\ud800"}', "HT-ADP-13"),
        ('{"a": "\\u0000"}', "HT-ADP-14"),
    ],
)
def test_flaws(text: str, code: str) -> None:
    assert strict_json.flaw(strict_json.loads(text)) == code


def test_numbers_keep_their_digits() -> None:
    assert strict_json.loads("[10000.00, 1e400, 123456789012345678901234567890]") == [
        "10000.00",
        "1e400",
        "123456789012345678901234567890",
    ]


@pytest.mark.parametrize(
    ("text", "count", "line"),
    [('[{"a":1},\n{"a":2},\n{"a":', 2, 3), ("[1, 2", 1, 1), ("[", 0, 1), ("[1,\n2] x", 2, 2), ("[1 2]", 0, 1)],
)
def test_what_stands_before_the_break(text: str, count: int, line: int) -> None:
    found, at = strict_json.leading_elements(text)
    assert (len(found), at) == (count, line)
