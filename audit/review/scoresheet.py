"""Scorecards as plain values and as rows: each figure under one key, every code with its number, zero included.

Times are minutes with one decimal. docs/auditor.md defines the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from hutong.v1 import codes_pb2
from rules.scorecard.figures import Duties, Overdue, Requests, Scorecards, Share, Tallies, Times, nearest_rank

from .period import iso

DEFECTS = (
    codes_pb2.REASON_CODE_INCOMPLETE,
    codes_pb2.REASON_CODE_NOT_COMPETENT,
    codes_pb2.REASON_CODE_NO_LEGAL_BASIS,
)
"""Reasons of a return that lie with whoever asked."""
_MINUTE = 60_000
_AGES = ("oldest_open", "oldest_overdue", "oldest_unread", "oldest_review")

Plain = dict[str, Any]


def as_plain(cards: Scorecards, agency: str = "") -> Plain:
    """For machines; of one agency only where it is named."""
    return {
        "period": {"start": iso(cards.period.start), "end": iso(cards.period.end)},
        "as_of": iso(cards.as_of),
        "drills": asdict(cards.drills),
        "recipients": [_row(key, duties_of(tally)) for key, tally in rows(cards.duties, agency)],
        "requesters": [_row(key, requests_of(tally)) for key, tally in rows(cards.requests, agency)],
        "overdue": [overdue_of(one) for one in cards.overdue if agency in ("", one.agency)],
    }


def rows(tallies: Tallies[Any], agency: str = "") -> Iterator[tuple[tuple[str, str], Any]]:
    """Every agency, each followed by its contacts; (agency, "") is the agency itself."""
    for code, tally in sorted(tallies.agencies.items()):
        if agency in ("", code):
            yield (code, ""), tally
            yield from sorted((key, own) for key, own in tallies.contacts.items() if key[0] == code)


def duties_of(duties: Duties) -> Plain:
    """The side that owes."""
    return {
        "laid": duties.laid,
        "acknowledged": _share(duties.acknowledged),
        "completed": _share(duties.completed),
        "to_acknowledge": _times(duties.to_acknowledge),
        "to_feedback": _times(duties.to_feedback),
        "outcomes": _codes(codes_pb2.OutcomeCode, duties.outcomes),
        "evidence_repeated": duties.evidence_repeated,
        "returned": _codes(codes_pb2.ReasonCode, duties.returned),
        **_plain(duties),
        "standing": _plain(duties.standing),
    }


def requests_of(requests: Requests) -> Plain:
    """The side that asks."""
    return {
        **_plain(requests),
        "flash_items": _share(Share(requests.flash_items, requests.items)),
        "flash_for_nothing": _share(requests.flash_for_nothing),
        "defective": _share(Share(sum(requests.returned[code] for code in DEFECTS), requests.sent)),
        "returned": _codes(codes_pb2.ReasonCode, requests.returned),
        "waiting": _plain(requests.waiting),
    }


def overdue_of(one: Overdue) -> Plain:
    """One clock that has run out."""
    return {**asdict(one), "item": one.item.hex(), "by": iso(one.by), "age": _minutes(one.age)}


def flat(plain: Plain, above: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values under one key each: ``to_acknowledge.work.median``."""
    for key, value in plain.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _row(key: tuple[str, str], plain: Plain) -> Plain:
    agency, contact = key
    return {"agency": agency, "contact": contact or None, **plain}


def _plain(tally: Any) -> Plain:
    """The plain numbers of ``tally``, ages in minutes."""
    found = ((field.name, getattr(tally, field.name)) for field in fields(tally))
    return {name: _minutes(value) if name in _AGES else value for name, value in found if isinstance(value, int)}


def _share(share: Share) -> Plain:
    return {"part": share.part, "whole": share.whole, "percent": share.percent}


def _times(times: Times) -> Plain:
    return {"n": times.n, "work": _ranks(times.work), "wall": _ranks(times.wall)}


def _ranks(sample: list[int]) -> Plain:
    ranks = {"median": nearest_rank(sample, 50), "p90": nearest_rank(sample, 90)}
    return {name: None if value is None else _minutes(value) for name, value in ranks.items()}


def _codes(enum: Any, counted: Counter[int]) -> Plain:
    """Every code of ``enum`` by its short name."""
    values = [value for value in enum.DESCRIPTOR.values if value.number]
    common = enum.Name(0).removesuffix("UNSPECIFIED")
    return {value.name.removeprefix(common).lower(): counted[value.number] for value in values}


def _minutes(milliseconds: int) -> float:
    return round(milliseconds / _MINUTE, 1)
