"""kill -9 of a real hub between any two steps of its clock engine, while a ladder runs: each is said exactly once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub.clock import DemoClock
from hub.crash import VARIABLE
from hutong.v1 import codes_pb2, header_pb2
from hutong.v1.envelope_pb2 import Envelope
from rules.data import LADDERS
from tests.worlds import ServedHub, World, close, lead_letter, make_world

BEFORE = ("after-claim", "before-say", "before-commit")
"""Where a crash leaves the step unsaid."""
AFTER = ("after-commit", "before-answer", "after-say", "after-give-back")
"""Where it has been said."""
MARGIN_MS = 1000
PACE = "flash"
"""Every step of its ladder has a time of its own, fifteen minutes from the next."""


def ladder(name: str) -> list[str]:
    """The steps of a ladder as rules/data has them, each as often as it is repeated."""
    steps: list[str] = []
    for step in LADDERS[name][PACE]:
        said = "certificate" if step["who"] == "certificate" else f"{step['who']} {step['form']}"
        steps += [said] * (1 + step.get("times", 0))
    return [*steps[:-1], f"{steps[-1]} last"]


class Climb:
    """One flash lead to an agency that stays silent, and a hub that is killed on the way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hub: Any = world.hub
        self.item = bytes(world.run(self._opened()))
        self.deaths = 0

    async def _opened(self) -> bytes:
        profile = self.world.market.liaison.profile
        client = await self.world.reconnected(profile)
        letter = lead_letter(urgency=codes_pb2.URGENCY_FLASH)
        made = await self.world.write(letter, self.world.market.officer(), profile)
        return (await client.submit(made)).entry.message_id

    def _row(self) -> tuple[int, int]:
        with self.hub.engine.connect() as connection:
            query = text("SELECT steps, next_at FROM obligations WHERE item = :item")
            row = connection.execute(query, {"item": self.item}).one()
        return int(row[0]), int(row[1])

    @property
    def steps(self) -> int:
        """How many the hub has said."""
        return self._row()[0]

    def pass_time(self) -> None:
        """While the hub is down, the next step comes to be due, and none after it."""
        clock = DemoClock(self.hub.home.settings.home / "clock-offset")
        clock.advance(self._row()[1] - clock.now() + MARGIN_MS)

    def die(self, point: str) -> None:
        """Start the hub, which is killed when it reaches ``point`` for the first time."""
        try:
            self.hub.start(**{VARIABLE: f"{point}:1"})
        except RuntimeError:
            # It may reach the point before it says that it is ready; it is dead then, as it should be.
            assert self.hub.process.poll() == -9
        assert self.hub.process.wait(60) == -9
        self.deaths += 1

    def step(self, before: Sequence[str], after: str) -> None:
        """Take one step, killed at each point of ``before``, when nothing was said, and then at ``after``."""
        said = self.steps
        self.pass_time()
        for point in before:
            self.die(point)
            assert self.steps == said, f"{point}: nothing was said"
        self.die(after)
        assert self.steps == said + 1, f"{after}: it was said, and nothing else"

    def go_on(self) -> None:
        """The rest, by a hub that nobody kills: up, and its clock moved by its operator."""
        self.hub.start()
        while due := self._row()[1]:
            self.hub.order("advance", milliseconds=max(0, due - DemoClock(self._offset).now()))
        self.hub.stop()

    @property
    def _offset(self) -> Path:
        return Path(self.hub.home.settings.home / "clock-offset")

    def said(self) -> list[str]:
        """What the hub has said about the item, in the order of the log."""
        with self.hub.engine.connect() as connection:
            query = text("SELECT envelope FROM statements WHERE item = :item AND agency = 'hub' ORDER BY \"index\"")
            rows = connection.execute(query, {"item": self.item}).all()
        return [_short(header_pb2.Header.FromString(Envelope.FromString(row[0]).payload)) for row in rows]


def _short(header: header_pb2.Header) -> str:
    if header.HasField("non_response"):
        return "certificate"
    said = header.escalated
    who = codes_pb2.EscalationTarget.Name(said.to).removeprefix("ESCALATION_TARGET_").lower()
    form = codes_pb2.EscalationForm.Name(said.form).removeprefix("ESCALATION_FORM_").lower()
    return f"{who} {form}{' last' if said.last else ''}"


def replayed(world: World, target: Path) -> None:
    """``hutong hub export`` and ``hutong audit replay``, as an auditor runs them."""
    home = str(world.hub.home.settings.home)
    for words in (["hub", "export", str(target), "--home", home], ["audit", "replay", str(target)]):
        done = subprocess.run([sys.executable, "-m", "hutong", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def served(tmp_path: Path, loop: Any) -> Any:
    world: Any = make_world(tmp_path, loop, ServedHub)
    yield world
    if world.hub.process.poll() is not None:
        world.hub.start()
    close(world)


def test_a_death_before_a_step_is_said_and_one_after(served: World, ledger: Any, tmp_path: Path) -> None:
    climb = Climb(served)
    served.hub.stop()
    climb.step(("before-say",), "after-say")
    climb.go_on()
    assert climb.said() == ladder("attention")
    ledger.check(served.hub.home, tmp_path)


@pytest.mark.faults
def test_a_death_at_each_point_of_each_step(
    served: World, ledger: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began, deaths = time.monotonic(), 0
    wanted = ladder("attention")
    for after in AFTER:
        climb = Climb(served)
        served.hub.stop()
        # The first follows the lead in its own commit, which tests/faults/test_kill.py kills.
        for _ in wanted[1:]:
            climb.step(BEFORE if after == AFTER[0] else (), after)
        assert climb.said() == wanted
        deaths += climb.deaths
        served.hub.start()
        assert climb.said() == wanted, "nothing is said again by a hub that is back"
    served.hub.stop()
    figures = ledger.check(served.hub.home, tmp_path)
    replayed(served, tmp_path / "export")
    with capsys.disabled():
        print(f"\n{deaths} deaths of the clock engine in {time.monotonic() - began:.0f} s: {figures}")
