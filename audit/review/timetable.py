"""What is due on one obligation and when, worked out a second way: each clock as the plain list of its steps.

Hub and replay both go by rules/ladder.py, so a mistake there would be made and approved by the same code. Here the
tables of rules/data are followed anew from the events of one obligation. Shared with the rules are how time is counted
(rules/clocks.py), whom an office names (rules/whom.py) and what a statement does to states and owners; nothing of the
ladders.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cache

from hutong.directory.records import Directory
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from hutong.worktime.calendar import ZONE
from hutong.worktime.span import Span, Unit
from hutong.worktime.statutory import limits
from rules import clocks
from rules.data import LADDERS
from rules.records import BY_ORIGINATOR, Item, Obligation
from rules.relation import PRESSING, relation
from rules.whom import fell_at, told

ATTENTION: int = codes_pb2.LADDER_TRACK_ATTENTION
COMPLETION: int = codes_pb2.LADDER_TRACK_COMPLETION
FORCED: int = codes_pb2.LADDER_TRACK_FORCED
CERTIFICATE = "certificate"
_BY_THE_WALL = ("flash", "drill")
_WORKED_ON = (
    casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
    casework_pb2.OBLIGATION_STATE_IN_PROGRESS,
    casework_pb2.OBLIGATION_STATE_REPORTED,
    casework_pb2.OBLIGATION_STATE_REDIRECTED,
)
_WAIT = re.compile(r"(\d+) ?([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One step as it is written down: who is told, in what form, and how long after the one before."""

    who: str
    form: str
    after: str
    again: bool = False
    """The row before once more: it comes at its own pace, whether or not that one reached anybody."""


_RESUME = Row("owner", "resume", "0minute")


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of an obligation: the rows still to come, when the first is due, by when the clock wants it done."""

    rows: tuple[Row, ...] = ()
    due: int = 0
    by: int = 0
    since: int = 0
    """When the clock was last set: nothing can be said before that, whatever the sum says."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The step whose turn it is. ``due``: as the tables have it; ``known``: from when it could be said."""

    track: int
    row: Row
    due: int
    known: int
    last: bool


PARTS, PROPERTY = "parts", "property-handover"
_ENDS_A_HOLD = frozenset(
    (
        *("inquiry_reply", "redirect", "completed", "filing_decided", "jurisdiction_designated", "measure_answered"),
        *("repatriation_confirmed", "destroyed"),
    )
)
_CASEWORK = frozenset(
    (
        *("monitored", "assessed", "lead_linked", "method_answered", "verified", "disposed", "feedback"),
        *("transfer_received", "filing_decided", "jurisdiction_designated", "measure_answered"),
        *("repatriation_confirmed", "destroyed"),
    )
)
"""What an owner says about its own obligation in casework: a sign of progress."""
_IDLE = Clock()


