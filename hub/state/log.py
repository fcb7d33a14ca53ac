"""The log in the database: entries, hash tiles and the signed note of every batch.

Reads serve anyone who checks; ``append`` is the recorder's alone and runs inside its transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, desc, insert, select

from audit.log.growth import Frontier, TileData
from hub.state import tables
from hub.state.fast import write_rows
from hub.state.records import table_of, upsert
from hutong.errors import HutongError
from hutong.proofs.tree import HASH_SIZE

_ENTRIES = table_of(tables.EntryRow)
_TILES = table_of(tables.TileRow)
_BATCHES = table_of(tables.BatchRow)
_STATEMENTS = table_of(tables.StatementRow)
_INSERT_ENTRIES = insert(_ENTRIES)
_INSERT_BATCHES = insert(_BATCHES)
_HEAD = select(_BATCHES).order_by(desc(_BATCHES.c.size)).limit(1)
# Made once: building a query costs more than running it, and a page of the directory runs these for each statement.
_TILE = select(_TILES.c.data).where((_TILES.c.level == bindparam("at_level")) & (_TILES.c.index == bindparam("at")))
_SPAN = (
    select(_ENTRIES.c.entry)
    .where((_ENTRIES.c.index >= bindparam("start")) & (_ENTRIES.c.index < bindparam("stop")))
    .order_by(_ENTRIES.c.index)
)
_HOLDING = select(_BATCHES).where(_BATCHES.c.size > bindparam("at")).order_by(_BATCHES.c.size).limit(1)


class StoredLog:
    """A LogReader (audit/log/reader.py) over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, level: int, index: int, width: int) -> bytes:
        """The first ``width`` hashes of a tile; HT-SYS-03 when the database does not hold them."""
        data = self._connection.execute(_TILE, {"at_level": level, "at": index}).scalar()
        if data is None or len(data) < width * HASH_SIZE:
            raise HutongError("HT-SYS-03", why=f"tile {level}/{index} is missing or short")
        return bytes(data[: width * HASH_SIZE])

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries ``start`` (inclusive) to ``stop`` (exclusive), verbatim."""
        for row in self._connection.execute(_SPAN, {"start": start, "stop": stop}):
            yield row.entry

    def head(self) -> tables.BatchRow | None:
        """The newest batch; None for an empty log."""
        row = self._connection.execute(_HEAD).mappings().first()
        return tables.BatchRow(**row) if row else None

    def batch_holding(self, index: int) -> tables.BatchRow | None:
        """The batch in whose commit entry ``index`` became durable."""
        row = self._connection.execute(_HOLDING, {"at": index}).mappings().first()
        return tables.BatchRow(**row) if row else None

    def batch_of_size(self, size: int) -> tables.BatchRow | None:
        """The batch that ended at exactly ``size``."""
        row = self._connection.execute(select(_BATCHES).where(_BATCHES.c.size == size)).mappings().first()
        return tables.BatchRow(**row) if row else None

    def refusal_params(self, index: int) -> dict[str, str]:
        """What the sentences of the refusal logged at ``index`` were filled in with."""
        text = self._connection.execute(
            select(_STATEMENTS.c.refusal_params).where(_STATEMENTS.c.index == index)
        ).scalar_one()
        return dict(json.loads(text or "{}"))

    def frontier(self, size: int) -> Frontier:
        """The tree of ``size`` entries, ready to grow."""
        return Frontier.load(self, size)


def append(
    connection: Connection, start: int, entries: Sequence[bytes], tiles: Sequence[TileData], batch: dict[str, object]
) -> None:
    """Write a batch's entries from index ``start``, the tiles it changed and its signed note; the caller commits.

    ``batches.size`` is the primary key: a second root for a size that was ever committed cannot be written.
    """
    rows = [{"index": start + offset, "entry": entry} for offset, entry in enumerate(entries)]
    write_rows(connection, _INSERT_ENTRIES, rows)
    changed = [{"level": made.tile.level, "index": made.tile.index, "data": made.data} for made in tiles]
    write_rows(connection, upsert(_TILES, connection.dialect.name), changed)
    write_rows(connection, _INSERT_BATCHES, [batch])
