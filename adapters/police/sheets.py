"""Tables from and to spreadsheets: CSV in any dialect, Excel workbooks (ECMA-376). All cells are text.

Cells that a spreadsheet would take for a formula are neutralised on the way out and restored on the way in (OWASP, CSV
injection). Numbers that Excel has rounded, as it does with anything above 15 digits, are never taken for what was
typed.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import openpyxl

from adapters import text as texts
from adapters.cells import neutral, plain
from adapters.market import tables
from adapters.market.tables import Row
from adapters.police import zips
from hutong.errors import HutongError

CSV = "text/csv; charset=utf-8; header=present"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_COLUMNS = 64
MAX_SHEETS = 32
MAX_CELL_CHARS = 32_767
MAX_WORKBOOK_BYTES = 64 * 1024 * 1024
"""Unpacked: the library holds all texts of a workbook in memory."""

_DELIMITERS = (",", ";", "\t", "|", "，", "；")
_LINE_END = re.compile(r"\r\n|\r|\n")
_HEAD = 40
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_EXACT = 10**15
_STAMPS = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")


@dataclass(frozen=True)
class Sheet:
    """One table; ``rows`` are read once, in order, as they are needed."""

    name: str
    rows: Iterator[Row] = field(repr=False)


def is_workbook(data: bytes) -> bool:
    """Whether an archive is an Excel workbook."""
    try:
        names = {one.name for one in zips.open_archive(data).members}
    except HutongError:
        return False
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def from_workbook(data: bytes) -> Iterator[Sheet]:
    """The sheets of a workbook. HT-ADP-232 to -236 as ``zips``; HT-XML-02 for a document type inside; HT-ADP-237 for
    what is no workbook after all."""
    archive = zips.open_archive(data)
    if sum(one.size for one in archive.members) > MAX_WORKBOOK_BYTES:
        raise HutongError("HT-ADP-233", limit=MAX_WORKBOOK_BYTES, ratio=zips.MAX_RATIO)
    for member in archive.members:
        if member.name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in next(archive.pieces(member), b"").replace(
            b"\0", b""
        ):
            raise HutongError("HT-XML-02")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets[:MAX_SHEETS]:
                sheet.reset_dimensions()
                yield Sheet(str(sheet.title), _rows(sheet))
    except HutongError:
        raise
    except Exception as error:  # the library raises whatever it stumbles over; a damaged file must not stop the node
        raise HutongError("HT-ADP-237") from error


def from_text(text: str, score: Callable[[Sequence[str]], int]) -> Sheet | None:
    """The table in a CSV file, by the delimiter that makes the best header of one of its first lines; None if there is
    no header at all."""
    lines = _LINE_END.split(text)
    head = [line if len(line) <= tables.MAX_HEADER_CHARS else "" for line in lines[:_HEAD]]
    best, chosen = 0, ""
    for delimiter in _DELIMITERS:
        found = max((score(row.cells) for row in tables.records(head, delimiter, 0)), default=0)
        if found > best:
            best, chosen = found, delimiter
    if not best:
        return None
    return Sheet("", (_restored(row) for row in tables.records(lines, chosen, 0)))


def to_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV in UTF-8 with a byte order mark, without which Excel reads Chinese wrongly."""
    out = io.StringIO()
    csv.writer(out).writerows([neutral(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def to_workbook(sheets: Iterable[tuple[str, Iterable[Sequence[str]]]]) -> bytes:
    """An Excel workbook of texts, the same to the byte for the same texts. HT-ADP-31 for a cell that is too long,
    HT-ADP-32 for characters that XML does not have."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            for cell in row:
                if len(cell) >= MAX_CELL_CHARS:
                    raise HutongError("HT-ADP-31", format="Excel", field=name, limit=MAX_CELL_CHARS - 1)
                if _CONTROL.search(cell):
                    raise HutongError("HT-ADP-32", field=name)
            sheet.append([neutral(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    archive = zips.open_archive(out.getvalue())
    # The library writes the time of day into the file; the same statement must give the same file.
    return zips.make([(one.name, _STAMPS.sub(b"", archive.read(one))) for one in archive.members])


def _rows(sheet: Any) -> Iterator[Row]:
    try:
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
            error = next(
                (HutongError("HT-ADP-238", column=at) for at, one in enumerate(cells, 1) if _rounded(one)), None
            )
            said = tuple(plain(_text(one)) for one in cells)
            flaw = texts.flaw("\t".join(said))
            yield Row(number, said, HutongError(flaw) if flaw else error)
    except Exception as error:  # as above
        raise HutongError("HT-ADP-237") from error


def _restored(row: Row) -> Row:
    flaw = texts.flaw("\t".join(row.cells))
    return Row(row.line, tuple(map(plain, row.cells)), row.error or (HutongError(flaw) if flaw else None))


def _rounded(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= _EXACT


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
