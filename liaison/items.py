"""Obligations as officers see them: both clocks, the lamp, the order in which they want to be done. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hutong.v1 import casework_pb2
from rules.ladder import Step
from rules.records import OPEN_STATES

_WARNING_SHARE = 4
"""The lamp turns yellow when a quarter of the clock is left."""
_STILL = (casework_pb2.OBLIGATION_STATE_ON_HOLD, casework_pb2.OBLIGATION_STATE_IN_REVIEW)


class Lamp(StrEnum):
    """How an obligation stands; always shown with an icon and a word beside the colour."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
    BLUE = "blue"


ICONS = {Lamp.GREEN: "●", Lamp.YELLOW: "▲", Lamp.RED: "■", Lamp.GREY: "○", Lamp.BLUE: "◆"}


class Clock(StrEnum):
    """Which of its two clocks runs."""

    ACKNOWLEDGE = "acknowledge"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Duty:
    """One obligation: the hub's record, the names that the directory and the agency's node add, and the time of looking
    (milliseconds since 1970)."""

    record: casework_pb2.Obligation
    now: int
    owner_name: str = ""
    title: str = ""
    next_names: tuple[str, ...] = ()
    """Who is told next, in the order of the record's ``next_contacts``."""

    @property
    def told_at(self) -> int:
        """When somebody is told next, ms; 0: nobody any more."""
        return self.record.told_at or self.record.next_at

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.record.state in OPEN_STATES

    @property
    def pending(self) -> bool:
        """Whether it waits for its 签收."""
        return self.record.state == casework_pb2.OBLIGATION_STATE_PENDING

    @property
    def held(self) -> bool:
        """Whether it is 挂起."""
        return self.record.state == casework_pb2.OBLIGATION_STATE_ON_HOLD

    @property
    def clock(self) -> Clock | None:
        """签收 first, 办结 from then on; None while it is held, under review or ended, and where no time is set yet."""
        if self.pending:
            return Clock.ACKNOWLEDGE
        running = self.open and self.record.state not in _STILL and self.record.complete_by
        return Clock.COMPLETE if running else None

    @property
    def due(self) -> int:
        """When the clock that runs is over, ms; 0 for none."""
        if self.clock is None:
            return 0
        return self.record.acknowledge_by if self.clock is Clock.ACKNOWLEDGE else self.record.complete_by

    @property
    def left(self) -> int | None:
        """Milliseconds until the clock that runs is over, negative when overdue; None where none runs."""
        return self.due - self.now if self.clock else None

    @property
    def lamp(self) -> Lamp:
        """红 overdue or left standing by everybody, 黄 a quarter of the clock left or the owner reminded, 绿 on track,
        灰 held or ended, 蓝 for information: nothing runs against the owner."""
        if not self.open or self.held:
            return Lamp.GREY
        if self.record.red or (self.pending and self.record.non_response):
            return Lamp.RED
        if self.left is None:
            return Lamp.BLUE
        if self.left <= 0:
            return Lamp.RED
        return Lamp.YELLOW if self.left * _WARNING_SHARE <= self.due - self._began or self._reminded else Lamp.GREEN

    @property
    def standing(self) -> str:
        """Why the lamp is as it is, by the name of its word in the catalogue ("lamp-…")."""
        match self.lamp:
            case Lamp.GREY:
                return "held" if self.held else "grey"
            case Lamp.RED if self._in_review:
                return "review-red"
            case Lamp.RED:
                return "red" if self.left is not None and self.left <= 0 else "standing"
            case Lamp.BLUE:
                return "review" if self._in_review else "blue"
            case lamp:
                return lamp.value

    @property
    def _in_review(self) -> bool:
        return self.record.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW

    @property
    def _began(self) -> int:
        record = self.record
        if self.clock is Clock.ACKNOWLEDGE:
            return record.available_at
        return record.received_at

    @property
    def _reminded(self) -> bool:
        """Whether the 提醒 at three quarters of the time for completing has been given."""
        left = self.record.completion
        return self.clock is Clock.COMPLETE and bool(left) and Step.read(left[0]).form != "reminder"


def by_urgency(duties: Iterable[Duty]) -> list[Duty]:
    """Least time left first; then those against which no clock runs, oldest first; what has ended at last, newest
    first."""

    def place(duty: Duty) -> tuple[int, int]:
        if not duty.open:
            return 2, -duty.record.closed_at
        return (1, duty.record.available_at) if duty.left is None else (0, duty.left)

    return sorted(duties, key=place)


def due_within(duties: Iterable[Duty], milliseconds: int) -> list[Duty]:
    """Those whose running clock is over within that time, the overdue included."""
    return [duty for duty in duties if duty.left is not None and duty.left <= milliseconds]


def hub_now(local: int, records: Iterable[casework_pb2.Obligation]) -> int:
    """The time to count by: this machine's, unless the hub has shown that it is later there."""
    return max(local, *(_shown(record) for record in records), 0)


def _shown(record: casework_pb2.Obligation) -> int:
    """The latest time that ``record`` shows to be over: something was recorded then, or a deadline has had its due."""
    times = [
        record.available_at,
        record.delivered_at,
        record.seen_at,
        record.acknowledged_at,
        record.reported_at,
        record.review_from,
        record.closed_at,
    ]
    if record.non_response:
        times.append(record.acknowledge_by)
    if record.completion and Step.read(record.completion[0]).after not in ("3/4", "due"):
        times.append(record.complete_by)
    return max(times)
