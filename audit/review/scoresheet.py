"""Scorecards as plain values and as rows: each figure under one key, every code with its number, zero included.

Times are minutes with one decimal. docs/auditor.md defines the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from hutong.v1 import casework_pb2, codes_pb2
from rules.scorecard.figures import ACKNOWLEDGE, COMPLETE, REVIEW, Scorecards, Share
from rules.scorecard.message import message

from .period import iso

DEFECTS = (
    codes_pb2.REASON_CODE_INCOMPLETE,
    codes_pb2.REASON_CODE_NOT_COMPETENT,
    codes_pb2.REASON_CODE_NO_LEGAL_BASIS,
)
"""Reasons of a return that lie with whoever asked."""
_MINUTE = 60_000
_AGES = ("oldest_open", "oldest_overdue", "oldest_unread", "oldest_review", "oldest_decision")

Plain = dict[str, Any]


def as_plain(cards: Scorecards, agency: str = "") -> Plain:
    """For machines; of one agency only where it is named. Drills are those of the whole log."""
    plain = plain_of(message(cards, agency))
    return {"period": plain.pop("period"), "as_of": plain.pop("as_of"), "drills": asdict(cards.drills), **plain}


def plain_of(card: casework_pb2.Scorecard) -> Plain:
    """The same of what a hub has sent; it says nothing of drills."""
    return {
        "period": {"start": iso(card.start), "end": iso(card.end)},
        "as_of": iso(card.as_of),
        "recipients": [_row(one, _duties(one.duties)) for one in card.recipients],
        "requesters": [_row(one, _requests(one.requests)) for one in card.requesters],
        "overdue": [_overdue(one) for one in card.overdue],
    }


def flat(plain: Plain, above: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values under one key each: ``to_acknowledge.work.median``."""
    for key, value in plain.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _duties(duties: casework_pb2.ScoredDuties) -> Plain:
    """The side that owes."""
    return {
        "laid": duties.laid,
        "acknowledged": _share(duties.acknowledged),
        "completed": _share(duties.completed),
        "to_acknowledge": _times(duties.to_acknowledge),
        "to_feedback": _times(duties.to_feedback),
        "outcomes": _codes(codes_pb2.OutcomeCode, {each.outcome: each.count for each in duties.outcomes}),
        "evidence_repeated": duties.evidence_repeated,
        "returned": _codes(codes_pb2.ReasonCode, _by_reason(duties.returned)),
        **_numbers(duties),
        "standing": _numbers(duties.standing),
    }


def _requests(requests: casework_pb2.ScoredRequests) -> Plain:
    """The side that asks."""
    returned = _by_reason(requests.returned)
    defective = sum(returned.get(code, 0) for code in DEFECTS)
    return {
        **_numbers(requests),
        "flash_items": _shares(requests.flash_items, requests.items),
        "flash_for_nothing": _share(requests.flash_for_nothing),
        "defective": _shares(defective, requests.sent),
        "returned": _codes(codes_pb2.ReasonCode, returned),
        "waiting": _numbers(requests.waiting),
    }


def _overdue(one: casework_pb2.ScoredOverdue) -> Plain:
    """One clock that has run out."""
    clock = REVIEW if one.review else COMPLETE if one.complete else ACKNOWLEDGE
    return {
        "item": one.item.hex(),
        "agency": one.agency,
        "owner": one.owner,
        "clock": clock,
        "obliged": one.obliged,
        "by": iso(one.by),
        "age": _minutes(one.age),
    }


def _row(one: casework_pb2.ScoredRecipient | casework_pb2.ScoredRequester, plain: Plain) -> Plain:
    return {"agency": one.agency, "contact": one.contact or None, **plain}


def _numbers(tally: Any) -> Plain:
    """The plain numbers of a message, ages in minutes."""
    found = ((field.name, getattr(tally, field.name)) for field in tally.DESCRIPTOR.fields)
    return {name: _minutes(value) if name in _AGES else value for name, value in found if isinstance(value, int)}


def _share(share: casework_pb2.ScoredShare) -> Plain:
    return _shares(share.part, share.whole)


def _shares(part: int, whole: int) -> Plain:
    return {"part": part, "whole": whole, "percent": Share(part, whole).percent}


def _times(times: casework_pb2.ScoredTimes) -> Plain:
    return {"n": times.n, "work": _ranks(times.work), "wall": _ranks(times.wall)}


def _ranks(ranks: casework_pb2.ScoredRanks) -> Plain:
    return {name: _minutes(getattr(ranks, name)) if ranks.HasField(name) else None for name in ("median", "p90")}


def _by_reason(returned: Iterable[casework_pb2.ScoredReason]) -> dict[int, int]:
    return {each.reason: each.count for each in returned}


def _codes(enum: Any, counted: Mapping[int, int]) -> Plain:
    """Every code of ``enum`` by its short name."""
    values = [value for value in enum.DESCRIPTOR.values if value.number]
    common = enum.Name(0).removesuffix("UNSPECIFIED")
    return {value.name.removeprefix(common).lower(): counted.get(value.number, 0) for value in values}


def _minutes(milliseconds: int) -> float:
    return round(milliseconds / _MINUTE, 1)
