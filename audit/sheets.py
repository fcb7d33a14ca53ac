"""Reports for a spreadsheet: CSV and Excel, in which no cell is a formula whatever stands in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | None
Sheet = tuple[str, Sequence[str], Iterable[Sequence[Cell]]]
"""Title, headings, rows."""


def neutral(value: Any) -> Cell:
    """``value`` as a cell that a spreadsheet only shows: text that it would take for a formula gets an apostrophe."""
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """RFC 4180 with plain newlines; a cell without a value is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (headings, *rows):
        writer.writerow([neutral(cell) for cell in row])
    return out.getvalue()


def write_workbook(target: Path, sheets: Iterable[Sheet]) -> None:
    """An Excel file with these sheets; headings are bold and stay in sight. OSError where it cannot be written."""
    book = Workbook()
    book.remove(book.active)
    for title, headings, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "C2"
        for row in (headings, *rows):
            sheet.append([neutral(cell) for cell in row])
        for head in sheet[1]:
            head.font = Font(bold=True)
    # Made whole first: a disk that is full leaves no half a workbook open.
    made = io.BytesIO()
    book.save(made)
    target.write_bytes(made.getvalue())
