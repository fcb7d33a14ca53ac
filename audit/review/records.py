"""Checking that entries and the statements behind them say the same (hutong.v1.Entry, Envelope, Header).

Signatures on statements need the directory as it was then; who has it plugs in a ``StatementCheck``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from google.protobuf.message import DecodeError

from hutong.errors import HutongError
from hutong.proofs.entry import disagreements, is_about
from hutong.signing.dsse import PAYLOAD_TYPE
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.header_pb2 import Header

from .files import read_file
from .findings import Findings
from .manifest import statement_path

MAX_STATEMENT = 1 << 20


class StatementCheck(Protocol):
    """Judges each statement, recorded or refused, in log order; gives the faults: errors with code and parameters."""

    def __call__(self, index: int, entry: Entry, envelope: Envelope, header: Header) -> Iterable[HutongError]: ...


class RecordCheck:
    """Walks the entries of one export in order; memory grows with cases and statements, not with their content."""

    def __init__(
        self, folder: Path, statements: set[int], findings: Findings, check_statements: StatementCheck | None = None
    ) -> None:
        self.statements = 0
        self.origin: str | None = None
        """The log's name once a trusted checkpoint says it; headers must carry it."""
        self._folder = folder
        self._left = statements
        self._findings = findings
        self._check_statements = check_statements
        self._time = 0
        self._cases: dict[bytes, int] = {}

    def visit(self, first: int, entries: list[bytes]) -> None:
        """Check entries ``first`` and following with their statements."""
        for index, raw in enumerate(entries, first):
            entry = self._entry(index, raw)
            if entry is None:
                self._left.discard(index)
                continue
            self._order(index, entry)
            self._statement(index, entry)

    def finish(self, size: int) -> None:
        """Name the statements that no entry is about; those of entries that could not be read are passed over."""
        for index in sorted(self._left):
            if index < size or size == 0:
                self._findings.add(statement_path(index), "HT-LOG-26", index=index)
            else:
                self._findings.add(statement_path(index), "HT-LOG-42", size=size)

    def _entry(self, index: int, raw: bytes) -> Entry | None:
        where = f"log#{index}"
        try:
            entry = Entry.FromString(raw)
        except DecodeError:
            self._findings.add(where, "HT-LOG-29", index=index, field="protobuf")
            return None
        if entry.version != 1:
            self._findings.add(where, "HT-LOG-29", index=index, field="version")
        elif entry.event not in (ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED):
            self._findings.add(where, "HT-LOG-29", index=index, field="event")
        else:
            # What no field of the contract holds, nobody reads and nobody compares.
            entry.DiscardUnknownFields()
            if entry.SerializeToString(deterministic=True) != raw:
                self._findings.add(where, "HT-LOG-29", index=index, field="encoding")
            return entry
        return None

    def _order(self, index: int, entry: Entry) -> None:
        """Time never goes back; a case counts from 1 without gaps, and what was refused stands outside the count."""
        where = f"log#{index}"
        if entry.recorded_at < self._time:
            self._findings.add(where, "HT-LOG-30", index=index)
        self._time = max(self._time, entry.recorded_at)
        due = 0
        if entry.case_id and entry.event == ENTRY_EVENT_RECORDED:
            due = self._cases.get(entry.case_id, 0) + 1
            self._cases[entry.case_id] = max(due, entry.case_sequence)
        if entry.case_sequence != due:
            self._findings.add(where, "HT-LOG-31", index=index, given=entry.case_sequence, expected=due)

    def _statement(self, index: int, entry: Entry) -> None:
        path = statement_path(index)
        if index not in self._left:
            self._findings.add(path, "HT-LOG-25", index=index)
            return
        self._left.discard(index)
        try:
            envelope = Envelope.FromString(read_file(self._folder / path, MAX_STATEMENT, path))
            header = Header.FromString(envelope.payload)
        except HutongError as error:
            self._findings.caught(path, error)
            return
        except DecodeError:
            self._findings.add(path, "HT-LOG-27")
            return
        self.statements += 1
        if envelope.payload_type != PAYLOAD_TYPE:
            self._findings.add(path, "HT-LOG-27")
        if not is_about(entry, envelope):
            self._findings.add(path, "HT-LOG-28", index=index)
        signed = sorted(signature.keyid for signature in envelope.signatures)
        unsigned = signed != sorted(signer.keyid for signer in header.signers)
        for field in [*disagreements(entry, header, self.origin), *(["signatures"] if unsigned else [])]:
            self._findings.add(path, "HT-LOG-32", index=index, field=field)
        if self._check_statements:
            for fault in self._check_statements(index, entry, envelope, header):
                self._findings.caught(path, fault)
