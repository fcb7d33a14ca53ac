"""The tiles of the newest batches in memory: receipts for what was just committed need no look into the database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from sqlalchemy import Engine

from audit.log.growth import TileData
from hub.state.database import reading
from hub.state.log import StoredLog
from hutong.proofs.tree import HASH_SIZE

_KEEP = 256


class RecentTiles:
    """A TileReader: what was made last from memory, anything else from the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tiles: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def take(self, made: Sequence[TileData]) -> None:
        """Remember tiles that are committed."""
        for tile, data in made:
            self._tiles[tile.level, tile.index] = data
            self._tiles.move_to_end((tile.level, tile.index))
        while len(self._tiles) > _KEEP:
            self._tiles.popitem(last=False)

    def read(self, level: int, index: int, width: int) -> bytes:
        """The first ``width`` hashes of a tile."""
        data = self._tiles.get((level, index), b"")
        if len(data) >= width * HASH_SIZE:
            return data[: width * HASH_SIZE]
        with reading(self._engine) as connection:
            return StoredLog(connection).read(level, index, width)
