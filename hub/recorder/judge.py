"""decide: a batch, one statement after the other, each seeing what the earlier ones changed. No I/O.

Order for a statement that is new: freshness, permission (again if the directory moved), wraps, rules. What is refused
here is authentic, so the refusal becomes an entry and uses up the id; a certificate refused too often is only answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from hub.admission.open import read_header
from hub.admission.permit import Permit, Policies
from hub.admission.quota import RefusalQuota
from hub.admission.wraps import check_wraps
from hub.recorder.work import Admitted, Decided, HubTask, Line, Loaded, Work
from hutong.directory.records import HUB_AGENCY
from hutong.errors import HutongError
from hutong.kinds import Kind, kind_of
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import entry_pb2, header_pb2
from rules.data import DIGEST as RULES_DIGEST
from rules.decide import Statement, decide
from rules.outcome import Outcome, digest
from rules.records import Recorded
from rules.state import State

FUTURE_MS = 5 * 60 * 1000
_log = structlog.get_logger("hub.recorder")


@dataclass
class Judge:
    """Decides batches for one hub. ``missing`` names the attachments of a header that the hub does not hold."""

    origin: str
    key: SigningKey
    policies: Policies
    calendar_digest: bytes
    quota: RefusalQuota
    missing: Callable[[header_pb2.Header], str]

    def batch(self, loaded: Loaded, works: list[Work], start: int, now: int, permit: Permit) -> Decided:
        """Decide ``works`` in order over what was loaded; new entries get consecutive indices from ``start``."""
        decided = Decided(sequences=dict(loaded.sequences), cases=dict(loaded.cases))
        run = _Run(self, loaded.state, start, now, permit, decided)
        for work in works:
            try:
                run.hub_task(work) if isinstance(work, HubTask) else run.admitted(work)
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

    def hub_task(self, task: HubTask) -> None:
        """The hub's own statement, signed now; it passes the same rules as everybody's."""
        header = task.make(self.state, self.now)
        if header is not None:
            # What an operator ordered is bound by the contract as everybody is.
            read_header(header.SerializeToString())
        if header is None or header.message_id in self.state.statements:
            known = self.state.statements.get(header.message_id) if header else None
            self.decided.answers.append((task, known))
            return
        kind = kind_of(header)
        envelope = dsse.sign(header.SerializeToString(deterministic=True), [self.judge.key])
        statement = Statement(header, dsse.statement_digest(envelope), kind)
        outcome = decide(self.state, statement, self._next, self.now)
        entry = self._entry(statement, HUB_AGENCY, b"", "hub", outcome, None)
        about = self.state.statements.get(header.in_reply_to)
        if outcome.erases and about is not None:
            entry.erased_index = about.index + 1
        line = self._line(entry, statement, outcome, envelope.SerializeToString(), None)
        line.disclosure = task.disclosure
        self._settle(task, line)

    def admitted(self, work: Admitted) -> None:
        """A client's statement: an old one gets its old answer, a new one is decided."""
        header = work.opened.header
        known = self.state.statements.get(header.message_id)
        if known is not None and known.digest == work.digest:
            self.decided.answers.append((work, known))
            return
        refusal: HutongError | None = None
        outcome = Outcome()
        statement = Statement(header, work.digest, work.opened.kind)
        permitted_by = work.permitted_by
        try:
            if known is not None:
                raise HutongError("HT-IDN-01")
            self._fresh(header)
            if work.refusal is not None and work.permitted_at == self.state.directory.index:
                raise work.refusal
            if work.permitted_at != self.state.directory.index:
                permitted_by = self._permit().statement(header, work.opened.kind)
            self._parts_in_place(work)
            outcome = decide(self.state, statement, self._next, self.now)
        except HutongError as error:
            self.judge.quota.spend(work.peer.fingerprint, self.now)
            refusal, outcome = error, Outcome()
        entry = self._entry(
            statement, work.peer.agency, work.peer.fingerprint, "" if refusal else permitted_by, outcome, refusal
        )
        self._sequences(entry, work, refusal)
        submission = work.opened.submission
        line = self._line(entry, statement, outcome, submission.envelope.SerializeToString(), refusal)
        line.conflict = known is not None
        if refusal is None:
            line.sealed = submission.sealed.SerializeToString() if submission.HasField("sealed") else None
            line.tokens = submission.tokens.SerializeToString() if submission.HasField("tokens") else None
            line.disclosure = submission.disclosure.SerializeToString() if submission.HasField("disclosure") else None
        self._settle(work, line)

    def _permit(self) -> Permit:
        """Permissions over the directory as this batch has changed it so far."""
        if self.permit.directory is not self.state.directory:
            self.permit = Permit(self.judge.policies, self.state.directory)
        return self.permit

    def _fresh(self, header: header_pb2.Header) -> None:
        ahead = header.issued_at - self.now
        if ahead > FUTURE_MS:
            raise HutongError("HT-TIM-01", ahead=ahead // 1000)
        if self.now >= header.expires_at:
            raise HutongError("HT-TIM-02", expired=header.expires_at)

    def _parts_in_place(self, work: Admitted) -> None:
        header, submission = work.opened.header, work.opened.submission
        if submission.HasField("sealed"):
            check_wraps(header, submission.sealed, self.state.directory, self.now)
        address = self.judge.missing(header)
        if address:
            raise HutongError("HT-ATT-12", address=address)

    def _entry(
        self,
        statement: Statement,
        submitter: str,
        certificate: bytes,
        permitted_by: str,
        outcome: Outcome,
        refusal: HutongError | None,
    ) -> entry_pb2.Entry:
        header = statement.header
        agencies = [header.sender.agency, *(to.agency for to in header.recipients)]
        contacts = [header.sender.contact, *(to.contact for to in header.recipients)]
        if refusal is not None:
            # Nobody has checked these: only codes that the directory gave out may stand in the log for ever.
            agencies = [agency if agency in self.state.directory.agencies else "" for agency in agencies]
            contacts = [contact if contact in self.state.directory.contacts else "" for contact in contacts]
        return entry_pb2.Entry(
            version=1,
            event=entry_pb2.ENTRY_EVENT_REFUSED if refusal else entry_pb2.ENTRY_EVENT_RECORDED,
            message_id=header.message_id,
            statement_sha256=statement.digest,
            commitment=header.commitment,
            recorded_at=self.now,
            agencies=agencies,
            contacts=contacts,
            submitter=submitter,
            certificate_sha256=certificate,
            keyids=[bytes.fromhex(signer.keyid) for signer in header.signers],
            client_sequence=header.client_sequence,
            case_id=header.case_id,
            directory_index=self.state.directory.index,
            rules_sha256=RULES_DIGEST,
            policy_sha256=self.judge.policies.digest,
            calendar_sha256=self.judge.calendar_digest,
            outcome_sha256=digest(outcome),
            kind=statement.kind.number,
            refusal=refusal.code if refusal else "",
            item_id=header.item_id,
            permitted_by=permitted_by,
        )

    def _sequences(self, entry: entry_pb2.Entry, work: Admitted, refusal: HutongError | None) -> None:
        """Gaps of the client's counter and the place in the case; a refused statement takes no place in a case."""
        given = work.opened.header.client_sequence
        # A renewed certificate goes on where the old one's counter stood, so its first number is no gap.
        last = self.decided.sequences.get(work.peer.fingerprint, given - 1)
        entry.sequence_gap = max(0, given - last - 1)
        self.decided.sequences[work.peer.fingerprint] = max(last, given)
        case = entry.case_id
        if case and refusal is None:
            self.decided.cases[case] = entry.case_sequence = self.decided.cases.get(case, 0) + 1

    def _line(
        self,
        entry: entry_pb2.Entry,
        statement: Statement,
        outcome: Outcome,
        envelope: bytes,
        refusal: HutongError | None,
    ) -> Line:
        header = statement.header
        recorded = Recorded(
            message_id=header.message_id,
            digest=statement.digest,
            index=self._next,
            kind=statement.kind.number,
            agency=header.sender.agency,
            contact=header.sender.contact,
            item=_item_of(header, statement.kind),
            recipients=tuple(to.agency for to in header.recipients),
            recorded_at=self.now,
            refusal=refusal.code if refusal else "",
        )
        return Line(
            index=self._next,
            entry=entry.SerializeToString(deterministic=True),
            recorded=recorded,
            envelope=envelope,
            changes=outcome.changes,
            deliver_to=outcome.deliver_to,
            erases=outcome.erases,
            refusal=refusal,
        )

    def _settle(self, work: Work, line: Line) -> None:
        """Lay the line over the state for those that follow."""
        self.decided.lines.append(line)
        self.decided.answers.append((work, line))
        self.state.apply(line.changes, line.index)
        if not line.conflict:
            self.state.remember(line.recorded)
        if line.erases:
            self.state.remember(replace(self.state.statements[line.erases], erased=True))


def _item_of(header: header_pb2.Header, kind: Kind) -> bytes:
    return bytes(header.message_id if kind.opens_item else header.item_id)
