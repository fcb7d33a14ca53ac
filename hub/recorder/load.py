"""load: exactly what the kinds of a batch declare to read, in a handful of queries, under the head lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, select

from hub.recorder.work import Admitted, DueTask, HubTask, Loaded, Work
from hub.state import tables
from hub.state.casework import load_casework
from hub.state.records import (
    load_approvals,
    load_handovers,
    load_items,
    load_marked,
    load_obligations,
    load_owned,
    load_recorded,
    table_of,
)
from hutong.directory.records import Directory
from hutong.v1 import header_pb2, options_pb2
from rules.parties import contact_concerned, items_named
from rules.state import State

_CLIENTS = table_of(tables.ClientRow)
_CASES = table_of(tables.CaseRow)


@dataclass
class _Wanted:
    """What the works of a batch name."""

    items: set[bytes] = field(default_factory=set)
    statements: set[bytes] = field(default_factory=set)
    certificates: set[bytes] = field(default_factory=set)
    cases: set[bytes] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    handovers: set[bytes] = field(default_factory=set)
    approvals: set[bytes] = field(default_factory=set)
    marks: set[tuple[str, bytes]] = field(default_factory=set)
    casework: set[bytes] = field(default_factory=set)
    """Items of which the casework is looked at."""
    ledgers: set[str] = field(default_factory=set)

    def take(self, work: Work, directory: Directory) -> None:
        """Add what ``work`` names."""
        match work:
            case HubTask():
                self.statements.update(work.statements)
                if registered := directory.agencies.get(work.agency):
                    self.owners.add(registered.head_contact)
            case DueTask():
                self.items.add(work.item)
            case Admitted():
                self._admitted(work, directory)

    def _admitted(self, work: Admitted, directory: Directory) -> None:
        header, kind = work.opened.header, work.opened.kind
        self.statements.add(header.message_id)
        self.certificates.add(work.peer.fingerprint)
        self.items |= items_named(header, kind)
        if header.case_id:
            self.cases.add(header.case_id)
        if kind.opens_item and header.facts.dedup_key:
            self.marks.add((header.sender.agency, header.facts.dedup_key))
        if options_pb2.READS_CASEWORK in kind.reads:
            self.casework |= items_named(header, kind)
            self.ledgers.add(header.sender.agency)
        self._read(header, kind.reads, directory)

    def _read(self, header: header_pb2.Header, reads: frozenset[int], directory: Directory) -> None:
        if options_pb2.READS_IN_REPLY_TO in reads:
            self.statements.add(header.in_reply_to)
        if options_pb2.READS_HANDOVER in reads:
            self.handovers.add(header.in_reply_to)
        if options_pb2.READS_APPROVAL in reads:
            self.approvals.add(header.in_reply_to)
        if options_pb2.READS_OWNED in reads:
            self.owners.add(contact_concerned(directory, header))


def load(connection: Connection, works: Sequence[Work], directory: Directory) -> Loaded:
    """The state that ``works`` are decided over."""
    wanted = _Wanted()
    for work in works:
        wanted.take(work, directory)
    state = State(directory=directory)
    for handover in load_handovers(connection, sorted(wanted.handovers)):
        state.handovers[handover.id] = handover
        wanted.items.update(handover.items)
    for approval in load_approvals(connection, sorted(wanted.approvals)):
        state.approvals[approval.id] = approval
    if wanted.owners:
        wanted.items.update(duty.item for duty in load_owned(connection, wanted.owners))
    for agency, mark in sorted(wanted.marks):
        wanted.items.update(item.id for item in load_marked(connection, agency, mark))
    if wanted.casework:
        state.casework, about = load_casework(connection, wanted.casework, wanted.ledgers)
        wanted.items |= about
    for item in load_items(connection, sorted(wanted.items)):
        state.keep(item)
    state.obligations = {(o.item, o.agency): o for o in load_obligations(connection, sorted(state.items))}
    state.statements = {s.message_id: s for s in load_recorded(connection, sorted(wanted.statements))}
    return Loaded(
        state,
        _numbers(connection, _CLIENTS.c.certificate, _CLIENTS.c.sequence, wanted.certificates),
        _numbers(connection, _CASES.c.case_id, _CASES.c.sequence, wanted.cases),
    )


def _numbers(connection: Connection, key: Column[Any], value: Column[Any], wanted: Iterable[bytes]) -> dict[bytes, int]:
    ids = sorted(wanted)
    if not ids:
        return {}
    rows = connection.execute(select(key, value).where(key.in_(ids)))
    return {bytes(row[0]): int(row[1]) for row in rows}
