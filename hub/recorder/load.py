"""load: exactly what the kinds of a batch declare to read, in a handful of queries, under the head lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, Connection, select

from hub.recorder.work import HubTask, Loaded, Work
from hub.state import tables
from hub.state.records import load_items, load_obligations, load_recorded, table_of
from hutong.directory.records import Directory
from hutong.v1 import options_pb2
from rules.parties import items_named
from rules.state import State

_CLIENTS = table_of(tables.ClientRow)
_CASES = table_of(tables.CaseRow)


def load(connection: Connection, works: Sequence[Work], directory: Directory) -> Loaded:
    """The state that ``works`` are decided over."""
    items: set[bytes] = set()
    statements: set[bytes] = set()
    certificates: set[bytes] = set()
    cases: set[bytes] = set()
    for work in works:
        if isinstance(work, HubTask):
            items.update(work.items)
            statements.update(work.statements)
            continue
        header, kind = work.opened.header, work.opened.kind
        statements.add(header.message_id)
        certificates.add(work.peer.fingerprint)
        items |= items_named(header, kind)
        if options_pb2.READS_IN_REPLY_TO in kind.reads:
            statements.add(header.in_reply_to)
        if header.case_id:
            cases.add(header.case_id)
    state = State(directory=directory)
    state.items = {item.id: item for item in load_items(connection, sorted(items))}
    state.obligations = {(o.item, o.agency): o for o in load_obligations(connection, sorted(state.items))}
    state.statements = {s.message_id: s for s in load_recorded(connection, sorted(statements))}
    return Loaded(
        state,
        _numbers(connection, _CLIENTS.c.certificate, _CLIENTS.c.sequence, certificates),
        _numbers(connection, _CASES.c.case_id, _CASES.c.sequence, cases),
    )


def _numbers(connection: Connection, key: Column[Any], value: Column[Any], wanted: Iterable[bytes]) -> dict[bytes, int]:
    ids = sorted(wanted)
    if not ids:
        return {}
    rows = connection.execute(select(key, value).where(key.in_(ids)))
    return {bytes(row[0]): int(row[1]) for row in rows}
