"""CSV with drifting delimiters, titles above the header, open quotes, and lines that count."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.market import tables

HEADER = "投诉编号,投诉内容,被投诉主体"
CELLS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), min_size=3, max_size=3
)


def rows(text: str) -> list[tuple[int, tuple[str, ...] | str]]:
    table = tables.read(text)
    assert table is not None
    return [(row.line, row.error.code if row.error else row.cells) for row in table.rows]


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_reads_what_the_standard_writer_writes(given_rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(given_rows)
    wanted = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in given_rows]
    wanted = [row for row in wanted if any(cell.strip() for cell in row)]
    assume(wanted)
    got = [list(cells) for _, cells in rows(f"{HEADER}\r\n{out.getvalue()}")]
    assert got == wanted


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_delimiters(delimiter: str) -> None:
    text = f"{HEADER}\n1,甲,乙\n".replace(",", delimiter)
    assert rows(text) == [(2, ("1", "甲", "乙"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_physical(end: str) -> None:
    text = end.join(["12315投诉举报导出表", "", HEADER, '1,"两', '行",乙', "2,丙,丁", "", ",,", "3,戊,己"])
    assert rows(text) == [(4, ("1", "两\n行", "乙")), (6, ("2", "丙", "丁")), (9, ("3", "戊", "己"))]


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("1,甲", "HT-ADP-15"),
        ("1,甲,乙,丙", "HT-ADP-15"),
        ("1,甲,乙,,", ("1", "甲", "乙")),
        ('1,"甲,乙', "HT-ADP-16"),
        ("1,甲\0,乙", "HT-ADP-14"),
        ("1,甲\udcff,乙", "HT-ADP-13"),
        ("1," + "x" * 131_073 + ",乙", "HT-ADP-17"),
        ('1,"甲""乙",丙', ("1", '甲"乙', "丙")),
        ('1,"甲"乙,丙', ("1", "甲乙", "丙")),
        ('1,甲"乙,丙', ("1", '甲"乙', "丙")),
    ],
)
def test_one_bad_line_is_no_trouble_to_the_next(line: str, outcome: str | tuple[str, ...]) -> None:
    assert rows(f"{HEADER}\n{line}\n9,后,面\n") == [(2, outcome), (3, ("9", "后", "面"))]


def test_open_quotes_without_end_are_given_up() -> None:
    # Read from outside or from inside of a quoted field, such a line always leaves one open.
    found = rows(HEADER + "\n" + 'a"b,"\n' * 40)
    assert found == [*((line, "HT-ADP-16") for line in range(2, 10)), (10, "HT-ADP-28")]


def test_no_complaints() -> None:
    assert tables.read("code,name\n110000,北京市\n") is None
    assert tables.read("") is None


def test_header_only() -> None:
    assert rows(HEADER) == []
