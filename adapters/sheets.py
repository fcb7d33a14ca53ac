"""Excel workbooks (ECMA-376) as tables of text, row by row, and tables as workbooks in which no cell is a formula.

Formulas are never worked out: the value that the program which saved the file left beside a formula is read, and a
formula without one is an empty cell; both are noted. Numbers come as digits, dates as ISO 8601 in either of Excel's
calendars (1900, 1904). Hidden sheets are not read, and reported. A workbook is refused before it is unpacked if it
would grow beyond bounds.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, range_boundaries

from adapters import archives, cells
from adapters.draft import Note
from adapters.text import MAX_FILE_BYTES
from hutong.errors import HutongError

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_STRINGS = 128 * 1024 * 1024
"""Of the shared strings, the only part that is held whole."""
MAX_COLUMNS = 702
"""Up to ZZ."""
MAX_MERGES = 20_000
MAX_HEADER_ROWS = 40
MAX_CELL_CHARS = 32_767
EXACT_DIGITS = 15
"""Excel keeps no more digits of a number than these."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = {"xl/workbook.bin": "Excel .xlsb", "content.xml": "OpenDocument"}
_MARKS = re.compile(rb'<(?:\w+:)?(f)[ >/]|<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"|\br="([A-Z]{3})\d+"')
_OVERLAP = 256
_ZEROS = re.compile(r"0+")
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


@dataclass(frozen=True)
class Row:
    """A row by its number in the sheet, from 1. A cell that others are merged with from above has their text;
    ``groups`` has the text across such as are merged sideways, too. ``numbers`` are the columns (from 0) in which a
    number stands, ``inexact`` those of them with more digits than Excel keeps."""

    number: int
    cells: tuple[str, ...]
    groups: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()
    inexact: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Sheet:
    """A visible sheet; ``place`` says which in words without its name ("sheet 2"). ``rows`` can be gone through once;
    HT-ADP-271 where the file breaks."""

    title: str
    place: str
    rows: Iterator[Row] = field(repr=False)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Table:
    """A header with the rows under it. ``preamble`` counts rows with something in them above the header."""

    header: tuple[str, ...]
    header_row: int
    preamble: int
    rows: Iterator[Row] = field(repr=False)


def is_workbook(data: bytes) -> bool:
    """Whether ``data`` is a workbook of any Excel, or an OpenDocument one, judged by its first bytes and members."""
    if data.startswith(_OLE):
        return True
    if not data.startswith(archives.MAGIC):
        return False
    names = archives.names(data)
    if not names:
        # Cut off: the first members' names stand in the clear all the same.
        return b"xl/" in data or b"[Content_Types].xml" in data or b"docProps/app.xml" in data[:200]
    return "xl/workbook.xml" in names or any(name in names for name in _OTHERS)


def read(data: bytes) -> tuple[list[Sheet], tuple[Note, ...]]:
    """The visible sheets, and what is to be noted of the book.

    HT-ADP-270 for .xls and other sorts of workbook, -273 for an encrypted one, -271 for a broken one, -272 beyond the
    bounds on sizes, HT-XML-02 where a part of it brings a document type.
    """
    if len(data) > MAX_FILE_BYTES:
        raise HutongError("HT-ADP-12", size=len(data), limit=MAX_FILE_BYTES)
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise HutongError("HT-ADP-273")
        raise HutongError("HT-ADP-270", format="Excel 97–2003 .xls")
    archive = _opened(data)
    with _broken(), warnings.catch_warnings():
        # What openpyxl misses in a workbook (default styles, extensions) is nothing that is read here.
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheets: list[Sheet] = []
    hidden = 0
    for number, sheet in enumerate(book.worksheets, 1):
        if sheet.sheet_state != "visible":
            hidden += 1
            continue
        formulas, merges = _scan(archive, sheet._worksheet_path)
        notes = [Note.of("sheet-formulas")] if formulas else []
        if len(merges) >= MAX_MERGES:
            notes.append(Note.of("sheet-merges", count=MAX_MERGES))
        sheet.reset_dimensions()
        sheets.append(Sheet(str(sheet.title), f"sheet {number}", _rows(sheet, merges), tuple(notes)))
    return sheets, (Note.of("sheet-hidden", count=hidden),) if hidden else ()


