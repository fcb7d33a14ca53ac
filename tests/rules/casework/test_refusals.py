"""What casework refuses, with the article that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hutong.v1 import codes_pb2, kinds_pb2
from tests.dockets import C, Docketed
from tests.towns import contact_id, recipient


@pytest.fixture
def case() -> Docketed:
    return Docketed()


@pytest.fixture
def item(case: Docketed) -> bytes:
    """A lead with everything verified."""
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item)
    return item


def test_steps_come_in_their_order(case: Docketed) -> None:
    item = case.own_lead()
    assert case.refused(case.method(item, 1)) == "HT-CSW-01"
    assert case.refused(case.decision(item, C.TIER_A)) == "HT-CSW-01"
    case.ledgered(item)
    assert case.refused(case.about("assessed", item, ledgered=True)) == "HT-CSW-01"
    assert case.refused(case.about("monitored", item, risk_index=1, model_version=1)) == "HT-CSW-01"
    case.say(case.method(item, 1))
    assert case.refused(case.finding(item)) == "HT-CSW-05"


def test_waiting_is_not_an_answer(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    for method in range(1, 6):
        case.say(case.method(item, method))
    case.say(case.method(item, 2, C.METHOD_STATE_WAITING, waiting_on="banking"))
    assert case.refused(case.finding(item)) == "HT-CSW-05"
    assert case.refused(case.method(item, 2, C.METHOD_STATE_WAITING, waiting_on="nobody")) == "HT-DIR-01"


def test_only_the_owner_works_on_the_docket(case: Docketed, item: bytes) -> None:
    second = case.town.houses["market"].second
    header = case.decision(item, C.TIER_A)
    header.sender.contact = second
    header.signers[0].keyid = case.town.houses["market"].key(second).keyid
    assert case.refused(header) == "HT-DTY-09"
    assert case.refused(case.about("monitored", item, "police", risk_index=1, model_version=1)) == "HT-DTY-01"


DECISIONS: dict[str, tuple[int, dict[str, Any], str]] = {
    "a penalty in tier A": (C.TIER_A, {"steps": [C.DISPOSITION_STEP_PENALTY]}, "HT-CSW-12"),
    "tier B without one": (C.TIER_B, {"steps": [C.DISPOSITION_STEP_INTERVIEW]}, "HT-CSW-12"),
    "a transfer in tier B": (
        C.TIER_B,
        {"steps": [C.DISPOSITION_STEP_PENALTY, C.DISPOSITION_STEP_TRANSFER]},
        "HT-CSW-12",
    ),
    "a transfer by the deputy head": (C.TIER_C, {"approver": codes_pb2.APPROVAL_POST_DEPUTY_HEAD}, "HT-CSW-13"),
    "a transfer that nobody approved": (C.TIER_C, {"approver": 0}, "HT-CSW-13"),
    "a warning by name that nobody approved": (
        C.TIER_A,
        {"steps": [C.DISPOSITION_STEP_NAMED_WARNING]},
        "HT-CSW-13",
    ),
    "decided tomorrow": (C.TIER_A, {"decided_on": "2026-10-13"}, "HT-HDR-01"),
    "decided before it was reported": (C.TIER_C, {"reported_on": "2026-10-13"}, "HT-HDR-01"),
    "no such day": (C.TIER_A, {"decided_on": "2026-02-30"}, "HT-HDR-01"),
}


@pytest.mark.parametrize("name", sorted(DECISIONS))
def test_decisions(case: Docketed, item: bytes, name: str) -> None:
    tier, changed, code = DECISIONS[name]
    assert case.refused(case.decision(item, tier, **changed)) == code


def test_nothing_is_penalised_that_was_not_found(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item, C.FINDING_UNSUBSTANTIATED, 0)
    for tier in (C.TIER_B, C.TIER_C):
        assert case.refused(case.decision(item, tier)) == "HT-CSW-11"
    case.disposed(item, C.TIER_A)


def test_a_late_decision_of_the_principal_stands_and_is_marked(case: Docketed, item: bytes) -> None:
    case.disposed(item, C.TIER_C, reported_on="2026-10-08")
    assert case.state.casework.dispositions[item, "market", 1].late
    case.disposed(item, C.TIER_C, reported_on="2026-10-09")
    assert not case.state.casework.dispositions[item, "market", 1].late


TRANSFERS: dict[str, tuple[Callable[[Docketed], dict[str, Any]], str]] = {
    "an officer of the police": (
        lambda case: {"officers": [case.town.houses["market"].head, case.town.houses["police"].head]},
        "HT-CSW-16",
    ),
    "an officer whom nobody knows": (
        lambda case: {"officers": [case.town.houses["market"].head, contact_id(0xFFFF)]},
        "HT-CSW-16",
    ),
    "without its letter": (lambda case: {"parts": [2, 3, 4, 5]}, "HT-CSW-17"),
    "a part that is there and is not": (lambda case: {"not_existing": [4]}, "HT-CSW-17"),
    "a party without decision": (lambda case: {"parties": [1, 2]}, "HT-CSW-18"),
    "approved tomorrow": (lambda case: {"approved_at": case.now + 86_400_000}, "HT-HDR-01"),
    "two police at once": (lambda case: {"to": ["police", "banking"]}, "HT-HDR-01"),
}


@pytest.mark.parametrize("name", sorted(TRANSFERS))
def test_transfers(case: Docketed, item: bytes, name: str) -> None:
    case.disposed(item, C.TIER_C)
    changed, code = TRANSFERS[name]
    assert case.refused(case.transfer(item, **({"parties": [1]} | changed(case)))) == code


def test_a_party_is_transferred_once(case: Docketed, item: bytes) -> None:
    case.disposed(item, C.TIER_C)
    case.transferred(item)
    assert case.refused(case.transfer(item)) == "HT-CSW-18"


def test_a_transfer_goes_to_the_same_level(case: Docketed, item: bytes) -> None:
    case.disposed(item, C.TIER_C)
    police = case.state.directory.agencies["police"]
    case.state.directory = case.state.directory.with_records([replace(police, level=2)])
    assert case.refused(case.transfer(item)) == "HT-CSW-15"


def test_the_police_decide_and_nobody_else(case: Docketed, item: bytes) -> None:
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item, parts=[1, 2, 5])
    case.say(case.by("market", "acknowledged", transfer, to=["police"]))
    assert case.refused(case.filing(transfer, True, "market", to=["police"])) == "HT-CSW-20"
    case.say(case.filing(transfer, True))
    assert case.refused(case.filing(transfer, False)) == "HT-CSW-21"


def test_police_of_another_place_decide_what_was_forwarded(case: Docketed, item: bytes) -> None:
    """Article 7: whoever is not competent forwards; the one that takes it on decides, and hears the reconsideration."""
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item)
    onward = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_WRONG_REGION)
    copied = recipient("market", role=codes_pb2.RECIPIENT_ROLE_CC)
    case.say(case.by("police", "redirect", transfer, to=["harbour", copied], facts=onward))
    case.say(case.by("harbour", "acknowledged", transfer, to=["market"]))
    assert not case.duty(transfer).open
    case.say(case.filing(transfer, False, "harbour"))
    assert case.made(transfer).to_agency == "harbour"
    head = case.town.houses["market"].head
    asked = case.opens("reconsideration_asked", transfer, ["harbour"], contact=head)
    case.say(case.by("harbour", "acknowledged", asked))
    case.say(case.filing(asked, True, "harbour"))
    assert case.made(transfer).filed


def test_property_waits_for_the_filing(case: Docketed, item: bytes) -> None:
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item, property=True)
    over = case.about("property_handed_over", transfer, positions=1, to=["police"])
    assert case.refused(over) == "HT-CSW-24"
    assert case.refused(case.about("property_handed_over", item, positions=1)) == "HT-CSW-19"


def test_what_came_back_wants_a_fresh_decision(case: Docketed, item: bytes) -> None:
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item)
    case.say(case.filing(transfer, True))
    back = case.opens("handed_back", transfer, ["market"], "police", reason=C.FILING_REASON_MINOR)
    assert case.docket(item).fresh and case.duty(back, "market").open
    case.disposed(item, C.TIER_B)
    assert not case.docket(item).fresh
    again = case.opening("handed_back", transfer, ["market"], "police", reason=C.FILING_REASON_MINOR)
    assert case.refused(again) == "HT-CSW-21"


def test_a_case_is_joined_once(case: Docketed, item: bytes) -> None:
    other, third = case.own_lead(), case.own_lead()
    case.ledgered(other)
    case.ledgered(third)
    join = case.about("lead_linked", other, more={"case_id": item})
    case.say(join)
    assert case.docket(other).case == item
    assert case.refused(case.about("lead_linked", third, more={"case_id": other})) == "HT-CSW-02"
    assert case.refused(case.about("lead_linked", item, more={"case_id": item})) == "HT-CSW-02"


def test_measures_say_what_was_done(case: Docketed) -> None:
    asked = case.opens(
        "measure_requested",
        b"",
        ["police"],
        measure=C.MEASURE_TAKEDOWN,
        targets=3,
        more={"legal_basis": ["PSR-2005-9"]},
    )
    case.say(case.by("police", "acknowledged", asked))
    nothing = case.about("measure_answered", asked, "police", result=C.MEASURE_RESULT_EXECUTED, to=["market"])
    assert case.refused(nothing) == "HT-HDR-01"
    later = {"executed": 3, "executed_at": case.now + 1}
    early = case.about("measure_answered", asked, "police", result=C.MEASURE_RESULT_EXECUTED, to=["market"], **later)
    assert case.refused(early) == "HT-HDR-01"
    done = {"executed": 3, "executed_at": case.now}
    case.say(case.about("measure_answered", asked, "police", result=C.MEASURE_RESULT_EXECUTED, to=["market"], **done))
    assert case.duty(asked).reported_at
    lawless = case.opening("measure_requested", b"", ["police"], measure=C.MEASURE_TAKEDOWN, targets=1)
    assert case.refused(lawless) == "HT-HDR-01"


def test_circulars_owe_nothing(case: Docketed) -> None:
    header = case.opening("circulated", b"", ["police", "banking"], subject=C.CIRCULAR_SUBJECT_RISK_NOTICE)
    outcome = case.say(header)
    assert outcome.changes == () and outcome.deliver_to == ("market", "police", "banking")
