"""纸质回执: from which day the time for completing runs, and who says so."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from rules.paper import end_of
from tests.cases import Case, at, local
from tests.histories import staffed_town
from tests.towns import SYSTEM, Town

TOWN = Town.make()
POLICE, MARKET = TOWN.houses["police"], TOWN.houses["market"]
FRIDAY = at("2026-10-09T16:30")
DAY = 86_400_000


def paper(
    case: Case, item: bytes, on: str, contact: str = "", agency: str = "police", **more: Any
) -> header_pb2.Header:
    facts = kinds_pb2.ReceivedOnPaper(received_on=on, document_sha256=b"d" * 32)
    return case.by(agency, "received_on_paper", item, contact, facts=facts, **more)


def delivered(case: Case, item: bytes, agency: str = "police", to: str = "market") -> None:
    known = case.state.statements[item]
    facts = kinds_pb2.Delivered(statement_sha256=known.digest, result=codes_pb2.OPENING_RESULT_OPENED)
    case.say(case.by(agency, "delivered", item, role=SYSTEM, facts=facts, in_reply_to=item, to=[to]))


def sent() -> tuple[Case, bytes]:
    """A routine lead from Friday 16:30, that nobody has fetched."""
    case = Case(TOWN, FRIDAY)
    return case, case.lead()


def test_the_end_of_a_day_in_china() -> None:
    assert end_of("2026-10-12") == at("2026-10-13T00:00") - 1
    assert end_of("2024-02-29") == at("2024-03-01T00:00") - 1


def test_the_time_runs_from_the_day_on_the_paper_which_is_not_counted() -> None:
    """Ten working days after Monday the 12th, to the last moment of the day."""
    case, item = sent()
    case.now = at("2026-10-14T09:00")
    assert not case.duty(item).complete_by
    case.say(paper(case, item, "2026-10-12"))
    duty = case.duty(item)
    assert (duty.received_on, duty.received_at) == ("2026-10-12", end_of("2026-10-12"))
    assert duty.complete_by == end_of("2026-10-26"), "the day ends at 24:00 (民法典 art. 203)"
    assert local(duty.completion_at) < local(duty.complete_by) and duty.next_at
    before = duty.complete_by
    delivered(case, item)
    case.acknowledged(item)
    assert case.duty(item).complete_by == before, "what the hub sees later moves nothing"


def test_on_the_day_itself_it_counts_as_of_the_entry() -> None:
    case, item = sent()
    case.now += 3_600_000
    case.say(paper(case, item, "2026-10-09"))
    assert case.duty(item).received_at == case.now


@pytest.mark.parametrize("statutory", [False, True])
def test_a_later_delivery_gives_way_to_the_paper(statutory: bool) -> None:
    to, sender = ("market", "police") if statutory else ("police", "market")
    case = Case(TOWN, FRIDAY)
    item = case.lead(agency=sender, to=[to])
    case.now = at("2026-10-14T10:00")
    delivered(case, item, to, sender)
    case.acknowledged(item, to) if not statutory else case.say(case.by(to, "acknowledged", item, to=[sender]))
    before = case.duty(item, to)
    assert before.received_at == case.now
    case.now += DAY
    case.say(paper(case, item, "2026-10-12", agency=to, to=[sender]))
    after = case.duty(item, to)
    assert after.received_at == end_of("2026-10-12")
    days = 15 if statutory else 10
    assert after.complete_by == (end_of("2026-11-02") if days == 15 else end_of("2026-10-26"))
    assert before.complete_by - after.complete_by == before.completion_at - after.completion_at > 0
    assert after.acknowledge_by == before.acknowledge_by and after.owner == before.owner


def test_it_never_gives_anybody_more_time() -> None:
    case, item = sent()
    delivered(case, item)
    before = case.duty(item)
    case.now = at("2026-10-16T10:00")
    case.say(paper(case, item, "2026-10-15"))
    after = case.duty(item)
    assert (after.complete_by, after.received_at, after.completion_at) == (
        before.complete_by,
        FRIDAY,
        before.completion_at,
    )
    assert after.received_on == "2026-10-15", "which is on record all the same"


def test_what_somebody_has_granted_stays() -> None:
    case, item = sent()
    case.now = at("2026-10-14T10:00")
    case.acknowledged(item)
    until = case.duty(item).complete_by + DAY
    asked = kinds_pb2.ExtensionAsked(until=until, reason=codes_pb2.EXTENSION_REASON_COMPLEX)
    granted = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_asked", item, facts=asked))
    case.say(case.by("police", "extension_decided", item, POLICE.head, facts=granted))
    case.say(case.by("market", "extension_decided", item, facts=granted, to=["police"]))
    case.say(paper(case, item, "2026-10-12"))
    assert case.duty(item).complete_by == until and case.duty(item).received_at == end_of("2026-10-12")


def test_what_a_hold_has_added_stays_added() -> None:
    case, item = sent()
    case.now = at("2026-10-14T10:00")
    case.acknowledged(item)
    base = case.duty(item).complete_by
    case.say(case.by("police", "held", item, facts=kinds_pb2.Held(until=case.now + DAY, reason=1)))
    case.say(paper(case, item, "2026-10-12"))
    assert case.duty(item).complete_by == end_of("2026-10-26") + DAY < base + DAY
    assert case.duty(item).held_until


def test_only_who_owes_says_it_once_and_of_a_day_that_can_be() -> None:
    case, item = sent()
    case.now = at("2026-10-14T10:00")
    for day in ("2026-10-08", "2026-10-15"):
        assert case.refused(paper(case, item, day)) == "HT-HDR-01"
    assert case.refused(paper(case, item, "2026-10-32")) == "HT-HDR-01"
    stamped = paper(case, item, "2026-10-12", agency="market", to=["police"])
    assert case.refused(stamped) == "HT-DTY-02", "a stamp in the hand of whoever sent it is no word of who received it"
    case.say(paper(case, item, "2026-10-12", POLICE.second))
    assert case.duty(item).owner == POLICE.liaison, "before 签收 anybody there, and it takes nothing on"
    assert case.refused(paper(case, item, "2026-10-12")) == "HT-DTY-64"


def test_afterwards_the_owner_alone_says_it() -> None:
    case, item = sent()
    case.acknowledged(item)
    assert case.refused(paper(case, item, "2026-10-09", POLICE.second)) == "HT-DTY-09"
    case.say(paper(case, item, "2026-10-09"))
    case.say(case.completed(item))
    assert case.refused(paper(case, item, "2026-10-09")) == "HT-DTY-03"


def test_an_arrival_is_no_deed() -> None:
    """Who has let a ladder run to its end does not get rid of the red tile by fetching the item, or by its paper."""
    for arrive in (delivered, lambda case, item: case.say(paper(case, item, "2026-10-12"))):
        case = Case(staffed_town(), FRIDAY)
        item = case.lead()
        case.tick(FRIDAY + 60 * DAY)
        assert case.duty(item).red
        arrive(case, item)
        assert case.duty(item).red
        case.acknowledged(item)
