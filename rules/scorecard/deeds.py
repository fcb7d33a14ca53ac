"""What one statement did to an obligation, as the figures of those who owe and of those who ask."""

from __future__ import annotations

from hutong.directory.records import Directory
from hutong.v1 import casework_pb2, codes_pb2
from rules.clocks import after as counted
from rules.clocks import pace, span
from rules.records import BY_ORIGINATOR, Item, Obligation
from rules.scorecard.figures import Duties, Requests
from rules.scorecard.standing import is_in_review

_S = casework_pb2.ObligationState
FOR_NOTHING = (codes_pb2.OUTCOME_CODE_NO_ACTION_NEEDED, codes_pb2.OUTCOME_CODE_UNSUBSTANTIATED)
"""Outcomes with which a flash item should not have been one; a return counts likewise."""


def lost(owing: Duties, kind: str, before: Obligation, after: Obligation) -> None:
    """What happened to whoever was the owner before."""
    given = kind == "assigned"
    owing.moved += given
    owing.fallen += after.moved - before.moved - given
    owing.non_response += after.non_response and not before.non_response
    owing.forced += after.forced_by_others - before.forced_by_others
    owing.turned_red += _turned_red(before, after) and not is_in_review(before)


def did(owing: Duties, kind: str, before: Obligation, after: Obligation) -> None:
    """What whoever is the owner now did, or had done to it."""
    owing.sent_back += after.sent_back - before.sent_back
    owing.held += kind == "held"
    owing.extensions_asked += kind == "extension_asked"
    owing.extensions_granted += after.extensions - before.extensions
    owing.extensions_granted_late += after.overran_at != before.overran_at
    if not _ended(before, after):
        return
    owing.passed_on += after.state == _S.OBLIGATION_STATE_PASSED_ON
    if after.state == _S.OBLIGATION_STATE_CLOSED:
        owing.outcomes[after.outcome] += 1
    if after.state == _S.OBLIGATION_STATE_RETURNED:
        owing.returned[after.returned_for] += 1


def came_back(asking: Requests, item: Item, before: Obligation, after: Obligation) -> None:
    """What became of what was asked, and what was left to whoever asked."""
    asking.answered += bool(after.reported_at and not before.reported_at)
    asking.reviews_turned_red += _turned_red(before, after) and is_in_review(before)
    if not _ended(before, after):
        return
    returned = after.state == _S.OBLIGATION_STATE_RETURNED
    if returned:
        asking.returned[after.returned_for] += 1
    elsewhere = after.state in (_S.OBLIGATION_STATE_PASSED_ON, _S.OBLIGATION_STATE_TAKEN_BACK)
    if item.urgency == codes_pb2.URGENCY_FLASH and not elsewhere:
        asking.flash_for_nothing.count(returned or after.outcome in FOR_NOTHING)


def is_decided_late(directory: Directory, item: Item, kind: str, before: Obligation, now: int) -> bool:
    """Whether this is the decision of whoever opened the item on an extension, given when the time was over and later
    than what is new wants to be taken on there."""
    if kind != "extension_decided" or before.extension_stage != BY_ORIGINATOR or now <= before.complete_by:
        return False
    given = span("acknowledge", pace(item.urgency, item.drill))
    return now > counted(directory, item.from_agency, before.extension_since, given)


def _turned_red(before: Obligation, after: Obligation) -> bool:
    return after.red and not before.red


def _ended(before: Obligation, after: Obligation) -> bool:
    return before.open and not after.open
