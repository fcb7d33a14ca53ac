"""Whom an act reaches, foretold by the rules and told by the hub, in the same words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.services import shown
from liaison import preflight
from liaison.items import Duty
from liaison.reach import Reach, expected, line, stands
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from rules.records import Item, Obligation
from rules.state import State
from tests.liaison.test_preflight import TOWN, lead
from tests.towns import NOW, ORIGIN

MARKET, POLICE = TOWN.houses["market"], TOWN.houses["police"]
NAMES = {"police": "公安局", f"@{POLICE.liaison}": "王建国", f"@{POLICE.head}": "赵四"}


def decided() -> tuple[Any, Any]:
    sender = preflight.Sender(ORIGIN, "market", MARKET.liaison)
    state = State(TOWN.directory)
    return state, preflight.decided(lead("police"), sender, state, Permit(Policies.shipped(), TOWN.directory), NOW)[1]


def test_a_lead_is_foretold_as_the_hub_will_show_it() -> None:
    state, outcome = decided()
    (reach,) = expected(state, outcome)
    item = next(each for each in outcome.changes if isinstance(each, Item))
    duty = next(each for each in outcome.changes if isinstance(each, Obligation))
    told = Duty(shown.obligation(TOWN.directory, item, duty), NOW)
    assert reach == stands(told) and reach.owner == duty.owner and reach.at == told.told_at > NOW


@pytest.mark.parametrize(
    ("lang", "words"), [("zh-CN", ("责任人", "前签收", "下一步")), ("en", ("owner is", "acknowledged by", "next step"))]
)
def test_it_is_one_sentence(lang: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", lang)
    (reach,) = expected(*decided())
    said = line(reach, NAMES, NOW)
    assert "\n" not in said and all(word in said for word in words), said
    assert NAMES[f"@{reach.owner}"] in said and reach.owner in said
    assert say_at_once(lang) in line(reach, NAMES, reach.at)
    assert say_at_once(lang) not in said


def test_a_step_that_was_taken_meanwhile_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "en")
    (later,) = expected(*decided())
    pushed = replace(later, at=NOW)
    said = line(later, NAMES, NOW, pushed)
    assert "done just now: " in said and said.index("done just now") < said.index("next step")
    assert "done just now" not in line(pushed, NAMES, NOW, pushed), "the hub has not come to it yet"
    assert "done just now" not in line(later, NAMES, NOW, later)


def say_at_once(lang: str) -> str:
    return "立即" if lang == "zh-CN" else "at once"


def test_what_may_not_be_seen_is_not_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "en")
    said = line(Reach("police", POLICE.head, 0, unseen=True), NAMES, NOW)
    assert "赵四" in said and "next step" in said and "nobody is reminded" not in said


def test_nothing_that_lays_nothing_reaches_anybody() -> None:
    state, outcome = decided()
    others = type(outcome)(changes=tuple(each for each in outcome.changes if isinstance(each, Item)))
    assert not list(expected(state, others))
