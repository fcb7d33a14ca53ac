"""Who is on duty at one instant, past or future, and by what. Pure.

The last word has an override (替班); then a swap (换班), the desk's temporary roster (专班), its ordinary one; then the
same of the whole agency; and where no roster speaks, the first liaison in force, else the head.

A past instant has one answer. As nothing that is said about duty reaches back, today's directory says of it what the
directory of then said, as far as rosters, overrides, swaps and absences go; terms, roles, keys and heads are as now on
record. Who wants these as of then too asks the directory of then (``VerifiedDirectory.as_of``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hutong.v1 import codes_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hutong.directory.duties import Roster
    from hutong.directory.records import Contact, Directory


class Why(StrEnum):
    """By what somebody is on duty."""

    ROTATION = "rotation"
    TEMPORARY = "temporary"
    SWAP = "swap"
    OVERRIDE = "override"
    FALLBACK = "fallback"
    GAP = "gap"


class Cause(StrEnum):
    """What is amiss; with all but the last nobody is on duty."""

    ABSENT = "absent"
    OUT_OF_FORCE = "out_of_force"
    NO_KEY = "no_key"
    ROSTER_ENDED = "roster_ended"
    NOBODY = "nobody"
    """No roster, and neither a liaison nor the head is there and can act."""
    ONLY_HEAD = "only_head"
    """No roster, and the head is all that is left."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The answer for an instant. In a gap ``contact`` is empty, and what comes in goes to ``instead``."""

    contact: str
    why: Why
    cause: Cause | None = None
    named: str = ""
    """Whom the plan names, in a gap."""
    instead: str = ""
    """Empty where not even the head is in force."""


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the plan names, able to act or not. GAP: a roster has ended, and ``contact`` is who stands in."""

    contact: str
    why: Why


def on_duty(directory: Directory, agency: str, desk: str, at: int) -> Watch:
    """Who is on duty at ``desk`` ("": for the whole of ``agency``, which is registered) at ``at`` (ms)."""
    spare = _fallback(directory, agency, desk, at)
    named = planned(directory, agency, desk, at, spare)
    if named.why is Why.FALLBACK or spare.why is named.why is Why.GAP:
        return spare
    if named.why is Why.GAP:
        return Watch("", Why.GAP, Cause.ROSTER_ENDED, instead=named.contact)
    cause = unable(directory, agency, named.contact, at)
    if cause is None:
        return Watch(named.contact, named.why)
    return Watch("", Why.GAP, cause, named.contact, _instead(directory, agency, desk, at, spare))


def planned(directory: Directory, agency: str, desk: str, at: int, spare: Watch) -> Named:
    """Whom the plan of ``desk`` names at ``at``; ``spare`` is who is there without any."""
    named = rostered(directory, agency, desk, at)
    if named is None:
        whole = Named(spare.contact or spare.instead, Why.FALLBACK)
        named = planned(directory, agency, "", at, spare) if desk else whole
        if named.why is Why.FALLBACK and _ended(directory.book.rosters.get((agency, desk), ()), at):
            named = Named(named.contact, Why.GAP)
    for override in directory.book.overrides.get((agency, desk), ()):
        if override.covers(at) and override.replaces in ("", named.contact):
            named = Named(override.contact, Why.OVERRIDE)
    return named


def rostered(directory: Directory, agency: str, desk: str, at: int) -> Named | None:
    """Whose shift it is by the rosters of this very place, and the swaps made since."""
    place = agency, desk
    roster = speaking(directory.book.rosters.get(place, ()), at)
    if roster is None:
        return None
    turn = contact = roster.turn(at)
    for swap in directory.book.swaps.get(place, ()):
        if swap.answer_order > roster.order:
            contact = swap.after(contact, at)
    if contact != turn:
        return Named(contact, Why.SWAP)
    return Named(turn, Why.TEMPORARY if roster.temporary else Why.ROTATION)


def unable(directory: Directory, agency: str, contact: str, at: int) -> Cause | None:
    """Why ``contact`` cannot be on duty for ``agency`` at ``at``; None for one who can."""
    found = directory.contact_of(agency, contact, at)
    if found is None:
        return Cause.OUT_OF_FORCE
    if not directory.can_act(found, at):
        return Cause.NO_KEY
    return Cause.ABSENT if directory.book.absent(contact, at) else None


def speaking(rosters: Iterable[Roster], at: int) -> Roster | None:
    """The roster that names somebody for ``at``: the newest temporary one, else the newest ordinary one."""
    for temporary in (True, False):
        newest = next((each for each in rosters if each.temporary is temporary and each.covers(at)), None)
        if newest is not None and newest.contacts:
            return newest
    return None


def _ended(rosters: Iterable[Roster], at: int) -> bool:
    """Whether the last that ordinary rosters said before ``at`` was a name, and now they say nothing."""
    ordinary = [each for each in rosters if not each.temporary and each.takes_effect < each.ends]
    over = [each.ends for each in ordinary if each.ends <= at]
    if not over or any(each.covers(at) for each in ordinary):
        return False
    newest = next(each for each in ordinary if each.covers(max(over) - 1))
    return bool(newest.contacts)


def _fallback(directory: Directory, agency: str, desk: str, at: int) -> Watch:
    """Who is there without any roster: the desk's or agency's first liaison who can act and is not away, else the head.

    Where neither is there, somebody gets what comes in all the same.
    """
    head = directory.contact_of(agency, directory.agencies[agency].head_contact, at)
    liaisons = _liaisons(directory, agency, desk, at)
    able = next((each for each in liaisons if directory.can_act(each, at)), None)
    if able is not None:
        return Watch(able.id, Why.FALLBACK, Cause.ONLY_HEAD if able == head else None)
    if head is not None and directory.can_act(head, at):
        if not directory.book.absent(head.id, at):
            return Watch(head.id, Why.FALLBACK, Cause.ONLY_HEAD)
        return Watch("", Why.GAP, Cause.NOBODY, instead=head.id)
    left = liaisons[0] if liaisons else head
    return Watch("", Why.GAP, Cause.NOBODY, instead=left.id if left else "")


def _liaisons(directory: Directory, agency: str, desk: str, at: int) -> list[Contact]:
    """The liaisons for ``desk`` who are in force and not away, the desk's own first."""
    there = (
        each
        for each in directory.contacts_of(agency)
        if codes_pb2.CONTACT_ROLE_LIAISON in each.roles
        and each.in_force(at)
        and (not desk or not each.desks or desk in each.desks)
        and not directory.book.absent(each.id, at)
    )
    return sorted(there, key=lambda each: (desk not in each.desks, each.order))


def _instead(directory: Directory, agency: str, desk: str, at: int, spare: Watch) -> str:
    """Who gets what comes in where the one whom the plan names cannot act: the agency's own on duty, else ``spare``."""
    whole = on_duty(directory, agency, "", at) if desk else spare
    by_plan = "" if whole.why is Why.FALLBACK else whole.contact
    return by_plan or spare.contact or spare.instead
