"""The same hub with storage off: everything but the database writes and the commit. Only a measure of what storage costs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from audit.log.growth import TileData
from audit.log.reader import TileTree
from hub.home import Home
from hub.recorder import recorder as path
from hub.recorder.work import Decided
from hub.server import Server
from hub.settings import load
from hub.state.database import reading
from hub.state.log import StoredLog


class MemoryTiles:
    """Tiles that are remembered instead of written."""

    tiles: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int, width: int) -> bytes:
        """The first ``width`` hashes of a tile."""
        return self.tiles[level, index][: width * 32]


@contextmanager
def _reading_instead(engine: Engine) -> Iterator[Connection]:
    with reading(engine) as connection:
        yield connection


def _append(connection: Connection, start: int, entries: object, tiles: list[TileData], batch: object) -> None:
    MemoryTiles.tiles.update({(made.tile.level, made.tile.index): made.data for made in tiles})


def _record(connection: Connection, decided: Decided) -> None:
    """Nothing is kept."""


class OffRecorder(path.Recorder):
    """A recorder whose head is in memory only."""

    def _current(self, connection: Connection) -> path.Head:
        if not MemoryTiles.tiles:
            self._head = self._read_head()
            log = StoredLog(connection)
            size = self._head.frontier.size
            for level in range(8):
                for index in range(size // 256 ** (level + 1) + 1):
                    width = min(256, size // 256**level - index * 256)
                    if width > 0:
                        MemoryTiles.tiles[level, index] = log.read(level, index, width)
        assert self._head is not None
        return self._head


def main() -> None:
    """Serve ``argv[1]`` without storing; write the ports to ``argv[2]``."""
    path.writing = _reading_instead  # type: ignore[assignment]
    path.append = _append  # type: ignore[assignment]
    path.record = _record
    path.TileTree = lambda _log: TileTree(MemoryTiles())  # type: ignore[assignment, misc]
    home = Home.open(load(Path(sys.argv[1])))
    import hub.server

    hub.server.Recorder = OffRecorder  # type: ignore[misc]
    hub.server.Publisher.notify = lambda self: None  # type: ignore[method-assign]

    async def serve() -> None:
        import signal

        server = Server(home)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        found = lambda s: {"port": s.port, "enrolment_port": s.enrolment_port, "tiles_port": s.tiles_port}  # noqa: E731
        await server.run(lambda s: Path(sys.argv[2]).write_text(json.dumps(found(s))) and None)

    asyncio.run(serve())


if __name__ == "__main__":
    main()
