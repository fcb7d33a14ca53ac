"""The four-step method from the lead to its end, in the pure core."""

from __future__ import annotations

import pytest

from hutong.v1 import case_codes_pb2, case_kinds_pb2, codes_pb2, kinds_pb2
from tests.cases import at, local
from tests.dockets import C, Docketed


@pytest.fixture
def case() -> Docketed:
    return Docketed()


def test_a_complaint_becomes_a_filed_crime(case: Docketed) -> None:
    item = case.own_lead()
    assert case.duty(item, "market").owner == case.town.houses["market"].liaison
    case.say(case.about("monitored", item, risk_index=812, model_version=3))
    case.ledgered(item)
    assert (case.docket(item).year, case.docket(item).number) == (2026, 1)
    inquiry = _asked(case, item, "banking")
    waits = case.method(item, C.VERIFICATION_METHOD_FUND_FLOWS, C.METHOD_STATE_WAITING, waiting_on="banking")
    case.say(waits)
    _answered(case, inquiry, "banking")
    for method in range(1, 6):
        done = {"about_item": inquiry} if method == C.VERIFICATION_METHOD_FUND_FLOWS else {}
        case.say(case.method(item, method, **done))
    case.say(case.finding(item))
    case.disposed(item, C.TIER_C)
    assert case.refused(case.completed(item, "market")) == "HT-CSW-34"
    transfer = case.transferred(item, property=True)
    assert case.refused(case.completed(item, "market")) == "HT-CSW-35"
    case.say(case.about("transfer_received", transfer, "police", to=["market"]))
    assert case.refused(case.completed(transfer)) == "HT-CSW-38"
    case.say(case.filing(transfer, filed=True))
    owed = case.duty(transfer, "market")
    assert owed.open and owed.complete_rule == "property-handover"
    case.say(case.by("market", "acknowledged", transfer, to=["police"]))
    assert case.refused(case.by("market", "completed", transfer, to=["police"], facts=_done())) == "HT-CSW-40"
    case.say(case.about("property_handed_over", transfer, positions=12, to=["police"]))
    case.say(case.by("market", "completed", transfer, to=["police"], facts=_done()))
    case.say(case.completed(transfer))
    case.say(case.by("market", "completed", item, to=[], facts=_done()))
    assert case.docket(item).stage == C.DOCKET_STAGE_CLOSED
    assert not case.duty(item, "market").open and not case.duty(transfer).open


def test_what_is_not_filed_is_reconsidered_and_disposed_of_afresh(case: Docketed) -> None:
    """Three parties of one case, with A, B and C; the police refuse C."""
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item)
    for party, tier in enumerate((C.TIER_A, C.TIER_B, C.TIER_C), 1):
        case.disposed(item, tier, party)
    transfer = case.transferred(item, [3])
    assert case.refused(case.decision(item, C.TIER_B, 3)) == "HT-CSW-14", "no penalty instead of a transfer"
    case.say(case.filing(transfer, filed=False))
    assert case.docket(item).fresh
    assert case.refused(case.by("market", "completed", item, to=[], facts=_done())) == "HT-CSW-36"
    head = case.town.houses["market"].head
    asked = case.opens("reconsideration_asked", transfer, ["police"], contact=head)
    assert case.duty(asked).open
    case.say(case.by("police", "acknowledged", asked))
    assert case.duty(asked).complete_rule == "reconsideration-decision"
    case.say(case.filing(asked, filed=False))
    assert case.refused(case.opening("reconsideration_asked", transfer, ["police"], contact=head)) == "HT-CSW-21"
    to_procuratorate = case.opens("reconsideration_asked", transfer, ["procuratorate"], contact=head)
    assert case.duty(to_procuratorate, "procuratorate").open
    case.disposed(item, C.TIER_B, 3)
    assert not case.docket(item).fresh and case.state.casework.dispositions[item, "market", 3].superseded == 1
    case.say(case.by("market", "completed", item, to=[], facts=_done()))
    assert case.docket(item).stage == C.DOCKET_STAGE_CLOSED


