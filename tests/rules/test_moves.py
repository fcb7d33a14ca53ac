"""How obligations are assigned, fall and are pushed, and what never moves them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.records import FOREVER, Contact, withdrawn
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from rules.parties import contact_concerned
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
    case.tick(case.duty(item).attention_by)
    assert case.refused(wrong) == "HT-DTY-33"
    assert case.refused(assigned(case, item, POLICE.head, "", "banking")) == "HT-DTY-32", "coordinates nothing here"
    case.say(right)
    assert case.duty(item).owner == POLICE.head


def by_coordinator(case: Case, item: bytes) -> header_pb2.Header:
    header = assigned(case, item, POLICE.head, "", "ministry")
    coordinator = contact_id(0x902)
    header.sender.contact = coordinator
    header.signers[0].keyid = STAFFED.directory.officer_keys(coordinator)[0].keyid
    return header


def later(case: Case, item: bytes) -> tuple[int, str]:
    """From when on a coordinator may move ``item``, and who is told then."""
    with pytest.raises(HutongError) as caught:
        case.say(by_coordinator(case, item))
    assert caught.value.code == "HT-MOV-01"
    return int(caught.value.params["since"]), caught.value.params["contacts"]


def test_a_coordinator_moves_nothing_while_the_agency_is_in_time() -> None:
    """Who is told at the moment from which on it may be moved is whom the ladder names then."""
    case, item = opened(STAFFED, acknowledged=False)
    deputy = contact_id(0x901)
    assert later(case, item) == (case.duty(item).acknowledge_by, deputy), "the certificate tells nobody"
    case.acknowledged(item)
    assert later(case, item) == (case.duty(item).attention_by, POLICE.liaison)
    case.tick(case.duty(item).attention_by - 1)
    facts = kinds_pb2.Progressed(step=codes_pb2.PROGRESS_STEP_VERIFYING)
    case.say(case.by("police", "progressed", item, facts=facts))
    for _ in range(3):
        since, _told = later(case, item)
        case.tick(since - 1)
        case.say(case.by("police", "progressed", item, facts=facts))
    since, told = later(case, item)
    assert (since, told) == (case.duty(item).complete_by, POLICE.liaison), "whichever clock comes first"
    case.tick(since)
    case.say(by_coordinator(case, item))
    assert (case.duty(item).owner, case.duty(item).moved) == (POLICE.head, 1)


@pytest.mark.parametrize("how", ["silence", "breach", "unsaid"])
def test_what_lets_a_coordinator_in(how: str) -> None:
    case, item = opened(STAFFED, acknowledged=False)
    if how == "silence":
        case.tick(case.duty(item).acknowledge_by)
    if how in ("breach", "unsaid"):
        case.say(assigned(case, item, POLICE.second, POLICE.head))
        case.state.directory = case.state.directory.with_records(
            [withdrawn(case.state.directory.contacts[POLICE.second], case.now)], 99
        )
        if how == "breach":
            case.tick()
        assert case.refused(by_coordinator(case, item)) == "HT-HDR-01", "the head has it already"
        return
    case.say(by_coordinator(case, item))
    assert case.duty(item).owner == POLICE.head


def test_a_silence_that_was_broken_lets_no_coordinator_in() -> None:
    case, item = opened(STAFFED, acknowledged=False)
    case.tick(case.duty(item).acknowledge_by)
    case.acknowledged(item)
    assert case.duty(item).non_response
    assert later(case, item)[0] == case.duty(item).attention_by


def test_a_coordinator_waits_as_long_as_a_request_counts() -> None:
    case, item = opened(STAFFED)
    due = case.duty(item).complete_by
    case.tick(due - DAY)
    asked = kinds_pb2.ExtensionAsked(until=due + DAY, reason=1)
    case.say(case.by("police", "extension_asked", item, facts=asked))
    granted = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_decided", item, POLICE.head, facts=granted))
    facts = kinds_pb2.Progressed(step=codes_pb2.PROGRESS_STEP_VERIFYING)
    case.say(case.by("police", "progressed", item, facts=facts))
    case.now = due + 60_000
    case.say(case.by("police", "progressed", item, facts=facts))
    assert later(case, item)[0] == due + DAY


def test_a_coordinator_lets_a_review_end_and_a_hold() -> None:
    case, item = opened(STAFFED)
    until = case.now + DAY
    case.say(case.by("police", "held", item, facts=kinds_pb2.Held(until=until, reason=1)))
    assert later(case, item)[0] == case.duty(item).complete_by
    case = Case(STAFFED, FRIDAY)
    case.say(supervised := STAFFED.header("supervision", "market", to=["police"]))
    case.acknowledged(supervised.message_id)
    case.say(case.completed(supervised.message_id))
    assert case.refused(by_coordinator(case, supervised.message_id)) == "HT-DTY-15"


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
    passing = case.by("police", "redirect", item, POLICE.head, to=["banking", recipient("market", role=2)])
    case.say(passing)
    answers = {"lead": TOWN.lead("police", ["market"], contact=POLICE.head)}
    answers |= {kind: case.by("police", kind, b"", POLICE.head) for kind in ("inquiry", "supervision")}
    for header in answers.values():
        case.say(header)


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


def registered(case: Case, agency: str, head: str) -> header_pb2.Header:
    """``agency`` once more as it stands, under ``head``."""
    known = case.state.directory.agencies[agency]
    said = kinds_pb2.AgencyRegistered(
        agency=agency,
        type=known.type,  # type: ignore[arg-type]
        level=known.level,  # type: ignore[arg-type]
        region=known.region,
        parent=known.parent,
        head_contact=head,
        head_keyid=known.head_keyid,
        mandated_office=known.mandated,
    )
    return hub_statements.registration(ORIGIN, case.keyid, said, b"d" * 32, head.encode()[:16].ljust(16), case.now)


def test_what_a_replaced_head_owned_falls_to_the_next_with_the_registration() -> None:
    """And nothing else: what others own stays theirs."""
    case, item = opened(STAFFED, acknowledged=False)
    case.acknowledged(item, contact=POLICE.head)
    other = case.lead()
    case.acknowledged(other)
    case.now += DAY
    header = registered(case, "police", POLICE.second)
    assert contact_concerned(case.state.directory, header) == POLICE.head
    case.say(header)
    assert contact_concerned(case.state.directory, registered(case, "police", POLICE.second)) == ""
    assert case.refused(case.completed(item, contact=POLICE.head)) == "HT-DIR-02"
    said = [each.ownership_fell for each in case.tick() if each.HasField("ownership_fell")]
    assert [(fell.owner, fell.head, fell.cause) for fell in said] == [(POLICE.head, POLICE.second, 1)]
    assert (case.duty(item).owner, case.duty(item).breach) == (POLICE.second, True)
    assert case.duty(other).owner == POLICE.liaison
    case.say(assigned(case, item, POLICE.liaison, POLICE.second))


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
