"""How obligations change hands, and what never moves them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.records import FOREVER, Contact, withdrawn
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from rules.whom import fell_at
from tests.cases import HUB_KEY, Case, at, spoken
from tests.rules.test_ladder import STAFFED
from tests.towns import ORIGIN, Town, contact_id, recipient

TOWN = Town.make()
POLICE, MARKET, BANKING = (TOWN.houses[code] for code in ("police", "market", "banking"))
FRIDAY = at("2026-10-09T16:30")
S = casework_pb2.ObligationState
DAY = 24 * 3_600_000


def opened(town: Town = TOWN, acknowledged: bool = True) -> tuple[Case, bytes]:
    case = Case(town, FRIDAY)
    item = case.lead()
    if acknowledged:
        case.acknowledged(item)
    return case, item


OPENER = recipient("market", role=2)


def redirect(case: Case, item: bytes, to: Any = ("banking", OPENER), contact: str = "") -> header_pb2.Header:
    facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
    return case.by("police", "redirect", item, contact, facts=facts, to=to)


def test_passing_on_waits_for_the_other_to_take_it() -> None:
    case, item = opened()
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
    case, item = opened()
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
    case, item = opened()
    assert case.refused(redirect(case, item, to)) == code


def test_only_the_owner_passes_on_and_only_what_was_taken() -> None:
    case, item = opened()
    assert case.refused(redirect(case, item, contact=POLICE.second)) == "HT-DTY-09"
    case, item = opened(acknowledged=False)
    assert case.refused(redirect(case, item)) == "HT-DTY-04"


def assigned(case: Case, item: bytes, contact: str, by: str, agency: str = "police") -> header_pb2.Header:
    facts = kinds_pb2.Assigned(agency="police")
    return case.by(agency, "assigned", item, by, facts=facts, to=[recipient("police", contact)])


def test_the_head_gives_it_to_whom_the_head_wants() -> None:
    for acknowledged in (True, False):
        case, item = opened(acknowledged=acknowledged)
        before = case.duty(item)
        case.say(assigned(case, item, POLICE.second, POLICE.head))
        duty = case.duty(item)
        assert (duty.owner, duty.moved, duty.state) == (POLICE.second, 1, before.state)
        assert case.refused(assigned(case, item, POLICE.liaison, POLICE.liaison)) == "HT-DTY-32"
        assert case.refused(assigned(case, item, MARKET.liaison, POLICE.head)) == "HT-DIR-03"
        assert case.refused(assigned(case, item, "", POLICE.head)) == "HT-HDR-01"


def test_a_coordinator_gives_it_to_the_head_and_to_nobody_else() -> None:
    case, item = opened(STAFFED)
    coordinator = contact_id(0x902)
    key = STAFFED.directory.officer_keys(coordinator)[0]
    wrong = assigned(case, item, POLICE.second, "", "ministry")
    right = assigned(case, item, POLICE.head, "", "ministry")
    for header in (wrong, right):
        header.sender.contact = coordinator
        header.signers[0].keyid = key.keyid
    assert case.refused(wrong) == "HT-DTY-33"
    assert case.refused(assigned(case, item, POLICE.head, "", "banking")) == "HT-DTY-32", "coordinates nothing here"
    case.say(right)
    assert case.duty(item).owner == POLICE.head


def test_a_house_with_nobody_but_its_head_receives_and_sends() -> None:
    """No statement without a named contact at both ends: the head is one ex officio."""
    ended = [replace(TOWN.directory.contacts[who], term_to=FRIDAY) for who in (POLICE.liaison, POLICE.second)]
    case = Case(Town(TOWN.directory.with_records(ended), TOWN.houses), FRIDAY)
    for opened_by in ("lead", "inquiry", "supervision"):
        header = TOWN.lead() if opened_by == "lead" else TOWN.header(opened_by, "market", to=["police"])
        case.say(header)
        item = header.message_id
        assert case.duty(item).owner == POLICE.head
        for kind in ("seen", "acknowledged", "progressed"):
            case.say(case.by("police", kind, item, POLICE.head))
        assert case.refused(case.by("police", "progressed", item, POLICE.liaison)) == "HT-DIR-02"
    passing = case.by("police", "redirect", item, POLICE.head, to=["banking", OPENER])
    case.say(passing)
    answers = {"lead": TOWN.lead("police", ["market"], contact=POLICE.head)}
    answers |= {kind: case.by("police", kind, b"", POLICE.head) for kind in ("inquiry", "supervision")}
    for header in answers.values():
        case.say(header)


def offer(
    case: Case, items: list[bytes], giver: str = "", taker: str = POLICE.second, **more: Any
) -> header_pb2.Header:
    facts = kinds_pb2.HandoverOffered(items=items, **more)
    return case.town.header("handover_offered", "police", giver, facts=facts, to=[recipient("police", taker)])


def answer(case: Case, offered: bytes, taker: str = POLICE.second, accepted: bool = True) -> header_pb2.Header:
    facts = kinds_pb2.HandoverAnswered(accepted=accepted)
    return case.town.header(
        "handover_answered", "police", taker, facts=facts, in_reply_to=offered, to=[recipient("police", POLICE.liaison)]
    )


def three() -> tuple[Case, list[bytes]]:
    case = Case(TOWN, FRIDAY)
    items = sorted(case.lead() for _ in range(3))
    for item in items:
        case.acknowledged(item)
    return case, items


def test_a_handover_moves_nothing_until_it_is_accepted() -> None:
    case, items = three()
    header = offer(case, items, leaving=True)
    outcome = case.say(header)
    assert outcome.deliver_to == ("police",)
    assert {case.duty(item).owner for item in items} == {POLICE.liaison}
    assert case.refused(answer(case, header.message_id, POLICE.head)) == "HT-DTY-36"
    case.say(case.completed(items[0]))
    case.say(answer(case, header.message_id))
    assert [case.duty(item).owner for item in items] == [POLICE.liaison, POLICE.second, POLICE.second]
    assert case.refused(answer(case, header.message_id)) == "HT-DTY-37"
    assert case.refused(case.completed(items[1])) == "HT-DTY-09"


def test_a_declined_handover_leaves_everything() -> None:
    case, items = three()
    header = offer(case, items[:2])
    case.say(header)
    case.say(answer(case, header.message_id, accepted=False))
    assert {case.duty(item).owner for item in items} == {POLICE.liaison}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("HT-DTY-34", {"items": [b"x" * 16]}),
        ("HT-HDR-01", {"taker": POLICE.liaison}),
        ("HT-HDR-01", {"taker": ""}),
        ("HT-DTY-34", {"giver": POLICE.second, "taker": POLICE.liaison}),
    ],
)
def test_what_cannot_be_handed_over(code: str, change: dict[str, Any]) -> None:
    case, items = three()
    assert case.refused(offer(case, **({"items": items} | change))) == code


def test_a_leavers_list_is_whole_and_in_order() -> None:
    case, items = three()
    assert case.refused(offer(case, items[:2], leaving=True)) == "HT-DTY-35"
    assert case.refused(offer(case, items[::-1])) == "HT-HDR-01"


def leaving(case: Case, contact: str, voluntary: bool) -> header_pb2.Header:
    facts = kinds_pb2.ContactWithdrawn(contact=contact, voluntary=voluntary)
    return case.town.header("contact_withdrawn", "police", POLICE.head, facts=facts)


def test_who_leaves_of_their_own_accord_has_handed_over_first() -> None:
    case, items = three()
    assert case.refused(leaving(case, POLICE.liaison, voluntary=True)) == "HT-DTY-42"
    header = offer(case, items, leaving=True)
    case.say(header)
    assert case.refused(leaving(case, POLICE.liaison, voluntary=True)) == "HT-DTY-42"
    case.say(answer(case, header.message_id))
    case.say(leaving(case, POLICE.liaison, voluntary=True))


def test_a_withdrawal_is_immediate_and_everything_stands_with_the_head() -> None:
    case, items = three()
    case.say(leaving(case, POLICE.liaison, voluntary=False))
    assert case.refused(case.completed(items[0], contact=POLICE.second)) == "HT-DTY-09"
    case.say(case.completed(items[0], contact=POLICE.head))
    assert case.duty(items[0]).owner == POLICE.head, "before the hub has said a word"
    said = case.tick()
    assert spoken(said) == ["ownership_fell"] * 2
    assert {header.ownership_fell.cause for header in said} == {codes_pb2.FALL_CAUSE_TERM_ENDED}
    for item in items[1:]:
        duty = case.duty(item)
        assert (duty.owner, duty.breach, duty.moved) == (POLICE.head, True, 1)
    assert not case.tick()
    case.say(assigned(case, items[1], POLICE.second, POLICE.head))
    assert not case.duty(items[1]).breach


@pytest.mark.parametrize("how", ["term", "key", "revoked"])
def test_a_lapse_is_a_fall_too(how: str) -> None:
    case, _ = opened()
    directory, owner = case.state.directory, case.state.directory.contacts[POLICE.liaison]
    (key,) = directory.officer_keys(owner.id)
    if how == "term":
        changed: Any = withdrawn(owner, FRIDAY + 1000)
    elif how == "key":
        changed = replace(key, not_after=FRIDAY + 1000)
    else:
        changed = replace(key, revoked_at=FRIDAY + 1000)
    case.state.directory = directory.with_records([changed], 99)
    assert not case.tick()
    case.now = FRIDAY + 1000
    (said,) = case.tick()
    assert said.ownership_fell.head == POLICE.head
    assert said.ownership_fell.cause == (1 if how == "term" else 2)


@pytest.mark.parametrize("kind", ["term", "key"])
@pytest.mark.parametrize("days", [4, 9])
def test_a_hub_that_was_down_over_a_fall_says_what_one_that_was_up_says(kind: str, days: int) -> None:
    """Every step that was due before the fall, the fall, and the head's ladder from the fall on."""
    end, heard = FRIDAY + days * DAY + 1, []
    for up in (True, False):
        case, item = opened(STAFFED)
        directory, owner = case.state.directory, case.state.directory.contacts[POLICE.liaison]
        (key,) = directory.officer_keys(owner.id)
        changed: Any = withdrawn(owner, end) if kind == "term" else replace(key, not_after=end)
        case.state.directory = directory.with_records([changed], 99)
        early = case.tick(end - 1) if up else []
        case.now = end if up else end + 20 * DAY
        heard.append((spoken(early + case.tick(end + 20 * DAY)), replace(case.duty(item), item=b"")))
    assert heard[0] == heard[1]
    said = heard[1][0]
    assert 0 < said.index("ownership_fell") < len(said) - 5, "before it the owner's steps, after it the head's"


