"""Replay of a log in which calendars were published late: each entry by that of its moment, whoever bends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.review.replay import Replay
from audit.review.verify import verify
from hub.export import write
from hutong.v1.entry_pb2 import Entry
from hutong.worktime.calendar import DIGEST
from tests.calendars import announced, notice
from tests.worlds import close, make_world

Found = set[tuple[str, str]]
WRONG_CALENDAR = {("HT-RPL-05", "calendar_sha256"), ("HT-RPL-09", "calendar_sha256")}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Any]:
    """A lead, a calendar, a lead, a second calendar, a lead."""
    world = make_world(tmp_path_factory.mktemp("history"), loop)

    async def lead() -> None:
        client = await world.client(world.market.liaison.profile)
        await client.submit(await world.lead())

    world.run(lead())
    for said in (announced(2026), notice(2031)):
        world.hub.order("calendar", calendar=said.SerializeToString().hex(), source="example")
        world.run(lead())
    yield world
    close(world)


@pytest.fixture
def export(history: Any, tmp_path: Path) -> Path:
    write(history.hub.home, history.hub.engine, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def bent(history: Any, export: Path, tmp_path: Path, operator: Any) -> Callable[..., Found]:
    """What the replay says of the export once an operator has had a hand in it."""

    def make(bend: Callable[[Any], object]) -> Found:
        one = operator(export, history.hub.home)
        bend(one)
        report = verify(one.write(tmp_path / "bent"), check_statements=Replay)
        return {(fault.code, dict(fault.params).get("field", "")) for fault in report.faults}

    return make


def entries(operator: Any, kind: str) -> list[Entry]:
    return [
        entry for index, (entry, _) in enumerate(operator.lines) if operator.header(index).WhichOneof("kind") == kind
    ]


def test_each_entry_names_the_calendar_of_its_moment(history: Any, export: Path, operator: Any) -> None:
    report = verify(export, check_statements=Replay)
    assert report.ok, report.faults
    one = operator(export, history.hub.home)
    digests = [entry.calendar_sha256 for entry in entries(one, "lead")]
    assert digests[0] == DIGEST and len(set(digests)) == 3
    # A calendar's own entry was decided by the one before.
    assert [entry.calendar_sha256 for entry in entries(one, "calendar_published")] == digests[:2]
    assert (export / "claims.json").read_bytes().count(b'"record":"PublishedCalendar"') == 2


def test_the_operators_tool_changes_nothing_by_itself(bent: Any) -> None:
    assert bent(lambda operator: None) == set()


def test_an_entry_cannot_name_a_calendar_of_another_time(bent: Any) -> None:
    assert bent(lambda operator: setattr(entries(operator, "lead")[-1], "calendar_sha256", DIGEST)) == WRONG_CALENDAR


def test_a_calendar_cannot_be_kept_silent(bent: Any) -> None:
    """The entries that were decided by it tell, though every other digest is made to fit."""
    assert bent(lambda operator: operator.lines.pop(operator.find("calendar_published"))) >= WRONG_CALENDAR


def test_a_calendar_cannot_be_dated_back(bent: Any) -> None:
    """Put before the lead that came before it, with its place in time made to fit."""

    def back(operator: Any) -> None:
        calendar = next(i for i in range(len(operator.lines)) if operator.header(i).HasField("calendar_published"))
        lead = next(i for i in range(len(operator.lines)) if operator.header(i).HasField("lead"))
        line = operator.lines.pop(calendar)
        line[0].recorded_at = operator.lines[lead][0].recorded_at
        operator.lines.insert(lead, line)

    found = bent(back)
    assert found >= WRONG_CALENDAR
    assert ("HT-RPL-02", "") in found, "and the hub says nothing but at its own time"


@pytest.mark.parametrize(("old", "new"), [(b'"version":1', b'"version":2'), (b'"year":2031', b'"year":2030')])
def test_a_bent_calendar_in_the_claims_is_named(bent: Any, old: bytes, new: bytes) -> None:
    def bend(operator: Any) -> None:
        operator.change = lambda name, data: data.replace(old, new, 1) if name == "claims.json" else data

    assert bent(bend) == {("HT-RPL-03", "")}


def test_the_shipped_calendar_in_an_export_is_the_one_decided_by(bent: Any) -> None:
    def bend(operator: Any) -> None:
        operator.texts["calendar.txt"] += b"\n"

    assert bent(bend) == {("HT-RPL-09", "calendar_sha256")}
