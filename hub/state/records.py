"""Between the records of the pure core and their rows: one table for each record type, the same field names.

Tuples travel as JSON text, ids in them as hex; everything else as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert
from sqlmodel import SQLModel

from hub.state import case_tables, roster_tables, tables
from hub.state.fast import write_rows
from hutong.directory.duties import Absence, Channel, Delegation, Override, Roster, Swap
from hutong.directory.records import PLACES, Agency, AgencyHours, Contact, Directory, Key, Mandate, PublishedCalendar
from hutong.directory.records import Record as DirectoryRecord
from hutong.kinds import kinds
from rules.casework.records import Disposition, Dispute, Docket, Ledger, Repatriation, Transfer
from rules.records import OPEN_STATES, Approval, Handover, Item, Obligation, Record, Recorded

_TABLES: dict[type[Any], type[SQLModel]] = {
    Agency: tables.AgencyRow,
    Contact: tables.ContactRow,
    Key: tables.KeyRow,
    Mandate: tables.MandateRow,
    PublishedCalendar: tables.CalendarRow,
    AgencyHours: tables.HoursRow,
    Roster: roster_tables.RosterRow,
    Override: roster_tables.OverrideRow,
    Swap: roster_tables.SwapRow,
    Absence: roster_tables.AbsenceRow,
    Delegation: roster_tables.DelegationRow,
    Channel: roster_tables.ChannelRow,
    Item: tables.ItemRow,
    Obligation: tables.ObligationRow,
    Handover: tables.HandoverRow,
    Approval: tables.ApprovalRow,
    Docket: case_tables.DocketRow,
    Disposition: case_tables.DispositionRow,
    Transfer: case_tables.TransferRow,
    Repatriation: case_tables.RepatriationRow,
    Dispute: case_tables.DisputeRow,
    Ledger: case_tables.LedgerRow,
}
_TUPLES: dict[type[Any], frozenset[str]] = {
    kind: frozenset(name for name, hint in get_type_hints(kind).items() if str(hint).startswith("tuple"))
    for kind in _TABLES
}
_IDS: dict[type[Any], frozenset[str]] = {
    kind: frozenset(name for name, hint in get_type_hints(kind).items() if hint == tuple[bytes, ...])
    for kind in _TABLES
}
_FIELDS: dict[type[Any], tuple[str, ...]] = {kind: tuple(f.name for f in fields(kind)) for kind in _TABLES}

T = TypeVar("T")


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    table: Table = getattr(model, "__table__")  # noqa: B009 - SQLModel declares it for table models only
    return table


_KEYS: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(column.name for column in table_of(model).primary_key) for kind, model in _TABLES.items()
}


def _row(record: Record) -> dict[str, Any]:
    tuples = _TUPLES[type(record)]
    return {
        name: _text(getattr(record, name)) if name in tuples else getattr(record, name)
        for name in _FIELDS[type(record)]
    }


def _text(value: tuple[Any, ...]) -> str:
    return json.dumps(value, separators=(",", ":"), default=bytes.hex)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def from_row(kind: type[T], row: Any) -> T:
    """The record of type ``kind`` in ``row`` (a mapping)."""
    given = {name: row[name] for name in _FIELDS[kind]}
    for name in _TUPLES[kind]:
        given[name] = _tuples(json.loads(given[name]))
    for name in _IDS[kind]:
        given[name] = tuple(map(bytes.fromhex, given[name]))
    return kind(**given)


@cache
def upsert(table: Table, dialect: str) -> Insert:
    """INSERT that puts a row in the place of one with the same key; built once, because building costs as much as
    running it."""
    keys = [column.name for column in table.primary_key]
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    changed = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    made: Insert = insert.on_conflict_do_update(index_elements=keys, set_=changed)
    return made


def put(connection: Connection, records: Iterable[Record]) -> None:
    """Write ``records``; one with the same key takes the older one's place, the last of several wins."""
    kinds: dict[type[Any], dict[tuple[Any, ...], Record]] = {}
    for record in records:
        key = tuple(getattr(record, name) for name in _KEYS[type(record)])
        kinds.setdefault(type(record), {})[key] = record
    for kind, found in kinds.items():
        statement = upsert(table_of(_TABLES[kind]), connection.dialect.name)
        write_rows(connection, statement, [_row(record) for record in found.values()])


