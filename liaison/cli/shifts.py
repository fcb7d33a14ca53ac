"""Shifts and gaps as tables and as JSON: an icon and a word say the same, colour says it once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from hutong.catalogue import say
from hutong.directory.roster import Cause, Why
from hutong.terminal import data
from liaison.cli import paint
from liaison.reading import contact_with_id

if TYPE_CHECKING:
    from hutong.directory.plan import Gap, Span
    from hutong.directory.roster import Watch

_FINE, _WEAK, _GAP = ("●", "green"), ("▲", "yellow"), ("■", "bold red")


def mark(why: Why, cause: Cause | None) -> Text:
    """Icon and word: by what somebody is on duty, or what is amiss."""
    icon, style = _GAP if why is Why.GAP else _WEAK if cause else _FINE
    return Text(f"{icon} {say(f'why-{why}')}", style)


def table(spans: Sequence[Span], names: Mapping[str, str]) -> None:
    """One line for each stretch of time."""
    rows = [
        (
            mark(span.watch.why, span.watch.cause),
            paint.moment(span.begins),
            paint.moment(span.ends),
            person(span.watch.contact, names),
            note(span.watch, names),
        )
        for span in spans
    ]
    paint.table([say(f"column-{name}") for name in ("why", "begins", "ends", "on-duty", "note")], rows)


def gap_table(gaps: Sequence[Gap], names: Mapping[str, str]) -> None:
    """One line for each gap."""
    rows = [
        (
            mark(_why(gap), gap.cause),
            gap.desk or say("whole-agency"),
            paint.moment(gap.begins),
            paint.moment(gap.ends),
            say(f"cause-{gap.cause}"),
            person(gap.named, names),
            person(gap.instead, names),
        )
        for gap in gaps
    ]
    columns = ("why", "desk", "begins", "ends", "cause", "planned", "instead")
    paint.table([say(f"column-{name}") for name in columns], rows)


def line(at: int, watch: Watch, names: Mapping[str, str]) -> None:
    """Who is on duty at one instant."""
    said = Text(f"{paint.moment(at)}  ")
    said.append_text(mark(watch.why, watch.cause))
    said.append("  " + "  ".join(each for each in (person(watch.contact, names), note(watch, names)) if each))
    data().print(said)


def note(watch: Watch, names: Mapping[str, str]) -> str:
    """What is amiss, whom the plan names, and who gets what comes in."""
    if watch.cause is None:
        return ""
    said = [say(f"cause-{watch.cause}")]
    if watch.named:
        said.append(say("note-planned", who=person(watch.named, names)))
    if watch.instead:
        said.append(say("note-instead", who=person(watch.instead, names)))
    return say("note-comma").join(said)


def person(contact: str, names: Mapping[str, str]) -> str:
    """Name (or office) and id; "–" for nobody. ``names`` as ``Office.names`` gives them."""
    return contact_with_id(contact, names) if contact else "–"


def span_json(span: Span, names: Mapping[str, str]) -> dict[str, Any]:
    """``from`` and ``to`` in ISO 8601 with offset, beside ``watch_json``."""
    return {"from": paint.iso(span.begins), "to": paint.iso(span.ends), **watch_json(span.watch, names)}


def watch_json(watch: Watch, names: Mapping[str, str]) -> dict[str, Any]:
    """Codes and ids; null for what there is not. ``names`` are those that are disclosed, by id."""
    return {
        "contact": watch.contact or None,
        "name": names.get(watch.contact),
        "why": str(watch.why),
        "cause": str(watch.cause) if watch.cause else None,
        "planned": watch.named or None,
        "instead": watch.instead or None,
    }


def gap_json(gap: Gap) -> dict[str, Any]:
    """A gap; ``desk`` null for the whole agency."""
    return {
        "desk": gap.desk or None,
        "from": paint.iso(gap.begins),
        "to": paint.iso(gap.ends),
        "why": str(_why(gap)),
        "cause": str(gap.cause),
        "planned": gap.named or None,
        "instead": gap.instead or None,
    }


def _why(gap: Gap) -> Why:
    return Why.FALLBACK if gap.cause is Cause.ONLY_HEAD else Why.GAP
