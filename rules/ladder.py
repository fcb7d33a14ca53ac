"""Ladders (rules/data/ladders.toml): copied onto an obligation when its clock starts, taken step by step by the hub.

An obligation carries what is left of each ladder and when it goes on, so that whoever holds the record knows what comes
next, and a hub that was down takes the missed steps once and in order. Each step counts from the one before, not from
the moment at which somebody found the time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hutong.directory.records import Contact, Directory
from hutong.v1 import casework_pb2, codes_pb2
from hutong.worktime.span import Span, Unit
from rules.clocks import PRACTICE, acknowledge_by, after, completion, given, pace, span
from rules.data import LADDERS
from rules.records import Item, Obligation
from rules.relation import PRESSING, relation
from rules.whom import told

CERTIFICATE = "certificate"
ATTENTION = codes_pb2.LADDER_TRACK_ATTENTION
COMPLETION = codes_pb2.LADDER_TRACK_COMPLETION
FORCED = codes_pb2.LADDER_TRACK_FORCED
_TRACKS: dict[int, str] = {FORCED: "forced", ATTENTION: "attention", COMPLETION: "completion"}
_AFTER = re.compile(r"(\d+) ?([a-z_]+)")
_NOW = Span(0, Unit.WORKING_MINUTE)
WALL_CLOCK = ("flash", "drill")
"""Paces at which steps come by the clock on the wall."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who is told, in what form, how long after the step before, and how often once more."""

    who: str
    form: str
    after: str
    times: int = 0

    def __str__(self) -> str:
        """As obligations carry it: ``coordinator urge 15minute 5``."""
        return f"{self.who} {self.form} {self.after.replace(' ', '')} {self.times}"

    @staticmethod
    @cache
    def read(text: str) -> Step:
        """The step that ``str`` has written."""
        who, form, after, times = text.split(" ")
        return Step(who, form, after, int(times))


@dataclass(frozen=True, slots=True)
class Due:
    """A step whose time has come: of which track, when it was due, and whom it reaches."""

    track: int
    step: Step
    at: int
    told: tuple[Contact, ...]
    form: int
    last: bool


RESUME = Step("owner", "resume", "0minute")
"""The end of a hold."""


@cache
def copied(ladder: str, pace: str) -> tuple[str, ...]:
    """The steps of ``ladder`` ("attention", "progress", "completion") at ``pace``, as obligations carry them."""
    return tuple(str(Step(**step)) for step in LADDERS[ladder][pace])


def scheduled(duty: Obligation) -> Obligation:
    """``duty`` with ``next_at`` as its tracks have it; the last thing done to every changed obligation."""
    times = [at for at in (duty.attention_at, duty.completion_at, duty.forced_at) if at]
    return replace(duty, next_at=min(times, default=0) if duty.open else 0)


