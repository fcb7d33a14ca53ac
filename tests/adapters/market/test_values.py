"""Dates, money and head counts as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market import values
from hutong.v1 import codes_pb2

US = values.DateOrder()
DAY_FIRST = values.DateOrder(day_first=True)


@pytest.mark.parametrize(
    "text",
    [
        "9/24/19",
        "9/24/2019",
        "09-24-2019",
        "24/9/2019",
        "2019-09-24",
        "2019-9-24",
        "2019/9/24",
        "2019.09.24",
        "20190924",
        "2019-09-24T12:00:00-05:00",
        "2019-09-24 23:59:59",
        "2019-09-24T00:00:00.000Z",
        "2019年9月24日",
        "2019年09月24日 10时30分",
        "２０１９年９月２４日",
        "2019年9月24日上午",
        "20190924103000",
        "24-Sep-2019",
        "Sep 24, 2019",
        "24 September 2019",
        "43732",
        "43732.5",
        "1569283200",
        "1569283200000",
        " 2019-09-24 ",
        "9/24/2019 3:15:00 PM",
    ],
)
def test_one_day_in_many_layouts(text: str) -> None:
    assert values.day(text, US) == date(2019, 9, 24)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2019-13-01",
        "2019-02-30",
        "31/31/2019",
        "1999-12-31",
        "9/24/99",
        "2019",
        "2019-09-24x",
        "12",
        "2019-09",
        "Foo 24, 2019",
    ],
)
def test_no_days(text: str) -> None:
    assert values.day(text, US) is None


def test_order_of_day_and_month() -> None:
    assert values.day("3/4/2019", US) == date(2019, 3, 4)
    assert values.day("3/4/2019", DAY_FIRST) == date(2019, 4, 3)
    assert values.date_order(["3/4/2019", "25/4/2019"]) == DAY_FIRST
    assert values.date_order(["3/4/2019", "4/25/2019"]) == US
    assert values.date_order(["3/4/2019"]) == values.DateOrder(certain=False)
    assert values.date_order(["2019-04-03"]).certain


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.month}/{day.day}/{day.year}",
    ):
        order = values.date_order([text])
        if order.certain:
            assert values.day(text, order) == day


@pytest.mark.parametrize(
    ("text", "unit", "value", "currency"),
    [
        ("35000", "元", "35000", "CNY"),
        ("35,000.50", "元", "35000.50", "CNY"),
        ("¥5000", "", "5000", "CNY"),
        ("￥5,000.00元", "", "5000", "CNY"),
        ("3.5万元", "", "35000", "CNY"),
        ("3.5", "万元", "35000", "CNY"),
        ("120万", "元", "1200000", "CNY"),
        ("1.2亿元", "", "120000000", "CNY"),
        ("约3万余元", "", "30000", "CNY"),
        ("人民币5000元整", "", "5000", "CNY"),
        ("$100", "", "100", "USD"),
        ("USD 100", "", "100", "USD"),
        ("100 usd", "", "100", "USD"),
        ("3000美元", "", "3000", "USD"),
        ("RMB 20", "", "20", "CNY"),
        ("100", "", "100", ""),
        ("100", "单位：万元", "1000000", "CNY"),
    ],
)
def test_money(text: str, unit: str, value: str, currency: str) -> None:
    assert values.money(text, unit) == values.Amount(value, currency)


@pytest.mark.parametrize("text", ["", "3-5万", "很多", "-100", "1e9", "NaN", "12,34", "100元/人", "9" * 30, "伍仟元"])
def test_no_money(text: str) -> None:
    assert values.money(text) is None


@pytest.mark.parametrize(
    ("text", "count"), [("35", 35), ("约120人", 120), ("３０余名", 30), ("30-50人", None), ("众多", None)]
)
def test_heads(text: str, count: int | None) -> None:
    assert values.heads(text) == count


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (None, "UNKNOWN"),
        (0, "UNDER_30"),
        (29, "UNDER_30"),
        (30, "30_TO_59"),
        (59, "30_TO_59"),
        (60, "60_TO_119"),
        (119, "60_TO_119"),
        (120, "120_OR_MORE"),
    ],
)
def test_participant_bands(count: int | None, band: str) -> None:
    assert codes_pb2.ParticipantBand.Name(values.participant_band(count)) == f"PARTICIPANT_BAND_{band}"


@pytest.mark.parametrize(
    ("amounts", "band"),
    [
        ([], "UNKNOWN"),
        (["99999.99"], "UNDER_100K"),
        (["100000"], "100K_TO_1M"),
        (["999999"], "100K_TO_1M"),
        (["1000000"], "1M_TO_2_5M"),
        (["2499999", "1"], "2_5M_OR_MORE"),
    ],
)
def test_amount_bands(amounts: list[str], band: str) -> None:
    found = values.amount_band(values.Amount(value, "CNY") for value in amounts)
    assert codes_pb2.AmountBand.Name(found) == f"AMOUNT_BAND_{band}"


def test_foreign_money_has_no_band() -> None:
    assert values.amount_band([values.Amount("9", "USD")]) == codes_pb2.AMOUNT_BAND_UNKNOWN
