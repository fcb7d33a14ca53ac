"""Ids, clocks and lamps: pure, and the same for every list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.identifiers.ids import new_message_id
from hutong.v1 import casework_pb2
from liaison.items import Duty, Lamp, by_urgency, due_within, duration, hub_now, resolve, short_ids

NOW = 1_800_000_000_000
IDS = st.binary(min_size=16, max_size=16)
NEAR = IDS.map(lambda tail: bytes.fromhex("019a3f") + tail[3:])
ALIKE = IDS.map(lambda head: head[:13] + bytes.fromhex("019a3f"))


def duty(**fields: int) -> Duty:
    given: dict[str, int] = {
        "state": casework_pb2.OBLIGATION_STATE_PENDING,
        "available_at": NOW - 60_000,
        "acknowledge_by": NOW + 60_000,
    } | fields
    return Duty(casework_pb2.Obligation(**given), NOW)  # type: ignore[arg-type]


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
    ("fields", "lamp"),
    [
        ({}, Lamp.GREEN),
        ({"available_at": NOW - 180_000}, Lamp.YELLOW),
        ({"acknowledge_by": NOW}, Lamp.RED),
        ({"acknowledge_by": NOW - 1}, Lamp.RED),
        ({"non_response": 1}, Lamp.RED),
        ({"state": casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED, "acknowledge_by": NOW - 1}, Lamp.BLUE),
        ({"state": casework_pb2.OBLIGATION_STATE_REPORTED}, Lamp.BLUE),
        ({"state": casework_pb2.OBLIGATION_STATE_CLOSED}, Lamp.GREY),
        ({"state": casework_pb2.OBLIGATION_STATE_RETURNED}, Lamp.GREY),
    ],
)
def test_lamps(fields: dict[str, int], lamp: Lamp) -> None:
    assert duty(**fields).lamp is lamp


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-9, 9)), max_size=12))
def test_least_time_left_comes_first_and_what_has_ended_last(rows: list[tuple[int, int]]) -> None:
    ordered = by_urgency(duty(state=state, acknowledge_by=NOW + minutes * 60_000) for state, minutes in rows)
    ranks = [2 if not one.open else 1 if one.left is None else 0 for one in ordered]
    assert ranks == sorted(ranks)
    left = [one.left for one in ordered if one.left is not None]
    assert left == sorted(left)
    assert due_within(ordered, 0) == [one for one in ordered if one.lamp is Lamp.RED]


def test_durations() -> None:
    assert [duration(text) for text in ("30m", "4h", " 2D ")] == [1_800_000, 14_400_000, 172_800_000]
    for text in ("", "4", "h", "-4h", "4 hours", "٤h", "9" * 7 + "d"):
        with pytest.raises(HutongError) as refused:
            duration(text)
        assert refused.value.code == "HT-CLI-29"


def test_the_clock_counts_by_the_hub_where_it_is_later_there() -> None:
    records = [casework_pb2.Obligation(available_at=5, acknowledged_at=9), casework_pb2.Obligation(closed_at=7)]
    assert [hub_now(local, records) for local in (1, 20)] == [9, 20]
    assert hub_now(3, []) == 3