def table(sheet: Sheet, score: Callable[[tuple[str, ...]], int], known: Callable[[str], bool]) -> Table | None:
    """The table of ``sheet``: its header is the row among the first that ``score`` likes best; None if it likes none.

    Under a cell that is merged sideways the names of both rows are one ("被投诉主体" over "名称"), where that is
    ``known`` or the lower one alone is not.
    """
    head = list(islice(sheet.rows, MAX_HEADER_ROWS))
    best: tuple[int, int, tuple[str, ...]] | None = None
    for index, row in enumerate(head):
        for names in _namings(head[index - 1] if index else None, row, known):
            points = score(names)
            if points and (best is None or points > best[0]):
                best = (points, index, names)
    if best is None:
        return None
    _, index, names = best
    above = sum(any(cell.strip() for cell in row.cells) for row in head[:index])
    # Rows of a header with two levels are no rows of its table.
    rows = (row for row in chain(head[index + 1 :], sheet.rows) if any(cell.strip() for cell in row.cells))
    return Table(names, head[index].number, above, rows)


def fitted(row: Row, width: int) -> tuple[str, ...]:
    """The row's cells at the table's width: what Excel leaves out at the end is empty. HT-ADP-15 if there is text
    beyond."""
    if any(cell.strip() for cell in row.cells[width:]):
        raise HutongError("HT-ADP-15", found=len(row.cells), expected=width)
    return row.cells[:width] + ("",) * (width - len(row.cells))


def write(tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]) -> bytes:
    """A workbook with a sheet for each (title, header, rows), all cells text, the same bytes for the same tables.

    HT-ADP-31 for a cell longer than Excel's 32 767 characters, HT-ADP-32 for characters that a cell cannot hold.
    """
    book = Workbook(write_only=True)
    for title, header, rows in tables:
        # Checked before openpyxl begins to write: it does not take half a sheet well.
        texts = [[_cell(name, text) for name, text in zip(header, row, strict=True)] for row in rows]
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
        sheet.freeze_panes = "A2"
        for number, name in enumerate(header, 1):
            column = sheet.column_dimensions[get_column_letter(number)]
            # Text, so that numbers typed in keep their zeros.
            column.number_format = "@"
            column.width = min(max(10, 2 * len(name) + 2), 40)
        heading = [WriteOnlyCell(sheet, name) for name in header]
        for cell in heading:
            cell.font = Font(bold=True)
        for row in (heading, *texts):
            sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return _timeless(made.getvalue())


def _opened(data: bytes) -> zipfile.ZipFile:
    archive = archives.opened(data, broken="HT-ADP-271", grown="HT-ADP-272")
    members = archive.infolist()
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        other = next((sort for name, sort in _OTHERS.items() if name in names), "zip")
        raise HutongError("HT-ADP-270", format=other)
    strings = max((member.file_size for member in members if "sharedstrings" in member.filename.lower()), default=0)
    if strings > MAX_STRINGS:
        raise _too_large()
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            with _broken(), archive.open(member) as part:
                if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b""):
                    raise HutongError("HT-XML-02")
    return archive


