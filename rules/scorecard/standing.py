"""What is open, overdue and unread at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hutong.v1 import casework_pb2
from rules.records import Item, Obligation
from rules.scorecard.figures import ACKNOWLEDGE, COMPLETE, Duties, Overdue, Requests, Standing, Tallies, Waiting

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
        late = list(overdue_of(duty, now))
        overdue += late
        if duty.open:
            for owing in duties.of(duty.agency, duty.owner):
                _open(owing.standing, duty, late, now)
        item = items[duty.item]
        if is_unread(duty) or duty.state == _S.OBLIGATION_STATE_IN_REVIEW:
            for asking in requests.of(item.from_agency, item.from_contact):
                _waiting(asking.waiting, duty, now)
    return tuple(sorted(overdue, key=lambda one: (-one.age, one.item, one.agency, one.clock)))


def overdue_of(duty: Obligation, now: int) -> Iterator[Overdue]:
    """The clocks of ``duty`` that have run out."""
    if duty.state == _S.OBLIGATION_STATE_PENDING and duty.acknowledge_by < now:
        yield Overdue(duty.item, duty.agency, duty.owner, ACKNOWLEDGE, duty.acknowledge_by, now - duty.acknowledge_by)
    if is_running(duty) and duty.complete_by < now:
        yield Overdue(duty.item, duty.agency, duty.owner, COMPLETE, duty.complete_by, now - duty.complete_by)


def is_running(duty: Obligation) -> bool:
    """Whether the clock of completion runs; under review it is the other side's turn."""
    return duty.open and bool(duty.complete_by) and duty.state != _S.OBLIGATION_STATE_IN_REVIEW


def _open(standing: Standing, duty: Obligation, late: Iterable[Overdue], now: int) -> None:
    standing.open += 1
    standing.on_hold += duty.state == _S.OBLIGATION_STATE_ON_HOLD
    standing.in_breach += duty.breach
    standing.red += duty.red
    standing.oldest_open = max(standing.oldest_open, now - duty.available_at)
    for one in late:
        standing.overdue_acknowledge += one.clock == ACKNOWLEDGE
        standing.overdue_complete += one.clock == COMPLETE
        standing.oldest_overdue = max(standing.oldest_overdue, one.age)


def is_unread(duty: Obligation) -> bool:
    """Whether something was reported and nobody who asked has opened it."""
    return bool(duty.reported_at) and not duty.answer_seen_at


def _waiting(waiting: Waiting, duty: Obligation, now: int) -> None:
    if is_unread(duty):
        waiting.unread += 1
        waiting.oldest_unread = max(waiting.oldest_unread, now - duty.reported_at)
    if duty.state == _S.OBLIGATION_STATE_IN_REVIEW:
        waiting.reviews += 1
        waiting.oldest_review = max(waiting.oldest_review, now - duty.review_from)
