"""Every command has the shared options in one form, from one place."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from hutong.terminal import Output
from liaison.cli import options
from liaison.cli.options import DEPUTY, READING, SIGNING, Manner, takes

SHARED = ("profile", "output", "no_input", "dry_run", "yes", "acting_for", "lang")


def commands(room: Any) -> list[Any]:
    if not isinstance(room, typer.Typer):
        return [room]
    inner = [each for group in room.registered_groups for each in commands(group.typer_instance)]
    return [each.callback for each in room.registered_commands] + inner


def test_what_a_command_is_called_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")  # --lang sets it for the process: put back at the end
    seen: list[tuple[Manner, str, int]] = []
    app = typer.Typer()

    @app.command()
    @takes("cli-ack-help", *DEPUTY, grave=True)
    def act(how: Manner, item: str, times: Annotated[int, typer.Option("--times")] = 1) -> None:
        seen.append((how, item, times))

    run = CliRunner().invoke
    assert run(app, ["abc"], standalone_mode=False).exit_code == 0
    given = "abc --times 3 --profile p -o json --no-input --dry-run -y --for x --lang en"
    assert run(app, given.split(), standalone_mode=False).exit_code == 0
    assert seen == [
        (Manner(grave=True), "abc", 1),
        (Manner(Path("p"), Output.JSON, True, True, True, True, "x"), "abc", 3),
    ]


def test_every_command_takes_them_from_there() -> None:
    """None declares one for itself, so that all spell and order them alike."""
    points = [point for point in entry_points(group="hutong.commands") if point.value.startswith("liaison.")]
    found = [command for point in points for command in commands(point.load())]
    assert len(found) > 50
    for command in found:
        names = list(inspect.signature(command).parameters)
        own = [name for name in names if name in SHARED]
        assert names[-len(own) :] == own and own[-1] == "lang", command
        if own[0] != "output":  # the scorecard has one of its own
            assert own == [name for name in SHARED if name in own], command
        held = inspect.unwrap(command)
        assert next(iter(inspect.signature(held).parameters.values())).annotation == "Manner", command


def test_help_names_the_values_with_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "en")
    said = options.choices("cli-hold-reason", "code.hold_reason")
    assert "waiting_for_other_case (waiting for another case)" in said


def test_sets_are_nested() -> None:
    assert set(READING) < set(SIGNING) < set(DEPUTY) < set(SHARED)