def load_all(connection: Connection, kind: type[T]) -> list[T]:
    """Every record of ``kind``."""
    rows = connection.execute(select(table_of(_TABLES[kind]))).mappings()
    return [from_row(kind, row) for row in rows]


def load_items(connection: Connection, ids: Sequence[bytes]) -> list[Item]:
    """The items with these ids."""
    return load_where(connection, Item, "id", ids)


def load_obligations(connection: Connection, items: Sequence[bytes]) -> list[Obligation]:
    """The obligations of these items."""
    return load_where(connection, Obligation, "item", items)


def load_handovers(connection: Connection, ids: Sequence[bytes]) -> list[Handover]:
    """The handovers with these ids."""
    return load_where(connection, Handover, "id", ids)


def load_approvals(connection: Connection, ids: Sequence[bytes]) -> list[Approval]:
    """The approvals with these ids."""
    return load_where(connection, Approval, "id", ids)


def load_approvals_of(connection: Connection, item: bytes) -> list[Approval]:
    """The approvals entered about ``item``, oldest first."""
    return sorted(load_where(connection, Approval, "item", [item]), key=lambda paper: (paper.entered_at, paper.id))


def load_owned(connection: Connection, contacts: Iterable[str]) -> list[Obligation]:
    """The open obligations that these contacts own."""
    table = table_of(tables.ObligationRow)
    query = select(table).where(table.c.owner.in_(sorted(contacts)), table.c.state.in_(OPEN_STATES))
    return [from_row(Obligation, row) for row in connection.execute(query).mappings()]


def load_marked(connection: Connection, agency: str, mark: bytes) -> list[Item]:
    """The items that ``agency`` has marked as the same matter."""
    table = table_of(tables.ItemRow)
    query = select(table).where(table.c.from_agency == agency, table.c.dedup_key == mark, tables.MARKED)
    return [from_row(Item, row) for row in connection.execute(query).mappings()]


def load_where(connection: Connection, kind: type[T], column: str, values: Sequence[Any]) -> list[T]:
    """The records of ``kind`` whose ``column`` is one of ``values``."""
    if not values:
        return []
    table = table_of(_TABLES[kind])
    rows = connection.execute(select(table).where(table.c[column].in_(values))).mappings()
    return [from_row(kind, row) for row in rows]


def load_directory(connection: Connection, index: int) -> Directory:
    """The whole directory; ``index`` is the position of its newest entry plus one."""
    records: list[DirectoryRecord] = []
    for kind in PLACES:
        records += load_all(connection, kind)
    return Directory().with_records(records, index)


def newest_directory_index(connection: Connection, since: int = 0) -> int:
    """Position of the newest directory entry from index ``since`` on, plus one; 0 when there is none."""
    table = table_of(tables.StatementRow)
    numbers = [kind.number for kind in kinds().values() if kind.directory]
    query = (
        select(table.c.index)
        .where(table.c.index >= since, table.c.kind.in_(numbers), table.c.refusal == "")
        .order_by(table.c.index.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return 0 if found is None else int(found) + 1


_RECORDED = ("message_id", "digest", "index", "kind", "agency", "contact", "item", "recipients", "recorded_at")


def load_recorded(connection: Connection, ids: Sequence[bytes]) -> list[Recorded]:
    """What is kept of the statements with these message ids; conflicts stand aside."""
    if not ids:
        return []
    table = table_of(tables.StatementRow)
    columns = [table.c[name] for name in (*_RECORDED, "refusal", "erased")]
    rows = connection.execute(select(*columns).where(table.c.message_id.in_(ids), tables.FIRST)).mappings()
    return [Recorded(**{**row, "recipients": tuple(json.loads(row["recipients"]))}) for row in rows]
