"""``hutong scorecard``: an officer reads the figures of the own agency, and of no other."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from audit.review.period import week_at
from tests.words import lead_words


@pytest.fixture
def looked(town: Any, hutong: Any) -> str:
    """A lead on record that the hub's watch has seen; the week's name."""
    hutong(*lead_words("报表"), profile=town.market)
    watch = town.world.hub.server._watch
    watch.look()
    return week_at(watch._clock.now())


def test_an_officer_reads_the_own_agencys_week(town: Any, hutong: Any, looked: str) -> None:
    seen = town.world.hub.server._watch.cards.entries
    card = hutong("scorecard", "-o", "json", profile=town.police).json
    # A node may have sent its Delivered since the watch looked.
    assert card["span"] == looked and card["faults"] == 0 and 0 < seen <= card["entries"] <= town.size()
    assert {row["agency"] for side in ("recipients", "requesters") for row in card[side]} == {"police"}
    whole, *officers = card["recipients"]
    assert whole["contact"] is None and whole["laid"] >= 1
    assert "police liaison (fictitious)" in {row["name"] for row in officers}
    asked = hutong("scorecard", "--week", looked, "-o", "json", profile=town.market).json
    assert {row["agency"] for side in ("recipients", "requesters") for row in asked[side]} == {"market"}
    assert asked["requesters"][0]["sent"] >= 1


def test_for_people_in_both_languages_and_for_spreadsheets(town: Any, hutong: Any, looked: str) -> None:
    for lang, word in (("en", "1. Timeliness"), ("zh-CN", "一、承办时效")):
        hutong.lang = lang
        told = hutong("scorecard", profile=town.police)
        assert word in told.out and looked in told.out and "police liaison (fictitious)" in told.out and not told.err
    rows = list(csv.reader(io.StringIO(hutong("scorecard", "-o", "csv", profile=town.police).out)))
    assert len({len(row) for row in rows}) == 1 and rows[0][:4] == ["角色", "机关", "联系人编号", "姓名"]


def test_what_is_no_period_and_what_is_not_kept(town: Any, hutong: Any, looked: str) -> None:
    for words, code, said in (
        (("--week", "2026-41"), 2, "HT-SCR-02"),
        (("--week", looked, "--month", "2026-10"), 2, "HT-SCR-02"),
        (("--month", "2020-01"), 1, "HT-SCR-06"),
    ):
        assert said in hutong("scorecard", *words, profile=town.police, code=code).err
