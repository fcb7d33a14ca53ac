"""刑事追诉标准: figures fire rules, and bands that cannot bear a rule are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.v1 import case_codes_pb2, case_kinds_pb2, codes_pb2
from rules.casework.thresholds import (
    VERSION,
    Figures,
    amount_band,
    check_coherent,
    fired,
    participant_band,
    thresholds,
)

C = case_codes_pb2
# participants, levels, yuan, repeat, grave → the rules of tier C that fire
CASES = [
    ((29, 5, 9_000_000, True, True), []),
    ((30, 2, 9_000_000, True, True), []),
    ((30, 3, 0, False, False), ["organiser-30-people-3-levels"]),
    ((30, 3, 2_499_999, False, False), ["organiser-30-people-3-levels"]),
    ((30, 3, 2_500_000, False, False), ["organiser-30-people-3-levels", "serious-2-5-million"]),
    ((59, 3, 0, True, False), ["organiser-30-people-3-levels"]),
    ((60, 3, 0, True, False), ["organiser-30-people-3-levels", "serious-repeat-60-people"]),
    ((119, 3, 0, False, False), ["organiser-30-people-3-levels"]),
    ((120, 3, 0, False, False), ["organiser-30-people-3-levels", "serious-120-people"]),
    ((30, 3, 0, False, True), ["organiser-30-people-3-levels", "serious-death-or-breakdown"]),
]


@pytest.mark.parametrize(("figures", "expected"), CASES)
def test_the_limits_are_exact(figures: tuple[int, int, int, bool, bool], expected: list[str]) -> None:
    participants, levels, amount, repeat, grave = figures
    found = fired(Figures(participants, levels, Decimal(amount), repeat, grave))
    assert [rule.id for rule in found if rule.tier == "C"] == expected
    assert [rule.tier for rule in found] == sorted((rule.tier for rule in found), reverse=True)


def test_without_the_conduct_there_are_beginnings_only() -> None:
    assert [rule.id for rule in fired(Figures(5, 1, Decimal(0), conduct=False))] == ["beginnings"]


@given(
    participants=st.integers(0, 500),
    levels=st.integers(0, 9),
    amount=st.decimals(0, 5_000_000, places=2),
    repeat=st.booleans(),
    grave=st.booleans(),
)
def test_what_figures_fire_their_bands_bear(
    participants: int, levels: int, amount: Decimal, repeat: bool, grave: bool
) -> None:
    """A header made of honest figures is never refused."""
    found = fired(Figures(participants, levels, amount, repeat, grave))
    said = case_kinds_pb2.Verified(
        finding=C.FINDING_CONFIRMED,
        participants=participant_band(participants),  # type: ignore[arg-type]
        levels=C.LEVEL_BAND_3_OR_MORE if levels >= 3 else C.LEVEL_BAND_UNDER_3,
        amount=amount_band(amount),  # type: ignore[arg-type]
        threshold_rules=[rule.id for rule in found],
        threshold_version=VERSION,
        tier_proposed=found[0].tier_number,  # type: ignore[arg-type]
    )
    check_coherent(said)


BAD = {
    "no such rule": ({"threshold_rules": ["nobody-knows-it"]}, "HT-CSW-08"),
    "another version": ({"threshold_version": 99}, "HT-CSW-08"),
    "too few people": ({"participants": codes_pb2.PARTICIPANT_BAND_UNDER_30}, "HT-CSW-09"),
    "too few levels": ({"levels": C.LEVEL_BAND_UNDER_3}, "HT-CSW-09"),
    "no rule for the tier": ({"tier_proposed": C.TIER_B}, "HT-CSW-10"),
    "nothing was found": ({"finding": C.FINDING_UNSUBSTANTIATED}, "HT-CSW-11"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_facts_that_contradict_themselves(name: str) -> None:
    changed, code = BAD[name]
    given_ = {
        "finding": C.FINDING_CONFIRMED,
        "participants": codes_pb2.PARTICIPANT_BAND_30_TO_59,
        "levels": C.LEVEL_BAND_3_OR_MORE,
        "amount": codes_pb2.AMOUNT_BAND_UNDER_100K,
        "threshold_rules": ["organiser-30-people-3-levels"],
        "threshold_version": VERSION,
        "tier_proposed": C.TIER_C,
    } | changed
    with pytest.raises(HutongError) as caught:
        check_coherent(case_kinds_pb2.Verified(**given_))  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.sentences("zh").next and caught.value.sentences("en").next


def test_every_rule_cites_something_and_says_how_sure_it_is() -> None:
    for rule in thresholds().values():
        assert rule.citation and rule.confidence in ("text", "practice", "unsure")
        assert rule.tier_number
        codes_pb2.Offence.Value(f"OFFENCE_{rule.offence}")
