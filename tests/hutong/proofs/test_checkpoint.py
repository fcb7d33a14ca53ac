"""Three lines, no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint

# C2SP tlog-checkpoint's example.
GOOD = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
WRONG = {
    "": 1,
    GOOD[:-1]: 3,
    GOOD + "extension\n": 4,
    GOOD + "\n": 4,
    GOOD.replace("example.com/behind-the-sofa", ""): 1,
    GOOD.replace("20852163", "020852163"): 2,
    GOOD.replace("20852163", "-1"): 2,
    GOOD.replace("20852163", "+1"): 2,
    GOOD.replace("20852163", "1_000"): 2,
    GOOD.replace("20852163", "१"): 2,
    GOOD.replace("20852163", str(1 << 63)): 2,
    GOOD.replace("20852163", "9" * 5000): 2,
    GOOD.replace("q2I=", "q2J="): 3,
    GOOD.replace("CsUY", ""): 3,
}


def test_example() -> None:
    checkpoint = Checkpoint.parse(GOOD)
    assert checkpoint.origin == "example.com/behind-the-sofa" and checkpoint.size == 20_852_163
    assert str(checkpoint) == GOOD


@pytest.mark.parametrize("text", sorted(WRONG))
def test_malformed(text: str) -> None:
    with pytest.raises(HutongError, match="HT-LOG-07") as caught:
        Checkpoint.parse(text)
    assert caught.value.params["line"] == str(WRONG[text])


@given(st.text())
def test_any_text_is_a_checkpoint_or_refused(text: str) -> None:
    try:
        assert str(Checkpoint.parse(text)) == text
    except HutongError as error:
        assert error.code == "HT-LOG-07"


def test_the_key_carries_the_origin(keys: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="origin"):
        Checkpoint.parse(GOOD).signed(keys("someone.else", "log"), lambda message: bytes(64))
