"""Working hours: the stretches of a day, and how they change with the seasons (夏令作息)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hutong.errors import HutongError

Stretch = tuple[dt.time, dt.time]
MonthDay = tuple[int, int]
_MOST_STRETCHES = 4
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Season:
    """Stretches in force on the days ``first`` … ``last`` (both inclusive), of these only on those ``within``."""

    stretches: tuple[Stretch, ...]
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max
    within: tuple[MonthDay, MonthDay] | None = None
    """Days of every year, both inclusive; over the new year where the second comes before the first."""

    def __post_init__(self) -> None:
        ends = [end for stretch in self.stretches for end in stretch]
        if not 1 <= len(self.stretches) <= _MOST_STRETCHES or ends != sorted(set(ends)):
            raise HutongError("HT-CAL-02", field="stretches", rule=f"1–{_MOST_STRETCHES}, in order and apart")
        if self.first > self.last:
            raise HutongError("HT-CAL-02", field="first", rule="not after last")

    def covers(self, day: dt.date) -> bool:
        """Whether these are the hours of ``day``."""
        if not self.first <= day <= self.last:
            return False
        if self.within is None:
            return True
        begins, ends = self.within
        today = day.month, day.day
        return begins <= today <= ends if begins <= ends else today >= begins or today <= ends

    @property
    def minutes(self) -> int:
        """Working minutes of a day."""
        return sum(minute_of(end) - minute_of(begin) for begin, end in self.stretches)


ALL_YEAR = Season(stretches=((dt.time(9), dt.time(12)), (dt.time(14), dt.time(17, 30))))


class Hours:
    """An agency's hours: of the seasons given, the last one that covers a day; the national hours where none does."""

    def __init__(self, seasons: Iterable[Season] = ()) -> None:
        self._seasons = (ALL_YEAR, *seasons)

    def on(self, day: dt.date) -> tuple[Stretch, ...]:
        """The stretches of ``day``, were it a working day."""
        return next(season.stretches for season in reversed(self._seasons) if season.covers(day))


NATIONAL = Hours()


def minute_of(time: dt.time) -> int:
    """Minutes since midnight."""
    return time.hour * 60 + time.minute


def read_month_day(text: str) -> MonthDay:
    """Month and day of ``06-01``; the 29th of February is one. ValueError for what is none."""
    day = dt.date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    return day.month, day.day
