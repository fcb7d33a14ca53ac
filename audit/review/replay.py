"""Replay: the state rebuilt from the log alone, with the same pure rules, and compared with what the hub claims.

Each statement is verified with the directory as it was at its entry, decided by rules/ at its recorded time, and the
entry made once more: what no rule yields (rules/entries.py, ``GIVEN``) is held against the rest of the export. What was
refused must be refused here too, as far as the log says why; the hub's own statements must follow from the records,
byte for byte. At the end directory and claims must be what the replay made, and nothing may be due that the hub has not
said (watch.py). It proves the database honest, not the rules right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from hutong.contract import read_header
from hutong.directory.records import HUB_AGENCY
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.proofs.policy import Policy
from hutong.v1 import header_pb2
from hutong.v1.entry_pb2 import ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope
from rules.decide import Statement, check_new, decide
from rules.entries import GIVEN, count, entry_of
from rules.folding import Folded, fold
from rules.outcome import Outcome
from rules.state import State

from .claimed import compare_claims
from .findings import Findings
from .manifest import statement_path
from .permission import Permission
from .punctuality import Summary
from .signatures import check_signatures
from .versions import Versions
from .watch import DutyWatch

Observer: TypeAlias = Callable[[State, Folded], object]
"""Sees each statement once it is folded, with the state after it."""

_CERTIFICATE = 32
_NOT_NEW = frozenset({"HT-IDN-01", "HT-TIM-01", "HT-TIM-02"})
_NOT_PERMITTED = frozenset({"HT-PRM-01", "HT-PRM-03"})


class Replay:
    """A StatementCheck (records.py) that folds as it goes; ``compare`` judges the claims at the end."""

    names_steps = False
    """Whether steps that were missed on the way, or said wrongly, are faults (duty.py)."""

    def __init__(self, policy: Policy | None, *observers: Observer) -> None:
        self.state = State()
        self.statements = 0
        self._observers = observers
        self._watch = DutyWatch()
        self._policy = policy
        self._now = 0
        self._versions = Versions()
        self._permission = Permission()
        self._permitted_by = ""
        """Of the statement that is looked at; empty where it cannot be derived."""
        self._clients: dict[bytes, int] = {}
        self._cases: dict[bytes, int] = {}
        self._holders: dict[bytes, str] = {}

    def __call__(
        self, index: int, entry: Entry, envelope: Envelope, header: header_pb2.Header
    ) -> Iterator[HutongError]:
        """Verify, decide and fold one statement; the faults found in it."""
        self.statements += 1
        self._now = entry.recorded_at
        refused = entry.event == ENTRY_EVENT_REFUSED
        try:
            kind = kind_of(header)
            # What the header's fields do not show, a smuggled one, the hub was to refuse too.
            read_header(envelope.payload, by_hub=kind.hub_only)
            found = check_signatures(self.state.directory, self._policy, entry, envelope, header)
        except HutongError as error:
            yield _unfit(index, entry, error.code)
            return
        statement = Statement(header, found, kind)
        refusal, outcome = self._decide(statement, entry, index)
        code = refusal.code if refusal else ""
        if refused and not self._may_refuse(statement, entry, code):
            yield _unfit(index, entry, code)
        if refusal and not refused:
            yield _unfit(index, entry, code)
            field = refusal.params.get("field", "")
            yield from self._named(self._watch.unfit(self.state, index, self._now, header, field))
            return
        if refused:
            outcome = Outcome()
        for field in self._wrong_fields(entry, statement, outcome):
            yield HutongError("HT-RPL-01", index=index, field=field)
        self._versions.note(index, entry, self.state.directory.timekeeping)
        folded = fold(self.state, statement, outcome, index, self._now, entry.refusal if refused else "")
        yield from self._named(self._watch(self.state, folded))
        for observe in self._observers:
            observe(self.state, folded)

    def compare(self, folder: Path, origin: str, size: int, findings: Findings) -> None:
        """Name what beside the statements is not what the log gives: directory, claims, rules, policies, silence."""
        self._versions.compare(folder, findings)
        compare_claims(self.state, folder, origin, size, findings)
        for fault in self.overdue():
            item = self.state.statements[bytes.fromhex(fault.params["item"])]
            findings.caught(statement_path(item.index), fault)

    def overdue(self, now: int = 0) -> Iterator[HutongError]:
        """The steps that are due for longer than a moment and not said, at the last entry's time or at ``now`` (ms)."""
        return self._watch.overdue(self.state, now or self._now)

    def summary(self) -> Summary:
        """What was due, and how punctual the hub was."""
        return self._watch.summary()

    @property
    def worst(self) -> int:
        """How late the latest step so far came, in milliseconds."""
        return self._watch.worst

    def _named(self, faults: Iterator[HutongError]) -> Iterator[HutongError]:
        """``faults`` of duty, where they are asked for; they are looked for in any case, because the watch goes on."""
        for fault in faults:
            if self.names_steps:
                yield fault

    def _decide(self, statement: Statement, entry: Entry, index: int) -> tuple[HutongError | None, Outcome]:
        """What policies and rules refuse ``statement`` with, or None and what it changes."""
        self._permitted_by = ""
        try:
            check_new(self.state, statement.header, self._now)
            if not statement.kind.hub_only and self._permission.covers(entry.policy_sha256):
                self._permitted_by = self._permission.statement(self.state.directory, statement.header, statement.kind)
            return None, decide(self.state, statement, index, self._now)
        except HutongError as error:
            return error, Outcome()

    def _may_refuse(self, statement: Statement, entry: Entry, code: str) -> bool:
        """Whether the hub may have logged the refusal of ``entry`` where policies and rules say ``code``.

        Between permission and rules it asks for the wraps of the body, of which no log holds enough; and permission by
        policies that are not this program's is taken from it. A repeat gets its first answer and no entry.
        """
        header, given = statement.header, entry.refusal
        known = self.state.statements.get(header.message_id)
        if known is not None and known.digest == statement.digest:
            return False
        if code in _NOT_NEW or given == code:
            return bool(given) and given == code
        if given == "HT-SEA-03" and header.wraps_sha256:
            return code not in _NOT_PERMITTED
        if self._permission.covers(entry.policy_sha256):
            return False
        if given == "HT-DIR-01":
            named = {header.sender.agency, *(to.agency for to in header.recipients)}
            return not named <= self.state.directory.agencies.keys()
        return given in _NOT_PERMITTED

    def _wrong_fields(self, entry: Entry, statement: Statement, outcome: Outcome) -> Iterator[str]:
        """The fields of ``entry`` that are not what the replay makes of its statement, or cannot be as they are."""
        refusal = entry.refusal if entry.event == ENTRY_EVENT_REFUSED else ""
        made = entry_of(self.state, statement, outcome, self._now, refusal)
        for name in GIVEN:
            setattr(made, name, getattr(entry, name))
        count(made, self._clients, self._cases)
        # Which versions of rules and calendar these were is told once for all entries, by ``Versions``.
        made.rules_sha256, made.calendar_sha256 = entry.rules_sha256, entry.calendar_sha256
        for field in Entry.DESCRIPTOR.fields:
            if getattr(entry, field.name) != getattr(made, field.name):
                yield field.name
        agency, certificate = statement.header.sender.agency, entry.certificate_sha256
        by_hub = statement.kind.hub_only
        holder = self._holders.setdefault(certificate, agency)
        if len(certificate) != (0 if by_hub else _CERTIFICATE) or holder != agency:
            yield "certificate_sha256"
        derived = HUB_AGENCY if by_hub else "" if refusal else self._permitted_by or entry.permitted_by
        if entry.permitted_by != derived:
            yield "permitted_by"


def _unfit(index: int, entry: Entry, code: str) -> HutongError:
    """``entry`` stands for a decision that the rules, which say ``code``, do not take."""
    if entry.event == ENTRY_EVENT_REFUSED:
        return HutongError("HT-RPL-08", index=index, given=entry.refusal or "–", expected=code or "–")
    return HutongError("HT-RPL-02", index=index, refusal=code)