class Timetable:
    """The clocks of one obligation, from the moment at which it was laid."""

    __slots__ = (
        "_agency",
        "_item",
        "_pace",
        "_rule",
        "_whose_turn",
        "clocks",
        "complete_by",
        "overran_at",
        "received_at",
    )

    def __init__(self, directory: Directory, item: Item, agency: str, now: int) -> None:
        self.complete_by = self.received_at = self.overran_at = 0
        self.clocks = dict.fromkeys((FORCED, ATTENTION, COMPLETION), _IDLE)
        self._item, self._agency = item, agency
        self._whose_turn = agency
        self._pace = clocks.pace(item.urgency, item.drill)
        self._rule = ""
        self._begin(directory, ATTENTION, "attention", self._given(directory, "acknowledge", now), now)

    def bind(self, directory: Directory, first: Timetable, now: int) -> None:
        """What a law has given ``first``, whose obligation was passed on to this one at ``now``, is not given anew."""
        if first.complete_by and first._rule != clocks.PRACTICE:
            self._rule, self.received_at = first._rule, first.received_at
            self._time(directory, first.complete_by, now)

    def owe(self, directory: Directory, what: str, now: int) -> None:
        """Whoever made a transfer owes ``PARTS`` or ``PROPERTY`` from ``now``."""
        given = clocks.span("supplement", self._pace) if what == PARTS else limits()[what].span
        self._rule, self.received_at = clocks.PRACTICE if what == PARTS else what, now
        self._time(directory, self._count(directory, now, given), now)

    def follow(
        self, directory: Directory, header: header_pb2.Header, before: Obligation, after: Obligation, now: int
    ) -> None:
        """What the statement, which made ``after`` of ``before`` at ``now``, does to the clocks."""
        kind = header.WhichOneof("kind")
        if after.moved - before.moved > (kind == "assigned"):
            self.fell(directory, before.state, fell_at(directory, before, now) or now)
        if before.held_until and kind in _ENDS_A_HOLD:
            self._move(-max(0, before.held_until - now), now)
        if not after.open:
            self.clocks = dict.fromkeys(self.clocks, _IDLE)
            return
        match kind:
            case "delivered":
                self._receive(directory, now, now)
            case "acknowledged":
                self._receive(directory, now, now)
                self._watch(directory, now)
            case "received_on_paper":
                self._paper(directory, header.received_on_paper.received_on, now, extended=bool(after.extensions))
            case "progressed" | "inquiry_reply" | "redirect" | "redirect_taken_back" | "return":
                self._watch(directory, now)
            case _ if kind in _CASEWORK:
                self._watch(directory, now)
            case "assigned" if after.state in _WORKED_ON:
                self._watch(directory, now)
            case "held":
                self._set(ATTENTION, Clock((_RESUME,), header.held.until, 0, now))
                self._move(header.held.until - now, now)
            case "resumed":
                self._move(-max(0, before.held_until - now), now)
                self._watch(directory, now)
            case "completed":
                self.complete_by = self._end(before)
                self._whose_turn = self._item.from_agency
                by = self._given(directory, "progress", now)
                self._set(COMPLETION, _IDLE)
                self._begin(directory, ATTENTION, "review", by, now)
            case "reviewed":
                self._whose_turn = self._agency
                self._watch(directory, now)
                self._time(directory, self.complete_by + now - before.review_from, now)
            case "extension_decided" | "approval_checked" if after.extensions > before.extensions:
                self._overran(before, now)
                self._time(directory, max(before.extension_until, self.complete_by), now)
            case "escalation_forced":
                self._force(directory, now)

    def fell(self, directory: Directory, state: int, at: int) -> None:
        """Ownership fell to the head ``at``, in ``state``: the head has time of its own to go on, where it is more."""
        clock = self.clocks[ATTENTION]
        rested = state == casework_pb2.OBLIGATION_STATE_ON_HOLD and clock.rows != (_RESUME,)
        if (state in _WORKED_ON or rested) and self._given(directory, "progress", at) > clock.by:
            self._watch(directory, at)

    def next(self) -> Expected | None:
        """The step that comes next, whenever it is due; of several at one time what was forced, then the first."""
        waiting = [(clock.due, track) for track, clock in self.clocks.items() if clock.rows]
        if not waiting:
            return None
        due, track = min(waiting, key=lambda one: one[0])
        clock = self.clocks[track]
        after = self.clocks[ATTENTION].rows if track == FORCED else clock.rows[1:]
        last = clock.rows[0] != _RESUME and not after
        return Expected(track, clock.rows[0], due, max(due, clock.since), last)

    def taken(self, directory: Directory, step: Expected, reached: bool) -> None:
        """``step`` was said, whenever, and told somebody, or nobody: then the next follows at once."""
        if step.row == _RESUME:
            self._watch(directory, step.due)
            return
        clock = self.clocks[step.track]
        rows, due = clock.rows[1:], clock.due
        if rows:
            row = rows[0]
            skips = not reached and step.row.who != CERTIFICATE and not row.again and row.after != "due"
            due = step.due if skips else self._due(directory, row, step.due, clock.by, step.due)
        self.clocks[step.track] = replace(clock, rows=rows, due=due)

    def reaches(self, directory: Directory, duty: Obligation, step: Expected, now: int) -> tuple[str, ...]:
        """The contacts whom ``step`` tells when it is said at ``now``."""
        if step.row.who == CERTIFICATE:
            return ()
        return tuple(contact.id for contact in told(directory, self._item, duty, step.row.who, now))

    def form(self, directory: Directory, step: Expected) -> int:
        """The EscalationForm of ``step``: a peer does not supervise (督办), it writes (催办函); 0 of a certificate."""
        if step.row.who == CERTIFICATE:
            return codes_pb2.ESCALATION_FORM_UNSPECIFIED
        presses = relation(directory, self._item.from_agency, self._agency) in PRESSING
        name = "urge_letter" if step.row.form == "supervise" and not presses else step.row.form
        return codes_pb2.EscalationForm.Value(f"ESCALATION_FORM_{name.upper()}")

    def until(self, directory: Directory, duty: Obligation, end: int) -> Iterator[Expected]:
        """The steps that could be said before ``end``, were each said as soon as it is due. The clocks move with them:
        who only looks ahead asks a ``copy``.
        """
        while (step := self.next()) and step.known < end:
            yield step
            self.taken(directory, step, bool(self.reaches(directory, duty, step, step.known)))

    def adopt(self, duty: Obligation, now: int) -> None:
        """Go on from what the record says, where it says something else."""
        self.complete_by, self._rule = duty.complete_by, duty.complete_rule
        self.received_at, self.overran_at = duty.received_at, duty.overran_at
        in_review = duty.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW
        self._whose_turn = self._item.from_agency if in_review else self._agency
        for track, texts, due, by in (
            (FORCED, duty.forced, duty.forced_at, 0),
            (ATTENTION, duty.attention, duty.attention_at, duty.attention_by),
            (COMPLETION, duty.completion, duty.completion_at, duty.complete_by),
        ):
            rows = tuple(row for text in texts for row in _written(*text.split(" "))) if due else ()
            self.clocks[track] = Clock(rows, due, by, now)

    def _begin(self, directory: Directory, track: int, ladder: str, by: int, now: int) -> None:
        rows = _ladder(ladder, self._pace)
        self._set(track, Clock(rows, self._due(directory, rows[0], now, by, now), by, now))

    def _set(self, track: int, clock: Clock) -> None:
        self.clocks[track] = clock
        if track == ATTENTION:
            self.clocks[FORCED] = _IDLE

    def _watch(self, directory: Directory, now: int) -> None:
        """Whoever has it is to go on with it, from ``now``."""
        self._begin(directory, ATTENTION, "progress", self._given(directory, "progress", now), now)

    def _receive(self, directory: Directory, at: int, now: int) -> None:
        """The time for completing begins with the first receipt of whatever kind, ``at``, told ``now``."""
        if not self.complete_by:
            self._rule, given = clocks.completion(directory, self._agency, self._item.kind, self._pace)
            self.received_at = at
            self._time(directory, self._count(directory, at, given), at)
            self.clocks[COMPLETION] = replace(self.clocks[COMPLETION], since=now)

    def _paper(self, directory: Directory, day: str, now: int, *, extended: bool) -> None:
        """Receipt by the end of ``day`` at the latest: the clock begins then, or as much earlier; what was ``extended``
        ends when somebody has said."""
        midnight = dt.datetime.fromisoformat(f"{day}T23:59:59.999").replace(tzinfo=ZONE)
        at = min(round(midnight.timestamp() * 1000), now)
        if not self.complete_by:
            self._receive(directory, at, now)
        elif at < self.received_at:
            given = clocks.given(self._rule, self._pace)
            was, would = (self._count(directory, start, given) for start in (self.received_at, at))
            self.received_at = at
            if not extended:
                self._shift(would - was, now)

    def _overran(self, before: Obligation, now: int) -> None:
        """More time is granted: had it run out?"""
        if now > (end := self._end(before)):
            self.overran_at = end

    def _end(self, before: Obligation) -> int:
        """When the time is over. Only who opened the item can put it off by not deciding, and only what was put before
        it in time."""
        lay_elsewhere = before.extension_stage == BY_ORIGINATOR and before.extension_since <= self.complete_by
        return max(self.complete_by, before.extension_until if lay_elsewhere else 0)

    def _time(self, directory: Directory, by: int, now: int) -> None:
        """To be completed ``by``, with the whole ladder from ``now``."""
        self.complete_by = by
        self._begin(directory, COMPLETION, "completion", by, now)

    def _move(self, by: int, now: int) -> None:
        """The time for completing moves by so many milliseconds, unless a law has set it."""
        if self._rule == clocks.PRACTICE:
            self._shift(by, now)

    def _shift(self, by: int, now: int) -> None:
        clock = self.clocks[COMPLETION]
        self.complete_by += by
        self._set(COMPLETION, Clock(clock.rows, clock.due + by, clock.by + by, now))

    def _force(self, directory: Directory, now: int) -> None:
        """The next row that tells somebody is due now, what follows it waits from now; a certificate keeps its day."""
        clock = self.clocks[ATTENTION]
        place = next((n for n, row in enumerate(clock.rows) if row.who != CERTIFICATE), None)
        if place is None:
            return
        row, rows, due = clock.rows[place], clock.rows, clock.due
        if not all(later.again for later in rows[place + 1 :]):  # the last step keeps its day and its turns
            rows = (*rows[:place], *rows[place + 1 :])
            due = due if place else self._due(directory, rows[0], now, clock.by, now)
        self._set(ATTENTION, Clock(rows, due, clock.by, clock.since))
        self._set(FORCED, Clock((row,), now, 0, now))

    def _due(self, directory: Directory, row: Row, before: int, by: int, start: int) -> int:
        """When ``row`` is due after a row that was due at ``before``, on a clock from ``start`` to ``by``."""
        if row.after == "due":
            return max(before, by)
        if row.after == "3/4":
            at = start + (by - start) * 3 // 4
            whole_day = self._pace in _BY_THE_WALL
            return at if whole_day else min(self._count(directory, at, Span(0, Unit.WORKING_MINUTE)), by)
        found = _WAIT.fullmatch(row.after)
        assert found, row.after  # noqa: S101 - rules/data, held to by its test
        wait = Span(int(found[1]), Unit(found[2]))
        return self._count(directory, before, wait) if wait.amount else before

    def _given(self, directory: Directory, clock: str, now: int) -> int:
        """The end of what ``clock`` gives from ``now``."""
        return self._count(directory, now, clocks.span(clock, self._pace))

    def _count(self, directory: Directory, start: int, wait: Span) -> int:
        return clocks.after(directory, self._whose_turn, start, wait)

    def copy(self) -> Timetable:
        """The same clocks once more, to be moved for themselves."""
        other = copy(self)
        other.clocks = dict(self.clocks)
        return other


@cache
def _ladder(name: str, pace: str) -> tuple[Row, ...]:
    """A ladder as rows; every obligation of that pace goes by the same ones."""
    return tuple(row for step in LADDERS[name][pace] for row in _written(**step))


def _written(who: str, form: str, after: str, times: int | str = 0) -> Iterator[Row]:
    """A step of a table as rows: once, and as often again as it says."""
    yield Row(who, form, after)
    for _ in range(int(times)):
        yield Row(who, form, after, again=True)
