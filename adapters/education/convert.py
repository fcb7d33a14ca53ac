"""Files of schools → drafts. Which format it is shows in its first bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime

from adapters import archives, sheets, strict_xml
from adapters import text as texts
from adapters.cells import plain
from adapters.draft import Conversion, DeadLetter, Draft, Note
from adapters.education import columns, edfi, oneroster, registers
from adapters.education.registers import Line
from hutong.errors import HutongError

AGENCY = "education"

_BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff\x00"
_DELIMITERS = (",", "\t", ";", "，")
_HEADER_LINES = 40


def convert(data: bytes, *, name: str = "", now: datetime) -> Conversion:
    """OneRoster zips, Ed-Fi XML, CSV and Excel: students asked for → Inquiry, found → InquiryReply; missing students
    and warnings → Lead. What the exchange does not need is kept back (minimum.py)."""
    try:
        texts.bounded(data)
        return Conversion.collect(_read(data, now.date()))
    except HutongError as error:
        line = error.params.get("line")
        return Conversion.refused(f"line {line}" if line else error.params.get("where", "/"), error)


def _read(data: bytes, today: date) -> Iterator[Draft | DeadLetter]:
    if sheets.is_workbook(data):
        yield from _workbook(data, today)
    elif oneroster.is_roster(archives.names(data)):
        yield from oneroster.read(data, today)
    elif data.lstrip(_BLANK).startswith(b"<"):
        root = strict_xml.parse(data.lstrip(b" \t\r\n"))
        if not edfi.is_interchange(root):
            raise HutongError("HT-ADP-11", agency=AGENCY)
        yield from edfi.read(root, today)
    elif data.startswith(archives.MAGIC) or data.lstrip(_BLANK)[:1] in (b"{", b"["):
        raise HutongError("HT-ADP-11", agency=AGENCY)
    else:
        yield from _csv(texts.decode(data), today)


def _workbook(data: bytes, today: date) -> Iterator[Draft | DeadLetter]:
    book, said = sheets.read(data)
    notes = list(said)
    read = 0
    for sheet in book:
        table = sheets.table(sheet, columns.score, lambda name: bool(columns.field(name)))
        if table is None:
            notes.append(Note.of("sheet-skipped", sheet.place))
            continue
        read += 1
        lines = _sheet_lines(sheet.place, table)
        yield from registers.read(table.header, lines, today, [*notes, *sheet.notes])
    if not read:
        raise HutongError("HT-ADP-11", agency=AGENCY)


def _sheet_lines(place: str, table: sheets.Table) -> Iterator[Line]:
    last = table.header_row
    try:
        for row in table.rows:
            last = row.number
            where = f"{place} row {last}"
            try:
                yield Line(where, sheets.fitted(row, len(table.header)), row.inexact)
            except HutongError as error:
                yield Line(where, (), error=error)
    except HutongError as error:
        yield Line(f"{place} row {last + 1}", (), error=error)


def _csv(text: str, today: date) -> Iterator[Draft | DeadLetter]:
    head = io.StringIO(text, newline="").readlines(65_536)[:_HEADER_LINES]
    best = (0, 0, ",")
    for delimiter in _DELIMITERS:
        for number, line in enumerate(head):
            cells = next(csv.reader([line], delimiter=delimiter), [])
            points = columns.score(tuple(cell.strip() for cell in cells))
            best = max(best, (points, -number, delimiter))
    points, skipped, delimiter = best
    if not points:
        flaw = texts.flaw(text)
        raise HutongError(flaw) if flaw else HutongError("HT-ADP-11", agency=AGENCY)
    source = io.StringIO("".join(head[-skipped:]) + text[sum(map(len, head)) :], newline="")
    reader = csv.reader(source, delimiter=delimiter)
    header = [cell.strip() for cell in next(reader)]
    notes = [Note.of("adapter-preamble", f"line {1 - skipped}")] if skipped else []
    yield from registers.read(header, _csv_lines(reader, len(header), -skipped), today, notes)


def _csv_lines(reader: Iterator[list[str]], width: int, before: int) -> Iterator[Line]:
    """The rows with their physical lines. A file whose quotes break off gives one line with the error, and ends."""
    while True:
        line = before + getattr(reader, "line_num", 0) + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(f"line {line}", (), error=HutongError("HT-ADP-16"))
            return
        if not any(cell.strip() for cell in row):
            continue
        cells = tuple(row[:width]) if not any(cell.strip() for cell in row[width:]) else tuple(row)
        flaw = next((code for code in map(texts.flaw, cells) if code), None)
        error = HutongError(flaw) if flaw else None
        if len(cells) != width:
            error = HutongError("HT-ADP-15", found=len(row), expected=width)
        yield Line(f"line {line}", tuple(map(plain, cells)), error=error)
