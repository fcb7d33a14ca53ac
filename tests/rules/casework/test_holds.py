"""What is said about an obligation on hold: a report ends the hold, any other step of casework waits for its end."""

from __future__ import annotations

from typing import Any

import pytest

from audit.review.watch import DutyWatch
from hutong.v1 import casework_pb2, codes_pb2, kinds_pb2
from rules.folding import Folded
from tests.dockets import C, Docketed

DAY = 86_400_000


class Watched(Docketed):
    """The checker's own clocks agree with the record after every statement."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = DutyWatch()

    def heard(self, folded: Folded) -> None:
        assert not list(self.watch(self.state, folded))


@pytest.fixture
def case() -> Watched:
    return Watched()


def on_hold(case: Docketed, item: bytes, agency: str = "police") -> int:
    """Taken on and put on hold for five days; when it was to be completed before."""
    case.say(case.by(agency, "acknowledged", item))
    before = case.duty(item, agency).complete_by
    held = kinds_pb2.Held(until=case.now + 5 * DAY, reason=codes_pb2.HOLD_REASON_EXPERT_EXAMINATION)
    case.say(case.by(agency, "held", item, facts=held))
    return before


def reported(case: Docketed, item: bytes, before: int, agency: str = "police") -> None:
    duty = case.duty(item, agency)
    assert duty.state == casework_pb2.OBLIGATION_STATE_REPORTED and duty.reported_at == case.now
    assert duty.held_until == 0 and duty.complete_by == before, "what of the hold was not used goes back"


def test_a_measure_that_was_taken_ends_the_hold(case: Watched) -> None:
    facts: dict[str, Any] = {"measure": C.MEASURE_TAKEDOWN, "targets": 1, "more": {"legal_basis": ["PSR-2005-9"]}}
    item = case.opens("measure_requested", b"", ["police"], **facts)
    before = on_hold(case, item)
    done = {"result": C.MEASURE_RESULT_EXECUTED, "executed": 1, "executed_at": case.now}
    case.say(case.about("measure_answered", item, "police", to=["market"], **done))
    reported(case, item, before)


def test_people_who_arrived_end_the_hold(case: Watched) -> None:
    lead = case.own_lead()
    case.ledgered(lead)
    case.verified(lead, tier=C.TIER_B)
    case.disposed(lead, C.TIER_B)
    item = case.opens("repatriated", lead, ["government"], persons=3)
    before = on_hold(case, item, "government")
    case.say(case.about("repatriation_confirmed", item, "government", to=["market"], persons=3))
    reported(case, item, before, "government")


def test_a_filing_ends_the_hold_and_no_law_waits_for_one(case: Watched) -> None:
    lead = case.own_lead()
    case.ledgered(lead)
    case.verified(lead)
    case.disposed(lead, C.TIER_C)
    header = case.transfer(lead)
    case.say(header)
    item = bytes(header.message_id)
    before = on_hold(case, item)
    assert case.duty(item).complete_by == before, "three days are three days"
    receipt = case.about("transfer_received", item, "police", to=["market"])
    assert case.refused(receipt) == "HT-DTY-19", "the hold would never have ended"
    case.say(case.filing(item, True))
    reported(case, item, before)


def test_a_docket_rests_with_its_obligation(case: Watched) -> None:
    lead = case.own_lead()
    case.ledgered(lead)
    held = kinds_pb2.Held(until=case.now + DAY, reason=codes_pb2.HOLD_REASON_WAITING_FOR_MATERIAL)
    case.say(case.by("market", "held", lead, to=[], facts=held))
    assert case.refused(case.method(lead, 1)) == "HT-DTY-19"
    case.say(case.by("market", "resumed", lead, to=[]))
    case.say(case.method(lead, 1))
