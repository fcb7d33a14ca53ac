"""How an owner goes on: progress, hold, more time, decisions on paper; and the review before closing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.records import withdrawn
from hutong.kinds import kinds
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from tests.cases import Case, at, local, spoken
from tests.towns import Town, recipient

TOWN = Town.make()
POLICE, MARKET = TOWN.houses["police"], TOWN.houses["market"]
FRIDAY = at("2026-10-09T16:30")
S = casework_pb2.ObligationState


def taken(to: str = "police", sender: str = "market") -> tuple[Case, bytes]:
    """A routine lead, acknowledged at once; to be completed in ten working days."""
    case = Case(TOWN, FRIDAY)
    item = case.lead(agency=sender, to=[to])
    case.say(case.by(to, "acknowledged", item, to=[sender]))
    return case, item


def held(case: Case, item: bytes, until: int, contact: str = "") -> header_pb2.Header:
    facts = kinds_pb2.Held(until=until, reason=codes_pb2.HOLD_REASON_EXPERT_EXAMINATION)
    return case.by("police", "held", item, contact, facts=facts)


def asked(case: Case, item: bytes, until: int, agency: str = "police", **more: Any) -> header_pb2.Header:
    facts = kinds_pb2.ExtensionAsked(until=until, reason=codes_pb2.EXTENSION_REASON_COMPLEX)
    return case.by(agency, "extension_asked", item, facts=facts, **more)


def decided(case: Case, item: bytes, contact: str, *, agency: str = "police", by: str = "police", granted: bool = True,
            to: str = "market") -> header_pb2.Header:  # fmt: skip
    facts = kinds_pb2.ExtensionDecided(agency=agency, granted=granted)
    return case.by(by, "extension_decided", item, contact, facts=facts, to=[to])


def test_progress_is_the_owners_and_shows() -> None:
    case, item = taken()
    step = kinds_pb2.Progressed(step=codes_pb2.PROGRESS_STEP_VERIFYING)
    assert case.refused(case.by("police", "progressed", item, POLICE.second, facts=step)) == "HT-DTY-09"
    case.say(case.by("police", "progressed", item, facts=step))
    assert case.duty(item).state == S.OBLIGATION_STATE_IN_PROGRESS
    case.say(case.completed(item))
    assert case.refused(case.by("police", "progressed", item, facts=step)) == "HT-DTY-03"


def test_a_hold_rests_and_ends_by_itself() -> None:
    case, item = taken()
    before = case.duty(item).complete_by
    until = FRIDAY + 5 * 86_400_000
    case.say(held(case, item, until))
    duty = case.duty(item)
    assert (duty.state, duty.held_until, duty.complete_by) == (
        S.OBLIGATION_STATE_ON_HOLD,
        until,
        before + 5 * 86_400_000,
    )
    assert case.refused(held(case, item, until)) == "HT-DTY-19"
    assert spoken(case.tick(until)) == [f"{local(until)} owner resume"]
    assert case.duty(item).state == S.OBLIGATION_STATE_IN_PROGRESS and case.duty(item).attention_at > until


@pytest.mark.parametrize("ended", [False, True])
def test_a_hub_that_was_down_over_a_hold_says_what_one_that_was_up_says(ended: bool) -> None:
    """The ladder goes on from the end of the hold; ``ended``: the owner's term is over after it."""
    until, heard = FRIDAY + 5 * 86_400_000, []
    for up in (True, False):
        case, item = taken()
        case.say(held(case, item, until))
        end = until + 6 * 86_400_000 if ended else until + 1
        if ended:
            gone = withdrawn(case.state.directory.contacts[POLICE.liaison], end)
            case.state.directory = case.state.directory.with_records([gone], 99)
        early = case.tick(end - 1) if up else []
        case.now = end if up else until + 30 * 86_400_000
        heard.append((spoken(early + case.tick(until + 30 * 86_400_000)), replace(case.duty(item), item=b"")))
    assert heard[0] == heard[1]
    said = heard[1][0]
    assert said[0] == f"{local(until)} owner resume" and len(said) > 8 and ("ownership_fell" in said) is ended


def test_a_hold_is_bounded_and_comes_after_acknowledging() -> None:
    case = Case(TOWN, FRIDAY)
    item = case.lead()
    assert case.refused(held(case, item, FRIDAY + 1)) == "HT-DTY-04"
    case.acknowledged(item)
    assert case.refused(held(case, item, FRIDAY)) == "HT-DTY-20"
    assert case.refused(held(case, item, FRIDAY + 30 * 86_400_000 + 1)) == "HT-DTY-20"
    case.say(held(case, item, FRIDAY + 30 * 86_400_000))


