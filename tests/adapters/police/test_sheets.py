"""Tables from and to spreadsheets; what is written is judged by openpyxl and by csv."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cells import neutral, plain
from adapters.police import sheets
from hutong.errors import HutongError

CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12) | st.sampled_from(
    ["=1+1", "+86", "-1", "@x", "'=1", "''-1", "'x", "=", "#N/A", "001", "11010519491231002X", "TRUE"]
)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=5)


def book(*rows: Sequence[object], name: str = "一") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = name
    for row in rows:
        made.active.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cells(data: bytes) -> list[list[str]]:
    (sheet,) = sheets.from_workbook(data)
    return [list(row.cells[:2]) for row in sheet.rows]


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_workbooks_there_and_back(rows: list[list[str]]) -> None:
    data = sheets.to_workbook([("一", rows)])
    assert data == sheets.to_workbook([("一", rows)]), "no time of day in it"
    for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows():
        for cell in row:
            assert cell.data_type != "f", "no formula"
            assert cell.value is None or str(cell.value)[:1] not in "=+-@"
    found = cells(data)
    assert found + [["", ""]] * (len(rows) - len(found)) == rows


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_csv_there_and_back(rows: list[list[str]]) -> None:
    data = sheets.to_csv(rows)
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
        assert all(cell[:1] not in tuple("=+-@\t\r") for cell in row if cell)
        assert [plain(cell) for cell in row] in rows


@given(cell=st.text(alphabet="'=+-@\t\ra", max_size=6))
def test_neutral_is_undone(cell: str) -> None:
    assert plain(neutral(cell)) == cell
    assert neutral(cell)[:1] not in tuple("=+-@\t\r") or not cell


def test_what_a_cell_says() -> None:
    (sheet,) = sheets.from_workbook(book([1, 1.5, True, None, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), "x"]))  # noqa: DTZ001
    (row,) = sheet.rows
    assert row.cells[:7] == ("1", "1.5", "是", "", "2026-01-02", "2026-01-02T03:04:00", "x")


def test_numbers_that_excel_has_rounded() -> None:
    """An id typed into a number cell: 110105194912310021 comes back as …000."""
    (sheet,) = sheets.from_workbook(book(["李四", 110105194912310021], ["王五", "110105194912310021"]))
    first, second = sheet.rows
    assert first.error and first.error.code == "HT-ADP-238" and first.error.params["column"] == "2"
    assert not second.error and second.cells[1] == "110105194912310021"


def test_limits_of_a_cell() -> None:
    with pytest.raises(HutongError) as caught:
        sheets.to_workbook([("一", [["x" * 40_000]])])
    assert caught.value.code == "HT-ADP-31"
    with pytest.raises(HutongError) as caught:
        sheets.to_workbook([("一", [["\x07"]])])
    assert caught.value.code == "HT-ADP-32"


def test_no_workbook() -> None:
    good = book(["a"])
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    for name, data, code in [
        ("xl/workbook.xml", b"<broken", "HT-ADP-237"),
        ("xl/worksheets/sheet1.xml", b"<broken", "HT-ADP-237"),
        ("xl/worksheets/sheet1.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "HT-XML-02"),
        ("xl/sharedStrings.xml", b"\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0>\0", "HT-XML-02"),
    ]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for part, content in {**parts, name: data}.items():
                archive.writestr(part, content)
        assert sheets.is_workbook(out.getvalue())
        with pytest.raises(HutongError) as caught:
            [list(sheet.rows) for sheet in sheets.from_workbook(out.getvalue())]
        assert caught.value.code == code, name


def test_a_sheet_that_claims_a_million_columns() -> None:
    made = openpyxl.Workbook()
    made.active.cell(row=5, column=16_000, value="far")
    made.active.cell(row=5, column=1, value="near")
    out = io.BytesIO()
    made.save(out)
    (sheet,) = sheets.from_workbook(out.getvalue())
    rows = list(sheet.rows)
    assert rows[-1].cells[0] == "near" and all(len(row.cells) <= sheets.MAX_COLUMNS for row in rows)
