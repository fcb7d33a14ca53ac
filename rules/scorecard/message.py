"""Scorecards as the contract carries them (proto/hutong/v1/casework.proto), of all agencies or of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, cast

from hutong.v1 import casework_pb2, codes_pb2
from rules.scorecard.figures import (
    COMPLETE,
    REVIEW,
    Duties,
    Overdue,
    Requests,
    Scorecards,
    Share,
    Tallies,
    Times,
    nearest_rank,
)

_DUTIES = (
    *("laid", "evidence_repeated", "passed_on", "non_response", "forced", "moved", "fallen", "turned_red"),
    *("sent_back", "held", "extensions_asked", "extensions_granted", "extensions_granted_late"),
)
_REQUESTS = ("items", "flash_items", "sent", "answered", "extensions_decided_late", "reviews_turned_red")


def message(cards: Scorecards, agency: str = "", limit: int | None = None) -> casework_pb2.Scorecard:
    """``cards``, of ``agency`` only where it is named, with the ``limit`` longest overdue clocks."""
    overdue = [one for one in cards.overdue if agency in ("", one.agency)]
    return casework_pb2.Scorecard(
        start=cards.period.start,
        end=cards.period.end,
        as_of=cards.as_of,
        recipients=[
            casework_pb2.ScoredRecipient(agency=code, contact=contact, duties=_duties(tally))
            for (code, contact), tally in _rows(cards.duties, agency)
        ],
        requesters=[
            casework_pb2.ScoredRequester(agency=code, contact=contact, requests=_requests(tally))
            for (code, contact), tally in _rows(cards.requests, agency)
        ],
        overdue=[_overdue(one) for one in overdue[:limit]],
        overdue_count=len(overdue),
    )


def _rows(tallies: Tallies[Any], agency: str) -> Iterator[tuple[tuple[str, str], Any]]:
    """Every agency, each followed by its contacts; (agency, "") is the agency itself."""
    for code, tally in sorted(tallies.agencies.items()):
        if agency in ("", code):
            yield (code, ""), tally
            yield from sorted((key, own) for key, own in tallies.contacts.items() if key[0] == code)


def _duties(duties: Duties) -> casework_pb2.ScoredDuties:
    return casework_pb2.ScoredDuties(
        acknowledged=_share(duties.acknowledged),
        completed=_share(duties.completed),
        to_acknowledge=_times(duties.to_acknowledge),
        to_feedback=_times(duties.to_feedback),
        outcomes=[
            casework_pb2.ScoredOutcome(outcome=cast(codes_pb2.OutcomeCode.ValueType, code), count=count)
            for code, count in sorted(duties.outcomes.items())
        ],
        returned=_reasons(duties.returned),
        standing=casework_pb2.ScoredStanding(**asdict(duties.standing)),
        **{name: getattr(duties, name) for name in _DUTIES},
    )


def _requests(requests: Requests) -> casework_pb2.ScoredRequests:
    return casework_pb2.ScoredRequests(
        returned=_reasons(requests.returned),
        flash_for_nothing=_share(requests.flash_for_nothing),
        waiting=casework_pb2.ScoredWaiting(**asdict(requests.waiting)),
        **{name: getattr(requests, name) for name in _REQUESTS},
    )


def _overdue(one: Overdue) -> casework_pb2.ScoredOverdue:
    return casework_pb2.ScoredOverdue(
        item=one.item,
        agency=one.agency,
        owner=one.owner,
        complete=one.clock == COMPLETE,
        review=one.clock == REVIEW,
        by=one.by,
        age=one.age,
        obliged=one.obliged,
    )


def _share(share: Share) -> casework_pb2.ScoredShare:
    return casework_pb2.ScoredShare(part=share.part, whole=share.whole)


def _times(times: Times) -> casework_pb2.ScoredTimes:
    return casework_pb2.ScoredTimes(n=times.n, work=_ranks(times.work), wall=_ranks(times.wall))


def _ranks(sample: list[int]) -> casework_pb2.ScoredRanks:
    return casework_pb2.ScoredRanks(median=nearest_rank(sample, 50), p90=nearest_rank(sample, 90))


def _reasons(counted: Counter[int]) -> list[casework_pb2.ScoredReason]:
    return [
        casework_pb2.ScoredReason(reason=cast(codes_pb2.ReasonCode.ValueType, code), count=count)
        for code, count in sorted(counted.items())
    ]
