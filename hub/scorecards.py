"""Scorecards of the present and the last week and month, collected as the watch follows the log (watch.py).

Whatever is older an auditor reports from an export. Nothing is stored: after a start the pass collects anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from audit.review.period import month_at, period_named, week_at
from hutong.errors import HutongError
from hutong.v1 import casework_pb2
from rules.folding import Folded
from rules.scorecard.collector import Collector
from rules.scorecard.figures import Scorecards
from rules.scorecard.message import message
from rules.state import State

_NAMES = (week_at, month_at)
_OVERDUE_LIMIT = 1000


class KeptScorecards:
    """Fed by one thread, asked by others; whoever feeds holds ``turn``."""

    def __init__(self, now: int) -> None:
        """``now``: the hub's time, in milliseconds."""
        self.turn = threading.Lock()
        self.entries = self.size = self.faults = self.judged_from = 0
        """How far the pass is, how long the log was at its last look, and what it has found."""
        self.ready = False
        """Whether the pass has been at the head of the log."""
        self.watching = True
        self._week = week_at(now)
        self._kept: dict[str, Collector] = {}
        for name_at in _NAMES:
            present = name_at(now)
            last = name_at(period_named(present).start - 1)
            self._kept |= {name: Collector(period_named(name)) for name in (last, present)}
        self._made: dict[str, tuple[int, Scorecards]] = {}

    def __call__(self, state: State, folded: Folded) -> None:
        """Take in one statement (an Observer of the replay)."""
        self.turn_to(folded.at)
        for collector in self._kept.values():
            collector(state, folded)

    def turn_to(self, now: int) -> None:
        """It is ``now`` (ms): begin the periods that have begun since, and let go of those before the last."""
        for name_at in _NAMES:
            last, present = sorted(name for name in self._kept if _is_of(name, name_at))
            while now >= (ended := period_named(present)).end:
                del self._kept[last]
                last, present = present, name_at(ended.end)
                self._kept[present] = self._kept[last].later(period_named(present))
            if name_at is week_at:
                self._week = present

    def card(self, period: str, agency: str) -> casework_pb2.GetScorecardResponse:
        """The figures of ``agency``; ``period`` empty: the present week. HT-SCR-02, HT-SCR-05, HT-SCR-06, HT-SCR-07."""
        if period:
            period_named(period)
        with self.turn:
            name = period or self._week
            if not self.watching:
                raise HutongError("HT-SCR-07")
            if name not in self._kept:
                raise HutongError("HT-SCR-06", period=name, kept=", ".join(sorted(self._kept)))
            if not self.ready:
                raise HutongError("HT-SCR-05", entries=self.entries, size=self.size)
            return casework_pb2.GetScorecardResponse(
                period=name,
                scorecard=message(self._cards(name), agency, _OVERDUE_LIMIT),
                entries=self.entries,
                faults=self.faults,
                judged_from=self.judged_from,
            )

    def _cards(self, name: str) -> Scorecards:
        """All scorecards of the period, made once for as long as the pass stands where it does."""
        at, cards = self._made.get(name, (-1, None))
        if cards is None or at != self.entries:
            cards = self._kept[name].scorecards()
            self._made = {kept: made for kept, made in self._made.items() if kept in self._kept}
            self._made[name] = self.entries, cards
        return cards


def _is_of(name: str, name_at: Callable[[int], str]) -> bool:
    return ("W" in name) == (name_at is week_at)
