"""The program is composed from what is installed, and imports only what is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest
import typer

from hutong import commands
from hutong.errors import HutongError

ROOMS = """
import typer
app = typer.Typer()
from hutong.errors import HutongError

@app.command()
def greet(name: str = "you"):
    print("hello", name)

@app.command()
def refuse(output: str = typer.Option("table", "--output", "-o")):
    raise HutongError("HT-LOG-34", trace_id="t1")

def single(word: str = "nothing"):
    print("single", word)
"""


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rooms_for_test.py").write_text(ROOMS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HUTONG_LANG", "en")
    points = [
        EntryPoint("first", "rooms_for_test:app", "hutong.commands"),
        EntryPoint("single", "rooms_for_test:single", "hutong.commands"),
        EntryPoint("broken", "no_such_module:app", "hutong.commands"),
    ]
    guests = [EntryPoint("guest", "rooms_for_test:single", "hutong.commands.first")]
    groups = {"hutong.commands": points, "hutong.commands.first": guests}
    monkeypatch.setattr(commands, "entry_points", lambda group: groups.get(group, []))
    monkeypatch.setitem(commands.load("texts"), "program-first-guest", {"en": "a guest", "zh": "客"})


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["hutong", *words])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.usefixtures("rooms")
def test_rooms(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "first", "greet") == 0
    assert run(monkeypatch, "--lang", "en", "first", "greet", "--name", "x") == 0
    assert run(monkeypatch, "single", "--word", "y") == 0
    assert run(monkeypatch, "first", "guest", "--word", "z") == 0
    assert capsys.readouterr().out == "hello you\nhello x\nsingle y\nsingle z\n"


@pytest.mark.usefixtures("rooms")
def test_errors_become_sentences(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "first", "refuse") == HutongError("HT-LOG-34").exit_code == 5
    said = capsys.readouterr()
    assert said.out == "" and "Code HT-LOG-34 · trace id t1" in said.err
    assert run(monkeypatch, "--lang=zh-CN", "first", "refuse") == 5
    assert "代码 HT-LOG-34 · 追踪号 t1" in capsys.readouterr().err


JSON = (("-o", "json"), ("-ojson",), ("--output", "json"), ("--output=json",), ("-o", "table", "-o", "json"))


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("form", JSON)
def test_errors_become_json_where_json_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: tuple[str, ...]
) -> None:
    assert run(monkeypatch, "first", "refuse", *form) == 5
    said = capsys.readouterr()
    expected = HutongError("HT-LOG-34").sentences("en")
    assert said.out == "" and json.loads(said.err) == {
        "error": {
            "code": "HT-LOG-34",
            "what": expected.what,
            "why": expected.why,
            "next": expected.next,
            "trace": "t1",
        }
    }
    assert run(monkeypatch, "first", "refuse", *form, "--loud") == 2, "a call that is wrong too"
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "HT-CLI-04"


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("form", [(), ("-o", "table"), (*JSON[0], "-o", "table"), ("-o", "xml"), ("--", "-o", "json")])
def test_errors_are_sentences_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: tuple[str, ...]
) -> None:
    run(monkeypatch, "first", "refuse", "-o", "json")
    capsys.readouterr()
    assert run(monkeypatch, "first", "refuse", *form) in (2, 5)
    assert capsys.readouterr().err.splitlines()[-1].startswith("Code HT-")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "gbk"])
def test_json_errors_are_json_in_every_encoding(encoding: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "HUTONG_LANG": "zh-CN"}
    command = [sys.executable, "-m", "hutong", "audit", "verify", "nowhere", "-o", "json"]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode == 2
    assert json.loads(done.stderr.decode(encoding))["error"]["what"] == HutongError("HT-CLI-05").sentences("zh").what


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("words", [("nowhere",), ("first", "nothing"), ("--lang", "fr", "first"), ("--loud",)])
def test_wrong_usage(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    if words == ("--loud",):
        # Nothing is named, so all rooms are loaded; the broken one is out of the way here.
        monkeypatch.setattr(commands, "entry_points", lambda group: [])
    assert run(monkeypatch, *words) == 2


@pytest.mark.parametrize(
    ("words", "room"),
    [
        ([], None),
        (["audit", "verify"], "audit"),
        (["--lang", "en", "audit"], "audit"),
        (["--lang=en", "audit"], "audit"),
        (["--help"], None),
        (["--lang"], None),
    ],
)
def test_the_room_that_is_named(words: list[str], room: str | None) -> None:
    assert commands.named(words) == room


def test_only_the_room_called_is_imported() -> None:
    code = (
        "import sys; sys.argv = ['hutong', 'audit', '--help']\n"
        "from hutong.commands import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(n for n in ('hub', 'adapters', 'liaison', 'demo', 'grpc', 'sqlalchemy') if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_list_of_commands_loads_none_of_them() -> None:
    code = (
        "import sys; sys.argv = ['hutong', '--lang', 'en', '--help']\n"
        "from hutong.commands import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(n for n in ('hub', 'adapters', 'liaison', 'demo', 'audit', 'grpc') if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for room in entry_points(group="hutong.commands"):
        assert f"  {room.name} " in done.stdout


def test_a_composed_program_is_an_application() -> None:
    assert isinstance(commands.compose(["audit"]), typer.Typer)
