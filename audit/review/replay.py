"""Replay: the state rebuilt from the log alone, with the same pure rules, and compared with what the hub claims.

Each recorded statement is verified with the directory as it was at its entry, decided by rules/ at its recorded time,
and the digest of what it changed compared with the entry's. The hub's own statements are decided like all others.
At the end directory and claims must be, byte for byte, what the replay made. It proves the database honest, not the
rules right.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.proofs.policy import Policy
from hutong.v1 import header_pb2
from hutong.v1.entry_pb2 import Entry
from hutong.v1.envelope_pb2 import Envelope
from rules.claims import claims, directory_of
from rules.data import DIGEST as RULES_DIGEST
from rules.decide import Statement, decide
from rules.outcome import digest
from rules.records import Recorded
from rules.state import State

from .files import read_file
from .findings import Findings
from .manifest import CLAIMS
from .signatures import check_signatures

_MAX_CLAIMS = 1 << 30


class Replay:
    """A StatementCheck (records.py) that folds as it goes; ``compare`` judges the claims at the end."""

    def __init__(self, policy: Policy | None) -> None:
        self.state = State()
        self.statements = 0
        self._policy = policy

    def __call__(
        self, index: int, entry: Entry, envelope: Envelope, header: header_pb2.Header
    ) -> Iterator[HutongError]:
        """Verify, decide and fold one statement; the faults found in it."""
        self.statements += 1
        try:
            kind = kind_of(header)
            found = check_signatures(self.state.directory, self._policy, entry, envelope, header)
            if entry.directory_index != self.state.directory.index:
                yield HutongError("HT-RPL-01", index=index, field="directory_index")
            if entry.rules_sha256 != RULES_DIGEST:
                yield HutongError("HT-RPL-05", index=index)
            statement = Statement(header, found, kind)
            outcome = decide(self.state, statement, index, entry.recorded_at)
        except HutongError as error:
            yield HutongError("HT-RPL-02", index=index, refusal=error.code)
            return
        if digest(outcome) != entry.outcome_sha256:
            yield HutongError("HT-RPL-01", index=index, field="outcome_sha256")
        self.state.apply(outcome.changes, index)
        self.state.remember(_recorded(index, entry, header, statement))

    def compare(self, folder: Path, origin: str, size: int, findings: Findings) -> None:
        """Name every file under claims.json and directory/ that is not what the log gives."""
        wanted = {CLAIMS: claims(self.state, origin, size)}
        wanted |= {f"directory/{agency}.json": text for agency, text in directory_of(self.state).items()}
        for name, text in wanted.items():
            try:
                claimed = read_file(folder / name, _MAX_CLAIMS, name)
            except HutongError as error:
                findings.caught(name, error)
                continue
            for line in _differences(claimed, text):
                findings.add(name, "HT-RPL-03", record=line)
        for file in sorted((folder / "directory").glob("*.json")):
            if f"directory/{file.name}" not in wanted:
                findings.add(f"directory/{file.name}", "HT-RPL-04")


def _recorded(index: int, entry: Entry, header: header_pb2.Header, statement: Statement) -> Recorded:
    return Recorded(
        message_id=header.message_id,
        digest=statement.digest,
        index=index,
        kind=statement.kind.number,
        agency=header.sender.agency,
        contact=header.sender.contact,
        item=bytes(header.message_id if statement.kind.opens_item else header.item_id),
        recipients=tuple(to.agency for to in header.recipients),
        recorded_at=entry.recorded_at,
    )


def _differences(claimed: bytes, replayed: bytes) -> Iterator[str]:
    """The records that stand in only one of the two, as far as they can be told apart; else that bytes differ."""
    if claimed == replayed:
        return
    one, other = set(claimed.splitlines()), set(replayed.splitlines())
    told = sorted(one ^ other)
    for line in told:
        side = "claimed" if line in one else "replayed"
        yield f"{side}: {line.decode('utf-8', 'replace').rstrip(',')[:200]}"
    if not told:
        yield "order"
