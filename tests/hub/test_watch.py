"""The hub's own checker on a real hub: silent where that is honest, and exact where somebody had a hand in the rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

import rules.entries
from audit.review.period import month_at, period_named, week_at
from audit.review.scoresheet import plain_of
from hub import oversight
from hub.export import write
from hub.scorecards import KeptScorecards
from hub.state.database import reading, writing
from hub.watch import Watch
from hutong.client.hub import checked
from hutong.client.refusals import Refused
from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, kinds_pb2
from tests.worlds import World, close, make_world

DAY = 86_400_000
MAKE = Callable[[], Watch]


@pytest.fixture
def world(tmp_path: Path, loop: Any) -> Iterator[World]:
    """Its own thread looks once and then no more."""
    made = make_world(tmp_path, loop, watch_seconds=86_400)
    yield made
    close(made)


@pytest.fixture
def watch(world: World, tmp_path: Path) -> MAKE:
    """A watch of the test's own over the hub's database and clock, which looks when it is told to."""
    folder = tmp_path / "watch"
    folder.mkdir()
    return lambda: Watch(world.hub.engine, world.hub.home.policy, world.hub.server._clock, 60, folder)


def lead(world: World) -> bytes:
    async def send() -> bytes:
        client = await world.client(world.market.liaison.profile)
        written = await world.lead_at(world.hub.server._clock.now())
        return bytes((await client.submit(written)).entry.message_id)

    return bytes(world.run(send()))


def acknowledge(world: World, item: bytes) -> None:
    letter = Letter("acknowledged", kinds_pb2.Acknowledged(), to=[To("market")], item=item, in_reply_to=item)

    async def send() -> None:
        profile = world.police.liaison.profile
        client = await world.client(profile)
        now = world.hub.server._clock.now()
        await client.send(await world.write(letter, world.police.officer(), profile, now=now))

    world.run(send())


def pass_by(world: World, days: int) -> None:
    """Twice: whatever was due at the first look has been said by the second."""
    world.hub.order("advance", milliseconds=days * DAY)
    for _ in range(2):
        world.hub.order("advance", milliseconds=0)


def change(world: World, statement: str, **values: Any) -> None:
    with writing(world.hub.engine) as connection:
        assert connection.execute(text(statement), values).rowcount


def looked(watch: Watch, times: int = 2) -> list[dict[str, Any]]:
    """What is logged as an error or a warning in so many looks."""
    with structlog.testing.capture_logs() as logs:
        for _ in range(times):
            watch.look()
    return [log for log in logs if log["log_level"] != "info"]


def test_an_honest_hub_has_no_fault_whatever_it_was_late_with(world: World, watch: MAKE, tmp_path: Path) -> None:
    taken, waiting = lead(world), lead(world)
    acknowledge(world, taken)
    followed = watch()
    assert looked(followed) == []
    pass_by(world, 10)
    acknowledge(world, waiting)
    assert looked(followed, 3) == []
    seen = oversight.read(tmp_path / "watch")
    assert seen and seen["state"] == "at_head" and seen["faults"] == 0 and seen["judged_from"] == 0
    assert seen["worst_lateness_ms"] > 5 * DAY
    with reading(world.hub.engine) as connection:
        assert seen["entries"] == connection.execute(text("SELECT count(*) FROM entries")).scalar_one()
        assert oversight.counts(connection, world.hub.server._clock.now())["steps_due"] == 0


def test_a_step_that_was_taken_out_of_the_rows_is_named_once(world: World, watch: MAKE, tmp_path: Path) -> None:
    dropped, kept = lead(world), lead(world)
    change(world, "UPDATE obligations SET next_at = 0 WHERE item = :item", item=dropped)
    pass_by(world, 10)
    followed = watch()
    assert looked(followed, 1) == [], "a hub that has just started has had no time yet"
    found = looked(followed, 3)
    assert found and {(log["code"], log["item"], log["agency"]) for log in found} == {
        ("HT-RPL-07", dropped.hex(), "police")
    }
    assert "certificate" in {log["step"] for log in found} and all(log["trace"] for log in found)
    seen = oversight.read(tmp_path / "watch")
    assert seen and seen["faults"] == len(found) == len(seen["newest_faults"])
    assert kept.hex() not in json.dumps(seen)
    settings = world.hub.home.settings
    command = [sys.executable, "-m", "hutong", "hub", "status", "--home", str(settings.home)]
    oversight.write(settings.home, seen)
    status = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert status["watch"] == seen and status["due"] == {"steps_due": 0, "red": 1, "in_breach": 0}, (
        "nobody's ownership fell"
    )


def test_a_later_statement_about_the_item_shows_it_for_good(world: World, watch: MAKE) -> None:
    item = lead(world)
    change(world, "UPDATE obligations SET next_at = 0 WHERE item = :item", item=item)
    pass_by(world, 10)
    acknowledge(world, item)
    codes = {log["code"] for log in looked(watch(), 1)}
    assert "HT-LAD-01" in codes and codes <= {"HT-LAD-01", "HT-RPL-01", "HT-RPL-02"}


def test_a_row_that_is_missing_in_the_middle_is_named(world: World, watch: MAKE) -> None:
    item = lead(world)
    with reading(world.hub.engine) as connection:
        index = connection.execute(text('SELECT "index" FROM statements WHERE item = :i'), {"i": item}).scalar_one()
    lead(world)
    change(world, 'DELETE FROM statements WHERE "index" = :index', index=index)
    assert {"code": "HT-LOG-25", "index": str(index)}.items() <= looked(watch(), 1)[0].items()


def test_a_watch_that_begins_anew_comes_to_the_same(world: World, watch: MAKE) -> None:
    first = watch()
    dropped = lead(world)
    change(world, "UPDATE obligations SET next_at = 0 WHERE item = :item", item=dropped)
    first.look()
    pass_by(world, 10)
    lead(world)
    for _ in range(2):
        first.look()
    second = watch()
    for _ in range(2):
        second.look()
    assert first.faults.count == second.faults.count > 0
    assert first.cards.entries == second.cards.entries
    one, other = (each.cards.card(week_at(each._clock.now()), "police") for each in (first, second))
    assert one == other


def test_what_another_version_decided_is_not_judged_and_that_is_said_once(
    world: World, watch: MAKE, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(rules.entries, "DIGEST", b"o" * 32)
        old = lead(world)
    new = lead(world)
    with writing(world.hub.engine) as connection:
        connection.execute(text("UPDATE obligations SET next_at = 0"))
    pass_by(world, 10)
    followed = watch()
    found = looked(followed, 4)
    before = [log for log in found if log["log_level"] == "warning"]
    faults = [log for log in found if log["log_level"] == "error"]
    assert [log["event"] for log in before] == [
        "entries decided by another version of rules or calendar are not judged"
    ]
    assert {log["item"] for log in faults} == {new.hex()} != {old.hex()}
    assert followed.cards.card("", "police").judged_from == before[0]["before"]


def test_whatever_breaks_the_checker_the_hub_goes_on(
    world: World, watch: MAKE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("a name that nobody should read in a log")

    followed = watch()
    monkeypatch.setattr(followed._check, "_decide", broken)
    with structlog.testing.capture_logs() as logs:
        followed.start()
        followed._thread.join(30)
    (log,) = [log for log in logs if "error" in log]
    assert (log["event"], log["error"], log["index"]) == ("the watch has ended", "KeyError", 0)
    assert log["where"].startswith("test_watch.py:") and "nobody should read" not in str(log)
    seen = oversight.read(tmp_path / "watch")
    assert seen and seen["state"] == "ended"
    with pytest.raises(HutongError, match="HT-SCR-07"):
        followed.cards.card("", "police")
    assert lead(world)


async def asked(world: World, profile: Any, period: str) -> casework_pb2.GetScorecardResponse:
    client = await world.client(profile)
    return await checked(client.casework.GetScorecard(casework_pb2.GetScorecardRequest(period=period)))


def test_the_scorecard_is_that_of_an_auditors_report(world: World, tmp_path: Path) -> None:
    """Through the door of a hub that was started again, for both kinds of period and both sides."""
    taken, _ = lead(world), lead(world)
    acknowledge(world, taken)
    pass_by(world, 6)
    lead(world)
    world.hub.stop()
    world.hub.start()
    now = world.hub.server._clock.now()
    write(world.hub.home, world.hub.engine, tmp_path / "export")
    for agency in (world.police, world.market):
        profile = agency.liaison.profile
        world.run(world.reconnected(profile))
        for option, period in (
            ("--week", week_at(now)),
            ("--week", week_at(now - 7 * DAY)),
            ("--month", month_at(now)),
        ):
            command = [sys.executable, "-m", "hutong", "audit", "report", str(tmp_path / "export")]
            told = subprocess.run(
                [*command, option, period, "--agency", agency.code, "-o", "json"], capture_output=True, check=True
            )
            report = json.loads(told.stdout)
            answer = answered(world, profile, period)
            assert answer.entries == report["size"] and (answer.faults, answer.judged_from) == (0, 0)
            assert plain_of(answer.scorecard).items() <= report.items()
            assert report["recipients" if agency is world.police else "requesters"]
    with pytest.raises(Refused) as refused:
        world.run(asked(world, world.police.liaison.profile, "2020-W01"))
    assert refused.value.code == "HT-SCR-06"


def answered(world: World, profile: Any, period: str) -> casework_pb2.GetScorecardResponse:
    """What the hub answers once its watch has been through the log."""
    while True:
        try:
            return world.run(asked(world, profile, period))
        except Refused as refused:
            assert refused.code == "HT-SCR-05"


def test_periods_turn_while_the_hub_runs() -> None:
    now = period_named("2026-W41").start + DAY
    kept = KeptScorecards(now)
    kept.ready = True
    assert kept.card("", "police").period == "2026-W41"
    kept.turn_to(period_named("2026-W42").start - 1)
    assert kept.card("", "police").period == "2026-W41"
    kept.turn_to(period_named("2026-W42").start)
    for period in ("2026-W42", "2026-W41", "2026-10", "2026-09"):
        assert kept.card(period, "police").scorecard.start == period_named(period).start
    assert kept.card("", "police").period == "2026-W42"
    kept.turn_to(period_named("2027-W02").start)
    for period in ("2026-W41", "2026-12-1", "2026-11"):
        with pytest.raises(HutongError):
            kept.card(period, "police")
    assert kept.card("2026-12", "police").period == "2026-12" and kept.card("", "police").period == "2027-W02"


def test_until_the_pass_is_through_nobody_is_told_half_of_it() -> None:
    with pytest.raises(HutongError, match="HT-SCR-05"):
        KeptScorecards(0).card("", "police")
