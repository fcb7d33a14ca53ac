"""Casework: what the hub knows about items, for their parties (proto/hutong/v1/casework.proto)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, desc, select

from hub.edge import Context, Door, guarded
from hub.state import tables
from hub.state.database import reading
from hub.state.records import load_items, load_obligations, table_of
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, casework_pb2_grpc
from rules.records import OPEN_STATES

T = TypeVar("T")
_OBLIGATIONS = table_of(tables.ObligationRow)
_ITEMS = table_of(tables.ItemRow)
_STATEMENTS = table_of(tables.StatementRow)
_DEFAULT_LIMIT = 200
_SAME = (
    "agency",
    "owner",
    "state",
    "available_at",
    "delivered_at",
    "seen_at",
    "acknowledged_at",
    "acknowledge_by",
    "closed_at",
    "outcome",
    "returned_for",
    "non_response",
)


@dataclass
class Casework(casework_pb2_grpc.CaseworkServicer):
    """The service over the hub's database."""

    door: Door
    engine: Engine
    readers: Executor

    async def ListObligations(
        self, request: casework_pb2.ListObligationsRequest, context: Context
    ) -> casework_pb2.ListObligationsResponse:
        """One's own agency's obligations, or those it laid on others; soonest due first."""

        async def call() -> casework_pb2.ListObligationsResponse:
            agency = self.door.reader(context, "read_items").agency
            return await self._read(lambda c: _list(c, agency, request))

        return await guarded(context, call)

    async def GetItem(self, request: casework_pb2.GetItemRequest, context: Context) -> casework_pb2.GetItemResponse:
        """One item with its obligations and the headers' summary of every statement in it."""

        async def call() -> casework_pb2.GetItemResponse:
            agency = self.door.reader(context, "read_items").agency
            return await self._read(lambda c: _item(c, agency, request.item_id))

        return await guarded(context, call)

    async def _read(self, function: Callable[[Connection], T]) -> T:
        def run() -> T:
            with reading(self.engine) as connection:
                return function(connection)

        return await asyncio.get_running_loop().run_in_executor(self.readers, run)


def _list(
    connection: Connection, agency: str, request: casework_pb2.ListObligationsRequest
) -> casework_pb2.ListObligationsResponse:
    whose = _ITEMS.c.from_agency if request.outgoing else _OBLIGATIONS.c.agency
    query = (
        select(_OBLIGATIONS, _ITEMS.c.urgency, _ITEMS.c.from_agency, _ITEMS.c.kind)
        .join(_ITEMS, _ITEMS.c.id == _OBLIGATIONS.c.item)
        .where(whose == agency)
        .order_by(_OBLIGATIONS.c.acknowledge_by, desc(_OBLIGATIONS.c.available_at))
        .limit(request.limit or _DEFAULT_LIMIT)
    )
    if not request.include_closed:
        query = query.where(_OBLIGATIONS.c.state.in_(OPEN_STATES))
    rows = connection.execute(query).mappings()
    return casework_pb2.ListObligationsResponse(obligations=[_obligation(row) for row in rows])


def _obligation(row: Any) -> casework_pb2.Obligation:
    return casework_pb2.Obligation(
        item_id=row["item"],
        urgency=row["urgency"],
        from_agency=row["from_agency"],
        kind=row["kind"],
        **{name: row[name] for name in _SAME},
    )


def _item(connection: Connection, agency: str, item_id: bytes) -> casework_pb2.GetItemResponse:
    found = load_items(connection, [item_id])
    if not found or agency not in found[0].parties:
        raise HutongError("HT-DTY-01")
    (item,) = found
    columns = ("index", "message_id", "kind", "agency", "contact", "recorded_at")
    query = (
        select(*(_STATEMENTS.c[name] for name in columns))
        .where(_STATEMENTS.c.item == item_id, _STATEMENTS.c.refusal == "")
        .order_by(_STATEMENTS.c.index)
    )
    return casework_pb2.GetItemResponse(
        item_id=item_id,
        obligations=[
            casework_pb2.Obligation(
                item_id=item_id,
                urgency=item.urgency,  # type: ignore[arg-type]
                from_agency=item.from_agency,
                kind=item.kind,
                **{name: getattr(duty, name) for name in _SAME},
            )
            for duty in sorted(load_obligations(connection, [item_id]), key=lambda o: o.agency)
        ],
        statements=[casework_pb2.StatementSummary(**dict(row)) for row in connection.execute(query).mappings()],
    )
