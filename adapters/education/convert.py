"""Files of schools → drafts. Which format it is shows in its first bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from adapters import archives, sheets, strict_xml
from adapters import text as texts
from adapters.cells import plain
from adapters.draft import Conversion, DeadLetter, Draft, Note
from adapters.education import columns, edfi, oneroster, registers
from adapters.education.registers import Line
from adapters.market import tables
from hutong.errors import HutongError

AGENCY = "education"

_BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff\x00"


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
    table = tables.read(text, columns.score)
    if table is None:
        flaw = texts.flaw(text)
        raise HutongError(flaw) if flaw else HutongError("HT-ADP-11", agency=AGENCY)
    header = [column.name for column in table.header]
    notes = [Note.of("adapter-preamble", f"line {table.header_line}")] if table.preamble else []
    lines = (Line(f"line {row.line}", tuple(map(plain, row.cells)), error=row.error) for row in table.rows)
    yield from registers.read(header, lines, today, notes)
