"""How long something may take, as rules and people write it: ``480min``, ``24h``, ``3wd``, ``10d``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hutong.errors import HutongError


class Unit(StrEnum):
    """What is counted. The first day is never counted (民法典 art. 201)."""

    MINUTE = "minute"
    """Of the wall clock."""
    HOUR = "hour"
    """Of the wall clock."""
    WORKING_MINUTE = "working_minute"
    WORKING_DAY = "working_day"
    DAY = "day"
    """Of the calendar, worked or not."""


_WRITTEN = {"min": Unit.WORKING_MINUTE, "h": Unit.HOUR, "wd": Unit.WORKING_DAY, "d": Unit.DAY}
_SPAN = re.compile(r"(\d{1,6})\s*(min|h|wd|d)")
_MOST = {
    Unit.MINUTE: 999_999,
    Unit.HOUR: 99_999,
    Unit.WORKING_MINUTE: 999_999,
    Unit.WORKING_DAY: 4_000,
    Unit.DAY: 6_000,
}


@dataclass(frozen=True, slots=True)
class Span:
    """``amount`` of ``unit`` (0 or more)."""

    amount: int
    unit: Unit
    rolls_over: bool = False
    """A last day that is no working day gives way to the next one that is (as 民事诉讼法 art. 85 has it)."""
    to_close: bool = False
    """Ends when the last day's business closes instead of at the same time of day (民法典 art. 203)."""

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= _MOST[self.unit]:
            raise HutongError("HT-CAL-03", given=str(self.amount), most=_MOST[self.unit])

    def __str__(self) -> str:
        """As ``read_span`` reads it; minutes of the wall clock, which only rules have, as ``30 minute``."""
        written = {unit: text for text, unit in _WRITTEN.items()}.get(self.unit, f" {self.unit}")
        return f"{self.amount}{written}"


def read_span(text: str) -> Span:
    """The span that ``text`` writes; ``min`` are working minutes, ``wd`` working days. HT-CAL-03 otherwise."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise HutongError("HT-CAL-03", given=text[:20], most=_MOST[Unit.WORKING_MINUTE])
    return Span(int(found[1]), _WRITTEN[found[2]])
