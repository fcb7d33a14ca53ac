"""``hutong audit duty`` as people and programs read it: the clocks, and a later instant than the log's end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hutong.commands import main
from hutong.v1 import codes_pb2
from tests.cases import at
from tests.clocks import HOUR, Clocks, leads

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, stdout and stderr of ``hutong audit duty``."""

    def call(*words: object, lang: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("HUTONG_LANG", lang)
        monkeypatch.setattr(sys, "argv", ["hutong", "audit", "duty", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return call


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Honest, but that the hub's clock was two hours fast for a while; an urgent lead waits at the end."""
    log = Clocks(at("2026-10-12T09:30"))
    leads(log, 2)
    log.skew = 2 * HOUR
    log.now += 2 * HOUR
    leads(log, 25)
    log.skew = 0
    log.now += 2 * HOUR
    log.lead(urgency=codes_pb2.URGENCY_URGENT)
    return log.export(tmp_path_factory.mktemp("duty") / "export")


def test_the_clocks_are_shown_and_are_no_fault(run: Run, export: Path) -> None:
    code, out, _ = run(export)
    assert code == 0
    assert "2:00:01.000" in out and "may have been fast" in out and "banking, market" in out
    assert out.splitlines()[-1].startswith("Obligations 28;"), "the last line still sums up"
    assert "And 5 more" in out
    code, out, _ = run(export, lang="zh-CN")
    assert "中枢时钟可能快了" in out
    code, out, _ = run(export, "-o", "json")
    clock = json.loads(out)["clock"]
    assert code == 0 and len(clock["named"]) == 25 and clock["shifts"][0]["by"] == 2 * HOUR + 1000


def test_a_later_instant(run: Run, export: Path) -> None:
    assert run(export, "--now", "2026-10-12T15:00")[0] == 0
    code, out, _ = run(export, "--now", "2026-10-12T18:00")
    assert code == 5 and out.count("HT-RPL-10") >= 2 and "certificate" in out
    code, out, _ = run(export, "--now", "2026-10-12T10:00:00Z", "-o", "json")
    report = json.loads(out)
    assert code == 5 and {fault["code"] for fault in report["faults"]} == {"HT-RPL-10"}
    assert report["duty"]["missed"] == len(report["faults"])


@pytest.mark.parametrize("given", ["2026-10-12T08:00", "noon", ""])
def test_an_instant_that_is_none(run: Run, export: Path, given: str) -> None:
    code, out, err = run(export, "--now", given)
    if given:
        assert code == 2 and "Traceback" not in err and out == ""
    else:
        assert code == 0
