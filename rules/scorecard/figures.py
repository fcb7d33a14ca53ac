"""What a scorecard holds: figures of one agency or one named contact for a period, as recipient and as requester.

Times are milliseconds. Each figure is defined in docs/auditor.md. Contacts appear by id: no log holds a name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

ACKNOWLEDGE, COMPLETE, REVIEW = "acknowledge", "complete", "review"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` (inclusive) to ``end`` (exclusive), milliseconds since 1970."""

    start: int
    end: int

    def __contains__(self, at: int) -> bool:
        return self.start <= at < self.end


def nearest_rank(sample: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least ``percent`` of the sample do not exceed; None of an empty one.

    A value that occurred, never one between two: of five values the 90th percentile is the largest.
    """
    if not sample:
        return None
    return sorted(sample)[-(-percent * len(sample) // 100) - 1]


@dataclass(slots=True)
class Times:
    """How long something took, each time by the clock on the wall and in the recipient's working time."""

    wall: list[int] = field(default_factory=list)
    work: list[int] = field(default_factory=list)

    def took(self, wall: int, work: int) -> None:
        """One more."""
        self.wall.append(wall)
        self.work.append(work)

    @property
    def n(self) -> int:
        """How many there are: a percentile of three says little."""
        return len(self.wall)


@dataclass(slots=True)
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    def count(self, part: bool) -> None:
        """One more of the whole, and of the part where it is one."""
        self.part += part
        self.whole += 1

    @property
    def percent(self) -> float | None:
        """None where there is nothing to divide by."""
        return round(100 * self.part / self.whole, 1) if self.whole else None


@dataclass(slots=True)
class Standing:
    """Open obligations as they stood at the end; ages in milliseconds of the wall clock."""

    open: int = 0
    on_hold: int = 0
    in_breach: int = 0
    red: int = 0
    overdue_acknowledge: int = 0
    overdue_complete: int = 0
    oldest_open: int = 0
    oldest_overdue: int = 0


@dataclass(slots=True)
class Duties:
    """The side that owes: obligations of an agency, or those that a contact owned at the moment that counts."""

    laid: int = 0
    acknowledged: Share = field(default_factory=Share)
    """签收 in time, of those acknowledged, returned or run out of time."""
    completed: Share = field(default_factory=Share)
    """办结 in time, of those completed or run out of time."""
    to_acknowledge: Times = field(default_factory=Times)
    to_feedback: Times = field(default_factory=Times)
    outcomes: Counter[int] = field(default_factory=Counter)
    """办结 by OutcomeCode."""
    evidence_repeated: int = 0
    """办结 under an evidence digest that another obligation of the agency bore before."""
    returned: Counter[int] = field(default_factory=Counter)
    """退回 by ReasonCode."""
    passed_on: int = 0
    non_response: int = 0
    forced: int = 0
    """Steps that whoever opened the item had taken early."""
    moved: int = 0
    """Given to another owner by the head or a coordinator."""
    fallen: int = 0
    turned_red: int = 0
    sent_back: int = 0
    held: int = 0
    extensions_asked: int = 0
    extensions_granted: int = 0
    extensions_granted_late: int = 0
    """Those granted when the time was over."""
    standing: Standing = field(default_factory=Standing)


@dataclass(slots=True)
class Waiting:
    """What waited for the side that asks, as it stood at the end."""

    unread: int = 0
    """Something was reported, and nobody of the agency has opened it."""
    oldest_unread: int = 0
    reviews: int = 0
    oldest_review: int = 0
    overdue_reviews: int = 0
    reviews_red: int = 0
    """The ladder of a review has ended, and nobody has reviewed."""
    decisions: int = 0
    """Extensions that wait for its decision."""
    oldest_decision: int = 0


@dataclass(slots=True)
class Requests:
    """The side that asks: items that an agency opened, or that a contact opened for it."""

    items: int = 0
    flash_items: int = 0
    sent: int = 0
    """Obligations that these items laid."""
    returned: Counter[int] = field(default_factory=Counter)
    """退回 to it, by ReasonCode."""
    flash_for_nothing: Share = field(default_factory=Share)
    """Flash obligations that came to nothing, of those that ended."""
    answered: int = 0
    """Obligations on which something was reported for the first time."""
    extensions_decided_late: int = 0
    reviews_turned_red: int = 0
    waiting: Waiting = field(default_factory=Waiting)


@dataclass(frozen=True, slots=True)
class Overdue:
    """One clock past its time, as it stood at the end, with the agency and contact who are waited for."""

    item: bytes
    agency: str
    owner: str
    clock: str
    by: int
    age: int
    obliged: str
    """The agency whose obligation it is."""


@dataclass(frozen=True, slots=True)
class Drills:
    """What stood in the period for practice only, and is in no other figure."""

    items: int = 0
    obligations: int = 0


T = TypeVar("T")


class Tallies(Generic[T]):
    """One tally for each agency, and one for each of its contacts that something is to be said of."""

    def __init__(self, make: Callable[[], T]) -> None:
        self.agencies: defaultdict[str, T] = defaultdict(make)
        self.contacts: defaultdict[tuple[str, str], T] = defaultdict(make)

    def of(self, agency: str, contact: str) -> tuple[T, T]:
        """The agency's tally and the contact's, to be moved on together."""
        return self.agencies[agency], self.contacts[agency, contact]

    def every(self) -> Iterator[T]:
        """All of them."""
        yield from self.agencies.values()
        yield from self.contacts.values()


@dataclass(frozen=True)
class Scorecards:
    """All scorecards of one period."""

    period: Period
    as_of: int
    """The period's end, or the log's, whichever was first."""
    duties: Tallies[Duties]
    requests: Tallies[Requests]
    overdue: tuple[Overdue, ...]
    """The longest overdue first."""
    drills: Drills
