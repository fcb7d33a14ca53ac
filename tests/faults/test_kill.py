"""kill -9 of a real hub, at named points of the commit path and at random times, under load from client processes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from audit.review.verify import verify
from hub.crash import VARIABLE
from hutong.v1 import entry_pb2
from tests.worlds import ServedHub, close, make_world

pytestmark = pytest.mark.faults
ROUNDS = 50
POINTS = ("before-commit", "after-commit", "before-answer")
SENDER = Path(__file__).with_name("sender.py")


def kept(file: Path) -> list[tuple[bytes, entry_pb2.Receipt]]:
    """What a sender kept; it was not killed, so every record is whole."""
    data, pieces = file.read_bytes(), []
    while data:
        length = int.from_bytes(data[:4], "big")
        pieces.append(data[4 : 4 + length])
        data = data[4 + length :]
    return [(pieces[at], entry_pb2.Receipt.FromString(pieces[at + 1])) for at in range(0, len(pieces), 2)]


def verified(hub: ServedHub) -> None:
    """The published folder, as the crash or the start left it."""
    settings = hub.home.settings
    report = verify(settings.log_folder, settings.home / "log.policy")
    assert not report.faults, [str(fault) for fault in report.faults]


def test_fifty_deaths(tmp_path: Path, loop: Any, ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dice = random.Random(20261123)
    world = make_world(tmp_path, loop, ServedHub)
    hub: Any = world.hub
    marker = tmp_path / "go on"
    marker.touch()
    people = (world.market.liaison, world.market.head)
    outs = [tmp_path / f"receipts-{place}" for place in range(len(people))]
    senders = [
        subprocess.Popen([sys.executable, str(SENDER), str(person.profile.path), str(marker), str(out)])
        for person, out in zip(people, outs, strict=True)
    ]
    while not all(out.exists() and out.stat().st_size for out in outs):
        assert all(sender.poll() is None for sender in senders)
    deaths: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(ROUNDS):
        point = POINTS[number % 4] if number % 4 < len(POINTS) else "random time"
        hub.kill() if number == 0 else None
        if point == "random time":
            hub.start()
            deadline = time.monotonic() + dice.uniform(0.0, 0.8)
            while time.monotonic() < deadline and hub.process.poll() is None:
                hub.process.poll()
            hub.kill()
        else:
            try:
                hub.start(**{VARIABLE: f"{point}:{dice.randint(1, 25)}"})
            except RuntimeError:
                # It may reach the point before it says that it is ready; it is dead then, as it should be.
                assert hub.process.poll() == -9
            assert hub.process.wait(30) == -9
        deaths[point] += 1
        verified(hub)
        assert all(sender.poll() is None for sender in senders)
    hub.start()
    verified(hub)
    marker.unlink()
    assert [sender.wait(120) for sender in senders] == [0, 0]
    spent = time.monotonic() - began
    for out in outs:
        for message_id, receipt in kept(out):
            ledger.keep(message_id, receipt)
    close(world)
    verified(hub)
    figures = ledger.check(hub.home, tmp_path)
    assert figures["statements"] > ROUNDS
    with capsys.disabled():
        print(f"\n{ROUNDS} deaths in {spent:.0f} s {dict(deaths)}: {figures}")