@pytest.mark.parametrize("drill", [True, False])
def test_a_drill_is_marked_in_every_statement_and_nothing_else_is(drill: bool) -> None:
    case = Case(TOWN, FRIDAY)
    header, other = TOWN.lead(), TOWN.lead()
    header.facts.drill = drill
    case.say(header)
    said = case.by("police", "acknowledged", header.message_id)
    assert said.facts.drill is drill
    said.facts.drill = not drill
    assert case.refused(said) == "HT-DTY-44"
    case.acknowledged(header.message_id)
    other.case_id, other.facts.drill = header.message_id, not drill
    assert case.refused(other) == "HT-DTY-44", "nor does one refer to the other"


def test_a_review_is_counted_in_the_days_of_whoever_makes_it() -> None:
    """Guangxi took 2017-03-30 to 04-01 off, the nation 04-02 to 04-04; the police elsewhere worked on 03-30."""
    agencies = TOWN.directory.agencies
    there = Town(TOWN.directory.with_records([replace(agencies["market"], region="450100")], 99), TOWN.houses)
    case = Case(there, at("2017-03-24T16:30"))
    header = TOWN.header("supervision", "market", to=["police"])
    case.say(header)
    case.acknowledged(header.message_id)
    case.say(case.completed(header.message_id))
    said = spoken(case.tick(at("2017-04-05T18:00")))
    assert said == ["2017-03-29T16:30 requester reminder", "2017-04-05T16:30 requester_head urge"]


def test_nobody_rests_for_ever() -> None:
    case, item = taken()
    for _ in range(3):
        case.say(held(case, item, case.now + 86_400_000))
        case.say(case.by("police", "resumed", item))
    assert case.refused(held(case, item, case.now + 86_400_000)) == "HT-DTY-43"


def test_going_on_early_gives_the_time_back() -> None:
    case, item = taken()
    before = case.duty(item).complete_by
    assert case.refused(case.by("police", "resumed", item)) == "HT-DTY-21"
    case.say(held(case, item, FRIDAY + 10 * 86_400_000))
    case.now = FRIDAY + 86_400_000
    case.say(case.by("police", "resumed", item))
    assert case.duty(item).complete_by == before + 86_400_000
    assert not case.duty(item).held_until


def test_a_time_that_the_law_sets_does_not_rest() -> None:
    case, item = taken("market", "police")
    before = case.duty(item, "market").complete_by
    facts = kinds_pb2.Held(until=FRIDAY + 86_400_000, reason=1)
    case.say(case.by("market", "held", item, facts=facts, to=["police"]))
    assert case.duty(item, "market").complete_by == before


def test_more_time_is_asked_before_the_end_approved_by_the_head_and_granted_by_the_sender() -> None:
    case, item = taken()
    due = case.duty(item).complete_by
    until = due + 86_400_000
    assert case.refused(decided(case, item, POLICE.head)) == "HT-DTY-27"
    case.say(asked(case, item, until))
    assert case.refused(asked(case, item, until)) == "HT-DTY-24"
    assert case.refused(decided(case, item, POLICE.liaison)) == "HT-DTY-28", "who asks does not decide"
    assert case.refused(decided(case, item, MARKET.head, by="market", to="police")) == "HT-DTY-28", "head first"
    case.say(decided(case, item, POLICE.head))
    assert case.duty(item).complete_by == due, "approved, not granted"
    assert case.refused(decided(case, item, POLICE.head)) == "HT-DTY-28"
    case.say(decided(case, item, "", by="market", to="police"))
    duty = case.duty(item)
    assert (duty.complete_by, duty.extensions, duty.extension_stage, duty.extension_until) == (until, 1, 0, 0)
    assert case.now < duty.completion_at < until


def test_a_statutory_time_is_extended_by_the_head_alone_once_and_as_far_as_the_law_says() -> None:
    case, item = taken("market", "police")
    due = case.duty(item, "market").complete_by
    latest = at("2026-11-19T16:30")  # fifteen working days after 2026-10-29
    assert case.refused(asked(case, item, latest + 1, "market", to=["police"])) == "HT-DTY-26"
    assert case.refused(asked(case, item, due, "market", to=["police"])) == "HT-DTY-26"
    case.say(asked(case, item, latest, "market", to=["police"]))
    case.say(decided(case, item, MARKET.head, agency="market", by="market", to="police"))
    assert (case.duty(item, "market").complete_by, case.duty(item, "market").extensions) == (latest, 1)
    assert case.refused(asked(case, item, latest + 1, "market", to=["police"])) == "HT-DTY-25"


