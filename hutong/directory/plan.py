"""Who is on duty over a stretch of time, exact to the millisecond, and where there is nobody. Pure.

Nothing is sampled: between two change points (a shift's end, a term's, an absence's, a key's …) the answer is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from hutong.directory.duties import Roster
from hutong.directory.records import Directory
from hutong.directory.roster import Cause, Watch, Why, on_duty, planned, rostered, speaking

DAY_MS = 24 * 3600 * 1000
DAYS = 30
"""How far ahead coverage is asked for."""
_NOBODY = Watch("", Why.FALLBACK)


@dataclass(frozen=True, slots=True)
class Span:
    """From ``begins`` (inclusive) to ``ends`` (exclusive), ms: one answer."""

    begins: int
    ends: int
    watch: Watch


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a desk's ("": the whole agency's) time in which nobody is on duty, or only the head is."""

    desk: str
    begins: int
    ends: int
    cause: Cause
    named: str
    instead: str


def shifts(directory: Directory, agency: str, desk: str, begins: int, ends: int) -> tuple[Span, ...]:
    """The window from ``begins`` to ``ends`` in spans without a hole; neighbours differ. ``agency`` is registered."""
    points = _changes(directory, agency, desk, begins, ends)
    found: list[Span] = []
    for start, end in zip(points, [*points[1:], ends], strict=True):
        watch = on_duty(directory, agency, desk, start)
        if found and found[-1].watch == watch:
            found[-1] = replace(found[-1], ends=end)
        else:
            found.append(Span(start, end, watch))
    return tuple(found)


def coverage(directory: Directory, agency: str, at: int, days: int = DAYS) -> tuple[Gap, ...]:
    """What is amiss in the ``days`` from ``at`` on: the agency as a whole, then each desk that fares otherwise."""
    ends = at + days * DAY_MS
    whole = shifts(directory, agency, "", at, ends)
    desks = [("", whole)]
    for desk, _ in directory.agencies[agency].desks:
        own = shifts(directory, agency, desk, at, ends)
        if own != whole:
            desks.append((desk, own))
    return tuple(gap for desk, spans in desks for gap in _gaps(desk, spans))


def holds(directory: Directory, agency: str, desk: str, contact: str, begins: int, ends: int) -> bool:
    """Whether all that time is ``contact``'s by the rosters of this very place, and no override takes it away."""
    for at in _changes(directory, agency, desk, begins, ends):
        own = rostered(directory, agency, desk, at)
        if own is None or own.contact != contact or planned(directory, agency, desk, at, _NOBODY) != own:
            return False
    return begins < ends


def shift_at(directory: Directory, agency: str, desk: str, at: int) -> tuple[int, int] | None:
    """The shift of this very place's roster around ``at``, as far as it is one contact's; None where there is none."""
    roster = speaking(directory.book.rosters.get((agency, desk), ()), at)
    if roster is None:
        return None
    start = at - (at - roster.begins) % roster.shift
    window = max(start, roster.takes_effect), min(start + roster.shift, roster.ends)
    return _stretch(shifts(directory, agency, desk, *window), at)


def _stretch(spans: tuple[Span, ...], at: int) -> tuple[int, int]:
    """From when to when, around ``at``, the plan names the same contact, able to act or not."""
    for _, same in groupby(spans, key=lambda span: span.watch.contact or span.watch.named):
        held = list(same)
        if at < held[-1].ends:
            return held[0].begins, held[-1].ends
    raise AssertionError("the spans tile the window")


def _gaps(desk: str, spans: tuple[Span, ...]) -> Iterator[Gap]:
    for span in spans:
        watch = span.watch
        if watch.cause is not None:
            yield Gap(desk, span.begins, span.ends, watch.cause, watch.named, watch.contact or watch.instead)


def _changes(directory: Directory, agency: str, desk: str, begins: int, ends: int) -> list[int]:
    """``begins`` and every instant before ``ends`` at which the answer may become another one, ascending."""
    points = {at for at in _instants(directory, agency, desk, begins, ends) if begins < at < ends}
    return sorted(points | {begins})


def _instants(directory: Directory, agency: str, desk: str, begins: int, ends: int) -> Iterator[int]:
    book = directory.book
    for place in {(agency, desk), (agency, "")}:
        for roster in book.rosters.get(place, ()):
            yield from (roster.takes_effect, roster.ends, *_turns(roster, begins, ends))
        for override in book.overrides.get(place, ()):
            yield from (override.begins, override.ends)
        for swap in book.swaps.get(place, ()):
            yield from (swap.begins, swap.ends, swap.other_begins, swap.other_ends)
    for contact in directory.contacts_of(agency):
        yield from (contact.term_from, contact.term_to)
        for key in directory.officer_keys(contact.id):
            yield from (key.not_before, key.not_after, key.revoked_at)
        for absence in book.absences.get(contact.id, ()):
            yield from (absence.begins, absence.ends)


def _turns(roster: Roster, begins: int, ends: int) -> range:
    """The instants in the window at which a shift of ``roster`` ends and the next one begins."""
    if not roster.contacts:
        return range(0)
    first = roster.begins + max(0, -(-(begins - roster.begins) // roster.shift)) * roster.shift
    return range(first, min(ends, roster.ends), roster.shift)
