"""The same hub with storage off: everything but the database's writes and the commit. A measure of what storage costs.

Run as ``python -m bench.storage_off HOME READY_FILE`` on a hub that exists; nothing that it answers is kept.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from sqlalchemy import Connection

from hub import server
from hub.home import Home
from hub.recorder import recorder as path
from hub.settings import load
from hub.state.database import reading


class OffRecorder(path.Recorder):
    """A recorder whose head moves in memory only."""

    def _current(self, connection: Connection) -> path.Head:
        if self._head is None:
            raise RuntimeError("start() comes first")
        return self._head


def _nothing(*_: object) -> None:
    """In the place of a write."""


def main() -> None:
    """Serve the hub in ``argv[1]`` without storing; write the ports to ``argv[2]``."""
    path.writing = reading
    path.append = _nothing  # type: ignore[assignment]
    path.record = _nothing  # type: ignore[assignment]
    server.Recorder = OffRecorder  # type: ignore[misc]
    server.Publisher.notify = _nothing  # type: ignore[method-assign]
    home = Home.open(load(Path(sys.argv[1])))

    def ready(running: server.Server) -> None:
        ports = {"port": running.port, "enrolment_port": running.enrolment_port, "tiles_port": running.tiles_port}
        Path(sys.argv[2]).write_text(json.dumps(ports))

    async def serve() -> None:
        running = server.Server(home)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.stop)
        await running.run(ready)

    asyncio.run(serve())


if __name__ == "__main__":
    main()
