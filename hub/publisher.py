"""The publisher: brings the log's folder up to the newest note, off the path of the receipts.

Tiles first, fsynced, then the checkpoint by rename. The folder's checkpoint is also the hub's high-water mark: a
database that has fallen behind it (restored from a backup, say) is noticed before anything is signed.
"""

from __future__ import annotations

import threading
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from audit.log.folder import publish
from hub.state.database import reading
from hub.state.log import StoredLog
from hutong.errors import HutongError
from hutong.proofs.note import Note

_log = structlog.get_logger("hub.publisher")
_PAUSE_SECONDS = 1.0


class Publisher:
    """One thread that publishes after commits, as often as it can keep up with and no more."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def publish(self) -> int:
        """Publish the newest note now; its size. HT-SYS-03 when the folder is ahead of the database, or another log."""
        with reading(self._engine) as connection:
            log = StoredLog(connection)
            head = log.head()
            if head is None:
                if (self._folder / "checkpoint").exists():
                    raise HutongError("HT-SYS-03", why="a log is published, but the database holds none")
                return 0
            try:
                publish(self._folder, Note.parse(head.note.encode()), log)
            except HutongError as error:
                raise HutongError("HT-SYS-03", why=str(error)) from error
            return head.size

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def notify(self) -> None:
        """There is a newer note."""
        self._wanted.set()

    def stop(self) -> None:
        """Publish what there is and end."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wanted.wait()
            # The folder's fsyncs compete with those of the commits, so several commits share one publication.
            self._stopping.wait(_PAUSE_SECONDS)
            self._wanted.clear()
            self._try()
        # What was committed during the last publication.
        self._try()

    def _try(self) -> None:
        try:
            self.publish()
        except (HutongError, OSError, SQLAlchemyError) as error:
            # The log itself is in the database and whole; operators see this, and the next commit tries again.
            _log.error("the log folder could not be published", error=str(error))
