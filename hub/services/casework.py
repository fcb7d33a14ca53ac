"""Casework: what the hub knows about items, for their parties (proto/hutong/v1/casework.proto)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine, case, desc, func, select

from hub.edge import Context, Door, guarded
from hub.notices.listing import looked
from hub.scorecards import KeptScorecards
from hub.services import shown
from hub.services.withheld import Withheld
from hub.state import tables
from hub.state.database import reading
from hub.state.records import from_row, load_approvals_of, load_items, load_obligations, load_recorded, table_of
from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, casework_pb2_grpc, codes_pb2
from rules.handovers import over
from rules.records import OPEN_STATES, Handover, Obligation

T = TypeVar("T")
_OBLIGATIONS = table_of(tables.ObligationRow)
_ITEMS = table_of(tables.ItemRow)
_STATEMENTS = table_of(tables.StatementRow)
_HANDOVERS = table_of(tables.HandoverRow)
_DEFAULT_LIMIT = 200


@dataclass
class Casework(casework_pb2_grpc.CaseworkServicer):
    """The service over the hub's database."""

    door: Door
    engine: Engine
    readers: Executor
    scorecards: KeptScorecards
    withheld: Withheld

    async def ListObligations(
        self, request: casework_pb2.ListObligationsRequest, context: Context
    ) -> casework_pb2.ListObligationsResponse:
        """One's own agency's obligations, or those it laid on others; soonest due first."""

        async def call() -> casework_pb2.ListObligationsResponse:
            agency = self.door.reader(context, "read_items").agency
            directory = self.door.standing.directory
            return await self._read(lambda c: _list(c, directory, agency, request))

        return await guarded(context, call)

    async def GetItem(self, request: casework_pb2.GetItemRequest, context: Context) -> casework_pb2.GetItemResponse:
        """One item with its obligations and the headers' summary of every statement in it."""

        async def call() -> casework_pb2.GetItemResponse:
            agency = self.door.reader(context, "read_items").agency
            directory = self.door.standing.directory

            def read(connection: Connection) -> casework_pb2.GetItemResponse:
                closed = self.withheld.before(connection, directory, agency)
                return _item(connection, directory, agency, request.item_id, closed)

            return await self._read(read)

        return await guarded(context, call)

    async def ListHandovers(
        self, request: casework_pb2.ListHandoversRequest, context: Context
    ) -> casework_pb2.ListHandoversResponse:
        """The handovers of one's own agency that can still be answered, or all of them; newest first."""

        async def call() -> casework_pb2.ListHandoversResponse:
            agency = self.door.reader(context, "read_items").agency
            directory, now = self.door.standing.directory, self.door.clock.now()
            return await self._read(lambda c: _handovers(c, directory, agency, request, now))

        return await guarded(context, call)

    async def ListNotices(
        self, request: casework_pb2.ListNoticesRequest, context: Context
    ) -> casework_pb2.ListNoticesResponse:
        """The notices to one's own agency's contacts, newest first."""

        async def call() -> casework_pb2.ListNoticesResponse:
            agency = self.door.reader(context, "read_items").agency
            loop, now = asyncio.get_running_loop(), self.door.clock.now()
            return await loop.run_in_executor(self.readers, looked, self.engine, agency, request, now)

        return await guarded(context, call)

    async def GetScorecard(
        self, request: casework_pb2.GetScorecardRequest, context: Context
    ) -> casework_pb2.GetScorecardResponse:
        """One's own agency's figures, as recipient and as requester."""

        async def call() -> casework_pb2.GetScorecardResponse:
            agency = self.door.reader(context, "read_items").agency
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.readers, self.scorecards.card, request.period, agency)

        return await guarded(context, call)

    async def _read(self, function: Callable[[Connection], T]) -> T:
        def run() -> T:
            with reading(self.engine) as connection:
                return function(connection)

        return await asyncio.get_running_loop().run_in_executor(self.readers, run)


