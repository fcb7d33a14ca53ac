"""``hutong audit report`` and ``hutong audit duty`` as people and programs call them, on whole exports."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rich.cells import cell_len

from audit.sheets import csv_text, neutral, write_workbook
from hutong.commands import main
from hutong.v1 import codes_pb2, kinds_pb2
from tests.cases import at
from tests.chronicle import Chronicle

FRIDAY = at("2026-10-09T16:30")


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


def story(*, silent: bool = False) -> Chronicle:
    """Two weeks: a lead acknowledged late and confirmed, a flash one returned, one that nobody takes, and a drill.

    ``silent``: the hub does not certify that the first was late.
    """
    log = Chronicle(FRIDAY)
    late = log.lead(urgency=codes_pb2.URGENCY_URGENT)
    if silent:
        log.now = at("2026-10-10T11:30")
    else:
        log.tick(at("2026-10-10T11:30"))
    log.acknowledged(late)
    log.tick(at("2026-10-13T12:00"))
    log.say(log.completed(late))
    flash = log.lead(urgency=codes_pb2.URGENCY_FLASH)
    log.tick(log.now + 10 * 60_000)
    log.say(log.by("police", "return", flash, facts=kinds_pb2.Return(reason=codes_pb2.REASON_CODE_INCOMPLETE)))
    drill = log.town.lead()
    drill.facts.drill = True
    log.say(drill)
    log.lead(to=["banking"])
    log.tick(at("2026-10-20T12:00"))
    return log


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story().export(tmp_path_factory.mktemp("reporting") / "export")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(silent=True).export(tmp_path_factory.mktemp("silent") / "export")


def test_a_month_for_programs(run: Run, export: Path) -> None:
    done = run("report", export, "--month", "2026-10", "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["ok"] and report["period"]["start"] == "2026-10-01T00:00:00+08:00"
    assert report["as_of"] == "2026-10-19T12:10:00+08:00", "the last thing said"
    assert report["drills"] == {"items": 1, "obligations": 1}
    (police,) = (row for row in report["recipients"] if row["agency"] == "police" and row["contact"] is None)
    assert police["acknowledged"] == {"part": 1, "whole": 2, "percent": 50.0}
    assert police["completed"] == {"part": 1, "whole": 1, "percent": 100.0}
    assert police["to_acknowledge"]["n"] == 1 and police["to_acknowledge"]["wall"]["median"] == 19 * 60
    assert police["to_acknowledge"]["work"] == {"median": 210.0, "p90": 210.0}
    assert police["outcomes"]["confirmed"] == 1 and police["outcomes"]["unsubstantiated"] == 0
    assert police["returned"]["incomplete"] == 1 and police["non_response"] == 1
    (market,) = (row for row in report["requesters"] if row["contact"] is None)
    assert market["flash_items"] == {"part": 1, "whole": 3, "percent": 33.3}
    assert market["defective"] == {"part": 1, "whole": 3, "percent": 33.3}
    assert market["flash_for_nothing"]["part"] == market["waiting"]["unread"] == 1
    (late,) = report["overdue"]
    assert (late["agency"], late["clock"]) == ("banking", "acknowledge")


def test_a_week_is_only_that_week(run: Run, export: Path) -> None:
    report = json.loads(run("report", export, "--week", "2026-W41", "-o", "json").stdout)
    (police,) = (row for row in report["recipients"] if row["agency"] == "police" and row["contact"] is None)
    assert (police["laid"], police["completed"]["whole"], police["standing"]["open"]) == (1, 0, 1)
    assert report["as_of"] == report["period"]["end"]


def test_a_report_for_people_lines_up_in_both_languages(run: Run, export: Path) -> None:
    for lang, words in (
        ("zh-CN", ["一、承办时效", "按时签收", "材料不全 1"]),
        ("en", ["1. Timeliness", "incomplete 1"]),
    ):
        done = run("report", export, "--month", "2026-10", lang=lang)
        assert done.returncode == 0 and all(word in done.stdout for word in words), done.stdout
        assert "score-" not in done.stdout, "every figure has a name"
        lines = done.stdout.splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith(("承办 ", "owing ")))
        heads, police = lines[first], next(line for line in lines[first:] if line.startswith("police"))
        second = heads.split()[1]
        assert cell_len(heads[: heads.index(second)]) == cell_len(police[: police.index("2")]), "columns by cells"


def test_one_agency_alone(run: Run, export: Path) -> None:
    report = json.loads(run("report", export, "--month", "2026-10", "--agency", "police", "-o", "json").stdout)
    assert {row["agency"] for row in report["recipients"]} == {"police"}
    assert report["requesters"] == report["overdue"] == []
    unknown = run("report", export, "--month", "2026-10", "--agency", "tax")
    assert unknown.returncode == 2 and "HT-SCR-03" in unknown.stderr


def test_csv_is_one_table(run: Run, export: Path) -> None:
    done = run("report", export, "--month", "2026-10", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 0 and {row["Side"] for row in rows} == {"owing", "asking"}
    (police,) = (row for row in rows if row["Agency"] == "police" and not row["Contact"])
    assert police["Acknowledged in time·percent"] == "50.0" and police["Outcomes·confirmed"] == "1"
    assert police["Answers unread"] == "", "not a figure of that side"
    assert None not in police and all(None not in row.values() for row in rows)


def test_excel_has_a_sheet_for_each_side(run: Run, export: Path, tmp_path: Path) -> None:
    done = run("report", export, "--month", "2026-10", "--xlsx", tmp_path / "report.xlsx", lang="zh-CN")
    assert done.returncode == 0
    book = load_workbook(tmp_path / "report.xlsx")
    assert book.sheetnames == ["承办", "来文", "八、逾期清单"]
    heads = [cell.value for cell in book["承办"][1]]
    police = next(row for row in book["承办"].iter_rows(min_row=2, values_only=True) if row[0] == "police")
    assert police[heads.index("新收任务")] == 2
    failed = run("report", export, "--month", "2026-10", "--xlsx", tmp_path / "no" / "report.xlsx")
    assert failed.returncode == 1 and "HT-SCR-04" in failed.stderr


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    nasty = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "plain", "c0=1"]
    assert [neutral(each) for each in nasty] == ["'" + each for each in nasty[:6]] + nasty[6:]
    assert [neutral(each) for each in (-1, 2.5, None)] == [-1, 2.5, None]
    assert csv_text(["=head"], [["=cmd|' /C calc'!A0", -1]]).splitlines() == ["'=head", "'=cmd|' /C calc'!A0,-1"]
    write_workbook(tmp_path / "x.xlsx", [("one", ["=head"], [["=1+1", None, 3]])])
    sheet = load_workbook(tmp_path / "x.xlsx")["one"]
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None] == ["s", "s", "n"]


def test_there_are_no_figures_of_what_does_not_verify(run: Run, export: Path, tmp_path: Path) -> None:
    bent = Path(shutil.copytree(export, tmp_path / "bent"))
    claims = bent / "claims.json"
    claims.write_bytes(claims.read_bytes().replace(b'"state":4', b'"state":2', 1))
    for form in ("table", "json", "csv"):
        done = run("report", bent, "--month", "2026-10", "-o", form)
        assert done.returncode == 5
        assert "HT-RPL-03" in (done.stderr if form == "csv" else done.stdout)
        assert "police" not in done.stdout or form != "csv"
    assert "recipients" not in json.loads(run("report", bent, "--month", "2026-10", "-o", "json").stdout)


@pytest.mark.parametrize(
    "words",
    [[], ["--week", "2026-W41", "--month", "2026-10"], ["--week", "nonsense"], ["--month", "2026-10", "-o", "xml"]],
)
def test_a_report_called_wrongly_is_2(run: Run, export: Path, words: list[str]) -> None:
    assert run("report", export, *words).returncode == 2


def test_only_an_export_has_figures(run: Run, export: Path) -> None:
    for command in (["duty"], ["report", "--week", "2026-W41"]):
        assert "HT-RPL-06" in run(command[0], export / "log", *command[1:]).stderr


def test_duty_of_an_honest_hub_is_0_and_sums_up(run: Run, export: Path) -> None:
    done = run("duty", export)
    assert (done.returncode, done.stderr) == (0, "")
    last = done.stdout.splitlines()[-1]
    assert last.startswith("Obligations 4; steps due ") and "missed 0, surplus or wrong 0" in last
    said = json.loads(run("duty", export, "-o", "json").stdout)
    assert said["ok"] and said["duty"]["due"] == said["duty"]["said"] > 20 and said["duty"]["worst"] == 0


def test_duty_of_a_silent_hub_is_5_and_names_each_step(run: Run, silent: Path) -> None:
    done = run("duty", silent, lang="zh-CN")
    assert done.returncode == 5 and done.stdout.count("✗ HT-LAD-01") == 3
    assert "逾期未应证明" in done.stdout and "催办副手" in done.stdout and "催办负责人" in done.stdout
    assert "遗漏 3" in done.stdout.splitlines()[-1]
    report = json.loads(run("duty", silent, "-o", "json").stdout)
    assert report["faults"][0]["params"]["step"] == "certificate"
    assert run("replay", silent).returncode == 0, "nothing else is wrong with it"


def test_duty_shows_when_the_hub_was_silent(run: Run, tmp_path: Path) -> None:
    log = Chronicle(FRIDAY)
    log.lead(urgency=codes_pb2.URGENCY_URGENT)
    log.now = at("2026-10-10T11:30")
    log.tick()
    done = run("duty", log.export(tmp_path / "export"))
    assert done.returncode == 0 and "steps said more than 5 minutes late: 3" in done.stdout
    assert "worst lateness 1:30:00" in done.stdout.splitlines()[-1]
