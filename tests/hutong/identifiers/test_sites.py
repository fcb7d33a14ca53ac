"""ICP and police numbers of sites, as people write them."""

from __future__ import annotations

import pytest

from hutong.errors import HutongError
from hutong.identifiers import sites


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("京ICP备12345678号", "京ICP备12345678号"),
        ("京ICP备12345678号-1", "京ICP备12345678号-1"),
        ("京icp备12345678-1", "京ICP备12345678号-1"),
        (" 苏ICP备2021012345号 － 12A ", "苏ICP备2021012345号-12A"),
        ("京ＩＣＰ证０３０１７３号", "京ICP证030173号"),
        ("粤B2-20090059", "粤B2-20090059"),
        ("粤B2-20090059-123", "粤B2-20090059-123"),
        ("浙B2-20080224号", "浙B2-20080224"),
    ],
)
def test_icp_numbers(text: str, number: str) -> None:
    assert sites.icp_number(text) == number
    assert sites.icp_number(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345678",
        "东ICP备12345678号",
        "京ICP备1234号",
        "京ICP备12345678号-",
        "京ICP备12345678号-1\n京",
        "粤B2-19",
        "未备案",
    ],
)
def test_no_icp_numbers(text: str) -> None:
    with pytest.raises(HutongError) as refused:
        sites.icp_number(text)
    assert refused.value.code == "HT-IDF-20" and not refused.value.params


def test_the_holders_number() -> None:
    assert sites.icp_holder_number("京ICP备12345678号-1") == "京ICP备12345678号"
    assert sites.icp_holder_number("京ICP备12345678号") == "京ICP备12345678号"
    assert sites.icp_holder_number("粤B2-20090059-123") == sites.icp_holder_number("粤B2-20090059") == "粤B2-20090059"


def test_police_numbers() -> None:
    assert sites.police_number("京公网安备 11010502030143号") == "京公网安备11010502030143号"
    assert sites.police_number("京公网安备11010502030143") == "京公网安备11010502030143号"
    for text in ("京公网安备号", "公网安备11010502030143号", ""):
        with pytest.raises(HutongError) as refused:
            sites.police_number(text)
        assert refused.value.code == "HT-IDF-21"
