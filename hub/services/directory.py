"""Directory: the statements that made it, each with its place in the log (proto/hutong/v1/directory.proto)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, select

from audit.log.reader import TileTree
from hub.admission.identify import Peer
from hub.edge import Context, Door, guarded_stream
from hub.recorder.recorder import stored_receipt
from hub.services.withheld import Withheld
from hub.state import tables
from hub.state.database import reading
from hub.state.log import StoredLog
from hub.state.records import table_of
from hutong.directory.records import HUB_AGENCY
from hutong.kinds import Kind, facts_of, kind_of, kinds
from hutong.v1 import directory_pb2, directory_pb2_grpc, entry_pb2, envelope_pb2, header_pb2

_STATEMENTS = table_of(tables.StatementRow)
_PAGE = 200
_KINDS = sorted(kind.number for kind in kinds().values() if kind.directory)


@dataclass
class Directory(directory_pb2_grpc.DirectoryServicer):
    """The service over the hub's database."""

    door: Door
    engine: Engine
    readers: Executor
    withheld: Withheld

    async def ListStatements(
        self, request: directory_pb2.ListStatementsRequest, context: Context
    ) -> AsyncIterator[directory_pb2.ListStatementsResponse]:
        """Directory statements in log order; of all agencies unless some are named."""
        async for message in guarded_stream(context, self._list(request, context)):
            yield message

    async def _list(
        self, request: directory_pb2.ListStatementsRequest, context: Context
    ) -> AsyncIterator[directory_pb2.ListStatementsResponse]:
        peer = self.door.reader(context, "read_directory")
        wanted, after = frozenset(request.agencies), request.since
        while True:
            call = asyncio.get_running_loop().run_in_executor(self.readers, self._page, after, wanted, peer)
            found, after = await call
            for evidence in found:
                yield directory_pb2.ListStatementsResponse(evidence=evidence)
            if not after:
                return

    def _page(self, since: int, wanted: frozenset[str], peer: Peer) -> tuple[list[entry_pb2.Evidence], int]:
        """Evidence of a page from index ``since`` on, and where the next one starts (0: there is none)."""
        query = (
            select(_STATEMENTS.c.index, _STATEMENTS.c.envelope, _STATEMENTS.c.disclosure)
            .where(_STATEMENTS.c.index >= since, _STATEMENTS.c.kind.in_(_KINDS), _STATEMENTS.c.refusal == "")
            .order_by(_STATEMENTS.c.index)
            .limit(_PAGE)
        )
        with reading(self.engine) as connection:
            closed = self.withheld.before(connection, self.door.standing.directory, peer.agency)
            log = StoredLog(connection)
            head = log.head()
            tree = TileTree(log, newest=head.size if head else 0)
            rows = connection.execute(query).mappings().all()
            found = []
            for row in rows:
                header = _header(row["envelope"])
                about = _about(header)
                if wanted and about not in wanted and about != HUB_AGENCY:
                    continue
                evidence = entry_pb2.Evidence(receipt=stored_receipt(log, tree, row["index"]))
                may = about in (HUB_AGENCY, peer.agency) or row["index"] >= closed
                self._show(evidence, row, kind_of(header), about, peer, may)
                found.append(evidence)
        return found, int(rows[-1]["index"]) + 1 if len(rows) == _PAGE else 0

    def _show(
        self, evidence: entry_pb2.Evidence, row: RowMapping, kind: Kind, about: str, peer: Peer, may: bool
    ) -> None:
        """What of a statement ``peer`` gets to see; ``may``: it is none of a time in which ``peer`` was a platform.

        Most hold codes and keys, which everybody needs. Who may not read rosters gets their entries alone, which say
        that such a statement was made. Names are for those who may see them, addresses for the agency's own. What the
        hub says of itself, its calendars, is for everybody.
        """
        may = may and (about == HUB_AGENCY or self.door.may(peer, "read_directory", about))
        if may or not kind.roster:
            evidence.envelope.ParseFromString(row["envelope"])
        if row["disclosure"] is not None and may and (not kind.roster or peer.agency == about):
            evidence.disclosure.ParseFromString(row["disclosure"])


def _header(envelope: bytes) -> header_pb2.Header:
    return header_pb2.Header.FromString(envelope_pb2.Envelope.FromString(envelope).payload)


def _about(header: header_pb2.Header) -> str:
    """The agency that a directory statement is about: the sender's, or the one that the hub speaks of; the hub itself
    for a calendar, by which everybody counts."""
    said = facts_of(header)
    return str(getattr(said, "agency", header.sender.agency) if kind_of(header).hub_only else header.sender.agency)