@pytest.mark.parametrize("stage", [1, 2])
def test_a_refused_extension_leaves_the_time(stage: int) -> None:
    case, item = taken()
    due = case.duty(item).complete_by
    case.say(asked(case, item, due + 1))
    if stage == 2:
        case.say(decided(case, item, POLICE.head))
        case.say(decided(case, item, "", by="market", to="police", granted=False))
    else:
        case.say(decided(case, item, POLICE.head, granted=False))
    duty = case.duty(item)
    assert (duty.complete_by, duty.extensions, duty.extension_stage, duty.extension_until) == (due, 0, 0, 0)


def test_what_is_granted_takes_no_time_away_from_a_hold() -> None:
    """The hold has moved the time beyond what was asked for before."""
    case, item = taken()
    due = case.duty(item).complete_by
    case.say(asked(case, item, due + 86_400_000))
    case.say(held(case, item, FRIDAY + 5 * 86_400_000))
    case.say(decided(case, item, POLICE.head))
    case.say(decided(case, item, "", by="market", to="police"))
    assert (case.duty(item).complete_by, case.duty(item).extensions) == (due + 5 * 86_400_000, 1)


def test_no_extension_before_receipt_or_after_the_end() -> None:
    case = Case(TOWN, FRIDAY)
    item = case.lead()
    assert case.refused(asked(case, item, FRIDAY + 1)) == "HT-DTY-04"
    case.acknowledged(item)
    case.now = case.duty(item).complete_by
    assert case.refused(asked(case, item, case.now + 1)) == "HT-DTY-23"


def paper(case: Case, item: bytes, decided_on: str, contact: str = "", **more: Any) -> header_pb2.Header:
    given: dict[str, Any] = {
        "subject": codes_pb2.APPROVAL_SUBJECT_EXTENSION,
        "granted": True,
        "number_sha256": b"n" * 32,
        "document_sha256": b"d" * 32,
        "decided_on": decided_on,
        "post": codes_pb2.APPROVAL_POST_PRINCIPAL,
    }
    facts = kinds_pb2.ApprovalRecorded(**given | more)
    return case.by("police", "approval_recorded", item, contact, facts=facts)


def check(case: Case, item: bytes, entry: bytes, contact: str, agrees: bool = True) -> header_pb2.Header:
    facts = kinds_pb2.ApprovalChecked(agrees=agrees)
    return case.by("police", "approval_checked", item, contact, facts=facts, in_reply_to=entry)


def test_a_decision_on_paper_takes_effect_when_another_has_checked_it() -> None:
    case, item = taken()
    due = case.duty(item).complete_by
    assert case.refused(paper(case, item, "2026-10-09")) == "HT-DTY-27", "nobody asked"
    case.say(asked(case, item, due + 1))
    assert case.refused(paper(case, item, "2026-10-10")) == "HT-HDR-01", "a paper of tomorrow"
    assert case.refused(paper(case, item, "2026-10-08")) == "HT-HDR-01", "a paper from before there was anything"
    case.now += 86_400_000
    entry = paper(case, item, "2026-10-09", POLICE.second)
    case.say(entry)
    assert case.state.approvals[entry.message_id].late, "补录"
    assert case.refused(check(case, item, entry.message_id, POLICE.second)) == "HT-DTY-30", "who entered it"
    assert case.refused(check(case, item, entry.message_id, POLICE.liaison)) == "HT-DTY-30", "who wants it"
    assert case.refused(check(case, item, b"x" * 16, POLICE.head)) == "HT-DTY-07"
    assert case.duty(item).extension_stage == 1
    case.say(check(case, item, entry.message_id, POLICE.head))
    assert case.duty(item).extension_stage == 2, "as if the head had signed here"
    assert case.state.approvals[entry.message_id].checked_by == POLICE.head
    assert case.refused(check(case, item, entry.message_id, POLICE.head)) == "HT-DTY-29"


def test_an_old_paper_decides_no_later_request() -> None:
    """Entered about one hour, refused by the head in person, and then kept for a request of three weeks."""
    case, item = taken()
    due = case.duty(item).complete_by
    case.say(asked(case, item, due + 1))
    entry = paper(case, item, "2026-10-09")
    case.say(entry)
    case.say(decided(case, item, POLICE.head, granted=False))
    case.say(asked(case, item, due + 86_400_000))
    assert case.refused(check(case, item, entry.message_id, POLICE.second)) == "HT-DTY-27"
    assert case.duty(item).complete_by == due


