"""How punctual the hub was: how many steps were due, said and missed, how late they came, and when it was silent."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import asdict, dataclass
from typing import Any

from rules.scorecard.figures import nearest_rank

GRACE_MS = 5 * 60 * 1000
"""A step said within this time is said in time: the clock engine looks every few seconds, a restart takes a moment."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which steps were due and none was said; milliseconds since 1970."""

    since: int
    until: int
    steps: int
    entries: int
    """How many statements of others the hub recorded meanwhile: a hub that was down recorded none."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a watch has seen; times in milliseconds."""

    obligations: int
    due: int
    said: int
    missed: int
    surplus: int
    """What the hub said although it was not due, or not like this."""
    differing: int
    """How often the rules' record and the timetable did not say the same."""
    healed: int
    """Owners who were out of force and came back before the hub had said that ownership fell."""
    worst: int
    p99: int
    silences: tuple[Silence, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


class Punctuality:
    """Counts, while a log passes."""

    def __init__(self) -> None:
        self.obligations = self.due = self.said = self.missed = self.surplus = self.differing = self.healed = 0
        self.worst = 0
        self._late: array[int] = array("q")
        self._silent: list[tuple[int, int]] = []
        self._entries: array[int] = array("q")

    def went_on(self, at: int) -> None:
        """Somebody's statement was recorded ``at``."""
        self._entries.append(at)

    def took(self, known: int, at: int) -> None:
        """A step that could be said from ``known`` on was said ``at``."""
        self.said += 1
        self._late.append(max(0, at - known))
        self.worst = max(self.worst, at - known)
        if at - known > GRACE_MS:
            self._silent.append((known, at))

    def summary(self) -> Summary:
        """Everything so far."""
        return Summary(
            obligations=self.obligations,
            due=self.due,
            said=self.said,
            missed=self.missed,
            surplus=self.surplus,
            differing=self.differing,
            healed=self.healed,
            worst=self.worst,
            p99=nearest_rank(self._late, 99) or 0,
            silences=tuple(self._silences()),
        )

    def _silences(self) -> list[Silence]:
        """What overlaps is one silence."""
        merged: list[list[int]] = []
        for since, until in sorted(self._silent):
            if merged and since <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], until)
                merged[-1][2] += 1
            else:
                merged.append([since, until, 1])
        return [Silence(since, until, steps, self.recorded(since, until)) for since, until, steps in merged]

    def recorded(self, since: int, until: int) -> int:
        """How many statements of others were recorded well after ``since`` and well before ``until``."""
        first, last = (bisect_left(self._entries, at) for at in (since + GRACE_MS, until - GRACE_MS))
        return max(0, last - first)
