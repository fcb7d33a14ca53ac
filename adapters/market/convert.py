"""Registers of the market regulator: complaints → Leads, extracts on companies → answers; the first bytes tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from adapters import archives, sheets
from adapters import text as texts
from adapters.cells import plain
from adapters.draft import Conversion, DeadLetter, Draft, Note
from adapters.market import leads, records, registry, tables, values, workbook
from adapters.market.records import Found
from hutong.errors import HutongError

AGENCY = "market"


def convert(data: bytes, *, name: str = "", now: datetime) -> Conversion:
    """Complaints in CSV, Excel, JSON or NDJSON; one record becomes one Lead, a bad record one dead letter."""
    try:
        if sheets.is_workbook(data):
            extract = workbook.extract(data)
            found, notes = ([], ()) if extract else workbook.records(data)
        elif data.startswith(archives.MAGIC):
            raise HutongError("HT-ADP-11", agency=AGENCY)
        else:
            text = texts.decode(data)
            listed = _listed(text)
            extract = _extract(text, listed)
            found, notes = ([], ()) if extract else _records(text, listed)
    except HutongError as error:
        return Conversion.refused("line 1", error)
    if extract:
        return Conversion.collect(registry.drafts(*extract))
    return Conversion.collect(_drafts(found, leads.Context(now.date(), _order(found), notes=notes)))


def _listed(text: str) -> list[Found] | None:
    """The records of JSON; None for a table."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    return list(records.read_lines(text) if records.is_lines(text) else records.read(text))


def _records(text: str, listed: list[Found] | None) -> tuple[list[Found], tuple[Note, ...]]:
    """All records of the file, and what is to be noted about it. HT-ADP-11 if it is no file of complaints."""
    if listed is not None:
        if not any(map(records.looks_like_complaint, listed)) and any(one.record for one in listed):
            raise HutongError("HT-ADP-11", agency=AGENCY)
        return listed, ()
    table = tables.read(text)
    if table is None:
        flaw = texts.flaw(text)
        raise HutongError(flaw) if flaw else HutongError("HT-ADP-11", agency=AGENCY)
    notes = (Note.of("adapter-preamble", f"line {table.header_line}"),) if table.preamble else ()
    return list(_rows(table)), notes


def _extract(text: str, listed: list[Found] | None) -> tuple[list[registry.Row], tuple[Note, ...]] | None:
    """The rows of an extract from the register, and what is to be noted about the file; None if it is none."""
    if listed is not None:
        names = dict.fromkeys(column.name for one in listed if one.record for column, _ in one.record.cells)
        return ([_row(one) for one in listed], ()) if registry.recognised(names) else None
    table = tables.read(text, registry.recognised)
    if table is None or any(map(texts.flaw, (column.name for column in table.header))):
        return None
    notes = (Note.of("adapter-preamble", f"line {table.header_line}"),) if table.preamble else ()
    return [_row(one) for one in _rows(table)], notes


def _row(found: Found) -> registry.Row:
    if found.record is None:
        return registry.Row(found.where, error=found.error or HutongError("HT-ADP-25"))
    return registry.Row(found.where, tuple((column.name, text) for column, text in found.record.cells))


def _rows(table: tables.Table) -> Iterator[Found]:
    """A header that cannot be read makes the whole table unreadable; one without rows is worth a look."""
    header = tuple(column.name for column in table.header)
    beginning = f"line {table.header_line}"
    if flaw := next((code for code in map(texts.flaw, header) if code), None):
        yield Found(beginning, error=HutongError(flaw))
        return
    row = None
    for row in table.rows:
        where = f"line {row.line}"
        if row.error:
            yield Found(where, error=row.error)
            continue
        said = tuple(map(plain, row.cells))
        cells = tuple(zip(table.header, said, strict=True))
        native = tables.write([header, said])
        yield Found(where, leads.Record(cells, native, "text/csv; charset=utf-8; header=present"))
    if row is None:
        yield Found(beginning, error=HutongError("HT-ADP-18"))


def _order(found: Iterable[Found]) -> values.DateOrder:
    cells = chain.from_iterable(one.record.cells for one in found if one.record)
    return values.date_order(text for column, text in cells if column.field == "received_on")


def _drafts(found: Iterable[Found], context: leads.Context) -> Iterator[Draft | DeadLetter]:
    for one in found:
        if one.record is None:
            yield DeadLetter.of(one.where, one.error or HutongError("HT-ADP-25"))
            continue
        try:
            yield leads.lead(one.record, context)
        except HutongError as error:
            yield DeadLetter.of(one.where, error)
