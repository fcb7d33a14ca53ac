"""The outbox as rows: signed statements in the order in which they were written, until the hub has answered each.

A statement enters in the same transaction that marks its source record as processed, and it is kept as it was signed:
whatever happens afterwards, the hub gets these bytes and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from adapters.draft import DeadLetter, Draft
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from hutong.client.hub import Accepted
from hutong.errors import HutongError
from hutong.v1 import envelope_pb2, header_pb2

WAITING, QUEUED, ACCEPTED, REFUSED = "waiting", "queued", "accepted", "refused"


@dataclass(frozen=True)
class Source:
    """Which record of which file a statement came from. ``digest`` is of the record as the source wrote it."""

    system: str
    record: str
    kind: str
    digest: bytes

    @staticmethod
    def of(draft: Draft) -> Source:
        """The source of ``draft``."""
        said = draft.body.native or draft.body.SerializeToString(deterministic=True)
        return Source(draft.body.source_system, draft.source_record, draft.kind, sha256(said).digest())


@dataclass(frozen=True)
class Queued:
    """A statement in the outbox."""

    number: int
    message_id: bytes
    submission: envelope_pb2.Submission
    attempts: int


class Outgoing:
    """The outbox in the store. Every method that changes it is one transaction, or part of the caller's."""

    def __init__(self, store: Store, troubles: Troubles, clock: Callable[[], int]) -> None:
        self._store = store
        self._troubles = troubles
        self._clock = clock

    def keep_file(self, digest: bytes, name: str, data: bytes) -> None:
        """Keep a file's bytes while anything of it may have to be read again."""
        self._store.execute("INSERT OR IGNORE INTO files VALUES (?, ?, ?)", digest, name, data)

    def file(self, digest: bytes) -> tuple[str, bytes] | None:
        """Name and bytes of a file that is kept."""
        row = self._store.first("SELECT name, data FROM files WHERE digest = ?", digest)
        return None if row is None else (row["name"], row["data"])

    def drop_files(self) -> None:
        """Let go of files of which nothing waits for the hub or for a person any more."""
        self._store.execute(
            "DELETE FROM files WHERE"
            " NOT EXISTS (SELECT 1 FROM outbox WHERE file = digest AND state IN ('waiting', 'queued'))"
            " AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE file = digest AND state <> 'replayed')"
        )

    def is_processed(self, source: Source) -> bool:
        """Whether this record, as it stands, has become a statement already."""
        query = "SELECT 1 FROM processed WHERE system = ? AND record = ? AND kind = ? AND digest = ?"
        return self._store.first(query, source.system, source.record, source.kind, source.digest) is not None

    def put(
        self,
        submission: envelope_pb2.Submission,
        *,
        state: str = QUEUED,
        source: Source | None = None,
        file: bytes | None = None,
    ) -> None:
        """Queue a signed statement, and mark its source record as processed, in one step."""
        header = header_pb2.Header.FromString(submission.envelope.payload)
        with self._store.transaction():
            self._store.execute(
                "INSERT INTO outbox (message_id, kind, item, submission, state, file, system, record, queued_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                header.message_id,
                header.WhichOneof("kind"),
                header.item_id or header.message_id,
                submission.SerializeToString(),
                state,
                file,
                source.system if source else "",
                source.record if source else "",
                self._clock(),
            )
            if source:
                self._store.execute(
                    "INSERT INTO processed VALUES (?, ?, ?, ?, ?)",
                    source.system,
                    source.record,
                    source.kind,
                    source.digest,
                    header.message_id,
                )

    def release(self, item: bytes) -> None:
        """What waited for the acknowledgement of ``item`` goes out now."""
        query = "UPDATE outbox SET state = 'queued' WHERE item = ? AND state = 'waiting'"
        self._store.execute(query, item)

    def next(self, count: int, size: int) -> list[Queued]:
        """The oldest queued statements: at most ``count``, and of ``size`` bytes together (but at least one)."""
        found: list[Queued] = []
        query = (
            "SELECT number, message_id, submission, attempts FROM outbox WHERE state = 'queued' ORDER BY number LIMIT ?"
        )
        for row in self._store.all(query, count):
            size -= len(row["submission"])
            if found and size < 0:
                break
            submission = envelope_pb2.Submission.FromString(row["submission"])
            found.append(Queued(row["number"], row["message_id"], submission, row["attempts"]))
        return found

    def accepted(self, queued: Queued, answer: Accepted) -> None:
        """The hub recorded it."""
        self._store.execute(
            "UPDATE outbox SET state = 'accepted', attempts = attempts + 1, last_error = '', receipt = ?,"
            " log_index = ? WHERE number = ?",
            answer.receipt.SerializeToString(),
            answer.index,
            queued.number,
        )

    def refused(self, queued: Queued, error: HutongError) -> None:
        """The hub refused it for good: a dead letter, and its source record may become another statement."""
        row = self._store.one("SELECT * FROM outbox WHERE number = ?", queued.number)
        kept = self.file(row["file"]) if row["file"] else None
        letter = DeadLetter.of(f"record {row['record']}" if row["record"] else row["kind"], error)
        with self._store.transaction():
            self._store.execute(
                "UPDATE outbox SET state = 'refused', attempts = attempts + 1, last_error = ? WHERE number = ?",
                error.code,
                queued.number,
            )
            self._store.execute("DELETE FROM processed WHERE message_id = ?", queued.message_id)
            self._troubles.bury(letter, kept[0] if kept else "outbox", row["file"], queued.message_id)

    def tried(self, queued: Queued, error: HutongError) -> None:
        """Nothing was decided; it stays where it is."""
        query = "UPDATE outbox SET attempts = attempts + 1, last_error = ? WHERE number = ?"
        self._store.execute(query, error.code, queued.number)

    def count(self, *states: str) -> int:
        """How many statements are in one of ``states``."""
        marks = ", ".join("?" * len(states))
        return int(self._store.one(f"SELECT count(*) FROM outbox WHERE state IN ({marks})", *states)[0])  # noqa: S608

    def about(self, wanted: bytes | str) -> list[dict[str, Any]]:
        """What the outbox knows of a message, an item, or a source record."""
        query = "SELECT * FROM outbox WHERE message_id = ?1 OR item = ?1 OR record = ?1 ORDER BY number"
        return [
            {
                "message_id": row["message_id"].hex(),
                "item": row["item"].hex(),
                "kind": row["kind"],
                "state": row["state"],
                "record": row["record"],
                "attempts": row["attempts"],
                "last_error": row["last_error"],
                "index": row["log_index"],
                "queued_at": row["queued_at"],
            }
            for row in self._store.all(query, wanted)
        ]