def test_nobody_is_given_anything_who_cannot_act() -> None:
    """Whose key has long been revoked would own it in name only."""
    case, item = opened(STAFFED)
    directory = case.state.directory
    (key,) = directory.officer_keys(POLICE.second)
    case.state.directory = directory.with_records([replace(key, revoked_at=FRIDAY - 90 * DAY)], 99)
    assert case.refused(assigned(case, item, POLICE.second, POLICE.head)) == "HT-DIR-03"
    assert case.refused(STAFFED.lead(to=[recipient("police", POLICE.second)])) == "HT-DIR-03"


def test_a_nomination_ends_a_term_from_then_on() -> None:
    case, item = opened()
    case.now += DAY
    roles = [codes_pb2.CONTACT_ROLE_LIAISON]
    facts = kinds_pb2.ContactNominated(contact=POLICE.liaison, roles=roles, term_from=1, term_to=FRIDAY - 90 * DAY)
    case.say(case.town.header("contact_nominated", "police", POLICE.head, facts=facts))
    assert fell_at(case.state.directory, case.duty(item), case.now + DAY) == case.now


def test_the_head_does_not_fall_but_a_former_head_does() -> None:
    case, item = opened(acknowledged=False)
    case.acknowledged(item, contact=POLICE.head)
    directory = case.state.directory
    (key,) = directory.officer_keys(POLICE.head)
    case.state.directory = directory.with_records([replace(key, revoked_at=FRIDAY)], 99)
    assert not case.tick(), "ex officio"
    successor = Contact(contact_id(0x777), "police", (codes_pb2.CONTACT_ROLE_HEAD,), (), 1, FOREVER, 0x777)
    moved = replace(directory.agencies["police"], head_contact=successor.id)
    gone = withdrawn(directory.contacts[POLICE.head], FRIDAY)
    case.state.directory = directory.with_records([successor, moved, gone], 100)
    (said,) = case.tick()
    assert (said.ownership_fell.owner, said.ownership_fell.head) == (POLICE.head, successor.id)


