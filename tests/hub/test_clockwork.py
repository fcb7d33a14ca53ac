"""The clock engine over real databases: claims and leases, dead nodes, downtime, what cannot be said, and falls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub.clockwork import Step
from hub.recorder import recorder
from hutong.directory.records import Contact
from hutong.v1 import casework_pb2, codes_pb2, kinds_pb2
from tests.cases import at
from tests.nodes import Death, Hub, Node, opened, short
from tests.towns import NOW, Town, contact_id

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LEASE = 60_000
SILENCE = [
    "non_response",
    "deputy urge",
    "head urge",
    *["coordinator urge"] * 5,
    "coordinator urge last",
]
"""The ladder of an item that nobody acknowledges; this town's police has neither deputy nor coordinator above it."""
FLASH, URGENT = codes_pb2.URGENCY_FLASH, codes_pb2.URGENCY_URGENT


@pytest.fixture
def hub(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[Hub]:
    yield from opened(f"sqlite:///{tmp_path / 'hub.sqlite'}", loop)


@pytest.fixture
def make_hub(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[Callable[[Town], Hub]]:
    made: list[Hub] = []

    def make(town: Town) -> Hub:
        made.append(Hub(f"sqlite:///{tmp_path / 'town.sqlite'}", loop, town))
        return made[-1]

    yield make
    for hub in made:
        hub.close()


def killed(node: Node, name: str, point: str) -> None:
    """A life of the node ``name`` that ends at ``point``."""

    def reach(reached: str) -> None:
        if reached == point:
            raise Death

    clockwork = node.engine_of(name)
    clockwork.reach = reach
    with pytest.raises(Death):
        clockwork.catch_up()


def with_contact(**changed: Any) -> Town:
    """A town in which the second liaison of the police is another; ``key`` changes that contact's key."""
    town = Town.make()
    second = town.houses["police"].second
    key = changed.pop("key", {})
    records: list[Any] = [replace(town.directory.contacts[second], **changed)]
    records += [replace(found, **key) for found in town.directory.officer_keys(second)]
    town.directory = town.directory.with_records(records)
    return town


def to_second(town: Town) -> list[Any]:
    from tests.towns import recipient

    return [recipient("police", town.houses["police"].second)]


# Claims


def test_a_claim_is_a_page_of_what_is_due_soonest_first(hub: Hub) -> None:
    node = hub.node(page=2)
    routine, urgent, flash = node.lead(), node.lead(urgency=URGENT), node.lead(urgency=FLASH)
    hub.clock.at = NOW + 10 * DAY
    assert [step.item for step in node.clockwork.claim()] == [flash, urgent]
    assert [(step.item, step.agency, step.number) for step in node.clockwork.claim()] == [(routine, "police", 0)]
    assert node.clockwork.claim() == []


def test_what_is_not_due_is_nobodys(hub: Hub) -> None:
    node = hub.node()
    item = node.lead()
    due = node.duty(item).acknowledge_by
    hub.clock.at = due - 1
    assert node.clockwork.claim() == []
    hub.clock.at = due
    assert node.clockwork.claim() == [Step(item, "police", 0)]


def test_a_lease_is_respected_and_what_it_held_is_taken_over_when_it_ends(hub: Hub) -> None:
    one, two = hub.node("one"), hub.node("two")
    item = one.lead()
    hub.clock.at = one.duty(item).acknowledge_by
    assert one.clockwork.claim() == [Step(item, "police", 0)]
    two.wall.at = one.wall.at + LEASE - 1
    assert two.clockwork.claim() == [] and two.clockwork.catch_up() == 0 and two.said() == []
    two.wall.at += 1
    assert two.clockwork.claim() == [Step(item, "police", 0)]
    assert two.claims() == [("two", 0, two.wall.at + LEASE)]
    assert one.clockwork.claim() == [], "a lease that another has taken over is the other's"


def test_what_was_said_is_claimed_no_more(hub: Hub) -> None:
    node = hub.node(page=2)
    for _ in range(5):
        node.lead()
    hub.clock.at = NOW + DAY
    assert node.clockwork.catch_up() == 5
    assert node.claims() == []


def test_two_nodes_at_once_say_each_step_once_and_sign_one_history(hub: Hub) -> None:
    one, two = hub.node("one", page=3), hub.node("two", page=3)
    items = [one.lead() for _ in range(40)]
    hub.clock.at = NOW + DAY
    done: dict[str, int] = {}

    def look(node: Node) -> None:
        done[node.clockwork.node] = node.clockwork.catch_up()

    looks = [threading.Thread(target=look, args=(node,)) for node in (one, two)]
    for each in looks:
        each.start()
    for each in looks:
        each.join(60)
    assert sum(done.values()) == 40 and min(done.values()) > 0
    assert all(one.said(item) == SILENCE[:3] for item in items)
    two.accepted(one.by("police", "acknowledged", items[0]))
    one.accepted(one.by("police", "acknowledged", items[1]))
    assert len(one.check()) > 40 + 40 // 3
    assert one.claims() == []


def test_a_node_learns_of_what_another_recorded_about_the_directory(hub: Hub) -> None:
    one, two = hub.node("one"), hub.node("two")
    two.lead()
    police = hub.town.houses["police"]
    gone = kinds_pb2.ContactWithdrawn(contact=police.second)
    (place,) = one.accepted(one.by("police", "contact_withdrawn", contact=police.head, to=[], facts=gone))
    assert two.standing.directory.contacts[police.second].in_force(hub.clock.at)
    two.lead()
    assert not two.standing.directory.contacts[police.second].in_force(hub.clock.at)
    assert two.standing.directory.index == place + 1
    known = two.standing.directory
    one.lead()
    two.lead()
    assert two.standing.directory is known, "where nothing about it was recorded it is not read again"


# Nodes that die


@pytest.mark.parametrize("point", ["after-claim", "before-say"])
def test_a_node_that_dies_before_it_says_is_no_loss(hub: Hub, point: str) -> None:
    node = hub.node()
    item = node.lead()
    hub.clock.at = node.duty(item).acknowledge_by
    killed(node, "mortal", point)
    assert node.said() == [] and node.claims() == [("mortal", 0, node.wall.at + LEASE)]
    assert node.clockwork.catch_up() == 0, "another waits for the lease"
    node.wall.at += LEASE
    assert node.clockwork.catch_up() == 1
    assert node.said(item) == SILENCE[:3]


def test_a_node_that_is_back_need_not_wait_for_its_own_lease(hub: Hub) -> None:
    node = hub.node()
    item = node.lead()
    hub.clock.at = node.duty(item).acknowledge_by
    killed(node, "mortal", "before-say")
    assert node.engine_of("mortal").catch_up() == 1
    assert node.said(item) == SILENCE[:3] and node.claims() == []


@pytest.mark.parametrize("point", ["after-say", "after-give-back"])
def test_a_node_that_dies_after_it_said_has_said_it(hub: Hub, point: str) -> None:
    node = hub.node()
    item = node.lead()
    hub.clock.at = node.duty(item).acknowledge_by
    killed(node, "mortal", point)
    assert node.said(item) == SILENCE[:3]
    assert len(node.claims()) == (point == "after-say")
    assert node.clockwork.catch_up() == 0
    hub.clock.at = node.duty(item).next_at
    assert node.clockwork.catch_up() == 1, "the claim of a step that was said holds up no other"
    assert node.said(item) == SILENCE[:4]


def test_claims_of_long_ago_are_swept_away(hub: Hub) -> None:
    node = hub.node()
    node.lead()
    hub.clock.at = NOW + 2 * DAY
    killed(node, "mortal", "before-say")
    node.wall.at += LEASE + HOUR
    node.clockwork.sweep()
    assert len(node.claims()) == 1
    node.wall.at += 1
    node.clockwork.sweep()
    assert node.claims() == []


# Time


def test_missed_steps_are_said_once_and_in_order(hub: Hub) -> None:
    node = hub.node()
    items = [node.lead(), node.lead()]
    hub.clock.at = NOW + 60 * DAY
    assert node.clockwork.catch_up() == 2
    assert [node.said(item) for item in items] == [SILENCE, SILENCE]
    assert node.clockwork.catch_up() == 0
    times = [h.escalated.due_at or h.non_response.due_at for _, h in node.log() if h.item_id == items[0]]
    assert times == sorted(times) and times[0] == node.duty(items[0]).acknowledge_by
    assert node.duty(items[0]).red and not node.duty(items[0]).next_at
    assert len(node.check()) == 3, "two leads, and everything missed in one commit"


def test_a_clock_that_stands_still_says_what_is_due_now_and_no_more(hub: Hub) -> None:
    node = hub.node()
    item = node.lead(urgency=FLASH)
    assert node.said(item) == ["deputy reminder"], "what waits for nothing follows its cause"
    assert [node.clockwork.catch_up() for _ in range(3)] == [0, 0, 0]
    hub.clock.at = node.duty(item).acknowledge_by
    assert [node.clockwork.catch_up() for _ in range(3)] == [1, 0, 0]
    assert node.said(item) == ["deputy reminder", "non_response"]


def test_a_clock_that_leaps_says_the_same_as_one_that_goes(hub: Hub) -> None:
    node = hub.node()
    slow = node.lead(urgency=URGENT)
    while node.duty(slow).next_at:
        hub.clock.at = node.duty(slow).next_at
        assert node.clockwork.catch_up() == 1
    hub.clock.at += DAY
    fast = node.lead(urgency=URGENT)
    hub.clock.at += 30 * DAY
    assert node.clockwork.catch_up() == 1
    assert node.said(slow) == node.said(fast) == SILENCE


def test_a_clock_that_was_set_back_neither_repeats_nor_spins(hub: Hub) -> None:
    node = hub.node()
    item = node.lead()
    hub.clock.at = node.duty(item).acknowledge_by
    assert node.clockwork.catch_up() == 1
    said, hub.clock.at = node.said(item), hub.clock.at - HOUR
    assert node.clockwork.catch_up() == 0 and node.said(item) == said
    newer = node.lead()
    assert node.duty(newer).available_at == node.duty(item).acknowledge_by, "the log's time does not go back"
    node.check()


def test_what_is_due_is_said_before_a_handover_moves_it(hub: Hub) -> None:
    """The certificate names who was silent, not who took it over afterwards."""
    node, police = hub.node(), hub.town.houses["police"]
    item = node.lead()
    offer = node.by(
        "police",
        "handover_offered",
        to=["police"],
        facts=kinds_pb2.HandoverOffered(items=[item]),
    )
    offer.recipients[0].contact = police.second
    node.accepted(offer)
    hub.clock.at = node.duty(item).acknowledge_by
    answer = node.by(
        "police",
        "handover_answered",
        contact=police.second,
        to=["police"],
        in_reply_to=offer.message_id,
        facts=kinds_pb2.HandoverAnswered(accepted=True),
    )
    node.accepted(answer)
    (certificate,) = [header for _, header in node.log() if header.HasField("non_response")]
    assert certificate.non_response.owner == police.liaison
    assert node.duty(item).owner == police.second
    assert [short(header) for _, header in node.log()][-4:] == [*SILENCE[:3], "handover_answered"]


# What cannot be said


def breaks(node: Node, item: bytes, how: str) -> None:
    match how:
        case "an unknown step":
            node.change("UPDATE obligations SET attention = '[\"nobody urge 1minute 0\"]' WHERE item = :i", i=item)
        case "no step at all":
            node.change("UPDATE obligations SET attention = '[]' WHERE item = :i", i=item)
        case "no item":
            node.change("DELETE FROM items WHERE id = :i", i=item)


@pytest.mark.parametrize("how", ["an unknown step", "no step at all", "no item"])
def test_what_cannot_be_said_is_in_nobodys_way(hub: Hub, how: str) -> None:
    """More of it than two pages hold, and due before all else."""
    node = hub.node(page=2)
    broken, sound = [node.lead() for _ in range(5)], [node.lead(), node.lead()]
    for item in broken:
        breaks(node, item, how)
    hub.clock.at = NOW + DAY
    with structlog.testing.capture_logs() as told:
        for _ in range(6):
            node.clockwork.catch_up()
    assert [node.said(item) for item in sound] == [SILENCE[:3]] * 2
    assert not any(node.said(item) for item in broken)
    assert len(node.claims()) == 5, "they stand aside"
    warned = [line for line in told if line["event"] == "a step that is due was not said"]
    assert len(warned) == (0 if how == "no item" else 5), "tried once, and the operator told"
    node.wall.at += LEASE
    with structlog.testing.capture_logs() as told:
        for _ in range(6):
            node.clockwork.catch_up()
    assert len(node.claims()) == 5 and node.claims()[0][2] == node.wall.at + LEASE, "and tried again"


def test_a_step_whose_number_was_used_takes_no_other_with_it(hub: Hub) -> None:
    """The database refuses its statement, whose id is taken; those of the same commit are said all the same."""
    node = hub.node()
    broken = node.lead()
    hub.clock.at = node.duty(broken).acknowledge_by
    node.clockwork.catch_up()
    node.change("UPDATE obligations SET steps = 0 WHERE item = :i", i=broken)
    sound = node.lead()
    hub.clock.at += 30 * DAY
    assert node.clockwork.catch_up() == 1
    assert node.said(sound) == SILENCE and node.said(broken) == SILENCE[:3]
    node.check()


def test_a_broken_step_keeps_nobody_from_acting(hub: Hub) -> None:
    node, police = hub.node(), hub.town.houses["police"]
    item, sound = node.lead(), node.lead()
    breaks(node, item, "an unknown step")
    hub.clock.at = NOW + DAY
    node.accepted(node.by("police", "acknowledged", item))
    assert node.duty(item).state == casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED
    breaks(node, item, "an unknown step")
    hub.clock.at += 30 * DAY
    gone = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    withdrawal = node.by("police", "contact_withdrawn", contact=police.head, to=[], facts=gone)
    answer = node.say(withdrawal)
    assert answer[0].HasField("receipt") and not node.fatal
    assert node.duty(sound).owner == police.head, "what can be said is"
    assert node.duty(item).owner == police.liaison, "a fall does not overtake a step that was due before it"
    node.accepted(node.by("police", "progressed", item, police.head, facts=kinds_pb2.Progressed(step=1)))
    assert node.duty(item).owner == police.head, "and its head acts all the same"


def test_while_the_recorder_takes_nothing_steps_keep_their_turn(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    node = hub.node(page=2)
    items = [node.lead() for _ in range(5)]
    hub.clock.at = NOW + DAY
    with monkeypatch.context() as patch:
        patch.setattr(node.recorder, "queue_limit", 0)
        assert node.clockwork.catch_up() == 0
        assert node.claims() == [], "nothing is wrong with them"
    assert node.clockwork.catch_up() == 5
    assert all(node.said(item) == SILENCE[:3] for item in items)


def test_a_recorder_that_ended_keeps_no_engine_waiting(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the hub, which waits for the look under way, would never stop."""
    node = hub.node()
    node.lead()
    hub.clock.at = NOW + DAY

    def broken(works: Any, outcomes: Any) -> None:
        raise ValueError("whatever nobody foresaw")

    monkeypatch.setattr(recorder, "_release", broken)
    look = threading.Thread(target=node.clockwork.catch_up, daemon=True)
    look.start()
    look.join(20)
    assert not look.is_alive()
    assert node.fatal
    node.recorder._thread.join(20)


# Falls


def test_an_ended_term_falls_at_the_next_look_page_by_page(make_hub: Any) -> None:
    town = with_contact(term_to=NOW + HOUR)
    hub = make_hub(town)
    node, police = hub.node(page=2), town.houses["police"]
    items = [node.lead(to=to_second(town)) for _ in range(5)]
    assert {node.duty(item).owner for item in items} == {police.second}
    hub.clock.at = NOW + HOUR - 1
    assert node.clockwork.catch_up() == 0
    hub.clock.at += 1
    assert node.clockwork.catch_up() == 5
    assert [node.said(item) for item in items] == [["fell TERM_ENDED"]] * 5
    assert all((node.duty(i).owner, node.duty(i).breach, node.duty(i).moved) == (police.head, True, 1) for i in items)
    assert node.clockwork.catch_up() == 0 and node.claims() == []


def test_an_expired_key_falls_at_the_next_look(make_hub: Any) -> None:
    town = with_contact(key={"not_after": NOW + HOUR})
    hub = make_hub(town)
    node, police = hub.node(), town.houses["police"]
    item = node.lead(to=to_second(town))
    hub.clock.at = NOW + HOUR
    assert node.clockwork.catch_up() == 1
    assert node.said(item) == ["fell NO_KEY"] and node.duty(item).owner == police.head
    assert node.clockwork.catch_up() == 0


def test_who_has_no_key_in_force_and_is_given_something_later_is_seen_again(make_hub: Any) -> None:
    """The engine does not take a contact for settled who may still get something new."""
    town = with_contact(key={"not_after": NOW + HOUR})
    hub = make_hub(town)
    node, police = hub.node(), town.houses["police"]
    hub.clock.at = NOW + 2 * HOUR
    assert node.clockwork.catch_up() == 0
    item = node.lead()
    node.change("UPDATE obligations SET owner = :o WHERE item = :i", o=police.second, i=item)
    assert node.clockwork.catch_up() == 1
    assert node.said(item) == ["fell NO_KEY"]


def test_what_another_node_claimed_and_never_said_falls_all_the_same(make_hub: Any) -> None:
    town = with_contact(term_to=NOW + HOUR)
    hub = make_hub(town)
    node = hub.node("one")
    item = node.lead(to=to_second(town))
    hub.clock.at = NOW + HOUR
    killed(node, "mortal", "before-say")
    assert node.clockwork.catch_up() == 0
    node.wall.at += LEASE
    assert node.clockwork.catch_up() == 1
    assert node.said(item) == ["fell TERM_ENDED"]


@pytest.mark.parametrize("cause", ["contact_withdrawn", "key_revoked"])
def test_what_falls_follows_its_cause_in_the_same_commit(hub: Hub, cause: str) -> None:
    node, police = hub.node(), hub.town.houses["police"]
    items = sorted(node.lead(to=to_second(hub.town)) for _ in range(3))
    other = node.lead()
    (key,) = hub.town.directory.officer_keys(police.second)
    facts: Any = {
        "contact_withdrawn": kinds_pb2.ContactWithdrawn(contact=police.second),
        "key_revoked": kinds_pb2.KeyRevoked(keyid=key.keyid, reason=codes_pb2.REVOCATION_REASON_LOST),
    }[cause]
    before = len(node.check())
    (place,) = node.accepted(node.by("police", cause, contact=police.head, to=[], facts=facts))
    after = node.log()[place + 1 :]
    assert [(index, header.item_id, short(header)[:4]) for index, header in after] == [
        (place + 1 + offset, item, "fell") for offset, item in enumerate(items)
    ]
    sizes = node.check()
    assert len(sizes) == before + 1 and sizes[-1] == place + 1 + len(items), "one commit"
    assert node.duty(other).owner == police.liaison
    assert node.clockwork.catch_up() == 0, "nothing is left to the engine"


def test_what_a_replaced_head_owned_falls_in_the_commit_of_the_registration(hub: Hub) -> None:
    """What was due on it before is said before, to the head who was silent."""
    node, police = hub.node(), hub.town.houses["police"]
    items = sorted(node.lead() for _ in range(2))
    node.accepted(*(node.by("police", "acknowledged", item, police.head) for item in items))
    other = node.lead()
    hub.clock.at = max(node.duty(item).attention_by for item in items)
    known = hub.town.directory.agencies["police"]
    said = kinds_pb2.AgencyRegistered(
        agency="police",
        type=known.type,  # type: ignore[arg-type]
        level=known.level,  # type: ignore[arg-type]
        region=known.region,
        head_contact=police.second,
        head_keyid=known.head_keyid,
    )
    before, place = len(node.check()), node.log()[-1][0]
    node.register(said)
    after = [(header.item_id, short(header)) for _, header in node.log()[place + 1 :]]
    assert after == [
        *((item, "owner reminder") for item in items),
        (b"", "agency_registered"),
        *((item, "fell TERM_ENDED") for item in items),
    ]
    assert len(node.check()) == before + 1, "one commit"
    assert {node.duty(item).owner for item in items} == {police.second}
    assert node.duty(other).owner == police.liaison


def test_what_was_due_is_said_before_the_withdrawal_and_names_who_was_silent(hub: Hub) -> None:
    node, police = hub.node(), hub.town.houses["police"]
    item = node.lead()
    hub.clock.at = node.duty(item).acknowledge_by
    gone = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    node.accepted(node.by("police", "contact_withdrawn", contact=police.head, to=[], facts=gone))
    shorts = [short(header) for _, header in node.log()][1:]
    assert shorts == [*SILENCE[:3], "contact_withdrawn", "fell TERM_ENDED"]
    assert node.log()[1][1].non_response.owner == police.liaison


def test_a_former_head_owns_nothing_any_more(hub: Hub) -> None:
    node, police = hub.node(), hub.town.houses["police"]
    item = node.lead()
    gone = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    node.accepted(node.by("police", "contact_withdrawn", contact=police.head, to=[], facts=gone))
    assert node.duty(item).owner == police.head
    agency = hub.town.directory.agencies["police"]
    (key,) = hub.town.directory.officer_keys(police.second)
    said = kinds_pb2.AgencyRegistered(
        agency="police",
        type=agency.type,
        level=agency.level,
        region=agency.region,
        head_contact=contact_id(0xABC),
        head_keyid=key.keyid,
    )
    node.register(said)
    assert node.clockwork.catch_up() == 0, "it was said with the registration"
    assert node.said(item) == ["fell TERM_ENDED", "fell TERM_ENDED"]
    assert node.duty(item).owner == contact_id(0xABC) and node.duty(item).breach
    assert node.clockwork.catch_up() == 0


def test_a_head_without_a_key_keeps_what_it_has_and_costs_no_look(hub: Hub) -> None:
    """The head is contact ex officio."""
    node, police = hub.node(), hub.town.houses["police"]
    item = node.lead()
    gone = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    node.accepted(node.by("police", "contact_withdrawn", contact=police.head, to=[], facts=gone))
    (key,) = hub.town.directory.officer_keys(police.head)
    facts = kinds_pb2.KeyRevoked(keyid=key.keyid, reason=codes_pb2.REVOCATION_REASON_LOST)
    node.accepted(node.by("police", "key_revoked", contact=police.head, to=[], facts=facts))
    claimed: list[Any] = []
    node.clockwork.reach = claimed.append
    assert node.clockwork.catch_up() == 0 and claimed == []
    assert node.said(item) == ["fell TERM_ENDED"] and node.duty(item).owner == police.head


def test_who_has_not_begun_is_not_fallen(make_hub: Any) -> None:
    town = with_contact(key={"not_before": NOW + HOUR})
    hub = make_hub(town)
    node = hub.node()
    item, second = node.lead(), town.houses["police"].second
    node.change("UPDATE obligations SET owner = :o WHERE item = :i", o=second, i=item)
    assert node.clockwork.catch_up() == 0 and node.said(item) == []
    assert node.duty(item).owner == second


def test_working_time_is_the_recipients(hub: Hub) -> None:
    """The engine claims by the times of the rules: an item of Friday afternoon is due after a day's work."""
    hub.clock.at = at("2026-10-16T16:30")
    node = hub.node()
    item = node.lead()
    hub.clock.at = at("2026-10-19T16:30") - 1
    assert node.clockwork.catch_up() == 0
    hub.clock.at += 1
    assert node.clockwork.catch_up() == 1
    assert isinstance(node.standing.directory.contacts[node.duty(item).owner], Contact)
