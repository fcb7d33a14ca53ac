"""The node's memory: one SQLite file in WAL with synchronous=FULL. A transaction that ended is durable, also when the
power fails; one that did not end left nothing.

One connection serves the running node, on its event loop's thread; commands open their own beside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hutong.errors import HutongError

_VERSION = 1
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE memory (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- Files taken in, kept until nothing of them waits for an answer or for a person.
CREATE TABLE files (digest BLOB PRIMARY KEY, name TEXT NOT NULL, data BLOB NOT NULL) STRICT;

-- Source records that became statements: the same record never becomes a second one.
CREATE TABLE processed (
    system TEXT NOT NULL, record TEXT NOT NULL, kind TEXT NOT NULL, digest BLOB NOT NULL, message_id BLOB NOT NULL,
    PRIMARY KEY (system, record, kind, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX processed_message ON processed (message_id);

-- state: waiting (for the item's acknowledgement), queued, accepted, refused.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, message_id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, item BLOB NOT NULL,
    submission BLOB NOT NULL, state TEXT NOT NULL, file BLOB, system TEXT NOT NULL, record TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '', receipt BLOB, log_index INTEGER,
    queued_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_state ON outbox (state, number);
CREATE INDEX outbox_file ON outbox (file) WHERE file IS NOT NULL;
CREATE INDEX outbox_item ON outbox (item);

-- Bodies stay sealed here; they are opened when somebody asks. erased: 0 no, 1 the hub says so, 2 the log says so.
CREATE TABLE inbox (
    log_index INTEGER PRIMARY KEY, message_id BLOB NOT NULL, item BLOB NOT NULL, kind TEXT NOT NULL,
    agency TEXT NOT NULL, own INTEGER NOT NULL, envelope BLOB NOT NULL, sealed BLOB, receipt BLOB NOT NULL,
    result INTEGER NOT NULL, code TEXT NOT NULL, erased INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    unrendered INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_message ON inbox (message_id);
CREATE INDEX inbox_item ON inbox (item, kind);
CREATE INDEX inbox_unrendered ON inbox (log_index) WHERE unrendered;
CREATE INDEX inbox_doubtful ON inbox (log_index) WHERE erased = 1 OR result = 5;

-- state: open, ordered (somebody asked for a replay), replayed.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, file BLOB, name TEXT NOT NULL, place TEXT NOT NULL, code TEXT NOT NULL,
    params TEXT NOT NULL, message_id BLOB, at INTEGER NOT NULL, state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX dead_letters_once ON dead_letters (file, place, code) WHERE state = 'open' AND file IS NOT NULL;

CREATE TABLE alarms (
    code TEXT NOT NULL, subject TEXT NOT NULL, params TEXT NOT NULL, since INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (code, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE known_keys (keyid TEXT PRIMARY KEY, how TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Directory statements as verified, without the cards (names), so that a node starts without its hub.
CREATE TABLE directory (log_index INTEGER PRIMARY KEY, evidence BLOB NOT NULL) STRICT;
"""


class Store:
    """One connection to the node's memory."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, made on first use, for its owner only. HT-NOD-12 if it cannot be opened."""
        try:
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise HutongError("HT-NOD-12", file=path.name) from error

    def _prepare(self) -> None:
        with self.transaction():
            version = self.one("PRAGMA user_version")[0]
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self.execute(statement)
                self.execute(f"PRAGMA user_version={_VERSION}")
            elif version != _VERSION:
                raise HutongError("HT-NOD-12", file="node.sqlite")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: durable when it ends, undone by any exception. Inside another it is part of that one."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, statement: str, *values: Any) -> int:
        """Run one statement; how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def all(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Every row of ``query``."""
        return self._connection.execute(query, values).fetchall()

    def first(self, query: str, *values: Any) -> sqlite3.Row | None:
        """The first row of ``query``."""
        found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found

    def one(self, query: str, *values: Any) -> sqlite3.Row:
        """The row of a query that always has one."""
        found = self.first(query, *values)
        if found is None:
            raise LookupError(query)
        return found

    def recall(self, name: str) -> int | None:
        """A number remembered under ``name``."""
        row = self.first("SELECT value FROM memory WHERE name = ?", name)
        return None if row is None else int(row["value"])

    def remember(self, name: str, value: int) -> None:
        """Remember ``value`` under ``name``."""
        self.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", name, value)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
