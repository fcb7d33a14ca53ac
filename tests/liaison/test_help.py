"""Help in both languages, with an example for every command, and without loading what only work needs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

COMMANDS = [
    "ack",
    "approval",
    "approval check",
    "approval enter",
    "assign",
    "contacts",
    "contacts absent",
    "contacts bind",
    "contacts channel",
    "contacts channel add",
    "contacts channel confirm",
    "contacts channel list",
    "contacts delegate",
    "contacts invitation",
    "contacts list",
    "contacts mandate",
    "contacts nominate",
    "contacts withdraw",
    "doctor",
    "drill",
    "drill start",
    "extend",
    "extend ask",
    "extend decide",
    "handover",
    "handover accept",
    "handover decline",
    "handover list",
    "handover start",
    "handover withdraw",
    "hold",
    "inbox",
    "inquiry",
    "inquiry send",
    "inquiry status",
    "key",
    "key csr",
    "key init",
    "key renew",
    "key revoke",
    "key rotate",
    "lead",
    "lead send",
    "lead status",
    "login",
    "progress",
    "received",
    "redirect",
    "reply",
    "resume",
    "return",
    "review",
    "roster",
    "roster gaps",
    "roster override",
    "roster publish",
    "roster show",
    "roster swap",
    "roster swap accept",
    "roster swap decline",
    "roster swap list",
    "roster swap offer",
    "scorecard",
    "show",
    "slip",
    "supervise",
    "supplement",
    "urge",
    "whoami",
]
READ = """
import contextlib, io, json, os, sys
from hutong.commands import main
said = {}
for words in json.loads(sys.argv[1]):
    sys.argv, out = ["hutong", "--lang", os.environ["ASKED"], *words.split(), "--help"], io.StringIO()
    with contextlib.redirect_stdout(out):
        try: main()
        except SystemExit as ended: said[words] = [ended.code or 0, out.getvalue()]
heavy = ("grpc", "google.protobuf", "cryptography", "yaml", "sqlalchemy", "hub", "chinese_calendar")
loaded = [name for name in heavy if name in sys.modules]
print(json.dumps([said, loaded]))
"""


@pytest.mark.parametrize(("lang", "word"), [("en", "Examples:"), ("zh-CN", "例：")])
def test_every_command_has_help_with_an_example(lang: str, word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ, json.dumps(COMMANDS)],
        capture_output=True,
        env={"ASKED": lang, "PATH": "", "PYTHONIOENCODING": "utf-8"},
        timeout=120,
        check=True,
    )
    said, loaded = json.loads(done.stdout)
    assert loaded == [], "help needs none of these"
    for words in COMMANDS:
        code, text = said[words]
        assert code == 0 and word in text, words
        # Each example is a call of that very command (of a group: of one of its own).
        shown = re.split("Options:|选项:", text[text.index(word) :])[0]
        if lang == "zh-CN":
            assert not re.search("Usage|Options|Arguments|Show this|required", text), text
        assert re.search(rf"^    hutong {words}( |$)", shown, re.MULTILINE), (words, shown)


def test_the_list_of_commands_is_complete() -> None:
    """Every command that the room's entry points offer stands in ``COMMANDS``."""
    from importlib.metadata import entry_points

    found = []
    for point in entry_points(group="hutong.commands"):
        if not point.value.startswith("liaison."):
            continue
        found += commands(point.name, point.load())
    assert sorted(found) == COMMANDS


def commands(name: str, room: Any) -> list[str]:
    """``name`` and every command below it."""
    import typer

    if not isinstance(room, typer.Typer):
        return [name]
    single = [each.name or each.callback.__name__ for each in room.registered_commands if each.callback]
    groups = [commands(f"{name} {each.name}", each.typer_instance) for each in room.registered_groups]
    return [name, *(f"{name} {each}" for each in single), *(each for group in groups for each in group)]
