"""decide: a batch, one statement after the other, each seeing what the earlier ones changed. No I/O.

Order for a statement that is new: attachments, freshness, permission (again if the directory moved), wraps, rules. What
is refused from freshness on is authentic, so the refusal becomes an entry and uses up the id; a client refused too
often is only answered.

Before anything about an obligation is decided, the hub says what is due on it by then; and directly after it, what it
makes due at once: a step that waits for nothing, a fall where the owner ceased to be one. So no acknowledgement
overtakes the certificate that it came too late for, however busy the clock engine is (hub/clockwork.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from hub.admission.quota import RefusalQuota
from hub.admission.wraps import check_wraps
from hub.notices.rules import told
from hub.recorder.work import Admitted, Decided, DueTask, HubTask, Line, Loaded, Work
from hutong.contract import read_header
from hutong.directory.records import HUB_AGENCY
from hutong.errors import HutongError
from hutong.kinds import Kind, kind_of
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import entry_pb2, header_pb2, options_pb2
from rules.decide import Statement, check_new, decide, recorded
from rules.entries import count, entry_of
from rules.hub_statements import next_step
from rules.outcome import Outcome
from rules.parties import contact_concerned
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from rules.records import Obligation
from rules.state import State

_log = structlog.get_logger("hub.recorder")


@dataclass
class Judge:
    """Decides batches for one hub. ``missing`` names the attachments of a header that the hub does not hold."""

    origin: str
    key: SigningKey
    policies: Policies
    quota: RefusalQuota
    missing: Callable[[header_pb2.Header], str]

    def batch(self, loaded: Loaded, works: list[Work], start: int, now: int, permit: Permit) -> Decided:
        """Decide ``works`` in order over what was loaded; new entries get consecutive indices from ``start``."""
        decided = Decided(sequences=dict(loaded.sequences), cases=dict(loaded.cases))
        run = _Run(self, loaded.state, start, now, permit, decided)
        for work in works:
            try:
                run.take(work)
            except HutongError as error:
                run.decided.answers.append((work, error))
            except Exception:
                unforeseen = HutongError("HT-SYS-02")
                _log.exception("a statement could not be decided", trace_id=unforeseen.trace_id)
                run.decided.answers.append((work, unforeseen))
        return run.decided


@dataclass
class _Run:
    judge: Judge
    state: State
    start: int
    now: int
    permit: Permit
    decided: Decided

    @property
    def _next(self) -> int:
        return self.start + len(self.decided.lines)

    def take(self, work: Work) -> None:
        """Decide one piece of work, whatever it is."""
        match work:
            case HubTask():
                self.ordered(work)
            case DueTask():
                self.steps(work.item, work.agency)
                self.decided.answers.append((work, None))
            case Admitted():
                self.admitted(work)

    def steps(self, item: bytes, agency: str) -> None:
        """Say everything that is due on one obligation, in order; each step has its turn once."""
        while header := next_step(self.judge.origin, self.judge.key.keyid, self.state, item, agency, self.now):
            self._settle(self._own(header))

    def ordered(self, task: HubTask) -> None:
        """What an operator has the hub say; it passes the same rules as everybody's."""
        header = task.make(self.state, self.now)
        if header is not None:
            # What an operator ordered is bound by the contract as everybody is.
            read_header(header.SerializeToString(), by_hub=True)
        if header is None or header.message_id in self.state.statements:
            known = self.state.statements.get(header.message_id) if header else None
            self.decided.answers.append((task, known))
            return
        concerned = self._concerned(header, kind_of(header))
        self._due(concerned)
        line = self._own(header)
        line.disclosure = task.disclosure
        self._answer(task, line)
        self._due(concerned)

    def _own(self, header: header_pb2.Header) -> Line:
        """The line of a statement of the hub's own, signed now."""
        envelope = dsse.sign(header.SerializeToString(deterministic=True), [self.judge.key])
        statement = Statement(header, dsse.statement_digest(envelope), kind_of(header))
        outcome = decide(self.state, statement, self._next, self.now)
        entry = self._entry(statement, b"", HUB_AGENCY, outcome, None)
        line = self._line(entry, statement, outcome, envelope.SerializeToString(), None)
        line.notify = told(self.state, header, self.now)
        return line

    def admitted(self, work: Admitted) -> None:
        """A client's statement: an old one gets its old answer, a new one is decided."""
        header = work.opened.header
        known = self.state.statements.get(header.message_id)
        if known is not None and known.digest == work.digest:
            self.decided.answers.append((work, known))
            return
        if address := self.judge.missing(header):
            # Not yet is no answer for ever: it becomes no entry, and the same bytes may come again.
            self.judge.quota.spend(work.peer.client, self.now)
            raise HutongError("HT-ATT-12", address=address)
        self._due(self._concerned(header, work.opened.kind))
        refusal: HutongError | None = None
        outcome = Outcome()
        statement = Statement(header, work.digest, work.opened.kind)
        permitted_by = work.permitted_by
        try:
            check_new(self.state, header, self.now)
            if work.refusal is not None and work.permitted_at == self.state.directory.index:
                raise work.refusal
            if work.permitted_at != self.state.directory.index:
                permitted_by = self._permit().statement(header, work.opened.kind)
            if work.opened.submission.HasField("sealed"):
                check_wraps(header, work.opened.submission.sealed, self.state.directory, self.now)
            outcome = decide(self.state, statement, self._next, self.now)
        except HutongError as error:
            self.judge.quota.spend(work.peer.client, self.now)
            refusal, outcome = error, Outcome()
        entry = self._entry(statement, work.peer.fingerprint, "" if refusal else permitted_by, outcome, refusal)
        submission = work.opened.submission
        line = self._line(entry, statement, outcome, submission.envelope.SerializeToString(), refusal)
        line.conflict = known is not None
        if refusal is None:
            line.sealed = submission.sealed.SerializeToString() if submission.HasField("sealed") else None
            line.tokens = submission.tokens.SerializeToString() if submission.HasField("tokens") else None
            line.disclosure = submission.disclosure.SerializeToString() if submission.HasField("disclosure") else None
        self._answer(work, line)
        if refusal is None:
            changed = (change for change in outcome.changes if isinstance(change, Obligation))
            self._due([*changed, *self._concerned(header, work.opened.kind)])

    def _concerned(self, header: header_pb2.Header, kind: Kind) -> list[Obligation]:
        """The obligations that ``header`` can change, as far as they were loaded for it."""
        found = self.state.obligations_of(header.item_id)
        offer = self.state.handovers.get(header.in_reply_to)
        if offer is not None and options_pb2.READS_HANDOVER in kind.reads:
            found += [duty for item in offer.items for duty in self.state.obligations_of(item)]
        if options_pb2.READS_OWNED in kind.reads:
            found += self.state.owned_by(contact_concerned(self.state.directory, header))
        return found

    def _due(self, duties: Iterable[Obligation]) -> None:
        """Say what is due on ``duties``, each as it stands by then. What cannot be said keeps no statement from being
        decided: the operator is told, and the clock engine tries again."""
        for item, agency in dict.fromkeys((duty.item, duty.agency) for duty in duties):
            try:
                self.steps(item, agency)
            except Exception:
                _log.exception("a step that is due could not be said", item=item.hex(), agency=agency)

    def _permit(self) -> Permit:
        """Permissions over the directory as this batch has changed it so far."""
        if self.permit.directory is not self.state.directory:
            self.permit = Permit(self.judge.policies, self.state.directory)
        return self.permit

    def _entry(
        self,
        statement: Statement,
        certificate: bytes,
        permitted_by: str,
        outcome: Outcome,
        refusal: HutongError | None,
    ) -> entry_pb2.Entry:
        entry = entry_of(self.state, statement, outcome, self.now, refusal.code if refusal else "")
        entry.certificate_sha256 = certificate
        entry.permitted_by = permitted_by
        entry.policy_sha256 = self.judge.policies.digest
        count(entry, self.decided.sequences, self.decided.cases)
        return entry

    def _line(
        self,
        entry: entry_pb2.Entry,
        statement: Statement,
        outcome: Outcome,
        envelope: bytes,
        refusal: HutongError | None,
    ) -> Line:
        return Line(
            index=self._next,
            entry=entry.SerializeToString(deterministic=True),
            recorded=recorded(statement, self._next, self.now, refusal.code if refusal else ""),
            envelope=envelope,
            changes=outcome.changes,
            deliver_to=outcome.deliver_to,
            attachments=() if refusal else tuple(dict.fromkeys(ref.address for ref in statement.header.attachments)),
            erases=outcome.erases,
            refusal=refusal,
        )

    def _answer(self, work: Work, line: Line) -> None:
        """``line`` is what became of ``work``."""
        self._settle(line)
        self.decided.answers.append((work, line))

    def _settle(self, line: Line) -> None:
        """Lay the line over the state for those that follow."""
        self.state.apply(line.changes, line.index)
        if not line.conflict:
            self.state.remember(line.recorded)
        if line.erases:
            self.state.erase(line.erases)
        # Last: whatever went wrong before, no line is half there.
        self.decided.lines.append(line)
