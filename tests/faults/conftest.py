"""What everybody has ever been told, to be held against the log afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from audit.log.reader import TileTree
from audit.review.replay import Replay
from audit.review.verify import verify
from hub.export import write
from hub.state.database import open_engine, reading
from hub.state.log import StoredLog
from hutong.client.trust import verify_receipt
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.v1 import entry_pb2


@dataclass
class Ledger:
    """Receipts handed out, as clients keep them."""

    receipts: list[tuple[bytes, entry_pb2.Receipt]] = field(default_factory=list)

    def keep(self, message_id: bytes, receipt: entry_pb2.Receipt) -> None:
        self.receipts.append((message_id, receipt))

    def check(self, home: Any, scratch: Path) -> dict[str, int]:
        """Everything that must hold of a log after any accident; figures for the summary."""
        engine = open_engine(home.settings.url)
        with reading(engine) as connection:
            log = StoredLog(connection)
            head = log.head()
            assert head is not None
            entries = list(log.entries(0, head.size))
            assert len(entries) == head.size
            said = [entry_pb2.Entry.FromString(entry) for entry in entries]
            first = [e.message_id for e in said if e.refusal != "HT-IDN-01"]
            assert len(set(first)) == len(first), "no statement twice"
            tree, roots = TileTree(log), dict[int, bytes]()
            notes = [row.note for row in connection.execute(text("SELECT note FROM batches"))]
            for receipt_note in (verify_receipt(r, home.policy)[1].note for _, r in self.receipts):
                notes.append(str(receipt_note))
            for note in set(notes):
                seen = Checkpoint.parse(Note.parse(note.encode()).text)
                assert roots.setdefault(seen.size, seen.root) == seen.root, "no size with two roots"
                assert tree.root(seen.size) == seen.root, "each on the one history"
            places: dict[bytes, int] = {}
            for message_id, receipt in self.receipts:
                entry, proof = verify_receipt(receipt, home.policy)
                assert entry.message_id == message_id
                assert entries[proof.index] == receipt.entry, "every receipt handed out is in the log"
                assert places.setdefault(message_id, proof.index) == proof.index
            statements = connection.execute(text('SELECT count(*), max("index") FROM statements')).one()
            assert tuple(statements) == (head.size, head.size - 1)
        folder = scratch / f"export-{head.size}"
        write(home, engine, folder)
        report = verify(folder, check_statements=Replay)
        assert not report.faults, [str(fault) for fault in report.faults]
        engine.dispose()
        return {"entries": head.size, "receipts": len(self.receipts), "statements": len(places), "sizes": len(roots)}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """As a hub in service writes them; the developer's coloured tracebacks take seconds each."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
