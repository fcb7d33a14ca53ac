"""What is open, overdue and unread at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hutong.v1 import casework_pb2
from rules.records import BY_ORIGINATOR, Item, Obligation
from rules.scorecard.figures import (
    ACKNOWLEDGE,
    COMPLETE,
    REVIEW,
    Duties,
    Overdue,
    Requests,
    Standing,
    Tallies,
    Waiting,
)

_S = casework_pb2.ObligationState


def stand(
    items: Mapping[bytes, Item],
    obligations: Iterable[Obligation],
    now: int,
    duties: Tallies[Duties],
    requests: Tallies[Requests],
) -> tuple[Overdue, ...]:
    """Put into every tally how it stands at ``now`` (ms); gives what is overdue, the longest first."""
    for owing in duties.every():
        owing.standing = Standing()
    for asking in requests.every():
        asking.waiting = Waiting()
    overdue: list[Overdue] = []
    for duty in obligations:
        item = items[duty.item]
        late = list(overdue_of(item, duty, now))
        overdue += late
        if duty.open:
            for owing in duties.of(duty.agency, duty.owner):
                _open(owing.standing, duty, late, now)
        if is_unread(duty) or is_in_review(duty) or _is_to_be_decided(duty):
            for asking in requests.of(item.from_agency, item.from_contact):
                _waiting(asking.waiting, duty, late, now)
    return tuple(sorted(overdue, key=lambda one: (-one.age, one.item, one.agency, one.clock, one.obliged)))


def overdue_of(item: Item, duty: Obligation, now: int) -> Iterator[Overdue]:
    """The clocks of ``duty`` that have run out, each with whoever is waited for."""

    def late(clock: str, by: int) -> Iterator[Overdue]:
        who = (item.from_agency, item.from_contact) if clock == REVIEW else (duty.agency, duty.owner)
        if by < now:
            yield Overdue(duty.item, *who, clock, by, now - by, duty.agency)

    if duty.state == _S.OBLIGATION_STATE_PENDING:
        yield from late(ACKNOWLEDGE, duty.acknowledge_by)
    if is_running(duty):
        yield from late(COMPLETE, duty.runs_out_at)
    if is_in_review(duty):
        yield from late(REVIEW, duty.attention_by)


def is_running(duty: Obligation) -> bool:
    """Whether the clock of completion runs against who has it; under review it is the other side's turn."""
    return duty.open and bool(duty.complete_by) and not is_in_review(duty) and not is_offered(duty)


def is_offered(duty: Obligation) -> bool:
    """Whether it was passed on and is not signed for: until then the time is that of whoever passed it on."""
    return bool(duty.redirected_from) and duty.state == _S.OBLIGATION_STATE_PENDING


def is_in_review(duty: Obligation) -> bool:
    """Whether whoever opened the item is waited for."""
    return duty.state == _S.OBLIGATION_STATE_IN_REVIEW


def _open(standing: Standing, duty: Obligation, late: Iterable[Overdue], now: int) -> None:
    standing.open += 1
    standing.on_hold += duty.state == _S.OBLIGATION_STATE_ON_HOLD
    standing.in_breach += duty.breach
    standing.red += duty.red and not is_in_review(duty)
    standing.oldest_open = max(standing.oldest_open, now - duty.available_at)
    for one in late:
        standing.overdue_acknowledge += one.clock == ACKNOWLEDGE
        standing.overdue_complete += one.clock == COMPLETE
        if one.clock != REVIEW:
            standing.oldest_overdue = max(standing.oldest_overdue, one.age)


def is_unread(duty: Obligation) -> bool:
    """Whether something was reported and nobody who asked has opened it."""
    return bool(duty.reported_at) and not duty.answer_seen_at


def _is_to_be_decided(duty: Obligation) -> bool:
    return duty.open and duty.extension_stage == BY_ORIGINATOR


def _waiting(waiting: Waiting, duty: Obligation, late: Iterable[Overdue], now: int) -> None:
    if is_unread(duty):
        waiting.unread += 1
        waiting.oldest_unread = max(waiting.oldest_unread, now - duty.reported_at)
    if is_in_review(duty):
        waiting.reviews += 1
        waiting.oldest_review = max(waiting.oldest_review, now - duty.review_from)
        waiting.overdue_reviews += any(one.clock == REVIEW for one in late)
        waiting.reviews_red += duty.red
    if _is_to_be_decided(duty):
        waiting.decisions += 1
        waiting.oldest_decision = max(waiting.oldest_decision, now - duty.extension_since)