def test_a_refusal_that_the_police_take_back_leaves_nothing_to_dispose_of(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item)
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item)
    case.say(case.filing(transfer, filed=False))
    head = case.town.houses["market"].head
    asked = case.opens("reconsideration_asked", transfer, ["police"], contact=head)
    case.say(case.by("police", "acknowledged", asked))
    case.say(case.filing(asked, filed=True))
    assert case.made(transfer).filed and not case.docket(item).fresh
    case.say(case.by("market", "completed", item, to=[], facts=_done()))


def test_reconsideration_has_three_days(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item)
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item)
    head = case.town.houses["market"].head
    assert case.refused(case.opening("reconsideration_asked", transfer, ["police"], contact=head)) == "HT-CSW-22"
    case.say(case.filing(transfer, filed=False))
    case.now = at("2026-10-16T10:00")
    late = case.opening("reconsideration_asked", transfer, ["police"], contact=head)
    late.issued_at, late.expires_at = case.now, case.now + 1000
    assert case.refused(late) == "HT-CSW-23"


def test_missing_parts_make_nobody_refuse_and_are_owed(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item)
    case.disposed(item, C.TIER_C)
    transfer = case.transferred(item, parts=[1, 2, 5], not_existing=[4])
    assert case.made(transfer).missing == (C.TRANSFER_PART_PROPERTY_LIST,)
    owed = case.duty(transfer, "market")
    assert owed.open and local(owed.complete_by)[:10] == "2026-10-15", "three days, the first not counted"
    case.say(case.by("market", "acknowledged", transfer, to=["police"]))
    assert case.refused(case.by("market", "completed", transfer, to=["police"], facts=_done())) == "HT-CSW-39"
    supplied = kinds_pb2.Supplement(requested=True, parts=[C.TRANSFER_PART_PROPERTY_LIST])
    case.say(case.by("market", "supplement", transfer, to=["police"], facts=supplied))
    case.say(case.by("market", "completed", transfer, to=["police"], facts=_done()))
    case.say(case.about("transfer_received", transfer, "police", to=["market"], missing=[C.TRANSFER_PART_EXAMINATION]))
    again = case.duty(transfer, "market")
    assert again.open and case.made(transfer).missing == (C.TRANSFER_PART_EXAMINATION,)


def test_a_dispute_over_jurisdiction(case: Docketed) -> None:
    """Two cities: the superior of both designates; meanwhile whoever accepted goes on."""
    item = case.lead(agency="province", to=["market", "shore"])
    for agency in ("market", "shore"):
        case.say(case.by(agency, "acknowledged", item, to=["province"]))
    wrong = case.opening("jurisdiction_disputed", item, ["police"], **{"with": "shore"})
    assert case.refused(wrong) == "HT-CSW-25"
    dispute = case.opens("jurisdiction_disputed", item, ["province"], **{"with": "shore"})
    assert case.duty(item, "market").open and case.duty(item, "shore").open
    case.say(case.by("province", "acknowledged", dispute, to=["market"]))
    assert case.duty(dispute, "province").complete_rule == "jurisdiction-dispute"
    stranger = case.about("jurisdiction_designated", dispute, "province", agency="police", to=["market"])
    assert case.refused(stranger) == "HT-CSW-27"
    case.say(case.about("jurisdiction_designated", dispute, "province", agency="shore", to=["market"]))
    assert case.state.casework.disputes[(dispute,)].designated == "shore"
    done = case.by("province", "completed", dispute, to=["market"], facts=_done())
    case.say(done)


def test_a_recall_ends_with_receipts_of_destruction(case: Docketed) -> None:
    header = case.town.lead()
    case.say(header)
    recall = case.town.header(
        "recalled",
        "market",
        to=["police"],
        in_reply_to=header.message_id,
        facts=_recall(),
    )
    case.say(recall)
    item = bytes(recall.message_id)
    case.say(case.by("police", "acknowledged", item))
    case.say(case.about("destroyed", item, "police", to=["market"], copies=2))
    assert case.duty(item).reported_at
    case.say(case.completed(item))
    stranger = case.town.header("recalled", "market", to=["banking"], in_reply_to=header.message_id, facts=_recall())
    assert case.refused(stranger) == "HT-CSW-28"
    foreign = case.town.header("recalled", "police", to=["market"], in_reply_to=header.message_id, facts=_recall())
    assert case.refused(foreign) == "HT-DTY-07"