def _too_large() -> HutongError:
    return HutongError("HT-ADP-272", limit=archives.MAX_UNPACKED // 1024 // 1024, ratio=archives.MAX_RATIO)


def _scan(archive: zipfile.ZipFile, path: str) -> tuple[bool, list[tuple[int, int, int, int]]]:
    """Whether a sheet has formulas, and its merged ranges (first column, first row, last column, last row). HT-ADP-272
    beyond MAX_COLUMNS."""
    formulas = False
    merges: dict[bytes, None] = {}
    with _broken(), archive.open(path.lstrip("/")) as part:
        before = b""
        while block := part.read(1 << 20):
            text = before + block
            for found in _MARKS.finditer(text):
                formulas = formulas or found[1] is not None
                if found[2] and len(merges) < MAX_MERGES:
                    merges[found[2]] = None
                if found[3]:
                    raise _too_large()
            before = text[-_OVERLAP:]
        return formulas, sorted((range_boundaries(each.decode()) for each in merges), key=lambda each: each[1])


def _rows(sheet: Any, merges: list[tuple[int, int, int, int]]) -> Iterator[Row]:
    filling = _Filling(merges)
    with _broken():
        for number, row in enumerate(sheet.rows, 1):
            texts = [""] * len(row)
            numbers: set[int] = set()
            inexact: set[int] = set()
            for column, cell in enumerate(row):
                value = cell.value
                if value is None:
                    continue
                texts[column] = _text(value, cell)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    numbers.add(column)
                    if abs(value) >= 10**EXACT_DIGITS:
                        inexact.add(column)
            down, across = filling.filled(number, texts)
            yield Row(number, down, across, frozenset(numbers), frozenset(inexact))


class _Filling:
    """Puts the text of merged cells into all of them, row after row."""

    def __init__(self, merges: list[tuple[int, int, int, int]]) -> None:
        self.waiting = merges[::-1]
        self.open: list[tuple[tuple[int, int, int, int], str]] = []

    def filled(self, number: int, texts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The row filled from above, and also sideways."""
        while self.waiting and self.waiting[-1][1] <= number:
            area = self.waiting.pop()
            said = texts[area[0] - 1] if area[0] <= len(texts) and area[1] == number else ""
            self.open.append((area, said))
        if not self.open:
            return tuple(texts), tuple(texts)
        self.open = [(area, said) for area, said in self.open if area[3] >= number]
        down, across = list(texts), list(texts)
        for (left, top, right, _), said in self.open:
            width = min(right, MAX_COLUMNS)
            across += [""] * (width - len(across))
            for column in range(left - 1, width):
                across[column] = across[column] or said
            if number > top and left <= MAX_COLUMNS:
                down += [""] * (left - len(down))
                down[left - 1] = down[left - 1] or said
        return tuple(down), tuple(across)


def _namings(above: Row | None, row: Row, known: Callable[[str], bool]) -> Iterator[tuple[str, ...]]:
    names = tuple(cell.strip() for cell in row.cells)
    yield _without_end(names)
    if above is None or above.groups == above.cells:
        return
    joined: list[str] = []
    for column in range(max(len(names), len(above.groups))):
        own = names[column] if column < len(names) else ""
        group = above.groups[column].strip() if column < len(above.groups) else ""
        both = f"{group}{own}" if group != own else own
        joined.append(both if known(both) or not known(own) else own)
    yield _without_end(tuple(joined))


def _without_end(names: tuple[str, ...]) -> tuple[str, ...]:
    end = len(names)
    while end and not names[end - 1]:
        end -= 1
    return names[:end]


def _text(value: Any, cell: Any) -> str:
    if isinstance(value, str):
        return cells.plain(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        shape = cell.number_format or ""
        return str(value).zfill(len(shape)) if _ZEROS.fullmatch(shape) else str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else f"{value}"


def _cell(name: str, text: str) -> str | None:
    said = cells.neutral(text)
    if len(said) > MAX_CELL_CHARS:
        raise HutongError("HT-ADP-31", format="xlsx", field=name, limit=MAX_CELL_CHARS)
    if ILLEGAL_CHARACTERS_RE.search(said):
        raise HutongError("HT-ADP-32", field=name)
    return said or None


def _timeless(data: bytes) -> bytes:
    """The workbook without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            part = old.read(member)
            if member.filename == "docProps/core.xml":
                part = _STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", part)
            new.writestr(zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _broken:
    """Whatever the libraries stumble over in a damaged workbook is HT-ADP-271: they raise nearly all there is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HutongError):
            raise HutongError("HT-ADP-271") from error
