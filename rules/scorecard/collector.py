"""Scorecards out of a log: told of each statement as it is folded, in log order, from the first one on.

Most of it stands in the records. What they lack is kept here: who owned what when its time ran out, and what happened
within the period. Nothing after the period's end has a say, so a report is the same whenever it is made.

A further figure is one more field of Duties or Requests and one more line here; what is no statement about an
obligation, such as a gap in a roster, is taken in ``__call__``, which sees all of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from hutong.v1 import casework_pb2, codes_pb2
from rules.clocks import worked
from rules.folding import Folded
from rules.records import BY_ORIGINATOR, Item, Obligation
from rules.scorecard import deeds
from rules.scorecard.figures import Drills, Duties, Period, Requests, Scorecards, Tallies
from rules.scorecard.standing import is_in_review, is_offered, is_running, is_unread, stand
from rules.state import State

_S = casework_pb2.ObligationState


@dataclass(slots=True)
class _Judged:
    """Which clocks of an obligation have had their verdict: each has one, when it was kept or ran out."""

    acknowledged: bool = False
    completed: bool = False
    reviewed_in_time: bool = False
    """Whether what is under review came in time."""


class Collector:
    """Call it with every statement that was folded; then ask for ``scorecards``, at any time.

    It remembers obligations that are open or whose report nobody has read. Whatever else has ended had its verdicts,
    which are figures, and is let go of; only the digests of evidence stay.
    """

    def __init__(self, period: Period) -> None:
        self._period = period
        self._now = 0
        self._duties = Tallies(Duties)
        self._requests = Tallies(Requests)
        self._items: dict[bytes, Item] = {}
        self._obligations: dict[tuple[bytes, str], Obligation] = {}
        self._judged: defaultdict[tuple[bytes, str], _Judged] = defaultdict(_Judged)
        self._evidence: dict[tuple[str, bytes], bytes] = {}
        self._drill_items = self._drill_obligations = 0

    def later(self, period: Period) -> Collector:
        """A collector of ``period`` that is as if it had been told of all that this one was; go on telling both.

        Nothing at or after the start of ``period``, or the end of this one's, may have been told yet.
        """
        other = Collector(period)
        other._now = min(self._now, period.end)
        other._items, other._obligations = dict(self._items), dict(self._obligations)
        other._judged.update((key, replace(judged)) for key, judged in self._judged.items())
        other._evidence = dict(self._evidence)
        return other

    def __call__(self, state: State, folded: Folded) -> None:
        """Take in one statement; ``state`` is the one after it."""
        self._now = min(folded.at, self._period.end)
        if folded.at >= self._period.end or folded.refusal:
            return
        within = folded.at in self._period
        if folded.kind.opens_item and within:
            self._opened(state.items[bytes(folded.header.message_id)])
        for before, after in folded.changed:
            item = state.items[after.item]
            if item.drill:
                self._drill_obligations += before is None and within
                continue
            if before is not None and before.open:
                self._run_out(before, folded.at)
                self._judge(before, after, folded.at)
            elif before is None and 0 < after.complete_by <= folded.at:
                # It was over before it was passed on: the verdict is that of whoever had it then.
                self._judged[after.item, after.agency].completed = True
            repeated = self._is_repeated(folded, after)
            if within:
                self._count(state, item, folded, before, after, repeated)
                self._time(state, before, after)
            if after.open or is_unread(after):
                self._items[item.id] = item
                self._obligations[item.id, after.agency] = after
            else:
                self._forget(item, after)

    def scorecards(self) -> Scorecards:
        """As it stands at the period's end, or at the last statement if that was before."""
        for duty in self._obligations.values():
            if duty.open:
                self._run_out(duty, self._now)
        overdue = stand(self._items, self._obligations.values(), self._now, self._duties, self._requests)
        drills = Drills(self._drill_items, self._drill_obligations)
        return Scorecards(self._period, self._now, self._duties, self._requests, overdue, drills)

    def _forget(self, item: Item, duty: Obligation) -> None:
        """``duty`` has ended: nothing is judged any more, and how it stands is of no interest to anybody."""
        self._judged.pop((item.id, duty.agency), None)
        self._obligations.pop((item.id, duty.agency), None)
        if not any((item.id, party) in self._obligations for party in item.parties):
            self._items.pop(item.id, None)

    def _opened(self, item: Item) -> None:
        if item.drill:
            self._drill_items += 1
        else:
            for asking in self._requests.of(item.from_agency, item.from_contact):
                asking.items += 1
                asking.flash_items += item.urgency == codes_pb2.URGENCY_FLASH

    def _run_out(self, duty: Obligation, now: int) -> None:
        """The clocks of ``duty``, unchanged until ``now``, that ran out before."""
        judged = self._judged[duty.item, duty.agency]
        if not judged.acknowledged and duty.state == _S.OBLIGATION_STATE_PENDING and duty.acknowledge_by < now:
            self._acknowledged(duty, duty.acknowledge_by, in_time=False)
        if not judged.completed and is_running(duty) and duty.runs_out_at < now:
            self._completed(duty, duty.runs_out_at, in_time=False)

    def _judge(self, before: Obligation, after: Obligation, now: int) -> None:
        """The clocks that the statement stopped, in time or as late as it came."""
        judged = self._judged[after.item, after.agency]
        answered = after.acknowledged_at or after.state == _S.OBLIGATION_STATE_RETURNED
        if answered and not judged.acknowledged:
            self._acknowledged(after, now, in_time=True)
        if judged.completed:
            return
        if is_offered(before):
            # A time that was over before 签收 had its verdict with whoever had passed it on.
            judged.completed = bool(after.acknowledged_at) and 0 < before.complete_by < now
            return
        done_in_time = now <= (before.runs_out_at if before.extension_stage == BY_ORIGINATOR else after.complete_by)
        if is_in_review(after):
            if not is_in_review(before):
                judged.reviewed_in_time = done_in_time
        elif after.state == _S.OBLIGATION_STATE_CLOSED:
            self._completed(after, now, in_time=judged.reviewed_in_time if is_in_review(before) else done_in_time)
        elif before.open and after.complete_by and after.runs_out_at < now:
            # Still running, or given back too late.
            self._completed(after, now, in_time=False)

    def _acknowledged(self, duty: Obligation, at: int, *, in_time: bool) -> None:
        self._judged[duty.item, duty.agency].acknowledged = True
        if at in self._period:
            for owing in self._duties.of(duty.agency, duty.owner):
                owing.acknowledged.count(in_time)

    def _completed(self, duty: Obligation, at: int, *, in_time: bool) -> None:
        self._judged[duty.item, duty.agency].completed = True
        if at in self._period:
            for owing in self._duties.of(duty.agency, duty.owner):
                owing.completed.count(in_time)

    def _time(self, state: State, before: Obligation | None, after: Obligation) -> None:
        """How long the first 签收 and the first feedback took, from when the item was available."""
        for field, name in (("acknowledged_at", "to_acknowledge"), ("reported_at", "to_feedback")):
            at = getattr(after, field)
            if before and at and not getattr(before, field):
                work = worked(state.directory, after.agency, after.available_at, at)
                for owing in self._duties.of(after.agency, after.owner):
                    getattr(owing, name).took(at - after.available_at, work)

    def _count(
        self, state: State, item: Item, folded: Folded, before: Obligation | None, after: Obligation, repeated: bool
    ) -> None:
        """What the statement did, to whom it did it."""
        kind = folded.kind.name
        requests = self._requests.of(item.from_agency, item.from_contact)
        if before is None:
            for asking in requests:
                asking.sent += 1
            for owing in self._duties.of(after.agency, after.owner):
                owing.laid += 1
            return
        for owing in self._duties.of(after.agency, before.owner):
            deeds.lost(owing, kind, before, after)
        for owing in self._duties.of(after.agency, after.owner):
            deeds.did(owing, kind, before, after)
            owing.evidence_repeated += repeated
        kept_waiting = deeds.is_decided_late(state.directory, item, kind, before, folded.at)
        for asking in requests:
            deeds.came_back(asking, item, before, after)
            asking.extensions_decided_late += kept_waiting

    def _is_repeated(self, folded: Folded, duty: Obligation) -> bool:
        """Whether the evidence of a 办结 is that of another obligation, of whatever time."""
        if folded.kind.name != "completed":
            return False
        evidence = bytes(folded.header.completed.evidence_sha256)
        return self._evidence.setdefault((duty.agency, evidence), duty.item) != duty.item
