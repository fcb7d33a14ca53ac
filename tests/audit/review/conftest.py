"""What an operator without scruples can do: rewrite an export at will, then fold, hash and sign everything anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.log.folder import FolderTiles
from audit.review.export import write_export
from audit.review.manifest import CALENDAR, statement_path
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing import dsse
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.header_pb2 import Header
from rules.claims import claims, directory_of
from rules.decide import Statement, decide, recorded
from rules.outcome import Outcome, digest
from rules.state import State
from tests.logs import MemoryLog


class Operator:
    """Holds the log's key. ``lines`` are entries with their envelopes, to be changed before ``write``."""

    def __init__(self, export: Path, home: Any) -> None:
        self.home, self.origin = home, home.settings.origin
        self.kept: set[int] = set()
        """Entries whose digests are left as they are."""
        self.change: Callable[[str, bytes], bytes] = lambda name, data: data
        """Has the last word on claims.json and directory/."""
        self.kept: set[int] = set()
        """Entries whose digests are left as they are."""
        log = FolderTiles(export / "log")
        size = int((export / "log/checkpoint").read_text().splitlines()[1])
        self.lines = [
            (Entry.FromString(raw), Envelope.FromString((export / statement_path(index)).read_bytes()))
            for index, raw in enumerate(log.entries(0, size))
        ]
        files = [*(export / "rules").iterdir(), *(export / "policies").iterdir(), export / CALENDAR]
        self.texts = {file.relative_to(export).as_posix(): file.read_bytes() for file in sorted(files)}

    def find(self, kind: str, event: int = ENTRY_EVENT_RECORDED) -> int:
        """Index of the last statement of ``kind``."""
        return max(
            index
            for index, (entry, envelope) in enumerate(self.lines)
            if entry.event == event and self.header(index).WhichOneof("kind") == kind
        )

    def header(self, index: int) -> Header:
        return Header.FromString(self.lines[index][1].payload)

    def say(self, header: Header, now: int, **more: Any) -> int:
        """Record something in the hub's own name; gives its index."""
        entry = Entry()
        entry.CopyFrom(next(line[0] for line in self.lines if not line[0].certificate_sha256))
        entry.recorded_at = now
        for name, value in more.items():
            setattr(entry, name, value)
        self.lines.append((entry, Envelope()))
        self.resign(len(self.lines) - 1, header)
        return len(self.lines) - 1

    def resign(self, index: int, header: Header) -> None:
        """Put ``header``, signed with the log's key, behind the entry at ``index``."""
        entry, envelope = self.lines[index]
        envelope.CopyFrom(dsse.sign(header.SerializeToString(deterministic=True), [self.home.key]))
        entry.message_id, entry.item_id, entry.kind = header.message_id, header.item_id, kind_of(header).number
        entry.agencies[:] = [header.sender.agency, *(to.agency for to in header.recipients)]
        entry.contacts[:] = [header.sender.contact, *(to.contact for to in header.recipients)]

    def fold(self) -> State:
        """The state after all lines; digests in the entries are made to fit, whatever the rules think of it."""
        state = State()
        for index, (entry, envelope) in enumerate(self.lines):
            if entry.event == ENTRY_EVENT_REFUSED:
                continue
            header = self.header(index)
            entry.statement_sha256 = dsse.statement_digest(envelope)
            statement = Statement(header, entry.statement_sha256, kind_of(header))
            try:
                outcome = decide(state, statement, index, entry.recorded_at)
            except HutongError:
                outcome = Outcome()
            if index not in self.kept:
                entry.outcome_sha256 = digest(outcome)
                entry.directory_index = state.directory.index
            state.apply(outcome.changes, index)
            state.remember(recorded(statement, index, entry.recorded_at))
        return state

    def write(self, target: Path) -> Path:
        """The export as it now looks, with every digest, hash and signature that the log's key can make."""
        state = self.fold()
        log = MemoryLog(origin=self.origin, key=self.home.vkey)
        log.append([entry.SerializeToString(deterministic=True) for entry, _ in self.lines])
        write_export(
            target,
            log=log,
            note=log.checkpoint().signed(log.key, self.home.key.sign),
            policy=self.home.policy,
            statements=((index, line[1].SerializeToString()) for index, line in enumerate(self.lines)),
            texts=self.texts,
            directory={code: self.change(f"directory/{code}.json", d) for code, d in directory_of(state).items()},
            claims=self.change("claims.json", claims(state, self.origin, len(self.lines))),
            key=log.key,
            sign=self.home.key.sign,
            readme={},
        )
        return target


@pytest.fixture
def operator() -> Callable[[Path, Any], Operator]:
    """An operator of the hub in a home, with an export of its log."""
    return Operator
