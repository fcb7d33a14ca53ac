"""Ids, clocks and lamps: pure, and the same for every list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.catalogue import LANGS, say
from hutong.errors import HutongError
from hutong.identifiers.ids import new_message_id
from hutong.v1 import casework_pb2
from liaison.ids import duration, resolve, short_ids
from liaison.items import Clock, Duty, Lamp, by_urgency, due_within, hub_now
from rules.ladder import copied
from rules.records import OPEN_STATES

NOW = 1_800_000_000_000
IDS = st.binary(min_size=16, max_size=16)
NEAR = IDS.map(lambda tail: bytes.fromhex("019a3f") + tail[3:])
ALIKE = IDS.map(lambda head: head[:13] + bytes.fromhex("019a3f"))


S = casework_pb2.ObligationState
MINUTE = 60_000


def duty(**fields: Any) -> Duty:
    """Pending with half of its minutes over; changed by ``fields``."""
    given: dict[str, Any] = {
        "state": S.OBLIGATION_STATE_PENDING,
        "available_at": NOW - MINUTE,
        "acknowledge_by": NOW + MINUTE,
    } | fields
    return Duty(casework_pb2.Obligation(**given), NOW)


def taken(state: int = S.OBLIGATION_STATE_IN_PROGRESS, **fields: Any) -> Duty:
    """Acknowledged, with half of its time for completing over."""
    given: dict[str, Any] = {
        "state": state,
        "acknowledge_by": NOW - MINUTE,
        "delivered_at": NOW - 10 * MINUTE,
        "received_at": NOW - 10 * MINUTE,
        "acknowledged_at": NOW - 5 * MINUTE,
        "complete_by": NOW + 10 * MINUTE,
        "completion": copied("completion", "urgent"),
    } | fields
    return duty(**given)


@given(st.sets(NEAR | ALIKE, min_size=1, max_size=40))
def test_short_ids_tell_items_apart_and_are_found_again(items: set[bytes]) -> None:
    short = short_ids(items)
    assert len(set(short.values())) == len(items)
    for item, text in short.items():
        assert resolve(text, sorted(items)) == item
        assert resolve(item.hex(), ()) == item


def test_ids_of_one_morning_are_told_apart_by_eight_digits() -> None:
    items = [new_message_id() for _ in range(95)]
    assert {len(text) for text in short_ids(items).values()} == {8}
    assert resolve(items[0].hex()[:-1], items) == items[0], "a prefix does where only one begins so"


@given(st.sets(ALIKE, min_size=2, max_size=10))
def test_what_several_end_with_is_refused_and_says_how_many_digits_do(items: set[bytes]) -> None:
    with pytest.raises(HutongError) as refused:
        resolve("019a3f", sorted(items))
    assert refused.value.code == "HT-CLI-23"
    length = int(refused.value.params["length"])
    assert len({item.hex()[-length:] for item in items}) == len(items)


@given(st.text(max_size=40))
def test_any_text_is_an_id_or_is_refused_in_words(text: str) -> None:
    try:
        assert len(resolve(text, ())) == 16
    except HutongError as error:
        assert error.code in ("HT-CLI-24", "HT-CLI-25")


@pytest.mark.parametrize(
    ("one", "lamp", "standing"),
    [
        (duty(), Lamp.GREEN, "green"),
        (duty(available_at=NOW - 3 * MINUTE), Lamp.YELLOW, "yellow"),
        (duty(acknowledge_by=NOW), Lamp.RED, "red"),
        (duty(acknowledge_by=NOW - 1), Lamp.RED, "red"),
        (duty(non_response=True), Lamp.RED, "standing"),
        (duty(red=True), Lamp.RED, "standing"),
        (taken(), Lamp.GREEN, "green"),
        (taken(S.OBLIGATION_STATE_REPORTED), Lamp.GREEN, "green"),
        (taken(S.OBLIGATION_STATE_REDIRECTED), Lamp.GREEN, "green"),
        (taken(non_response=True), Lamp.GREEN, "green"),
        (taken(received_at=NOW - 30 * MINUTE), Lamp.YELLOW, "yellow"),
        (taken(completion=copied("completion", "urgent")[1:]), Lamp.YELLOW, "yellow"),
        (taken(complete_by=NOW), Lamp.RED, "red"),
        (taken(complete_by=NOW, red=True), Lamp.RED, "red"),
        (taken(red=True), Lamp.RED, "standing"),
        (taken(complete_by=0), Lamp.BLUE, "blue"),
        (taken(S.OBLIGATION_STATE_IN_REVIEW, complete_by=NOW - 1), Lamp.BLUE, "review"),
        (taken(S.OBLIGATION_STATE_IN_REVIEW, red=True), Lamp.RED, "review-red"),
        (taken(S.OBLIGATION_STATE_ON_HOLD, complete_by=NOW - 1), Lamp.GREY, "held"),
        (taken(S.OBLIGATION_STATE_CLOSED, complete_by=NOW - 1), Lamp.GREY, "grey"),
        (taken(S.OBLIGATION_STATE_RETURNED, red=True), Lamp.GREY, "grey"),
        (taken(S.OBLIGATION_STATE_PASSED_ON), Lamp.GREY, "grey"),
    ],
)
def test_lamps(one: Duty, lamp: Lamp, standing: str) -> None:
    assert (one.lamp, one.standing) == (lamp, standing)
    for lang in LANGS:
        assert say(f"lamp-{one.standing}", lang)


@pytest.mark.parametrize("state", S.values()[1:])
def test_one_clock_runs_at_a_time(state: int) -> None:
    """签收 first, 办结 from then on, none while it rests or once it has ended."""
    one = taken(state)
    runs = {S.OBLIGATION_STATE_PENDING: (Clock.ACKNOWLEDGE, NOW - MINUTE)}
    still = (S.OBLIGATION_STATE_ON_HOLD, S.OBLIGATION_STATE_IN_REVIEW)
    clock, due = runs.get(state, (Clock.COMPLETE, NOW + 10 * MINUTE))
    if state in still or state not in OPEN_STATES:
        assert (one.clock, one.due, one.left) == (None, 0, None)
    else:
        assert (one.clock, one.due, one.left) == (clock, due, due - NOW)


@given(st.lists(st.tuples(st.sampled_from(S.values()[1:]), st.integers(-9, 9)), max_size=12))
def test_least_time_left_comes_first_and_what_has_ended_last(rows: list[tuple[int, int]]) -> None:
    ordered = by_urgency(
        taken(state, acknowledge_by=NOW + minutes * MINUTE, complete_by=NOW + (minutes + 3) * MINUTE)
        for state, minutes in rows
    )
    ranks = [2 if not one.open else 1 if one.left is None else 0 for one in ordered]
    assert ranks == sorted(ranks)
    left = [one.left for one in ordered if one.left is not None]
    assert left == sorted(left)
    assert due_within(ordered, 0) == [one for one in ordered if one.standing == "red"]


def test_durations() -> None:
    assert [duration(text) for text in ("30m", "4h", " 2D ")] == [1_800_000, 14_400_000, 172_800_000]
    for text in ("", "4", "h", "-4h", "4 hours", "٤h", "9" * 7 + "d"):
        with pytest.raises(HutongError) as refused:
            duration(text)
        assert refused.value.code == "HT-CLI-29"


def test_the_clock_counts_by_the_hub_where_it_is_later_there() -> None:
    records = [casework_pb2.Obligation(available_at=5, acknowledged_at=9), casework_pb2.Obligation(closed_at=7)]
    assert [hub_now(local, records) for local in (1, 20)] == [9, 20]
    assert hub_now(1, [casework_pb2.Obligation(complete_by=50, next_at=40, held_until=30)]) == 1, "those are to come"
    steps = copied("completion", "urgent")
    late = [casework_pb2.Obligation(complete_by=50, completion=steps[given:], acknowledge_by=70) for given in range(3)]
    assert [hub_now(1, [each]) for each in late] == [1, 1, 50], "whoever urges has seen the time pass"
    late[0].non_response = True
    assert hub_now(1, late) == 70
    assert hub_now(3, []) == 3
