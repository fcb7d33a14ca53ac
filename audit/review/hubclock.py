"""The hub's clock, held against everybody else's: when a statement was recorded, and when its sender had signed it.

Both instants are somebody's word. One sender may be wrong, or send by courier; but nothing signed by two agencies is
late, or early, again and again and by as much, unless the clock is that by which it was recorded.
"""

from __future__ import annotations

from array import array
from bisect import insort
from dataclasses import asdict, dataclass
from typing import Any

from rules.folding import Folded
from rules.scorecard.figures import nearest_rank
from rules.state import State

from .punctuality import GRACE_MS

BEFORE_MS = 60_000
"""A statement recorded so long before it was signed is named: clocks that a time server sets are a second apart."""
AFTER_MS = 3_600_000
"""One recorded so long after is named too: it waited in an outbox, travelled offline, or one of the clocks is wrong."""
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Distance:
    """From signing to recording, in milliseconds, of all that one agency has sent; below 0: recorded before."""

    agency: str
    statements: int
    median: int
    p99: int
    most: int
    least: int
    before: int
    """How many were recorded before they were signed."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Entry ``index``: recorded ``by`` ms after its sender had signed it, which is more than is plausible, or less."""

    index: int
    agency: str
    by: int


@dataclass(frozen=True, slots=True)
class Shift:
    """For a time everybody's statements lay on one side of their own instants; ``by`` is the least of it, in ms.

    Above 0 the hub's clock was fast by so much at the most, below it was slow; times by the hub's clock.
    """

    since: int
    until: int
    by: int
    statements: int
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockSummary:
    """What the log says of the hub's clock; agencies by code, the others in the order of the log."""

    agencies: tuple[Distance, ...]
    named: tuple[Odd, ...]
    shifts: tuple[Shift, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machines; times in milliseconds."""
        return asdict(self)


class HubClock:
    """An observer of a replay (replay.py): sees every statement, refused ones too, and counts."""

    def __init__(self) -> None:
        self._distances: dict[str, array[int]] = {}
        self._named: list[Odd] = []
        self._shifts: list[Shift] = []
        self._run: Shift | None = None

    def __call__(self, state: State, folded: Folded) -> None:
        """One entry. What the hub says itself bears its own time, and tells nothing."""
        if folded.kind.hub_only:
            return
        agency, by = folded.header.sender.agency, folded.at - folded.header.issued_at
        self._distances.setdefault(agency, array("q")).append(by)
        if not -BEFORE_MS <= by <= AFTER_MS:
            self._named.append(Odd(folded.index, agency, by))
        self._follow(agency, by, folded.at)

    def summary(self) -> ClockSummary:
        """Everything so far."""
        agencies = tuple(_distance(agency, self._distances[agency]) for agency in sorted(self._distances))
        return ClockSummary(agencies, tuple(self._named), (*self._shifts, *_shifts(self._run)))

    def _follow(self, agency: str, by: int, at: int) -> None:
        """Whether a shift goes on, ends or begins with this statement."""
        run = self._run
        side = (by > GRACE_MS) - (by < -BEFORE_MS)
        if run is None or side * run.by <= 0:
            self._shifts += _shifts(run)
            self._run = Shift(at, at, by, 1, (agency,)) if side else None
            return
        agencies = list(run.agencies)
        if agency not in agencies:
            insort(agencies, agency)
        self._run = Shift(run.since, at, min(run.by, by, key=abs), run.statements + 1, tuple(agencies))


def _distance(agency: str, sample: array[int]) -> Distance:
    return Distance(
        agency=agency,
        statements=len(sample),
        median=nearest_rank(sample, 50) or 0,
        p99=nearest_rank(sample, 99) or 0,
        most=max(sample),
        least=min(sample),
        before=sum(by < 0 for by in sample),
    )


def _shifts(run: Shift | None) -> tuple[Shift, ...]:
    """``run``, if it is one: of several agencies, and, where it is late, longer than outboxes take to empty."""
    if run is None or run.statements < _FEWEST or len(run.agencies) == 1:
        return ()
    return (run,) if run.by < 0 or run.until - run.since > GRACE_MS else ()
