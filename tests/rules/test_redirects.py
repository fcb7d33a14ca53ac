"""转办: passed on, taken on, returned, taken back; and in whose time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.records import withdrawn
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from rules.clocks import PRACTICE
from rules.scorecard.collector import Collector
from rules.scorecard.figures import COMPLETE, Period
from tests.cases import Case, at, spoken
from tests.rules.test_ladder import STAFFED
from tests.rules.test_moves import FRIDAY, opened
from tests.towns import SYSTEM, recipient

POLICE, MARKET, BANKING = (STAFFED.houses[code] for code in ("police", "market", "banking"))
S = casework_pb2.ObligationState
DAY = 24 * 3_600_000


OPENER = recipient("market", role=2)


def redirect(case: Case, item: bytes, to: Any = ("banking", OPENER), contact: str = "") -> header_pb2.Header:
    facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
    return case.by("police", "redirect", item, contact, facts=facts, to=to)


def test_passing_on_waits_for_the_other_to_take_it() -> None:
    case, item = opened(STAFFED)
    outcome = case.say(redirect(case, item))
    assert outcome.deliver_to == ("police", "banking", "market")
    assert (case.duty(item).state, case.duty(item).owner) == (S.OBLIGATION_STATE_REDIRECTED, POLICE.liaison)
    assert (case.duty(item, "banking").state, case.duty(item, "banking").owner) == (1, BANKING.liaison)
    assert case.refused(case.completed(item)) == "HT-DTY-16"
    case.acknowledged(item, "banking")
    assert (case.duty(item).state, case.duty(item).next_at) == (S.OBLIGATION_STATE_PASSED_ON, 0)
    assert case.duty(item, "banking").open
    case.say(case.completed(item, "banking"))


def test_what_comes_back_is_worked_on_again() -> None:
    case, item = opened(STAFFED)
    case.say(redirect(case, item))
    facts = kinds_pb2.Return(reason=codes_pb2.REASON_CODE_WRONG_REGION)
    back = case.by("banking", "return", item, facts=facts, to=["police"])
    assert case.refused(back) == "HT-HDR-01", "not behind the back of whoever opened it"
    outcome = case.say(case.by("banking", "return", item, facts=facts, to=["market"]))
    assert set(outcome.deliver_to) == {"banking", "market", "police"}, "whoever had passed it on is told in any case"
    assert (case.duty(item).state, case.duty(item).redirected_to) == (S.OBLIGATION_STATE_IN_PROGRESS, "")
    assert case.duty(item, "banking").state == S.OBLIGATION_STATE_RETURNED
    assert case.refused(redirect(case, item)) == "HT-DTY-31"


def test_a_redirect_that_nobody_takes_climbs_at_both() -> None:
    case, item = opened(STAFFED)
    case.say(redirect(case, item))
    agencies = {header.escalated.agency or header.non_response.agency for header in case.tick(at("2026-10-16T18:00"))}
    assert agencies == {"police", "banking"}


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (("market",), "HT-HDR-01"),
        (("police", OPENER), "HT-HDR-01"),
        (("banking",), "HT-HDR-01"),
        (("banking", "market"), "HT-HDR-01"),
        (("banking", "shop", OPENER), "HT-HDR-01"),
        ((recipient("banking", role=2), OPENER), "HT-HDR-01"),
        (("banking", recipient("shop", role=2), OPENER), "HT-DTY-06"),
    ],
)
def test_where_a_redirect_may_go(to: Any, code: str) -> None:
    case, item = opened(STAFFED)
    assert case.refused(redirect(case, item, to)) == code


def test_only_the_owner_passes_on_and_only_what_was_taken() -> None:
    case, item = opened(STAFFED)
    assert case.refused(redirect(case, item, contact=POLICE.second)) == "HT-DTY-09"
    case, item = opened(STAFFED, acknowledged=False)
    assert case.refused(redirect(case, item)) == "HT-DTY-04"


def taken_back(case: Case, item: bytes, contact: str = "", to: Any = ("banking", "market")) -> header_pb2.Header:
    return case.by("police", "redirect_taken_back", item, contact, to=to)


@pytest.mark.parametrize("by", ["liaison", "head"])
def test_what_nobody_has_taken_is_taken_back(by: str) -> None:
    """The other's obligation ends and says why, both agencies and whoever opened the item hear it, and the first goes
    on with a watch of its own; it stays whose it was."""
    case, item = opened(STAFFED)
    case.say(redirect(case, item))
    case.tick(at("2026-10-14T09:00"))
    assert case.duty(item, "banking").non_response
    outcome = case.say(taken_back(case, item, getattr(POLICE, by)))
    assert set(outcome.deliver_to) == {"police", "banking", "market"}
    first, other = case.duty(item), case.duty(item, "banking")
    assert (first.state, first.owner, first.redirected_to) == (S.OBLIGATION_STATE_IN_PROGRESS, POLICE.liaison, "")
    assert spoken(case.tick(first.attention_by))[-1].endswith("owner reminder"), "the watch has begun anew"
    assert (other.state, other.closed_at, other.next_at) == (S.OBLIGATION_STATE_TAKEN_BACK, at("2026-10-14T09:00"), 0)
    assert case.refused(case.by("banking", "acknowledged", item)) == "HT-DTY-03"
    assert case.refused(taken_back(case, item)) == "HT-MOV-02", "once"
    case.say(case.completed(item))


def test_the_certificate_reaches_whoever_passed_it_on() -> None:
    """It is still theirs, and theirs to take back."""
    case, item = opened(STAFFED)
    case.say(redirect(case, item))
    (silence,) = (each for each in case.tick(at("2026-10-14T09:00")) if each.HasField("non_response"))
    assert {to.agency for to in silence.recipients} == {"market", "banking", "police"}


def test_who_takes_back_what() -> None:
    case, item = opened(STAFFED)
    assert case.refused(taken_back(case, item)) == "HT-MOV-02", "nothing was passed on"
    case.say(redirect(case, item))
    assert case.refused(taken_back(case, item, POLICE.second)) == "HT-DTY-09"
    assert case.refused(taken_back(case, item, to=["market"])) == "HT-HDR-01", "not behind the other's back"
    assert case.refused(taken_back(case, item, to=["banking"])) == "HT-HDR-01", "nor behind the opener's"
    assert case.refused(case.by("banking", "redirect_taken_back", item, to=["police", "market"])) == "HT-MOV-02"
    assert case.refused(case.by("market", "redirect_taken_back", item, to=["police", "banking"])) == "HT-DTY-02"
    case.acknowledged(item, "banking")
    assert case.refused(taken_back(case, item)) == "HT-DTY-03", "who has signed for it has it"


def test_what_was_returned_is_not_taken_back_and_another_may_be_asked() -> None:
    case, item = opened(STAFFED)
    case.say(redirect(case, item))
    case.say(case.by("banking", "return", item, facts=kinds_pb2.Return(reason=codes_pb2.REASON_CODE_WRONG_REGION)))
    assert case.refused(taken_back(case, item)) == "HT-MOV-02"
    case.say(redirect(case, item, to=("ministry", OPENER)))
    case.say(taken_back(case, item, to=("ministry", "market")))
    assert case.duty(item, "ministry").state == S.OBLIGATION_STATE_TAKEN_BACK
    assert case.duty(item, "banking").state == S.OBLIGATION_STATE_RETURNED


def test_a_redirect_whose_owner_has_left_is_the_heads_to_take_back() -> None:
    case, item = opened(STAFFED)
    case.say(redirect(case, item))
    gone = withdrawn(case.state.directory.contacts[POLICE.liaison], case.now)
    case.state.directory = case.state.directory.with_records([gone], 99)
    case.say(taken_back(case, item, POLICE.head))
    assert (case.duty(item).owner, case.duty(item).breach) == (POLICE.head, False), "who acts is in breach no more"


def test_a_late_delivery_notes_a_time_and_nothing_else() -> None:
    case, item = opened(STAFFED)
    passing = redirect(case, item)
    case.say(passing)
    case.say(taken_back(case, item))
    before = case.duty(item, "banking")
    known = case.state.statements[bytes(passing.message_id)]
    facts = kinds_pb2.Delivered(statement_sha256=known.digest, result=codes_pb2.OPENING_RESULT_OPENED)
    given = {"facts": facts, "in_reply_to": known.message_id, "to": ["police"]}
    case.say(case.by("banking", "delivered", item, role=SYSTEM, **given))
    assert replace(case.duty(item, "banking"), delivered_at=0) == before


def law(case: Case, extended: bool = False) -> bytes:
    """A lead that the police have sent to market regulation, which has taken it on: its time is a law's."""
    header = STAFFED.lead("police", ["market"])
    case.say(header)
    item = bytes(header.message_id)
    case.say(case.by("market", "acknowledged", item, to=["police"]))
    if extended:
        until = case.duty(item, "market").complete_by + 5 * DAY
        asked = kinds_pb2.ExtensionAsked(until=until, reason=1)
        case.say(case.by("market", "extension_asked", item, facts=asked, to=["police"]))
        granted = kinds_pb2.ExtensionDecided(agency="market", granted=True)
        case.say(case.by("market", "extension_decided", item, MARKET.head, facts=granted, to=["police"]))
    return item


