"""``hutong calendar due`` as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hutong.commands import main


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["hutong", "calendar", "due", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("words", "due"),
    [
        (["2026-10-09T16:30+08:00", "480min"], "2026-10-12T09:30:00+08:00"),
        (["2026-10-09T08:30Z", "480min"], "2026-10-12T09:30:00+08:00"),
        (["2026-10-09T16:30", "3wd"], "2026-10-13T16:30:00+08:00"),
        (["2026-10-09", "10d"], "2026-10-19T00:00:00+08:00"),
        (["2026-09-30T16:00", "3d", "--roll-over"], "2026-10-08T16:00:00+08:00"),
        (["2017-03-29T16:00", "1wd", "--region", "450000"], "2017-04-05T16:00:00+08:00"),
    ],
)
def test_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], due: str
) -> None:
    assert run(monkeypatch, *words) == 0
    assert capsys.readouterr().out == due + "\n"


def test_explained(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "2026-10-09T16:30", "480min", "--explain", "--lang", "en") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2026-10-12T09:30:00+08:00"
    rows = [line.split() for line in said[2:6]]
    assert [(row[0], row[-1]) for row in rows] == [
        ("2026-10-09", "1:00"),
        ("2026-10-10", "6:30"),
        ("2026-10-11", "·"),
        ("2026-10-12", "0:30"),
    ]
    assert "make-up" in said[3]


def test_a_year_without_notice_is_marked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "2031-03-03T09:00", "2wd", "--lang", "en") == 0
    said = capsys.readouterr()
    assert said.out == "2031-03-05T09:00:00+08:00\n"
    assert "Provisional" in said.err
    assert run(monkeypatch, "2031-03-03T09:00", "2wd", "--lang", "en", "--explain") == 0
    assert capsys.readouterr().out.count("(provisional)") == 3


def test_an_announced_year_from_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "2031.toml"
    path.write_text('[[notice]]\nregion=""\nyear=2031\nversion=1\noff=[2031-03-04]\nworked=[]\nsource="test"\n')
    assert run(monkeypatch, "2031-03-03T09:00", "2wd", "--notice", str(path), "-o", "json", "--explain") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["due"], said["provisional"]) == ("2031-03-06T09:00:00+08:00", False)
    assert [day["kind"] for day in said["days"]] == ["weekday", "holiday", "weekday", "weekday"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["2026-13-01", "3wd"], "HT-CAL-05"),
        (["yesterday", "3wd"], "HT-CAL-05"),
        (["0001-01-01T00:00+14:00", "3wd"], "HT-CAL-05"),
        (["2026-10-09", "3x"], "HT-CAL-03"),
        (["2026-10-09", "3wd", "--notice", "none.toml"], "HT-CAL-06"),
        (["9999-12-30", "30d"], "HT-CAL-04"),
        (["2026-10-09", "3wd", "--region", "123"], "HT-CAL-07"),
    ],
)
def test_a_wrong_call_exits_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert run(monkeypatch, *words) == 2
    said = capsys.readouterr()
    assert not said.out
    assert code in said.err


def test_a_statutory_limit_stands_for_its_span(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "2026-09-29T10:00", "penalty-service", "--explain", "--lang", "en") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2026-10-14T10:00:00+08:00"
    assert "art. 61" in said[-1]


def test_the_statutory_limits_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["hutong", "calendar", "limits", "-o", "json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    listed = {each["id"]: each for each in json.loads(capsys.readouterr().out)}
    assert (listed["sealing"]["span"], listed["sealing"]["extension"]) == ("30d", "15d")
    assert listed["transfer-decision"]["unit_is_sure"] is False
