"""How a part of the node goes on after failures, and when it cries for help."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.runtime import rounds
from adapters.runtime.rounds import Round
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from hutong.errors import HutongError

LATER = HutongError("HT-CLI-10", why="nobody there")


class Steps:
    """Each step ends as told, with more to do; the one after them lasts."""

    def __init__(self, *ends: BaseException | None) -> None:
        self.ends = list(ends)
        self.over = asyncio.Event()

    async def __call__(self) -> bool:
        if not self.ends:
            self.over.set()
            await asyncio.Event().wait()
        end = self.ends.pop(0)
        if end is not None:
            raise end
        return True


@pytest.fixture
def troubles(tmp_path: Path) -> Troubles:
    return Troubles(Store(tmp_path / "node.sqlite"), lambda: 1)


@pytest.fixture
def after(troubles: Troubles, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The alarms that stand after these steps."""
    monkeypatch.setattr(rounds, "_FIRST_PAUSE", 0.0)

    def run(*ends: BaseException | None) -> list[str]:
        async def story() -> None:
            steps = Steps(*ends)
            task = asyncio.create_task(Round("part", steps, troubles, 3600).run())
            await steps.over.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(story())
        return [alarm.code for alarm in troubles.alarms()]

    return run


def test_what_may_pass_is_no_alarm(after: Callable[..., list[str]]) -> None:
    assert after(LATER, LATER, None, LATER) == []


def test_what_may_pass_is_one_when_it_lasts(after: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_PATIENCE_SECONDS", 0.0)
    assert after(LATER) == ["HT-CLI-10"]
    assert after(LATER, None) == []


def test_everything_else_is_one_until_it_works_again(after: Callable[..., list[str]]) -> None:
    assert after(HutongError("HT-TLS-12")) == ["HT-TLS-12"]
    assert after(ZeroDivisionError()) == ["HT-NOD-18", "HT-TLS-12"]
    assert after(None) == []


def test_what_did_not_verify_stays(after: Callable[..., list[str]], troubles: Troubles) -> None:
    assert after(HutongError("HT-CLI-12", why="two roots"), None) == ["HT-CLI-12"]
    assert troubles.clear("HT-CLI-12") == 1


def test_a_call_that_was_cut_off_starts_again(after: Callable[..., list[str]]) -> None:
    assert after(asyncio.CancelledError(), None) == []


def test_a_part_that_lasts_says_that_it_is_well(troubles: Troubles) -> None:
    async def story() -> None:
        troubles.raise_(HutongError("HT-TLS-12"), "part")
        troubles.raise_(HutongError("HT-TLS-12"), "other")
        Round("part", Steps(None), troubles, 1).works()
        assert [alarm.subject for alarm in troubles.alarms()] == ["other"]

    asyncio.run(story())


def test_the_log_names_type_and_place_but_not_what_the_error_quotes(after: Callable[..., list[str]]) -> None:
    with capture_logs() as lines:
        after(ValueError("no such number: 13800000000"))
    (line,) = [line for line in lines if line["event"] == "unforeseen"]
    assert line["error"] == "ValueError" and "test_rounds.py" in line["at"]
    assert "13800000000" not in str(line) and "exc_info" not in line