def forced(case: Case, item: bytes, agency: str = "market", contact: str = "", to: str = "police") -> header_pb2.Header:
    facts = kinds_pb2.EscalationForced(agency="police")
    return case.by(agency, "escalation_forced", item, contact, facts=facts, to=[to])


def test_the_sender_takes_the_next_step_early_and_the_certificate_keeps_its_day() -> None:
    case, item = opened(STAFFED, acknowledged=False)
    assert case.refused(forced(case, item, "police", POLICE.liaison, "market")) == "HT-DTY-38"
    case.say(forced(case, item))
    assert case.refused(forced(case, item)) == "HT-DTY-46", "one at a time"
    (said,) = case.tick()
    assert (said.escalated.track, said.escalated.to) == (3, codes_pb2.ESCALATION_TARGET_DEPUTY)
    assert case.refused(forced(case, item, "police", POLICE.head, "market")) == "HT-DTY-46", (
        "nor another the next minute"
    )
    case.now = at("2026-10-09T17:30")
    case.say(forced(case, item, "police", POLICE.head, "market"))
    assert case.duty(item).forced_by_others == 1, "the head is no other"
    assert spoken(case.tick(at("2026-10-12T16:30"))) == [
        "2026-10-09T17:30 head urge",
        "2026-10-10T16:30 certificate",
        "2026-10-12T16:30 coordinator urge",
    ]


