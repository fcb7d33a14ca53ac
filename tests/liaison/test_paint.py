"""Tables in the window that people have: nothing is cut, ids stay whole, Chinese takes two cells."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from hutong.v1 import casework_pb2
from liaison.cli import paint
from liaison.items import Duty

TITLES = ("时限状态", "剩余", "编号", "标题", "来自", "责任人", "下一步")
ROW = (
    "■ 逾期",
    "逾期 2 小时 3 分",
    "5c8e21b7",
    "以“连锁经营”为名的聚集式传销（虚构）",
    "演示市监局",
    "王建国",
    "2026-10-12 17:30 催办 → 李敏（副手）",
)


def printed(width: int, rows: list[tuple[str, ...]], lead: int = 4, *, terminal: bool = True) -> list[str]:
    out = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, soft_wrap=True, highlight=False
    )
    paint.table(TITLES, rows, out, lead=lead)
    file = out.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


def test_a_wide_window_has_one_line_a_row() -> None:
    lines = printed(200, [ROW, ROW])
    assert len(lines) == 3 and lines[1] == lines[2] and "下一步" in lines[0]


def test_eighty_columns_have_a_few_lines_a_row() -> None:
    lines = printed(80, [ROW, ROW])
    assert lines[0].startswith("■ 逾期  逾期 2 小时 3 分  5c8e21b7  以“连锁经营”")
    assert lines[1] == "    来自 演示市监局 · 责任人 王建国"
    assert lines[2] == "    下一步 2026-10-12 17:30 催办 → 李敏（副手）"
    assert lines[:3] == lines[3:]


def test_what_is_empty_takes_no_room_and_a_file_gets_whole_lines() -> None:
    lines = printed(60, [(*ROW[:4], "–", "", ROW[6])])
    assert not any("来自" in line or "责任人" in line for line in lines)
    assert len(printed(60, [ROW], terminal=False)) == 2


@given(st.lists(st.text(st.sampled_from("督办abc 123→"), max_size=60), min_size=7, max_size=7), st.integers(30, 100))
def test_nothing_is_lost_however_narrow_it_is(row: list[str], width: int) -> None:
    lines = printed(width, [tuple(row)], lead=2)
    together = "".join("".join(lines).split())
    for value in row:
        if paint.shown(value) not in ("", "–"):
            assert "".join(value.split()) in together.replace("·", "")
    for line in lines[1:]:
        words = max((cell_len(word) for word in line.split()), default=0)
        assert cell_len(line) <= max(width, words + 4)


@pytest.mark.parametrize(("lang", "word"), [("zh-CN", "挂起"), ("en", "on hold")])
def test_the_lamp_says_why(lang: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", lang)
    held = Duty(casework_pb2.Obligation(state=casework_pb2.OBLIGATION_STATE_ON_HOLD), 1)
    assert paint.lamp(held).plain == f"○ {word}"
