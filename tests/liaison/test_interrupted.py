"""A statement whose answer never came is sent again by the next command, the same bytes, recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutong.client.hub import Accepted, HubClient
from hutong.errors import HutongError
from hutong.v1.envelope_pb2 import Submission
from tests.words import lead_words

Run = Any
LEAD = lead_words("甲")


class Line:
    """The line to the hub: what happens to the submissions that go through, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.faults: list[str] = []
        honest = HubClient.submit

        async def submit(hub: HubClient, submission: Submission, within: float = 30.0) -> Accepted:
            fault = self.faults.pop(0) if self.faults else ""
            if fault == "stopped before":
                raise asyncio.CancelledError
            if fault == "cut before":
                raise HutongError("HT-CLI-10")
            accepted = await honest(hub, submission, within)
            if fault == "stopped after":
                raise asyncio.CancelledError
            if fault == "cut after":
                raise HutongError("HT-CLI-10")
            return accepted

        monkeypatch.setattr(HubClient, "submit", submit)
        monkeypatch.setitem(HubClient.send.__kwdefaults__, "patience", 0.0)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


CASES = {
    "stopped before": ("HT-CLI-42", 2),
    "stopped after": ("HT-CLI-42", 2),
    "cut before": ("HT-CLI-39", 1),
    "cut after": ("HT-CLI-39", 1),
}


@pytest.mark.parametrize("fault", sorted(CASES))
def test_the_next_command_sends_the_same_bytes_again(town: Any, hutong: Run, line: Line, fault: str) -> None:
    error, code = CASES[fault]
    before = len(outgoing(hutong, town))
    line.faults = [fault]
    cut = hutong(*LEAD, profile=town.market, code=code)
    assert error in cut.err and cut.out == ""
    (left,) = town.market.undecided_ids()
    assert left.hex() in cut.err, "its id was said before it was sent"
    kept = town.market.sent(left)

    done = hutong(*LEAD, profile=town.market)
    assert f"{left.hex()}, which an interruption left over, was sent again" in done.err
    assert town.market.undecided_ids() == [] and town.market.sent(left) == kept
    items = outgoing(hutong, town)
    assert len(items) == before + 2 and items.count(left.hex()) == 1
    assert "interruption" not in hutong(*LEAD, profile=town.market).err


def outgoing(hutong: Run, town: Any) -> list[str]:
    rows = hutong("inbox", "--outgoing", "--all", "-o", "json", profile=town.market).json["obligations"]
    return [row["item"] for row in rows]


def test_the_second_half_of_an_answer_is_not_forgotten(town: Any, hutong: Run, line: Line, tmp_path: Path) -> None:
    """A reply and its closing are both signed and kept before the first is sent."""
    ask = tmp_path / "ask.yaml"
    ask.write_text(
        "to: police\nfacts: {ask: registry}\nbody:\n  reference: R\n"
        "  subjects: [{role: organiser, identifiers: [{type: company, value: C}]}]\n",
        encoding="utf-8",
    )
    item = hutong("inquiry", "send", "-f", str(ask), profile=town.market).out.strip()
    hutong("ack", item, profile=town.police)
    answer = tmp_path / "answer.yaml"
    answer.write_text("extent: none\ntext: 查无登记\ncomplete: yes\n", encoding="utf-8")
    line.faults = ["", "stopped before"]
    hutong("reply", item, "-f", str(answer), "--yes", profile=town.police, code=2)
    state = hutong("inquiry", "status", item, "-o", "json", profile=town.market).json["obligations"][0]["state"]
    assert state == "reported"
    other = hutong(*LEAD, profile=town.market).out.strip()
    hutong("ack", other, profile=town.police)
    closed = hutong("inquiry", "status", item, "-o", "json", profile=town.market).json["obligations"][0]
    assert (closed["state"], closed["outcome"]) == ("closed", "answered")


def test_what_the_hub_refuses_is_neither_kept_nor_followed(town: Any, hutong: Run, line: Line) -> None:
    """Decided is decided: nobody sends a refused statement again, and the reader is told."""
    item = hutong(*LEAD, profile=town.market).out.strip()
    line.faults = ["stopped before"]
    assert "HT-CLI-42" in hutong("ack", item, profile=town.police, code=2).err
    (left,) = town.police.undecided_ids()
    hutong("ack", item, profile=town.world.police.head.profile)
    other = hutong(*LEAD, profile=town.market).out.strip()
    done = hutong("ack", other, profile=town.police)
    assert f"{left.hex()}, which an interruption left over, was sent again and refused" in done.err
    assert "HT-DTY-05" in done.err and town.police.undecided_ids() == []
    assert town.police.sent(left) is None


def test_stopping_in_the_middle_of_several_says_what_was_done(town: Any, hutong: Run, line: Line) -> None:
    items = [hutong(*LEAD, profile=town.market).out.strip() for _ in range(4)]
    line.faults = ["", "stopped after"]
    stopped = hutong("ack", *items, profile=town.police, code=2)
    assert f"{items[0]} acknowledged" in stopped.err
    assert "1 were done before" in stopped.err and "2 more were not sent" in stopped.err
    hutong("ack", items[2], profile=town.police)
    states = {row["item"]: row["state"] for row in inbox(hutong, town)}
    assert [states[item] for item in items] == ["acknowledged"] * 3 + ["pending"]


def inbox(hutong: Run, town: Any) -> list[dict[str, Any]]:
    return list(hutong("inbox", "-o", "json", profile=town.police).json["obligations"])


def test_a_node_that_is_gone_is_not_taken_for_the_hub(
    town: Any, hutong: Run, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    import shutil
    import socket
    from dataclasses import replace

    from hutong.tls.profile import Profile

    item = hutong(*LEAD, profile=town.market).out.strip()
    shutil.copytree(town.police.path, tmp_path / "police")
    alone = Profile.open(tmp_path / "police")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        alone.save_config(replace(alone.config, node_address=f"127.0.0.1:{reserved.getsockname()[1]}"))
        shown = hutong("show", item, profile=alone)
    assert "Not opened" in shown.err and "ipv4" not in shown.err and "recvmsg" not in shown.err
