"""Divisions: current, retired and unlisted codes."""

from __future__ import annotations

import pytest

from hutong.errors import HutongError
from hutong.identifiers.divisions import Standing, covers, current, division, full_name


def test_the_table_is_whole() -> None:
    table = current()
    assert len(table) > 3300 and all(len(code) == 6 and code.isdigit() and name for code, name in table.items())
    assert all(code[:2] + "0000" in table for code in table)
    assert all(code[:4] + "00" in table for code in table)


@pytest.mark.parametrize(
    ("code", "name", "standing"),
    [
        ("100000", "全国", Standing.CURRENT),
        ("310000", "上海市", Standing.CURRENT),
        ("320282", "宜兴市", Standing.CURRENT),
        ("441900", "东莞市", Standing.CURRENT),
        ("110103", "崇文区", Standing.RETIRED),
        ("500381", "江津市", Standing.RETIRED),
        ("659099", "", Standing.UNLISTED),
        ("100001", "", Standing.UNLISTED),
    ],
)
def test_standing(code: str, name: str, standing: Standing) -> None:
    found = division(code)
    assert (found.name, found.standing, found.warn) == (name, standing, standing is not Standing.CURRENT)


@pytest.mark.parametrize("code", ["", "11", "990000", "010000", "11010", "1101011", "11010a", "１１０１０１"])
def test_refused(code: str) -> None:
    with pytest.raises(HutongError, match="HT-IDF-06"):
        division(code)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("320282", "江苏省无锡市宜兴市"),
        ("110101", "北京市东城区"),
        ("441900", "广东省东莞市"),
        ("469001", "海南省五指山市"),
        ("110103", "北京市崇文区"),
        ("100000", "全国"),
        ("440000", "广东省"),
    ],
)
def test_full_names(code: str, name: str) -> None:
    assert full_name(code) == name


def test_every_current_code_has_a_full_name() -> None:
    assert all(full_name(code) for code in current())


REGIONS = ("100000", "450000", "450100", "450102", "450200", "320000", "320100")


@pytest.mark.parametrize(
    ("code", "held"),
    [
        ("100000", REGIONS),
        ("450000", ("450000", "450100", "450102", "450200")),
        ("450100", ("450100", "450102")),
        ("450102", ("450102",)),
        ("320000", ("320000", "320100")),
    ],
)
def test_a_division_holds_what_begins_like_it(code: str, held: tuple[str, ...]) -> None:
    assert tuple(other for other in REGIONS if covers(code, other)) == held
