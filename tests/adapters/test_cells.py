"""No cell is a formula, and every cell comes back as the text that it was."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import cells

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.from_regex(
    r"'{0,3}[=+\-@\t\r\n＝]x", fullmatch=True
)


@given(TEXT)
def test_comes_back(text: str) -> None:
    assert cells.plain(cells.neutral(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1"])
def test_nothing_begins_a_formula(text: str) -> None:
    assert cells.neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "'", "''", "'quoted'", "a=b", "'a", " =1"])
def test_ordinary_text_stays(text: str) -> None:
    assert cells.neutral(text) == cells.plain(text) == text


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=4))
def test_csv(rows: list[list[str]]) -> None:
    data = cells.csv_bytes(rows, bom=True)
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [[cells.plain(cell) for cell in row] for row in read] == rows
    for row in read:
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") for cell in row)
