"""``hutong audit``: exit codes and both streams; as a real process where that matters, else in this one for speed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hutong.commands import main


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The program's own ``main`` in this process."""

    def call(*words: object, lang: str = "en") -> Done:
        monkeypatch.setenv("HUTONG_LANG", lang)
        monkeypatch.setattr(sys, "argv", ["hutong", "audit", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def process() -> Run:
    """The installed program, as a process of its own."""
    program = Path(sys.executable).with_name("hutong")

    def call(*words: object, lang: str = "en") -> Done:
        env = {**os.environ, "HUTONG_LANG": lang, "NO_COLOR": "1"}
        done = subprocess.run(
            [program, "audit", *map(str, words)], capture_output=True, text=True, env=env, timeout=60, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="module")
def material(make_log: Callable[..., Any], publish_log: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    log = make_log(300)
    publish_log(folder, log)
    (folder / "proofs").mkdir()
    (folder / "proofs/9.tlog-proof").write_bytes(bytes(log.proof(9)))
    (folder / "proofs/9.entry").write_bytes(log.raw[9])
    return folder


@pytest.fixture
def copy(material: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(material, tmp_path / "copy"))


def test_verified(process: Run, copy: Path) -> None:
    for path in (copy / "log", copy / "proofs/9.tlog-proof"):
        done = process("verify", path)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "✓ Verified." in done.stdout
    assert process("verify", copy / "log", "--policy", copy / "log.policy").returncode == 0


def test_an_export_whose_statements_nobody_signed_is_refused(
    process: Run, copy: Path, record: Callable[[int], Any]
) -> None:
    """Log, manifest and digests of this export agree; its statements' signatures are rubbish."""
    record(5).export(copy / "export")
    done = process("verify", copy / "export")
    assert done.returncode == 5 and "HT-SIG-0" in done.stdout


def test_not_verified(process: Run, copy: Path) -> None:
    """One flipped byte in each of two files: both are named, on stdout, and the exit code is 5."""
    for name in ("tile/entries/000", "checkpoint"):
        path = copy / "log" / name
        data = bytearray(path.read_bytes())
        data[-3] ^= 1
        path.write_bytes(data)
    done = process("verify", copy / "log")
    assert (done.returncode, done.stderr) == (5, "")
    assert "tile/entries/000" in done.stdout and "HT-LOG-14" in done.stdout and "HT-LOG-0" in done.stdout
    found = process("verify", copy / "log", "-o", "json")
    report = json.loads(found.stdout)
    assert found.returncode == 5 and report["ok"] is False
    assert {"code", "where", "params", "what", "why", "next"} == set(report["faults"][0])


def test_damaged_missing_and_odd_material_is_5(run: Run, copy: Path) -> None:
    (copy / "empty").mkdir()
    (copy / "proofs/8.tlog-proof").write_bytes(b"\xff\x00")
    (copy / "garbage").write_bytes(os.urandom(100))
    for path in (copy / "empty", copy / "garbage", copy / "proofs/8.tlog-proof", copy / "proofs/9.entry"):
        done = run("verify", path)
        assert done.returncode == 5 and "Traceback" not in done.stderr
    (copy / "log/checkpoint").unlink()
    assert run("verify", copy / "log").returncode == 5


def test_a_process_ends_with_2_or_5(process: Run, copy: Path) -> None:
    (copy / "log/checkpoint").write_bytes(b"")
    assert process("verify", copy / "log").returncode == 5
    assert process("verify", copy / "nowhere").returncode == 2


def test_policies(run: Run, copy: Path) -> None:
    (copy / "broken.policy").write_bytes(b"quorum\n")
    for policy in (copy / "broken.policy", copy / "proofs"):
        assert run("verify", copy / "log", "--policy", policy).returncode == 5
    assert run("verify", copy / "log", "--policy", copy / "nowhere").returncode == 2
    (copy / "log.policy").unlink()
    done = run("verify", copy / "log")
    assert done.returncode == 5 and "HT-LOG-12" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("verify",),
        ("verify", "no/such/path"),
        ("verify", ".", "--loud"),
        ("verify", ".", "-o", "xml"),
        ("verify", ".", "--lang", "fr"),
        ("verify", ".", "."),
        ("prove", "."),
    ],
)
def test_wrong_usage_is_2(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == "" and "Traceback" not in done.stderr


def test_both_languages(run: Run, material: Path) -> None:
    assert "核验通过" in run("verify", material / "log", lang="zh-CN").stdout
    assert "核验通过" in run("verify", material / "log", "--lang", "zh-CN").stdout
    assert "Verified" in run("verify", material / "log", "--lang", "en", lang="zh-CN").stdout


def test_show(run: Run, copy: Path, record: Callable[[int], Any]) -> None:
    export = record(5).export(copy / "export")
    entry = record(5).log().raw[1]
    (copy / "1.entry").write_bytes(entry)
    expected = {
        copy / "log": {"kind": "checkpoint", "size": 300},
        copy / "log/checkpoint": {"kind": "checkpoint", "origin": "hutong.example/log"},
        copy / "proofs/9.tlog-proof": {"kind": "proof", "index": 9},
        copy / "1.entry": {"kind": "entry", "statement_kind": "lead", "event": "ENTRY_EVENT_RECORDED"},
        export: {"kind": "export", "size": 5},
        export / "statements/001.pb": {
            "kind": "statement",
            "statement_kind": "lead",
            "recipients[0].agency": "mps-310000",
            "lead.source": "LEAD_SOURCE_COMPLAINT",
        },
    }
    for path, fields in expected.items():
        done = run("show", path, "-o", "json")
        assert done.returncode == 0 and fields.items() <= json.loads(done.stdout).items()
    said = run("show", copy / "1.entry").stdout
    assert "2025-10-09 16:53:20.000+08:00 (2025-10-09 08:53:20.000 UTC)" in said and "not verified" in said


def test_show_refuses_what_it_cannot_read(run: Run, copy: Path) -> None:
    (copy / "checkpoint").write_bytes(b"cut off")
    (copy / "x.tlog-proof").write_bytes(b"cut off")
    (copy / "manifest.json").write_bytes(b"{")
    (copy / "x.entry").write_bytes(b"\xff\xff")
    (copy / "x.pb").write_bytes(b"\xff\xff")
    os.mkfifo(copy / "pipe")
    for name in ("checkpoint", "x.tlog-proof", "manifest.json", "x.entry", "x.pb", "pipe", "proofs"):
        done = run("show", copy / name)
        assert done.returncode == 5 and done.stdout == ""
        assert "Code HT-LOG-" in done.stderr and "trace id" in done.stderr