def awaiting(directory: Directory, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` with the ladder of acknowledging, from ``now``."""
    speed = pace(item.urgency, item.drill)
    by = acknowledge_by(directory, duty.agency, speed, now)
    return _begun(directory, item, replace(duty, acknowledge_by=by), "attention", by, now)


def watched(directory: Directory, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` with the ladder of going on, from ``now``; nobody stays still unseen."""
    by = after(directory, duty.agency, now, span("progress", pace(item.urgency, item.drill)))
    late = bool(duty.complete_by) and duty.complete_by <= now
    return _begun(directory, item, replace(duty, red=duty.red and late), "progress", by, now)


def received(directory: Directory, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` with the clock of completion, from organisational receipt at ``now``; it starts once. That something has
    arrived is nothing that anybody has done: a red tile stays one."""
    if duty.complete_by:
        return duty
    rule, span = completion(directory, duty.agency, item.kind, pace(item.urgency, item.drill))
    by = after(directory, duty.agency, now, span)
    begun = timed(directory, item, replace(duty, complete_rule=rule, received_at=now), by, now)
    return replace(begun, red=duty.red)


def received_earlier(directory: Directory, item: Item, duty: Obligation, at: int) -> Obligation:
    """``duty``, which the agency had ``at`` already: what is left of the time for completing begins so much earlier. A
    time that somebody has granted since stays what it is."""
    if not duty.received_at:
        return received(directory, item, duty, at)
    if at >= duty.received_at:
        return duty
    span = given(duty.complete_rule, pace(item.urgency, item.drill))
    was, would = (after(directory, duty.agency, start, span) for start in (duty.received_at, at))
    earlier = replace(duty, received_at=at)
    return earlier if duty.extensions else _moved(earlier, would - was)


def timed(directory: Directory, item: Item, duty: Obligation, by: int, now: int) -> Obligation:
    """``duty`` to be completed ``by``, with its whole ladder from ``now``."""
    speed = pace(item.urgency, item.drill)
    steps = copied("completion", speed)
    begun = replace(duty, complete_by=by, completion=steps, red=False)
    at = _when(directory, item, begun, Step.read(steps[0]), now, by, now)
    return scheduled(replace(begun, completion_at=at))


def reviewing(directory: Directory, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` waiting for review by whoever laid it: its own clocks stand still, the other side's ladder begins.

    From here on a red tile is the other side's.
    """
    by = after(directory, item.from_agency, now, span("progress", pace(item.urgency, item.drill)))
    return _begun(directory, item, replace(duty, completion=(), completion_at=0, red=False), "review", by, now)


def on_hold(duty: Obligation, until: int) -> Obligation:
    """``duty`` at rest until then, when the hub itself says that it goes on."""
    return scheduled(replace(still(duty), attention=(str(RESUME),), attention_at=until))


def shifted(duty: Obligation, by: int) -> Obligation:
    """``duty`` with its time for completing moved by so many milliseconds, unless a law has set it."""
    return _moved(duty, by) if duty.complete_rule == PRACTICE else duty


def _moved(duty: Obligation, by: int) -> Obligation:
    at = duty.completion_at + by if duty.completion_at else 0
    return scheduled(replace(duty, complete_by=duty.complete_by + by, completion_at=at))


def still(duty: Obligation) -> Obligation:
    """``duty`` with nothing due any more on the ladder of attention, and nothing forced."""
    return scheduled(replace(duty, attention=(), attention_at=0, attention_by=0, forced=(), forced_at=0))


def over(duty: Obligation) -> Obligation:
    """``duty`` with nothing due any more; its deadlines stay on record."""
    return scheduled(replace(still(duty), completion=(), completion_at=0))


def due(directory: Directory, item: Item, duty: Obligation, now: int) -> Due | None:
    """The step whose turn it is at ``now``, None where there is none."""
    if not duty.open or not duty.next_at or now < duty.next_at:
        return None
    track = next(track for track, name in _TRACKS.items() if getattr(duty, f"{name}_at") == duty.next_at)
    left = getattr(duty, _TRACKS[track])
    step = Step.read(left[0])
    reached = () if step.who == CERTIFICATE else told(directory, item, duty, step.who, now)
    after = duty.attention if track == FORCED else left[1:]
    last = step.form != RESUME.form and not after and not step.times
    return Due(track, step, duty.next_at, reached, _form(directory, item, duty, step), last)


def telling(directory: Directory, item: Item, duty: Obligation) -> Due | None:
    """The next step of ``duty`` that tells somebody, when it is due and whom it reaches as things stand; None where
    none is left. A certificate tells nobody: what people want to know is who is told after it."""
    step = due(directory, item, duty, duty.next_at)
    if step is not None and step.step.who == CERTIFICATE:
        certified = taken(directory, item, duty, step)
        step = due(directory, item, certified, certified.next_at)
    return step


def taken(directory: Directory, item: Item, duty: Obligation, step: Due) -> Obligation:
    """``duty`` after ``step``; one that reached nobody is followed by the next at once (NoOneOnCall)."""
    name = _TRACKS[step.track]
    left: tuple[str, ...] = getattr(duty, name)
    again = step.step.times > 0
    rest = (str(replace(step.step, times=step.step.times - 1)), *left[1:]) if again else left[1:]
    at = 0
    if rest:
        nobody = not step.told and step.step.who != CERTIFICATE and not again
        follower = Step.read(rest[0])
        wanted = Step(follower.who, follower.form, "0minute") if nobody and follower.after != "due" else follower
        by = duty.complete_by if step.track == COMPLETION else duty.attention_by
        at = _when(directory, item, duty, wanted, step.at, by, step.at)
    moved: dict[str, Any] = {name: rest, f"{name}_at": at}
    return scheduled(replace(duty, steps=duty.steps + 1, red=duty.red or step.last, **moved))


def hurried(directory: Directory, item: Item, duty: Obligation, now: int) -> Obligation | None:
    """``duty`` with the next step of its ladder of attention taken now; None where none is left that tells somebody.

    What follows waits its time from now; a certificate, which has a day of its own, does not move, and the last step is
    told in addition: however often somebody pushes, the ladder is climbed to its end.
    """
    place = next((n for n, text in enumerate(duty.attention) if Step.read(text).who != CERTIFICATE), None)
    if place is None or duty.forced or Step.read(duty.attention[place]).form == RESUME.form:
        return None
    step = Step.read(duty.attention[place])
    left, at = duty.attention, duty.attention_at
    if place < len(left) - 1:
        left = (*left[:place], *left[place + 1 :])
        at = at if place else _when(directory, item, duty, Step.read(left[0]), now, duty.attention_by, now)
    forced = (str(replace(step, times=0)),)
    return scheduled(replace(duty, attention=left, attention_at=at, forced=forced, forced_at=now))


def _begun(directory: Directory, item: Item, duty: Obligation, ladder: str, by: int, now: int) -> Obligation:
    steps = copied(ladder, pace(item.urgency, item.drill))
    at = _when(directory, item, duty, Step.read(steps[0]), now, by, now)
    return scheduled(
        replace(duty, attention=steps, attention_by=by, attention_at=at, forced=(), forced_at=0),
    )


def _when(directory: Directory, item: Item, duty: Obligation, step: Step, before: int, by: int, start: int) -> int:
    """When ``step`` is due: ``before`` is the step before, ``by`` the time of its clock, which began at ``start``."""
    if step.after == "due":
        return max(before, by)
    if step.after == "3/4":
        at = start + (by - start) * 3 // 4
        if pace(item.urgency, item.drill) in WALL_CLOCK:
            return at
        # A reminder that would fall into the night is given when work begins, but never after the time itself.
        return min(after(directory, duty.agency, at, _NOW), by)
    found = _AFTER.fullmatch(step.after)
    assert found, step.after  # noqa: S101 - rules/data, held to by its test
    wait = Span(int(found[1]), Unit(found[2]))
    # In review it is the turn of whoever laid it, and their hours count.
    whose = item.from_agency if duty.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW else duty.agency
    return after(directory, whose, before, wait) if wait.amount else before


def _form(directory: Directory, item: Item, duty: Obligation, step: Step) -> int:
    """提醒 and 催办 as they stand; 督办 only by whoever may press the agency, to a peer a 催办函; silence has none."""
    if step.who == CERTIFICATE:
        return codes_pb2.ESCALATION_FORM_UNSPECIFIED
    if step.form == "supervise" and relation(directory, item.from_agency, duty.agency) not in PRESSING:
        return codes_pb2.ESCALATION_FORM_URGE_LETTER
    return codes_pb2.EscalationForm.Value(f"ESCALATION_FORM_{step.form.upper()}")