def test_whoever_handed_the_lead_over_hears_of_it(case: Docketed) -> None:
    item = case.own_lead("province", to=["market"])
    case.ledgered(item)
    case.verified(item, C.FINDING_UNSUBSTANTIATED, 0)
    done = case.by("market", "completed", item, to=["province"], facts=_done())
    assert case.refused(done) == "HT-CSW-32"
    untrue = case.about("feedback", item, finding=C.FINDING_CONFIRMED, to=["province"])
    assert case.refused(untrue) == "HT-CSW-07"
    case.say(case.about("feedback", item, finding=C.FINDING_UNSUBSTANTIATED, to=["province"]))
    case.say(case.by("market", "completed", item, to=["province"], facts=_done()))


def test_a_report_climbs_level_by_level(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item)
    facts = {"finding": C.FINDING_CONFIRMED, "tier_proposed": C.TIER_C}
    report = case.opens("verification_reported", item, ["province"], **facts)
    assert case.docket(item).stage == C.DOCKET_STAGE_REPORTED
    case.say(case.by("province", "acknowledged", report, to=["market"]))
    onward = case.opens("verification_reported", report, ["bureau"], "province", **facts)
    assert case.duty(onward, "bureau").open
    case.disposed(item, C.TIER_C)
    untrue = case.opening("verification_reported", item, ["province"], finding=C.FINDING_NO_JURISDICTION)
    assert case.refused(untrue) == "HT-CSW-01"


def test_people_go_home_and_arrive(case: Docketed) -> None:
    item = case.own_lead()
    case.ledgered(item)
    case.verified(item, tier=C.TIER_B)
    case.disposed(item, C.TIER_B)
    going = case.opens("repatriated", item, ["government"], persons=40)
    assert case.docket(item).stage == C.DOCKET_STAGE_AFTERMATH
    done = case.by("market", "completed", item, to=[], facts=_done())
    assert case.refused(done) == "HT-CSW-37"
    case.say(case.by("government", "acknowledged", going))
    too_many = case.about("repatriation_confirmed", going, "government", to=["market"], persons=41)
    assert case.refused(too_many) == "HT-CSW-30"
    case.say(case.about("repatriation_confirmed", going, "government", to=["market"], persons=38))
    assert case.refused(case.by("market", "completed", item, to=[], facts=_done())) == "HT-CSW-37"
    case.say(case.about("repatriation_confirmed", going, "government", to=["market"], persons=40))
    case.say(case.by("market", "completed", item, to=[], facts=_done()))


def test_market_regulation_keeps_a_ledger(case: Docketed) -> None:
    item = case.own_lead()
    assert case.refused(case.by("market", "completed", item, to=[], facts=_done())) == "HT-CSW-31"
    case.say(case.about("assessed", item, discarded_for=codes_pb2.REASON_CODE_DUPLICATE))
    case.say(case.by("market", "completed", item, to=[], facts=_done()))
    second = case.own_lead()
    case.ledgered(second)
    third = case.own_lead()
    case.ledgered(third)
    assert [case.docket(one).number for one in (item, second, third)] == [0, 1, 2]


def test_the_next_year_counts_anew(case: Docketed) -> None:
    case.ledgered(case.own_lead())
    case.now = at("2027-01-04T10:00")
    case.ledgered(item := case.own_lead())
    assert (case.docket(item).year, case.docket(item).number) == (2027, 1)


def _asked(case: Docketed, item: bytes, agency: str) -> bytes:
    facts = kinds_pb2.Inquiry(
        ask=codes_pb2.ASK_TYPE_IDENTITY_MATCH,
        subjects=[kinds_pb2.SubjectCount(role=codes_pb2.SUBJECT_ROLE_ORGANISER, count=1)],
        about_item=item,
    )
    header = case.town.header("inquiry", "market", to=[agency], facts=facts)
    case.say(header)
    return bytes(header.message_id)


def _answered(case: Docketed, inquiry: bytes, agency: str) -> None:
    case.say(case.by(agency, "acknowledged", inquiry))
    facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL, asked=1, answered=1)
    case.say(case.by(agency, "inquiry_reply", inquiry, facts=facts))


def _done() -> kinds_pb2.Completed:
    return kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)


def _recall() -> case_kinds_pb2.Recalled:
    return case_kinds_pb2.Recalled(reason=case_codes_pb2.RECALL_REASON_WRONG_RECIPIENT)
