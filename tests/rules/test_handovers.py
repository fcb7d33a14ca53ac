"""工作交接: offered, accepted, declined, withdrawn, and ended by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.records import withdrawn
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from rules.handovers import over
from tests.cases import Case, at, spoken
from tests.rules.test_moves import FRIDAY, POLICE, TOWN, assigned
from tests.towns import recipient

DAY = 24 * 3_600_000


def offer(
    case: Case, items: list[bytes], giver: str = "", taker: str = POLICE.second, **more: Any
) -> header_pb2.Header:
    facts = kinds_pb2.HandoverOffered(items=items, **more)
    return case.town.header("handover_offered", "police", giver, facts=facts, to=[recipient("police", taker)])


def answer(case: Case, offered: bytes, taker: str = POLICE.second, accepted: bool = True) -> header_pb2.Header:
    facts = kinds_pb2.HandoverAnswered(accepted=accepted)
    return case.town.header(
        "handover_answered", "police", taker, facts=facts, in_reply_to=offered, to=[recipient("police", POLICE.head)]
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


def withdrawing(case: Case, offered: bytes, by: str = POLICE.liaison) -> header_pb2.Header:
    return case.town.header("handover_withdrawn", "police", by, in_reply_to=offered, to=["police"])


def is_over(case: Case, offered: bytes) -> bool:
    offer = case.state.handovers[offered]
    return over(case.state.directory, offer, case.state.obligations.values(), case.now)


@pytest.mark.parametrize("by", [POLICE.liaison, POLICE.head])
def test_an_offer_is_withdrawn_by_the_giver_or_the_head(by: str) -> None:
    case, items = three()
    header = offer(case, items)
    case.say(header)
    assert case.refused(withdrawing(case, header.message_id, POLICE.second)) == "HT-MOV-03", "who may decline it"
    assert case.refused(withdrawing(case, b"?" * 16)) == "HT-DTY-07"
    outcome = case.say(withdrawing(case, header.message_id, by))
    assert outcome.deliver_to == ("police",)
    assert case.state.handovers[header.message_id].withdrawn_at == case.now
    for accepted in (True, False):
        assert case.refused(answer(case, header.message_id, accepted=accepted)) == "HT-MOV-04"
    assert case.refused(withdrawing(case, header.message_id)) == "HT-MOV-04", "once"
    assert {case.duty(item).owner for item in items} == {POLICE.liaison}


def test_what_was_answered_is_not_withdrawn() -> None:
    case, items = three()
    header = offer(case, items)
    case.say(header)
    case.say(answer(case, header.message_id, accepted=False))
    assert case.refused(withdrawing(case, header.message_id)) == "HT-DTY-37"


def ended(case: Case, offered: bytes) -> None:
    assert is_over(case, offered)
    assert case.refused(answer(case, offered)) == case.refused(withdrawing(case, offered, POLICE.head)) == "HT-MOV-05"


def test_an_offer_ends_after_five_working_days() -> None:
    case, items = three()
    header = offer(case, items)
    case.say(header)
    end = case.state.handovers[header.message_id].ends_at
    assert end == at("2026-10-15T16:30"), "the Saturday is worked"
    case.now = end - 1
    assert not is_over(case, header.message_id)
    case.now = end
    ended(case, header.message_id)


@pytest.mark.parametrize("how", ["completed", "assigned"])
def test_an_offer_ends_when_the_giver_owns_nothing_of_it(how: str) -> None:
    case, items = three()
    header = offer(case, items[:2])
    case.say(header)
    for item in items[:2]:
        assert not is_over(case, header.message_id)
        case.say(case.completed(item) if how == "completed" else assigned(case, item, POLICE.head, POLICE.head))
    ended(case, header.message_id)


@pytest.mark.parametrize("who", [POLICE.liaison, POLICE.second])
def test_an_offer_ends_with_the_term_of_either(who: str) -> None:
    """For good: a term that is given anew revives none."""
    soon = FRIDAY + DAY
    case = Case(TOWN, FRIDAY)
    case.state.directory = case.state.directory.with_records(
        [replace(case.state.directory.contacts[who], term_to=soon)], 99
    )
    item = case.lead()
    case.acknowledged(item)
    header = offer(case, [item])
    case.say(header)
    assert case.state.handovers[header.message_id].ends_at == soon
    case.state.directory = TOWN.directory
    case.now = soon
    ended(case, header.message_id)


def test_an_offer_of_who_was_withdrawn_moves_nothing() -> None:
    """Not even before the hub has said that everything fell to the head."""
    case, items = three()
    header = offer(case, items)
    case.say(header)
    gone = withdrawn(case.state.directory.contacts[POLICE.liaison], case.now)
    case.state.directory = case.state.directory.with_records([gone], 99)
    assert case.refused(answer(case, header.message_id)) == "HT-MOV-05"
    assert spoken(case.tick()) == ["ownership_fell"] * 3
    ended(case, header.message_id)


def test_an_offer_to_who_has_left_since_is_over() -> None:
    case, items = three()
    header = offer(case, items)
    case.say(header)
    gone = withdrawn(case.state.directory.contacts[POLICE.second], case.now)
    case.state.directory = case.state.directory.with_records([gone], 99)
    assert is_over(case, header.message_id)
    assert case.refused(withdrawing(case, header.message_id)) == "HT-MOV-05"