def test_pushing_at_once_leaves_the_last_step_its_turns() -> None:
    case, item = opened(STAFFED, acknowledged=False)
    for hour in range(3):
        case.now = at(f"2026-10-10T{9 + hour:02}:00") + 60_000 * hour
        case.say(forced(case, item))
        case.tick()
    assert not case.duty(item).red
    later = spoken(case.tick(at("2026-11-20T00:00")))
    assert later[0] == "2026-10-10T16:30 certificate"
    assert len([each for each in later if "coordinator urge" in each]) == 6, "all of them, once pushed or not"
    assert later[-1].endswith("last") and case.duty(item).red


def marked(key: bytes, sender: str = "market") -> header_pb2.Header:
    header = TOWN.lead(sender)
    header.facts.dedup_key = key
    return header


def test_the_same_matter_lays_one_open_obligation() -> None:
    case = Case(TOWN, FRIDAY)
    first, again, other = marked(b"k" * 32), marked(b"k" * 32), marked(b"o" * 32)
    case.say(first)
    outcome = case.say(again)
    assert len(outcome.changes) == 1 and "police" in outcome.deliver_to, "it arrives all the same"
    case.say(other)
    assert len(case.state.obligations) == 2
    case.acknowledged(first.message_id)
    case.say(case.completed(first.message_id))
    case.say(marked(b"k" * 32))
    assert len(case.state.obligations) == 3, "over open ones only"
    case.say(marked(b"k" * 32, "banking"))
    assert len(case.state.obligations) == 4, "everybody's marks are their own"


def test_a_hub_that_steps_out_of_turn_is_caught() -> None:
    case, item = opened(STAFFED, acknowledged=False)
    case.now = at("2026-10-12T16:30")
    first = hub_statements.next_step(ORIGIN, HUB_KEY, case.state, item, "police", case.now)
    assert first is not None and first.WhichOneof("kind") == "non_response"
    duty = case.duty(item)
    for skipped in (replace(duty, attention=duty.attention[1:]), replace(duty, attention=duty.attention[2:])):
        other = Case(STAFFED, case.now)
        other.state.items, other.state.obligations = case.state.items, {(item, "police"): skipped}
        early = hub_statements.next_step(ORIGIN, HUB_KEY, other.state, item, "police", case.now)
        assert early is not None
        assert case.refused(early) == "HT-DTY-40"
    case.now = duty.next_at - 1
    assert case.refused(first) == "HT-DTY-10"
