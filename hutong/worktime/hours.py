"""Working hours: the stretches of a day, and how they change with the seasons (夏令作息)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hutong.errors import HutongError

Stretch = tuple[dt.time, dt.time]
_MOST_STRETCHES = 4


@dataclass(frozen=True, slots=True)
class Season:
    """Stretches in force on the days ``first`` … ``last`` (both inclusive)."""

    stretches: tuple[Stretch, ...]
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max

    def __post_init__(self) -> None:
        ends = [end for stretch in self.stretches for end in stretch]
        if not 1 <= len(self.stretches) <= _MOST_STRETCHES or ends != sorted(set(ends)):
            raise HutongError("HT-CAL-02", field="stretches", rule=f"1–{_MOST_STRETCHES}, in order and apart")
        if self.first > self.last:
            raise HutongError("HT-CAL-02", field="first", rule="not after last")


ALL_YEAR = Season(stretches=((dt.time(9), dt.time(12)), (dt.time(14), dt.time(17, 30))))


class Hours:
    """An agency's hours: of the seasons given, the last one that covers a day; the national hours where none does."""

    def __init__(self, seasons: Iterable[Season] = ()) -> None:
        self._seasons = (ALL_YEAR, *seasons)

    def on(self, day: dt.date) -> tuple[Stretch, ...]:
        """The stretches of ``day``, were it a working day."""
        return next(s.stretches for s in reversed(self._seasons) if s.first <= day <= s.last)


NATIONAL = Hours()
