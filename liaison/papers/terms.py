"""What each field of a paper must be, in words: a rule of the contract that a paper breaks is said of the YAML field
that the officer wrote, not of the header that it would have become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hutong.catalogue import load, say
from hutong.errors import HutongError
from liaison.papers.fill import fault

_OPENINGS = ("lead", "inquiry", "supervision")
_ANSWERS = ("inquiry_reply", "supplement", "completed")
_PLACES = {
    "recipients": "to",
    "facts": "facts.occurrence_regions",
    "inquiry": "facts.approval",
    "legal_basis": "legal_basis",
    "received_on": "facts.received_on",
    "period_from": "facts.period_from",
    "period_to": "facts.period_to",
    "approved_on": "facts.approval.approved_on",
}
_RENAMED = {"document_sha256": "document"}


@contextmanager
def of_paper() -> Iterator[None]:
    """HT-HDR-01 for something that the paper said becomes HT-CLI-27; anything else stays what it is."""
    try:
        yield
    except HutongError as error:
        place = field(error.params.get("field", "")) if error.code == "HT-HDR-01" else ""
        if not place:
            raise
        raise fault(place, rule(place)) from error


def field(header: str) -> str:
    """Where the paper says what stands at ``header`` ("lead.source") in the header; empty for what it does not say."""
    first, _, rest = header.partition(".")
    rest = ".".join(_RENAMED.get(name, name) for name in rest.split("."))
    if rest and first in _OPENINGS:
        return f"facts.{rest}"
    if rest and first in _ANSWERS:
        return rest
    if rest and first == "facts":
        return header
    return _PLACES.get(first, "")


def rule(place: str) -> str:
    """What the field at ``place`` of a paper must be."""
    key = f"paper.{place.rpartition('.')[2]}"
    return say(key if key in load("texts") else "paper.other")
