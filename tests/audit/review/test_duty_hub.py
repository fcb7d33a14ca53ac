"""The checker over what a real hub exported: the hub was down past a deadline, came back, and said it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.review.duty import DutyCheck
from audit.review.findings import Report
from audit.review.turns import STEPS
from audit.review.verify import verify
from hub.export import write
from hutong.client.writing import Letter, To
from hutong.v1 import kinds_pb2
from tests.worlds import close, make_world

DAYS = 86_400_000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Any]:
    """Two leads, of which one is acknowledged; the hub is down for ten days; the other one is acknowledged."""
    world = make_world(tmp_path_factory.mktemp("history"), loop)

    async def acknowledge(item: bytes) -> None:
        letter = Letter("acknowledged", kinds_pb2.Acknowledged(), to=[To("market")], item=item, in_reply_to=item)
        client = await world.client(world.police.liaison.profile)
        now = world.hub.server._clock.now()
        await client.send(await world.write(letter, world.police.officer(), world.police.liaison.profile, now=now))

    async def lead() -> bytes:
        client = await world.client(world.market.liaison.profile)
        return bytes((await client.submit(await world.lead())).entry.message_id)

    taken, waiting = world.run(lead()), world.run(lead())
    world.run(acknowledge(taken))
    world.hub.stop()
    (world.hub.home.settings.home / "clock-offset").write_text(str(10 * DAYS))
    world.hub.start()
    world.run(world.reconnected(world.police.liaison.profile))
    world.run(acknowledge(waiting))
    # The second order is carried out by a later look: whatever was due at the first has been said by then.
    for _ in range(2):
        world.hub.order("advance", milliseconds=0)
    yield world
    close(world)


@pytest.fixture
def export(history: Any, tmp_path: Path) -> Path:
    write(history.hub.home, history.hub.engine, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def bent(history: Any, export: Path, tmp_path: Path, operator: Any) -> Callable[..., Report]:
    """The check of the export once an operator has had a hand in it."""

    def make(bend: Callable[[Any], object]) -> Report:
        one = operator(export, history.hub.home)
        bend(one)
        return verify(one.write(tmp_path / "bent"), check_statements=DutyCheck)

    return make


def test_a_real_hub_says_every_step_once_and_in_order(history: Any, export: Path) -> None:
    checks: list[DutyCheck] = []

    def watching(policy: Any) -> DutyCheck:
        checks.append(DutyCheck(policy))
        return checks[0]

    report = verify(export, check_statements=watching)
    assert report.ok, report.faults
    figures = checks[0].summary()
    assert figures.obligations == 2 and figures.due == figures.said > 10 and not figures.missed
    assert figures.worst > 5 * DAYS and all(silence.entries == 0 for silence in figures.silences)


def test_an_operator_who_takes_the_steps_out_again_is_found(bent: Any) -> None:
    """Every digest and signature of the shorter log is right; only that nothing was said is not."""

    def silent(operator: Any) -> None:
        steps = [i for i in range(len(operator.lines)) if operator.header(i).WhichOneof("kind") in STEPS]
        for index in reversed(steps):
            del operator.lines[index]

    found = bent(silent).faults
    assert {fault.code for fault in found} == {"HT-LAD-01", "HT-RPL-07"}, "one was taken on since, the other waits"
    assert dict(found[0].params)["step"] == "certificate"