def passed(case: Case, item: bytes, to: str = "banking", by: str = "market") -> None:
    facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
    case.say(case.by(by, "redirect", item, facts=facts, to=[to, recipient("police", role=2)]))


@pytest.mark.parametrize("extended", [False, True])
def test_a_laws_time_goes_along(extended: bool) -> None:
    """However late it is passed on, and through however many hands; what was extended once is not extended anew."""
    case = Case(STAFFED, FRIDAY)
    item = law(case, extended)
    first = case.duty(item, "market")
    assert (first.complete_rule, first.extensions) == ("lead-verification", int(extended))
    case.tick(case.now + 5 * DAY)
    passed(case, item)
    other = case.duty(item, "banking")
    assert (other.complete_by, other.complete_rule) == (first.complete_by, "lead-verification")
    assert other.completion and other.next_at, "whoever is silent is reminded of it"
    case.tick(case.now + DAY)
    case.say(case.by("banking", "acknowledged", item, to=["police"]))
    assert case.duty(item, "banking").complete_by == first.complete_by, "it does not begin with the receipt"
    asked = kinds_pb2.ExtensionAsked(until=first.complete_by + DAY, reason=1)
    header = case.by("banking", "extension_asked", item, facts=asked, to=["police"])
    if extended:
        assert case.refused(header) == "HT-DTY-25"
    else:
        case.say(header)
    passed(case, item, "ministry", "banking")
    assert case.duty(item, "ministry").complete_by == first.complete_by