def test_what_is_left_of_a_hold_goes_back_however_it_ends() -> None:
    for kind in ("redirect", "completed", "resumed"):
        case, item = taken()
        due = case.duty(item).complete_by
        case.say(held(case, item, FRIDAY + 20 * 86_400_000))
        assert case.refused(asked(case, item, due + 30 * 86_400_000)) == "HT-DTY-19", "no more time while it rests"
        case.now += 86_400_000
        given: dict[str, Any] = {}
        if kind == "redirect":
            given = {"facts": kinds_pb2.Redirect(reason=1), "to": ["banking", recipient("market", role=2)]}
        case.say(case.completed(item) if kind == "completed" else case.by("police", kind, item, **given))
        assert (case.duty(item).complete_by, case.duty(item).held_until) == (due + 86_400_000, 0), kind


def test_no_hold_when_the_time_is_over() -> None:
    case, item = taken()
    case.now = case.duty(item).complete_by
    case.tick()
    assert case.refused(held(case, item, case.now + 86_400_000)) == "HT-DTY-45"


def test_an_entry_that_is_not_what_the_paper_says_has_no_effect() -> None:
    case, item = taken()
    case.say(asked(case, item, case.duty(item).complete_by + 1))
    entry = paper(case, item, "2026-10-09")
    case.say(entry)
    assert not case.state.approvals[entry.message_id].late
    case.say(check(case, item, entry.message_id, POLICE.second, agrees=False))
    assert case.duty(item).extension_stage == 1
    assert case.refused(check(case, item, entry.message_id, POLICE.head)) == "HT-DTY-29"


def supervised() -> tuple[Case, bytes]:
    case = Case(TOWN, FRIDAY)
    header = TOWN.header("supervision", "market", to=["police"])
    case.say(header)
    case.acknowledged(header.message_id)
    return case, bytes(header.message_id)


def review(case: Case, item: bytes, accepted: bool, agency: str = "market", to: str = "police") -> header_pb2.Header:
    reason = codes_pb2.REASON_CODE_UNSPECIFIED if accepted else codes_pb2.REASON_CODE_INCOMPLETE
    facts = kinds_pb2.Reviewed(agency="police", accepted=accepted, reason=reason)
    return case.by(agency, "reviewed", item, facts=facts, to=[to])


def test_what_is_supervised_is_closed_by_review() -> None:
    case, item = supervised()
    assert case.refused(review(case, item, True)) == "HT-DTY-18"
    due = case.duty(item).complete_by
    case.say(case.completed(item))
    duty = case.duty(item)
    assert (duty.state, duty.completion_at, duty.closed_at) == (S.OBLIGATION_STATE_IN_REVIEW, 0, 0)
    assert case.refused(case.completed(item)) == "HT-DTY-15"
    assert case.refused(review(case, item, True, "police", "market")) == "HT-DTY-17"
    case.now += 3_600_000
    case.say(review(case, item, False))
    duty = case.duty(item)
    assert (duty.state, duty.sent_back, duty.complete_by) == (S.OBLIGATION_STATE_IN_PROGRESS, 1, due + 3_600_000)
    case.say(case.completed(item))
    case.say(review(case, item, True))
    assert (case.duty(item).state, case.duty(item).closed_at) == (S.OBLIGATION_STATE_CLOSED, case.now)


def test_what_was_in_time_while_the_opener_decided_nothing_is_so_when_it_is_handed_back() -> None:
    case, item = supervised()
    due = case.duty(item).complete_by
    case.say(asked(case, item, due + 3 * 86_400_000))
    case.say(decided(case, item, POLICE.head))
    case.now = due + 86_400_000
    case.say(case.completed(item))
    assert (case.duty(item).extension_stage, case.duty(item).complete_by) == (0, due + 3 * 86_400_000)
    case.now += 3_600_000
    case.say(review(case, item, False))
    assert case.duty(item).complete_by == due + 3 * 86_400_000 + 3_600_000


def test_a_review_that_nobody_makes_climbs_on_the_other_side() -> None:
    case, item = supervised()
    case.say(case.completed(item))
    said = case.tick(at("2026-10-20T00:00"))
    assert spoken(said)[:2] == ["2026-10-13T16:30 requester reminder", "2026-10-14T16:30 requester_head urge"]
    assert list(said[0].escalated.told) == [MARKET.liaison] and list(said[1].escalated.told) == [MARKET.head]


# --- two people ---


def test_what_the_head_asks_for_is_decided_by_whoever_opened_the_item() -> None:
    case = Case(TOWN, FRIDAY)
    item = case.lead()
    case.acknowledged(item, contact=POLICE.head)
    due = case.duty(item).complete_by
    case.say(asked(case, item, due + 1, contact=POLICE.head))
    assert case.duty(item).extension_stage == 2, "nobody in the house could grant it"
    assert case.refused(decided(case, item, POLICE.head)) == "HT-DTY-28"
    case.say(decided(case, item, "", by="market", to="police"))
    assert case.duty(item).complete_by == due + 1


