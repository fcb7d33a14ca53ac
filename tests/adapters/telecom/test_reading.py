"""What nobody takes of a JSON document is left over by path, and can be put back to where it stood."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.telecom.etsi.reading import Reading, put_back

keys = st.text(st.sampled_from("ab/[]#~01:@"), min_size=1, max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
)


@given(documents)
def test_everything_left_over_comes_back(value: Any) -> None:
    root: dict[str, Any] = {}
    for path, said in Reading({"x": value}, "Part").left():
        put_back(root, path, said)
    assert root == {"Part": {"x": value}}


def test_what_was_taken_is_not_left_over() -> None:
    one = Reading({"a": "1", "b": {"c": "2", "d": [{"e": "3"}, {"e": "4"}]}, "f": True, "g": False}, "P")
    assert one.take("a") == "1" and one.take("a", "z") == "" and one.take("f") == ""
    assert [each.take("e") for each in one.each("b", "d")] == ["3", "4"]
    assert one.take_yes("f") and not one.take_yes("g")
    assert list(one.left()) == [("P/b/c", "2"), ("P/g#json", "false")]
    one.at("b").all_used()
    assert list(one.left()) == [("P/g#json", "false")]


def test_one_piece() -> None:
    one = Reading({"a": {"b": [1, "x"]}}, "P")
    one.at("a").in_one_piece()
    assert list(one.left()) == [("P/a#json", '{"b":[1,"x"]}')]


@given(st.text(max_size=30), st.text(max_size=10))
def test_no_path_breaks_it(path: str, value: str) -> None:
    root: dict[str, Any] = {"a": [1], "b": "x"}
    put_back(root, path, value)
    json.dumps(root)
    assert root["a"][0] == 1 and root["b"] == "x", "what stands there stays"


def test_lists_do_not_grow_by_far_away_places() -> None:
    root: dict[str, Any] = {}
    put_back(root, "a[99999999]", "x")
    put_back(root, "a[5]", "x")
    assert root in ({}, {"a": []})
