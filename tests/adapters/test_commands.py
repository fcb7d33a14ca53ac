"""``hutong adapter convert`` through the real program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters import registry


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = [sys.executable, "-c", "from hutong.commands import main; main()", "adapter", "convert"]
    return subprocess.run(
        [*program, *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "HUTONG_LANG": "en", **environment},
    )


def test_drafts(samples: Path) -> None:
    done = run("market", samples / "market" / "ccdb-v1-public.csv", "-o", "json")
    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(said) == ["drafts", "dead_letters"]
    assert len(said["drafts"]) == 30 and said["dead_letters"] == []


def test_dead_letter_in_both_languages(samples: Path) -> None:
    file = samples / "cyberspace" / "interop-objectmarking-test.json"
    english = run("cyberspace", file, "-o", "json", "--lang", "en")
    chinese = run("cyberspace", file, "-o", "json", "--lang", "zh-CN", PYTHONIOENCODING="ascii")
    assert english.returncode == chinese.returncode == 1
    (first,), (second,) = json.loads(english.stdout)["dead_letters"], json.loads(chinese.stdout)["dead_letters"]
    assert set(first) == {"where", "code", "reason"} and first["code"] == second["code"] == "HT-STX-01"
    assert "may not leave" in first["reason"] and "不得出本单位" in second["reason"]


def test_table(samples: Path) -> None:
    done = run("banking", samples / "banking" / "camt053.v2.wrong.xml")
    assert done.returncode == 1 and b"HT-XML-04" in done.stdout


@pytest.mark.parametrize("agency", [name for name in registry.AGENCIES if name not in registry.installed()])
def test_adapter_that_is_not_there_yet(agency: str, samples: Path) -> None:
    done = run(agency, samples / "market" / "list-panel.json", "-o", "json")
    assert done.returncode == 1
    assert [letter["code"] for letter in json.loads(done.stdout)["dead_letters"]] == ["HT-ADP-01"]


@pytest.mark.parametrize(
    "arguments", [("railways", __file__), ("market", "/no/such/file"), ("market", "/"), ("market",)]
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, "-o", "json")
    assert done.returncode == 2 and done.stdout == b""


def test_markup_in_a_record_is_only_text(tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("投诉编号,投诉标题\n[bold],[/x] \x1b[31m:smile:\n", encoding="utf-8")
    done = run("market", file)
    assert done.returncode == 0 and b"[bold]" in done.stdout and b":smile:" in done.stdout
    assert b"\x1b" not in done.stdout
