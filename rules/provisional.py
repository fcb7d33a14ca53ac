"""Which instants of an obligation are 暂定: counted over days of a year whose holidays nobody has announced yet.

What was counted stands; it is shown as provisional so that nobody is surprised by a calendar that comes later
(rules/touched.py). An instant that somebody has named, and one on the wall clock, hangs on no holiday.
"""

from __future__ import annotations

from hutong.directory.records import Directory
from hutong.v1 import casework_pb2
from hutong.worktime.span import Span, Unit
from rules.clocks import given, pace, provisional, span
from rules.ladder import RESUME, WALL_CLOCK, Due
from rules.records import Item, Obligation


def acknowledge_by(directory: Directory, item: Item, duty: Obligation) -> bool:
    """Whether the time for 签收 is."""
    counted = _hangs_on_holidays(span("acknowledge", pace(item.urgency, item.drill)))
    return counted and provisional(directory, duty.agency, duty.available_at, duty.acknowledge_by)


def complete_by(directory: Directory, item: Item, duty: Obligation) -> bool:
    """Whether the time for 办结 is; a time that was granted is a date that somebody has named."""
    if not duty.complete_by or duty.extensions:
        return False
    counted = _hangs_on_holidays(given(duty.complete_rule, pace(item.urgency, item.drill)))
    return counted and provisional(directory, duty.agency, duty.received_at, duty.complete_by)


def step(directory: Directory, item: Item, duty: Obligation, due: Due) -> bool:
    """Whether the time of the ladder's next step is."""
    if due.step == RESUME or pace(item.urgency, item.drill) in WALL_CLOCK:
        return False
    in_review = duty.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW
    whose, since = (item.from_agency, duty.review_from) if in_review else (duty.agency, duty.available_at)
    return provisional(directory, whose, since, due.at)


def _hangs_on_holidays(span: Span) -> bool:
    return span.rolls_over or span.unit in (Unit.WORKING_MINUTE, Unit.WORKING_DAY)