def test_where_no_law_has_set_the_time_it_begins_with_the_receipt() -> None:
    case, item = opened(STAFFED)
    first = case.duty(item)
    assert first.complete_rule == PRACTICE
    case.tick(case.now + 5 * DAY)
    case.say(redirect(case, item))
    assert case.duty(item, "banking").complete_by == 0
    case.acknowledged(item, "banking")
    assert case.duty(item, "banking").complete_by > first.complete_by


class Scored(Case):
    """A case whose figures are collected."""

    def __init__(self) -> None:
        super().__init__(STAFFED, FRIDAY)
        self.collector = Collector(Period(FRIDAY - DAY, FRIDAY + 90 * DAY))

    def heard(self, folded: Any) -> None:
        self.collector(self.state, folded)


def test_what_was_taken_back_has_come_to_nothing_with_nobody() -> None:
    """Neither a flash item that was none, nor a verdict on who had time left to sign for it."""
    case = Scored()
    item = case.lead(urgency=codes_pb2.URGENCY_FLASH)
    case.acknowledged(item)
    case.say(redirect(case, item))
    case.say(taken_back(case, item))
    cards = case.collector.scorecards()
    (asking, *_) = cards.requests.of("market", MARKET.liaison)
    (owing, *_) = cards.duties.of("banking", BANKING.liaison)
    assert (asking.sent, asking.flash_for_nothing.whole) == (2, 0)
    assert (owing.laid, owing.acknowledged.whole, owing.passed_on) == (1, 0, 0)


def test_what_comes_too_late_to_the_next_is_not_the_nexts_fault() -> None:
    """A time that was over when it was passed on has had its verdict with whoever passed it on."""
    case = Scored()
    item = law(case)
    case.tick(case.duty(item, "market").complete_by + DAY)
    passed(case, item)
    other = case.duty(item, "banking")
    assert other.complete_by < other.available_at
    assert [line for line in spoken(case.tick()) if "owner urge" in line], "but it is told at once how late it is"
    case.say(case.by("banking", "acknowledged", item, to=["police"]))
    done = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
    case.say(case.by("banking", "completed", item, facts=done, to=["police"]))
    duties = case.collector.scorecards().duties
    figures = {code: next(iter(duties.of(code, house.liaison))).completed for code, house in STAFFED.houses.items()}
    assert (figures["market"].part, figures["market"].whole) == (0, 1)
    assert figures["banking"].whole == 0


@pytest.mark.parametrize("how", ["return", "redirect_taken_back", "acknowledged", "nothing"])
def test_a_time_that_runs_out_before_the_next_signs_is_that_of_who_passed_it_on(how: str) -> None:
    case = Scored()
    item = law(case)
    by = case.duty(item, "market").complete_by
    case.tick(by - 60_000)
    passed(case, item)
    case.tick(by + 60_000)
    if how == "return":
        facts = kinds_pb2.Return(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
        case.say(case.by("banking", how, item, facts=facts, to=["police", "market"]))
    elif how == "redirect_taken_back":
        case.say(case.by("market", how, item, to=["police", "banking"]))
    elif how == "acknowledged":
        case.say(case.by("banking", how, item, to=["police"]))
    case.tick(by + DAY)
    cards = case.collector.scorecards()
    agencies = cards.duties.agencies
    assert agencies["market"].completed.whole - agencies["market"].completed.part == 1
    assert agencies["banking"].completed.whole == 0, "it never had the time"
    late = [(one.agency, one.clock) for one in cards.overdue if one.clock == COMPLETE]
    assert late == [("banking" if how == "acknowledged" else "market", COMPLETE)]


def test_what_is_signed_for_in_time_is_the_next_ones_to_complete() -> None:
    case = Scored()
    item = law(case)
    by = case.duty(item, "market").complete_by
    case.tick(by - 60_000)
    passed(case, item)
    case.say(case.by("banking", "acknowledged", item, to=["police"]))
    case.tick(by + DAY)
    agencies = case.collector.scorecards().duties.agencies
    assert (agencies["market"].completed.whole, agencies["banking"].completed.whole) == (0, 1)
