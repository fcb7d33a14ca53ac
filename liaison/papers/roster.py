"""A paper that publishes a roster (值班表): who is on duty at a desk, in which order, from when to when."""

from __future__ import annotations

from dataclasses import dataclass

from hutong.errors import HutongError
from liaison.instants import FORM, instant, minutes
from liaison.papers.fill import only, text, truth, wrong
from liaison.papers.yaml import Plain

_KEYS = ("desk", "from", "to", "shift", "temporary", "contacts")


@dataclass(frozen=True)
class RosterPaper:
    """What the paper says; times in ms. ``contacts`` are as typed: ids, or names that are only one person's."""

    desk: str
    begins: int
    ends: int
    shift_minutes: int
    temporary: bool
    contacts: tuple[str, ...]


def roster(paper: dict[str, Plain]) -> RosterPaper:
    """The roster that ``paper`` describes; HT-CLI-27 names the field that is missing or wrong."""
    only(paper, _KEYS)
    contacts = paper.get("contacts", "")
    listed = contacts if isinstance(contacts, list) else [contacts] if contacts else []
    if any(not isinstance(each, str) or not each.strip() for each in listed):
        raise wrong("contacts", "list")
    return RosterPaper(
        desk=text(paper, "desk"),
        begins=_instant(paper, "from"),
        ends=_instant(paper, "to"),
        shift_minutes=_minutes(paper) if listed else 0,
        temporary=truth(text(paper, "temporary") or "no", "temporary"),
        contacts=tuple(str(each).strip() for each in listed),
    )


def _instant(paper: dict[str, Plain], name: str) -> int:
    try:
        return instant(text(paper, name))
    except HutongError as error:
        raise wrong(name, "instant", form=FORM) from error


def _minutes(paper: dict[str, Plain]) -> int:
    try:
        return minutes(text(paper, "shift"))
    except HutongError as error:
        raise wrong("shift", "length", form="90m, 12h, 7d") from error
