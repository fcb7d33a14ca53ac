"""Audit: checkpoints, tiles and proofs, read-only (proto/hutong/v1/audit.proto)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine

from audit.log.reader import TileTree, consistency_proof
from audit.log.tiles import Tile, encode_bundle, tile_width
from hub.edge import Context, Door, guarded, guarded_stream
from hub.export import export_files
from hub.home import Home
from hub.recorder import seal
from hub.state import tables
from hub.state.database import reading
from hub.state.log import StoredLog
from hutong.errors import HutongError
from hutong.v1 import audit_pb2, audit_pb2_grpc, entry_pb2

T = TypeVar("T")


@dataclass
class Audit(audit_pb2_grpc.AuditServicer):
    """The service over the hub's database."""

    door: Door
    home: Home
    engine: Engine
    readers: Executor

    async def GetCheckpoint(
        self, request: audit_pb2.GetCheckpointRequest, context: Context
    ) -> audit_pb2.GetCheckpointResponse:
        """The newest signed note."""

        async def call() -> audit_pb2.GetCheckpointResponse:
            self.door.reader(context, "read_hashes")
            return audit_pb2.GetCheckpointResponse(note=(await self._read(_head)).note)

        return await guarded(context, call)

    async def GetTile(self, request: audit_pb2.GetTileRequest, context: Context) -> audit_pb2.GetTileResponse:
        """A hash tile for anyone enrolled; an entry bundle for auditors."""

        async def call() -> audit_pb2.GetTileResponse:
            tile = Tile.parse(request.path)
            self.door.reader(context, "read_all_entries" if tile.level < 0 else "read_hashes")
            return audit_pb2.GetTileResponse(data=await self._read(lambda c: _tile(c, tile)))

        return await guarded(context, call)

    async def GetInclusionProof(
        self, request: audit_pb2.GetInclusionProofRequest, context: Context
    ) -> audit_pb2.GetInclusionProofResponse:
        """An entry of one's own agency (auditors: any) under the newest checkpoint."""

        async def call() -> audit_pb2.GetInclusionProofResponse:
            peer = self.door.reader(context, "read_own_entries")
            agencies, answer = await self._read(lambda c: _inclusion(c, request.index))
            if peer.agency not in agencies:
                self.door.reader(context, "read_all_entries")
            return answer

        return await guarded(context, call)

    async def GetConsistencyProof(
        self, request: audit_pb2.GetConsistencyProofRequest, context: Context
    ) -> audit_pb2.GetConsistencyProofResponse:
        """That the tree of one committed size extends an older one."""

        async def call() -> audit_pb2.GetConsistencyProofResponse:
            self.door.reader(context, "read_hashes")
            return await self._read(lambda c: _consistency(c, request.from_size, request.to_size))

        return await guarded(context, call)

    async def Export(
        self, request: audit_pb2.ExportRequest, context: Context
    ) -> AsyncIterator[audit_pb2.ExportResponse]:
        """An export, file by file."""
        async for message in guarded_stream(context, self._export(context)):
            yield message

    async def _export(self, context: Context) -> AsyncIterator[audit_pb2.ExportResponse]:
        self.door.reader(context, "export")
        loop = asyncio.get_running_loop()
        pieces = export_files(self.home, self.engine)
        while (piece := await loop.run_in_executor(self.readers, next, pieces, None)) is not None:
            self.door.peer(context)
            path, data = piece
            yield audit_pb2.ExportResponse(path=path, data=data)

    async def _read(self, function: Callable[[Connection], T]) -> T:
        def run() -> T:
            with reading(self.engine) as connection:
                return function(connection)

        return await asyncio.get_running_loop().run_in_executor(self.readers, run)


def _head(connection: Connection) -> tables.BatchRow:
    head = StoredLog(connection).head()
    if head is None:
        raise HutongError("HT-NFD-01", what="checkpoint")
    return head


def _tile(connection: Connection, tile: Tile) -> bytes:
    log, size = StoredLog(connection), _head(connection).size
    level = max(tile.level, 0)
    if tile.width > tile_width(level, tile.index, size):
        raise HutongError("HT-NFD-01", what=tile.path)
    if tile.level >= 0:
        return log.read(tile.level, tile.index, tile.width)
    start = tile.index * 256
    return encode_bundle(log.entries(start, start + tile.width))


def _inclusion(connection: Connection, index: int) -> tuple[frozenset[str], audit_pb2.GetInclusionProofResponse]:
    log, head = StoredLog(connection), _head(connection)
    if index >= head.size:
        raise HutongError("HT-NFD-01", what=f"entry {index}")
    entry = next(log.entries(index, index + 1))
    made = seal.Receipts(TileTree(log), head.size, head.note).receipt(index, entry)
    agencies = frozenset(entry_pb2.Entry.FromString(entry).agencies)
    return agencies, audit_pb2.GetInclusionProofResponse(receipt=made)


def _consistency(connection: Connection, old: int, new: int) -> audit_pb2.GetConsistencyProofResponse:
    log = StoredLog(connection)
    head = log.batch_of_size(new) if new else _head(connection)
    if head is None or not 0 < old <= head.size:
        raise HutongError("HT-NFD-01", what=f"pair of sizes {old}, {new}")
    return audit_pb2.GetConsistencyProofResponse(hashes=consistency_proof(log, old, head.size), note=head.note)