def _list(
    connection: Connection, directory: Directory, agency: str, request: casework_pb2.ListObligationsRequest
) -> casework_pb2.ListObligationsResponse:
    limit = request.limit or _DEFAULT_LIMIT
    whose = _ITEMS.c.from_agency if request.outgoing else _OBLIGATIONS.c.agency
    soonest = case(
        (_OBLIGATIONS.c.acknowledged_at == 0, _OBLIGATIONS.c.acknowledge_by),
        else_=func.coalesce(func.nullif(_OBLIGATIONS.c.complete_by, 0), _OBLIGATIONS.c.acknowledge_by),
    )
    query = (
        select(_OBLIGATIONS)
        .join(_ITEMS, _ITEMS.c.id == _OBLIGATIONS.c.item)
        .where(whose == agency)
        .order_by(
            case((_OBLIGATIONS.c.state.in_(OPEN_STATES), 0), else_=1),
            desc(_OBLIGATIONS.c.closed_at),
            soonest,
            *(desc(_OBLIGATIONS.c.available_at), _OBLIGATIONS.c.item, _OBLIGATIONS.c.agency),
        )
        .limit(limit + 1)
        .offset(request.offset)
    )
    if not request.include_closed:
        query = query.where(_OBLIGATIONS.c.state.in_(OPEN_STATES))
    found = [from_row(Obligation, row) for row in connection.execute(query).mappings()]
    duties = found[:limit]
    items = {item.id: item for item in load_items(connection, sorted({duty.item for duty in duties}))}
    return casework_pb2.ListObligationsResponse(
        obligations=[shown.obligation(directory, items[duty.item], duty) for duty in duties],
        more=len(found) > limit,
    )


def _item(
    connection: Connection, directory: Directory, agency: str, item_id: bytes, closed: int
) -> casework_pb2.GetItemResponse:
    """The item for ``agency``, which was a platform before entry ``closed``."""
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
    duties = sorted(load_obligations(connection, [item_id]), key=lambda duty: duty.agency)
    (opening,) = load_recorded(connection, [item_id])
    if directory.agencies[agency].type == codes_pb2.AGENCY_TYPE_PLATFORM or opening.index < closed:
        # A platform learns nothing of who owes what elsewhere; nor afterwards of what it was asked as one.
        duties = [duty for duty in duties if duty.agency == agency]
    papers = [paper for paper in load_approvals_of(connection, item_id) if paper.agency == agency]
    return casework_pb2.GetItemResponse(
        item_id=item_id,
        obligations=[shown.obligation(directory, item, duty) for duty in duties],
        statements=[casework_pb2.StatementSummary(**dict(row)) for row in connection.execute(query).mappings()],
        approvals=[shown.approval(paper) for paper in papers],
    )


def _handovers(
    connection: Connection, directory: Directory, agency: str, request: casework_pb2.ListHandoversRequest, now: int
) -> casework_pb2.ListHandoversResponse:
    limit = request.limit or _DEFAULT_LIMIT
    query = select(_HANDOVERS).where(_HANDOVERS.c.agency == agency).order_by(desc(_HANDOVERS.c.offered_at))
    if request.include_answered:
        query = query.limit(limit)
    else:
        waiting = (_HANDOVERS.c.answered_at == 0, _HANDOVERS.c.withdrawn_at == 0, _HANDOVERS.c.ends_at > now)
        query = query.where(*waiting)
    offers = [from_row(Handover, row) for row in connection.execute(query).mappings()]
    items = {item for offer in offers if not offer.answered_at for item in offer.items}
    duties = load_obligations(connection, sorted(items))
    found = [shown.handover(offer, over=over(directory, offer, duties, now)) for offer in offers]
    # What ended by itself stands in no column: the giver may own nothing of it any more.
    listed = [each for each in found if request.include_answered or not each.over]
    return casework_pb2.ListHandoversResponse(handovers=listed[:limit])
