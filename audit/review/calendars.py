"""Calendars that the hub published although this program knows better: nothing forbids it, and people should look."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hutong.directory.timekeeping import notice_of
from hutong.worktime.calendar import contradicted
from rules.folding import Folded
from rules.state import State


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The notice of entry ``index`` counts so many days otherwise than this program's, of the same government."""

    index: int
    region: str
    """GB/T 2260; empty: the nation."""
    year: int
    version: int
    days: int
    first: str
    """The first of them, ISO 8601."""


class Calendars:
    """An observer of a replay (replay.py): sees every notice, also those that a later version has replaced."""

    def __init__(self) -> None:
        self.contradictions: list[Contradiction] = []

    def __call__(self, state: State, folded: Folded) -> None:
        """One entry."""
        if folded.kind.name != "calendar_published" or folded.refusal:
            return
        record = next(each for each in state.directory.calendars.values() if each.order == folded.index)
        if days := contradicted(notice_of(record)):
            about = (record.order, record.region, record.year, record.version)
            self.contradictions.append(Contradiction(*about, len(days), days[0].isoformat()))

    def as_dict(self) -> list[dict[str, Any]]:
        """For machines, in the order of the log."""
        return [asdict(each) for each in self.contradictions]
