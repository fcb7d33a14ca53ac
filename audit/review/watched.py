"""One open obligation under watch: its timetable, whether its owner still is one, and what was said and missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hutong.directory.records import Directory
from hutong.v1 import header_pb2
from rules.records import Item, Obligation
from rules.whom import fallen, fell_at

from .timetable import ATTENTION, COMPLETION, FORCED, Expected, Timetable
from .turns import FALL, Turn

_FOR_EVER = 1 << 62
_NOTHING: frozenset[Turn] = frozenset()
"""Of most obligations; each empty set by itself would take as much as the rest of a watch."""
_TRACKS = {"attention": ATTENTION, "completion": COMPLETION, "forced": FORCED}


class Watched:
    """Steps are asked for with the record ``duty`` as it was at the moment that is meant."""

    __slots__ = ("_falls_at", "missed", "said", "sudden", "table")

    def __init__(self, directory: Directory, item: Item, duty: Obligation, now: int) -> None:
        self.table = Timetable(directory, item, duty.agency, now)
        self.said = self.missed = _NOTHING
        self.sudden = False
        """Whether a statement made the owner none, directly after which the hub says that ownership fell."""
        self._falls_at = _falls_at(directory, duty, now)

    def turn(self, directory: Directory, duty: Obligation, now: int) -> tuple[Turn | None, Expected | None]:
        """What the hub has to say next at ``now``, a fall before a step that was not due yet; and which step it is."""
        step = self.table.next()
        if self._has_fallen(directory, duty, now) and not (step and step.due < fell_at(directory, duty, now)):
            return Turn.of_fall(duty, self._falls_at), None
        if step is None or step.due > now:
            return None, None
        return self._named(directory, duty, step), step

    def missing(self, directory: Directory, duty: Obligation, end: int) -> Iterator[Turn]:
        """What could have been said before ``end``, had each been said as soon as it was due, and was not."""
        due = self._falls_at < end + self.sudden and self._has_fallen(directory, duty, end)
        fell, ahead = fell_at(directory, duty, end) if due else 0, self.table.copy()
        for step in ahead.until(directory, duty, fell or end):
            yield self._named(directory, duty, step)
        if not fell:
            return
        yield Turn.of_fall(duty, self._falls_at)
        ahead.fell(directory, duty.state, fell)
        heads = replace(duty, owner=directory.agencies[duty.agency].head_contact)
        for step in ahead.until(directory, heads, end):
            yield self._named(directory, heads, step)

    def is_to_come(self, directory: Directory, duty: Obligation, said: Turn) -> bool:
        """Whether the step will have its turn some day if nothing else happens."""
        if said.who == FALL:
            return bool(self._falls_at)
        steps = self.table.copy().until(directory, duty, _FOR_EVER)
        return any((step.track, step.row.who) == (said.track, said.who) for step in steps)

    def was_said(self, said: Turn) -> bool:
        """Whether the hub has said this step before."""
        return any(before.says(said) for before in self.said)

    def differs(
        self, directory: Directory, duty: Obligation, step: Expected | None, header: header_pb2.Header, now: int
    ) -> str:
        """The field in which ``header`` is not the step that it should be; empty where it is."""
        kind = str(header.WhichOneof("kind"))
        said = getattr(header, kind)
        wanted: dict[str, Any] = {"owner": duty.owner}
        if kind == "ownership_fell":
            wanted |= {"head": directory.agencies[duty.agency].head_contact}
        elif kind == "non_response":
            wanted |= {"due_at": duty.acknowledge_by}
        elif step:
            told = self.table.reaches(directory, duty, step, now)
            form = self.table.form(directory, step)
            wanted |= {"due_at": step.due, "form": form, "last": step.last, "told": list(told)}
        given = {field: getattr(said, field) for field in wanted}
        return next((field for field in wanted if given[field] != wanted[field]), "")

    def disagrees(self, duty: Obligation) -> str:
        """The field of the record that is not what the timetable has; empty where they agree."""
        step = self.table.next()
        pairs = {
            "next_at": (duty.next_at, step.due if step else 0),
            "complete_by": (duty.complete_by, self.table.complete_by),
            "received_at": (duty.received_at, self.table.received_at),
            "overran_at": (duty.overran_at, self.table.overran_at),
        }
        for name, track in _TRACKS.items():
            left = sum(1 + int(text.rpartition(" ")[2]) for text in getattr(duty, name))
            pairs[name] = (left, len(self.table.clocks[track].rows))
        return next((field for field, (record, table) in pairs.items() if record != table), "")

    def owned_anew(self, directory: Directory, duty: Obligation, now: int) -> None:
        """``duty`` has another owner."""
        self._falls_at, self.sudden = _falls_at(directory, duty, now), False

    def directory_moved(self, directory: Directory, duty: Obligation, now: int, direct: bool) -> Turn | None:
        """The agency's people or keys have changed; the fall of an owner out of force who is one again, unsaid.

        ``direct``: by a statement after which the hub says at once what falls by it.
        """
        had = 0 < self._falls_at <= now
        if had and fallen(directory, duty, now):
            return None
        healed = Turn.of_fall(duty, self._falls_at) if had else None
        self._falls_at = _falls_at(directory, duty, now)
        self.sudden = direct and self._falls_at == now
        return healed

    def _has_fallen(self, directory: Directory, duty: Obligation, now: int) -> bool:
        return 0 < self._falls_at <= now and bool(fallen(directory, duty, now))

    def _named(self, directory: Directory, duty: Obligation, step: Expected) -> Turn:
        return Turn.of_step(duty, step, self.table.form(directory, step))


def _falls_at(directory: Directory, duty: Obligation, since: int) -> int:
    """From when on, at ``since`` or later, the owner is none any more as the directory stands; 0: never."""
    owner = directory.contacts[duty.owner]
    moments = {since, owner.term_from, owner.term_to}
    for key in directory.officer_keys(owner.id):
        moments |= {key.not_before, key.not_after, key.revoked_at}
    return next((at for at in sorted(moments) if at >= since and fallen(directory, duty, at)), 0)
