"""A reference points at one entry, is written in one way, and is read strictly."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.proofs.reference import Reference

MADE = Reference.of("demo.hutong.example/log", 323, b"entry")


def test_it_says_where_and_what() -> None:
    assert MADE.leaf == sha256(b"\x00entry").digest(), "RFC 6962 §2.1"
    assert str(MADE).startswith("hutong:demo.hutong.example/log#323.") and len(str(MADE)) < 90
    assert Reference.parse(f"  {MADE}\n") == MADE


@given(st.from_regex(r"[a-z][a-z.]{0,20}/[a-z]{1,9}", fullmatch=True), st.integers(0, 10**18), st.binary())
def test_it_is_read_as_it_was_written(origin: str, index: int, entry: bytes) -> None:
    made = Reference.of(origin, index, entry)
    assert Reference.parse(str(made)) == made


@given(
    st.text(max_size=120)
    | st.builds(lambda text, at: str(MADE)[:at] + text + str(MADE)[at + 1 :], st.text(max_size=2), st.integers(0, 80))
)
def test_nothing_else_is_read(text: str) -> None:
    try:
        found = Reference.parse(text)
    except HutongError as error:
        assert error.code == "HT-LOG-47"
        return
    assert str(found) == text.strip()


@pytest.mark.parametrize("index", ["-1", "01", "1e3", ""])
def test_an_index_is_a_plain_number(index: str) -> None:
    with pytest.raises(HutongError):
        Reference.parse(str(MADE).replace("323", index))


def test_another_spelling_of_the_digest_is_none() -> None:
    """The last character of 43 carries four bits only; what it could carry beside them must be zero."""
    last = str(MADE)[-1]
    others = [chr(ord(last) + step) for step in (1, 2, 3)]
    for other in others:
        try:
            assert Reference.parse(str(MADE)[:-1] + other) != MADE
        except HutongError as error:
            assert error.code == "HT-LOG-47"
