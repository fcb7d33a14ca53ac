"""record: everything that a batch changed, written inside its transaction with a few executemany calls."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from hub.notices import outbox
from hub.recorder.work import Decided, Line
from hub.state import attachments, tables
from hub.state.fast import write_rows
from hub.state.records import put, table_of, upsert

_STATEMENTS = table_of(tables.StatementRow)
_DELIVERIES = table_of(tables.DeliveryRow)
_CLIENTS = table_of(tables.ClientRow)
_CASES = table_of(tables.CaseRow)
_INSERT_STATEMENTS = insert(_STATEMENTS)
_INSERT_DELIVERIES = insert(_DELIVERIES)


def record(connection: Connection, decided: Decided) -> None:
    """Statements, deliveries, notices, state and counters of a batch; the log is written beside it (hub/state/log)."""
    lines = decided.lines
    write_rows(connection, _INSERT_STATEMENTS, [_statement(line) for line in lines])
    deliveries = [{"agency": a, "index": line.index} for line in lines for a in dict.fromkeys(line.deliver_to)]
    if deliveries:
        write_rows(connection, _INSERT_DELIVERIES, deliveries)
    attachments.name(connection, ((address, line.index) for line in lines for address in line.attachments))
    put(connection, (change for line in lines for change in line.changes))
    for line in lines:
        if line.erases:
            erase(connection, line.erases)
        if line.notify:
            outbox.put(connection, line.recorded.message_id, line.index, line.notify, line.recorded.recorded_at)
    _count(connection, _CLIENTS, "certificate", decided.sequences)
    _count(connection, _CASES, "case_id", decided.cases)


def erase(connection: Connection, message_id: bytes) -> None:
    """Delete what can be read of a statement; header, digests and proofs stay."""
    gone = {"sealed": None, "tokens": None, "disclosure": None, "erased": True}
    mine = _STATEMENTS.c.message_id == message_id
    connection.execute(update(_STATEMENTS).where(mine, tables.FIRST).values(**gone))


def _statement(line: Line) -> dict[str, Any]:
    recorded = line.recorded
    return {
        "index": line.index,
        "message_id": recorded.message_id,
        "digest": recorded.digest,
        "kind": recorded.kind,
        "agency": recorded.agency,
        "contact": recorded.contact,
        "item": recorded.item,
        "recipients": json.dumps(recorded.recipients),
        "recorded_at": recorded.recorded_at,
        "refusal": recorded.refusal,
        "refusal_params": json.dumps(line.refusal.params) if line.refusal else "",
        "conflict": line.conflict,
        "envelope": line.envelope,
        "sealed": line.sealed,
        "tokens": line.tokens,
        "disclosure": line.disclosure,
        "erased": False,
    }


def _count(connection: Connection, table: Table, key: str, numbers: dict[bytes, int]) -> None:
    if numbers:
        rows = [{key: name, "sequence": number} for name, number in numbers.items()]
        write_rows(connection, upsert(table, connection.dialect.name), rows)