def test_where_a_law_names_the_head_the_head_asks_for_nothing() -> None:
    case = Case(TOWN, FRIDAY)
    item = case.lead()
    case.acknowledged(item, contact=POLICE.head)
    case.state.apply([replace(case.duty(item), complete_rule="sealing")], case.index)
    request = asked(case, item, case.duty(item).complete_by + 1, contact=POLICE.head)
    assert case.refused(request) == "HT-DTY-62"
    to = [recipient("police", POLICE.second)]
    facts = kinds_pb2.Assigned(agency="police")
    case.say(case.by("police", "assigned", item, POLICE.head, facts=facts, to=to))
    case.say(asked(case, item, case.duty(item).complete_by + 1, contact=POLICE.second))
    case.say(decided(case, item, POLICE.head))
    assert case.duty(item).extensions == 1, "asked by one and granted by another"


@pytest.mark.parametrize("on_paper", [False, True])
def test_whose_it_has_become_grants_nothing_and_may_refuse(on_paper: bool) -> None:
    """The owner asks and the head takes it over: granted with a signature or on paper, it would be the head's own."""
    case, item = taken()
    case.say(asked(case, item, case.duty(item).complete_by + 1))
    facts, to = kinds_pb2.Assigned(agency="police"), [recipient("police", POLICE.head)]
    case.say(case.by("police", "assigned", item, POLICE.head, facts=facts, to=to))
    if on_paper:
        entry = paper(case, item, "2026-10-09", POLICE.second)
        case.say(entry)
        assert case.refused(check(case, item, entry.message_id, POLICE.liaison)) == "HT-DTY-61"
    assert case.refused(decided(case, item, POLICE.head)) == "HT-DTY-61"
    case.say(decided(case, item, POLICE.head, granted=False))
    duty = case.duty(item)
    assert (duty.extension_stage, duty.extension_since, duty.extension_asked_by) == (0, 0, "")
    case.say(asked(case, item, duty.complete_by + 1, contact=POLICE.head))
    assert case.duty(item).extension_stage == 2


def test_who_asked_and_has_become_head_since_does_not_grant() -> None:
    case, item = taken()
    case.say(asked(case, item, case.duty(item).complete_by + 1))
    facts, to = kinds_pb2.Assigned(agency="police"), [recipient("police", POLICE.second)]
    case.say(case.by("police", "assigned", item, POLICE.head, facts=facts, to=to))
    agency = replace(case.state.directory.agencies["police"], head_contact=POLICE.liaison)
    case.state.directory = case.state.directory.with_records([agency], 99)
    assert case.refused(decided(case, item, POLICE.liaison)) == "HT-DTY-61"


# --- answers ---


def test_an_inquiry_is_answered_before_it_is_closed() -> None:
    case = Case(TOWN, FRIDAY)
    header = TOWN.header("inquiry", "market", to=["police"], facts=kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY))
    case.say(header)
    item = bytes(header.message_id)
    case.acknowledged(item)
    assert case.refused(case.completed(item)) == "HT-DTY-60"
    facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL)
    case.say(case.by("police", "inquiry_reply", item, facts=facts))
    case.say(case.completed(item))
    assert case.duty(item).state == S.OBLIGATION_STATE_CLOSED


def test_what_answers_is_a_kind_that_whoever_owes_can_say() -> None:
    answered = {kind.name: kind.answered_by for kind in kinds().values() if kind.answered_by}
    assert answered == {
        "inquiry": "inquiry_reply",
        "jurisdiction_disputed": "jurisdiction_designated",
        "measure_requested": "measure_answered",
        "repatriated": "repatriation_confirmed",
        "recalled": "destroyed",
    }
    for opened, said in answered.items():
        assert kinds()[opened].obliges and not kinds()[said].opens_item and not kinds()[said].hub_only
    case, item = taken()
    facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL)
    assert case.refused(case.by("police", "inquiry_reply", item, facts=facts)) == "HT-DTY-02", "a lead asks nothing"
    case.say(case.completed(item))


def test_an_inquiry_that_cannot_be_answered_goes_back() -> None:
    case = Case(TOWN, FRIDAY)
    header = TOWN.header("inquiry", "market", to=["police"], facts=kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY))
    case.say(header)
    item = bytes(header.message_id)
    case.acknowledged(item)
    case.say(case.by("police", "return", item, facts=kinds_pb2.Return(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)))
    assert case.duty(item).state == S.OBLIGATION_STATE_RETURNED
