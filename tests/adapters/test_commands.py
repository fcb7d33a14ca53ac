"""``hutong adapter convert`` through the real program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters import registry


def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = [sys.executable, "-c", "from hutong.commands import main; main()", "adapter", "convert"]
    return subprocess.run(
        [*program, *map(str, arguments)],
        input=stdin,
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


def test_there_and_back_in_one_line(samples: Path) -> None:
    there = run("market", samples / "market" / "ccdb-v1-public.csv", "-o", "json")
    back = run("market", "-", "--to", "native", stdin=there.stdout)
    assert back.returncode == 0 and back.stderr == b""
    again = json.loads(run("market", "-", "-o", "json", stdin=back.stdout).stdout)
    first = json.loads(there.stdout)
    assert [each["source_record"] for each in again["drafts"]] == [each["source_record"] for each in first["drafts"]]
    assert [each["facts"] for each in again["drafts"]] == [each["facts"] for each in first["drafts"]]


def test_recognised_by_content(samples: Path) -> None:
    """By the program once; which sample is whose is asked of all of them in test_recognise.py."""
    file = samples / "banking/camt053.v3.xml"
    done = run("-", stdin=file.read_bytes())
    assert done.returncode == 0 and done.stderr.strip().endswith(b"banking")
    drafts = run("auto", file, "-o", "json")
    assert run("-", "--to", "native", "-o", "json", stdin=drafts.stdout).returncode == 0


def test_nobody_knows_it() -> None:
    done = run("-", "-o", "json", stdin=b"%PDF-1.7")
    assert done.returncode == 1
    assert [letter["code"] for letter in json.loads(done.stdout)["dead_letters"]] == ["HT-ADP-261"]


def test_a_fault_that_all_find_alike() -> None:
    done = run("-", "-o", "json")
    assert done.returncode == 1
    assert [letter["code"] for letter in json.loads(done.stdout)["dead_letters"]] == ["HT-ADP-10"]


def test_whose_drafts_these_are_cannot_be_told() -> None:
    done = run("-", "--to", "native", "-o", "json", stdin=b'{"drafts": [], "dead_letters": []}')
    assert done.returncode == 2 and json.loads(done.stderr)["error"]["code"] == "HT-ADP-260"


def test_files_into_a_folder_and_never_over_another(samples: Path, tmp_path: Path) -> None:
    drafts = run("market", samples / "market" / "ccdb-v1-public.csv", "-o", "json").stdout
    done = run("market", "-", "--to", "native", "--out", tmp_path / "a" / "b", stdin=drafts)
    written = sorted((tmp_path / "a" / "b").iterdir())
    assert done.returncode == 0 and done.stdout == b"" and len(written) == 30
    assert "标题" in json.loads(written[0].read_bytes())
    written[0].write_bytes(b"mine")
    written[1].unlink()
    again = run("market", "-", "--to", "native", "--out", tmp_path / "a" / "b", "-o", "json", stdin=drafts)
    assert again.returncode == 2 and json.loads(again.stderr)["error"]["code"] == "HT-ADP-264"
    assert written[0].read_bytes() == b"mine" and not written[1].exists()


def test_several_files_do_not_go_to_stdout(samples: Path) -> None:
    drafts = run("banking", samples / "banking" / "camt053.v3.xml", "-o", "json").stdout
    twice = json.dumps(json.loads(drafts)["drafts"] * 2).encode()
    done = run("banking", "-", "--to", "original", stdin=twice)
    assert done.returncode == 2 and done.stdout == b"" and b"HT-ADP-263" in done.stderr
    listed = run("banking", "-", "--to", "original", "-o", "json", stdin=twice)
    assert listed.returncode == 0 and len(json.loads(listed.stdout)["files"]) == 2


def test_a_form_that_the_agency_has_not(samples: Path) -> None:
    drafts = run("market", samples / "market" / "ccdb-v1-public.csv", "-o", "json").stdout
    done = run("market", "-", "--to", "papyrus", "-o", "json", stdin=drafts)
    assert done.returncode == 2 and json.loads(done.stderr)["error"]["code"] == "HT-ADP-265"


def test_what_cannot_be_said_is_a_dead_letter_and_the_rest_is_written(tmp_path: Path) -> None:
    good = {
        "kind": "inquiry",
        "facts": {"ask": "ASK_TYPE_ACCOUNT"},
        "body": {
            "inquiry": {
                "legal_mandate": "《禁止传销条例》第十四条",
                "period_from": "2026-01-01",
                "period_to": "2026-02-01",
                "accounts": [{"account": {"other_id": "6222020000000000000"}}],
            }
        },
    }
    bad = {"kind": "inquiry", "facts": {"ask": "ASK_TYPE_ACCOUNT"}, "body": {"inquiry": {}}}
    done = run("banking", "-", "--to", "native", stdin=json.dumps({"drafts": [good, bad]}).encode())
    assert done.returncode == 1 and b"<InvstgtnId>" in done.stdout and b"statement 2 HT-ADP-30" in done.stderr
    left = run("banking", "-", "--to", "native", stdin=json.dumps({"drafts": [good], "dead_letters": [{}]}).encode())
    assert left.returncode == 1 and b"<InvstgtnId>" in left.stdout
