"""Message ids sort as they are made; the hub's own ids follow from their cause."""

from __future__ import annotations

import threading
import uuid
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.identifiers import ids
from hutong.identifiers.ids import (
    format_message_id,
    hub_nonce,
    hub_statement_id,
    new_contact_id,
    new_message_id,
    parse_message_id,
)


def test_version_variant_and_time() -> None:
    import time

    before = time.time_ns() // 1_000_000
    made = uuid.UUID(bytes=new_message_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1000


def test_order_within_a_process_and_between_threads() -> None:
    made: list[list[bytes]] = []

    def work() -> None:
        made.append([new_message_id() for _ in range(2000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(batch == sorted(batch) for batch in made)
    assert len({one for batch in made for one in batch}) == 8000


@given(st.lists(st.integers(0, 2**48 - 2), min_size=2, max_size=50))
def test_order_while_the_clock_jumps(times: list[int]) -> None:
    clock = ids._Clock()
    stamps = [clock.next(now) for now in times]
    assert stamps == sorted(set(stamps))
    assert all(stamp[0] >= now for stamp, now in zip(stamps, times, strict=True))


def test_random_part_overflows_into_the_next_millisecond() -> None:
    clock = ids._Clock()
    clock._time, clock._random = 5, 2**74 - 1
    assert clock.next(5)[0] == 6


@given(st.binary(min_size=16, max_size=16))
def test_text_form(message_id: bytes) -> None:
    text = format_message_id(message_id)
    assert parse_message_id(text) == parse_message_id(f"  {text.upper()}\n") == message_id
    assert parse_message_id(str(uuid.UUID(bytes=message_id))) == message_id


@pytest.mark.parametrize("text", ["", "0192", "g" * 32, "0" * 31, "0" * 33, "０" * 32, "报文"])
def test_what_is_no_message_id(text: str) -> None:
    with pytest.raises(HutongError, match="HT-IDF-01"):
        parse_message_id(text)


def test_contact_ids() -> None:
    made = {new_contact_id() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 13 and one[0] == "c" and int(one[1:], 16) >= 0 for one in made)


def test_hub_ids_written_out() -> None:
    cause = bytes(range(16))
    expected = sha256(b"hutong/hubstmt/v1\x00" + b"\x00\x03a/b" + cause + b"\x00\x00\x00\x02").digest()[:16]
    assert hub_statement_id("a/b", cause, 2) == expected
    assert hub_nonce(expected) == sha256(b"hutong/hubnonce/v1\x00" + expected).digest()
    assert len({hub_statement_id(o, c, n) for o in ("a/b", "a/c") for c in (cause, bytes(16)) for n in (0, 1)}) == 8
