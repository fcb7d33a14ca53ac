"""Workbooks in and out: what Excel does to numbers, dates and headers, and what a bad one may not do to us."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adapters import sheets
from hutong.errors import HutongError
from tests.adapters.books import book, by_hand, row

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["=1+1", "'=1", "+8613800138000", "-5", "@x", "007", "6222020000000000000", "\t=1", "＝1", " a ", "a\nb"]
)


def only(data: bytes) -> sheets.Sheet:
    found, _ = sheets.read(data)
    (sheet,) = found
    return sheet


def texts(data: bytes) -> list[tuple[str, ...]]:
    return [each.cells for each in only(data).rows]


def refused(data: bytes) -> str:
    with pytest.raises(HutongError) as caught:
        for sheet in sheets.read(data)[0]:
            list(sheet.rows)
    return caught.value.code


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=5))
def test_text_comes_back_and_is_never_a_formula(rows: list[list[str]]) -> None:
    data = sheets.write([("台账", ["a", "b", "c"], rows)])
    assert data == sheets.write([("台账", ["a", "b", "c"], rows)])
    read = [tuple(each.cells) + ("",) * (3 - len(each.cells)) for each in only(data).rows]
    wanted = [tuple(cell.replace("\r\n", "\n").replace("\r", "\n") for cell in each) for each in rows]
    while wanted and not any(wanted[-1]):
        wanted.pop()
    assert read[1 : len(wanted) + 1] == wanted
    for sheet in load_workbook(io.BytesIO(data)).worksheets:
        for cell in (cell for line in sheet.iter_rows() for cell in line):
            assert cell.data_type in ("s", "n", "inlineStr") and (cell.data_type != "n" or cell.value is None)


def test_values_as_text() -> None:
    rows = [
        [1, 2.5, 3.0, True, date(2026, 3, 1), datetime.fromisoformat("2026-03-01 09:30"), None, "x"],
    ]
    assert texts(book(rows)) == [("1", "2.5", "3", "TRUE", "2026-03-01", "2026-03-01 09:30:00", "", "x")]


def test_both_calendars() -> None:
    for epoch in (None, CALENDAR_MAC_1904):
        made = Workbook()
        if epoch:
            made.epoch = epoch
        made.active.append([date(2026, 3, 1), datetime.fromisoformat("1999-12-31 23:59")])
        out = io.BytesIO()
        made.save(out)
        assert texts(out.getvalue()) == [("2026-03-01", "1999-12-31 23:59:00")]


def test_numbers_that_are_ids() -> None:
    made = Workbook()
    made.active.append([13800138000, 6222020000000000123, 310104])
    made.active["D1"] = 42
    made.active["D1"].number_format = "000000"
    out = io.BytesIO()
    made.save(out)
    (only_row,) = only(out.getvalue()).rows
    assert only_row.cells == ("13800138000", "6222020000000000000", "310104", "000042")
    assert only_row.numbers == {0, 1, 2, 3} and only_row.inexact == {1}


def test_formulas_are_not_worked_out() -> None:
    cells = row(1, "甲", "<c><f>1+1</f><v>2</v></c>", "<c><f>HYPERLINK(&quot;http://a.example&quot;)</f></c>", "乙")
    sheet = only(by_hand(cells))
    assert [note.code for note in sheet.notes] == ["sheet-formulas"]
    assert [each.cells for each in sheet.rows] == [("甲", "2", "", "乙")]


def test_hidden_sheets_are_reported_and_not_read() -> None:
    found, notes = sheets.read(book([["a"]], [["secret"]], [["c"]], hidden=[1]))
    assert [(sheet.place, [each.cells for each in sheet.rows]) for sheet in found] == [
        ("sheet 1", [("a",)]),
        ("sheet 3", [("c",)]),
    ]
    assert [(note.code, dict(note.params)) for note in notes] == [("sheet-hidden", {"count": "1"})]


def score(names: tuple[str, ...]) -> int:
    known = {"编号", "被投诉主体名称", "被投诉主体电话", "内容"}
    return len(known & set(names)) if len(known & set(names)) >= 2 else 0


def known(name: str) -> bool:
    return name in ("编号", "被投诉主体名称", "被投诉主体电话", "内容")


def test_a_header_of_two_rows() -> None:
    rows: list[list[Any]] = [
        ["投诉台账"],
        ["编号", "被投诉主体", None, "内容"],
        [None, "名称", "电话", None],
        ["1", "甲公司", "0510-1", "x"],
        [],
        ["2", "乙公司", "0510-2", "y"],
    ]
    data = book(rows, merge=["A1:D1", "A2:A3", "B2:C2", "D2:D3"])
    found = sheets.table(only(data), score, known)
    assert found is not None
    assert found.header == ("编号", "被投诉主体名称", "被投诉主体电话", "内容")
    assert (found.header_row, found.preamble) == (3, 2)
    assert [(each.number, each.cells) for each in found.rows] == [
        (4, ("1", "甲公司", "0510-1", "x")),
        (6, ("2", "乙公司", "0510-2", "y")),
    ]


def test_cells_merged_downwards_say_the_same_in_each_row() -> None:
    rows = [["编号", "内容"], ["1", "x"], [None, "y"], ["2", "z"]]
    found = sheets.table(only(book(rows, merge=["A2:A3"])), score, known)
    assert found is not None
    assert [each.cells for each in found.rows] == [("1", "x"), ("1", "y"), ("2", "z")]


def test_no_table() -> None:
    assert sheets.table(only(book([["a", "b"], ["1", "2"]])), score, known) is None


def test_rows_at_the_tables_width() -> None:
    assert sheets.fitted(sheets.Row(1, ("a",)), 3) == ("a", "", "")
    assert sheets.fitted(sheets.Row(1, ("a", "b", " ")), 2) == ("a", "b")
    with pytest.raises(HutongError) as caught:
        sheets.fitted(sheets.Row(1, ("a", "b", "c")), 2)
    assert caught.value.code == "HT-ADP-15"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "HT-ADP-270"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "HT-ADP-273"),
        (book([["a"]])[:-200], "HT-ADP-271"),
        (book([["a"]])[:300], "HT-ADP-271"),
        (by_hand("<row><c"), "HT-ADP-271"),
        (by_hand('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), "HT-ADP-271"),
        (by_hand(row(1, "a"), workbook="<!-- -->").replace(b"xl/workbook.xml", b"xl/workbook.bin"), "HT-ADP-270"),
        (by_hand('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "HT-ADP-272"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    assert sheets.is_workbook(data)
    assert refused(data) == code


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"a,b\n", b"<xml/>", b"%PDF-1.4"])
def test_no_workbooks(data: bytes) -> None:
    assert not sheets.is_workbook(data)


def test_document_types_are_refused() -> None:
    data = by_hand(row(1, "a"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + part
            new.writestr(name, part)
    assert refused(out.getvalue()) == "HT-XML-02"


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    data = by_hand(row(1, "a"), sheet=f"<!--{'0' * 80_000_000}-->")
    assert len(data) < 200_000
    tracemalloc.start()
    assert refused(data) == "HT-ADP-272"
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_a_sheet_that_breaks_off_keeps_its_beginning() -> None:
    broken = "".join(row(n, str(n)) for n in range(1, 2000)) + '<row r="2000"><c r="A2000"'
    sheet = only(by_hand(broken))
    seen = []
    with pytest.raises(HutongError) as caught:
        for each in sheet.rows:
            seen.append(each.number)
    assert caught.value.code == "HT-ADP-271" and len(seen) > 1000


def test_memory_stays_flat() -> None:
    data = by_hand("".join(row(n, str(n), "甲" * 20) for n in range(1, 60_001)))
    sheet = only(data)
    tracemalloc.start()
    count = sum(1 for _ in sheet.rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000 and peak < 8_000_000


@pytest.mark.parametrize(("text", "code"), [("x" * 32_768, "HT-ADP-31"), ("a\x01b", "HT-ADP-32")])
def test_what_a_cell_cannot_hold_is_refused_and_never_cut(text: str, code: str) -> None:
    with pytest.raises(HutongError) as caught:
        sheets.write([("x", ["a"], [[text]])])
    assert caught.value.code == code


def test_titles_that_excel_does_not_allow() -> None:
    data = sheets.write([("a/b:c*?[d]" + "x" * 40, ["a"], [])])
    assert len(only(data).title) <= 31
