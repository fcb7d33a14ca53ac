"""Registers as Excel workbooks: their columns mean what those of their CSV mean."""

from __future__ import annotations

from collections.abc import Iterator

from adapters import sheets
from adapters.draft import Note
from adapters.market import columns, leads, registry, tables
from adapters.market.records import Found
from hutong.errors import HutongError

NATIVE_FORMAT = "text/csv; charset=utf-8; header=present; from=xlsx"


def records(data: bytes) -> tuple[list[Found], tuple[Note, ...]]:
    """The records of every visible sheet that is a register. HT-ADP-11 if none is, and as sheets.read."""
    found: list[Found] = []
    book, notes = sheets.read(data)
    said = list(notes)
    read = 0
    for sheet in book:
        table = sheets.table(sheet, columns.recognised, lambda name: bool(columns.column(name).field))
        if table is None:
            said.append(Note.of("sheet-skipped", sheet.place))
            continue
        read += 1
        said += sheet.notes
        if table.preamble:
            said.append(Note.of("adapter-preamble", f"{sheet.place} row {table.header_row}"))
        found += _found(sheet.place, table)
    if not read:
        raise HutongError("HT-ADP-11", agency="market")
    return found, tuple(said)


def extract(data: bytes) -> tuple[list[registry.Row], tuple[Note, ...]] | None:
    """The rows of every visible sheet that is an extract from the register of market entities; None if none is."""
    rows: list[registry.Row] = []
    book, notes = sheets.read(data)
    said = list(notes)
    for sheet in book:
        table = sheets.table(sheet, registry.recognised, registry.known)
        if table is None:
            said.append(Note.of("sheet-skipped", sheet.place))
            continue
        said += sheet.notes
        for found in _found(sheet.place, table):
            cells = tuple((column.name, text) for column, text in found.record.cells) if found.record else ()
            rows.append(registry.Row(found.where, cells, found.error))
    return (rows, tuple(said)) if rows else None


def _found(place: str, table: sheets.Table) -> Iterator[Found]:
    header = tuple(columns.column(name) for name in table.header)
    names = tuple(column.name for column in header)
    row = None
    try:
        for row in table.rows:
            yield _record(f"{place} row {row.number}", header, names, row)
    except HutongError as error:
        yield Found(f"{place} row {row.number + 1 if row else table.header_row}", error=error)
        return
    if row is None:
        yield Found(f"{place} row {table.header_row}", error=HutongError("HT-ADP-18"))


def _record(where: str, header: tuple[columns.Column, ...], names: tuple[str, ...], row: sheets.Row) -> Found:
    try:
        texts = sheets.fitted(row, len(header))
    except HutongError as error:
        return Found(where, error=error)
    if any(len(text) > tables.MAX_FIELD_CHARS for text in texts):
        return Found(where, error=HutongError("HT-ADP-17", limit=tables.MAX_FIELD_CHARS))
    record = leads.Record(
        tuple(zip(header, texts, strict=True)),
        tables.write([names, texts]),
        NATIVE_FORMAT,
        frozenset(names[n] for n in row.numbers if n < len(names)),
        frozenset(names[n] for n in row.inexact if n < len(names)),
    )
    return Found(where, record)
