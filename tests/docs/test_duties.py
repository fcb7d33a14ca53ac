"""What the pages say about duty is what the rules do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hutong.kinds import Kind, kinds
from hutong.v1 import casework_pb2
from rules.records import OPEN_STATES
from tests.docs import make, probe
from tests.docs.probe import DEPUTY_OF, OPEN, STATES, duty_kinds, tried

KINDS = duty_kinds()


def test_the_page_is_current() -> None:
    written = (make.DOCS / "duties.md").read_text(encoding="utf-8")
    assert written == make.duties_page(), "run: .venv/bin/python -m tests.docs.make"


def test_the_integrator_s_table_is_current() -> None:
    written = (make.DOCS / "integrator.md").read_text(encoding="utf-8")
    assert all(written.count(mark) == 1 for mark in make.MARKS)
    assert written == make.with_table(written), "run: .venv/bin/python -m tests.docs.make"


def test_every_state_and_kind_is_there() -> None:
    values = casework_pb2.ObligationState.DESCRIPTOR.values_by_name
    assert {f"OBLIGATION_STATE_{state}" for state in STATES} == set(values) - {"OBLIGATION_STATE_UNSPECIFIED"}
    assert {values[f"OBLIGATION_STATE_{state}"].number for state in OPEN} == set(OPEN_STATES)
    assert set(make.CHANGES) == {kind.name for kind in KINDS}


def test_every_state_is_reached_and_every_open_one_left() -> None:
    ways = make.transitions()
    assert {after for _, after in ways} == set(STATES)
    assert {before for before, _ in ways} == {*OPEN, "[*]"}, "what is over stays so"


def test_kinds_of_casework_are_no_duty_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    step = replace(kinds()["progressed"], name="case_step", number=170)
    monkeypatch.setattr(probe, "kinds", lambda: kinds() | {step.name: step})
    assert duty_kinds() == KINDS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.in_person], ids=lambda kind: kind.name)
def test_a_deputy_signs_nothing_in_person(kind: Kind) -> None:
    assert {tried(kind, state, DEPUTY_OF).refusal for state in OPEN} == {"HT-DLG-02"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_systems_sign_what_is_theirs(kind: Kind) -> None:
    """Alone a system sends Delivered; everything else is an officer's, or sent under a mandate (HT-DIR-14 without)."""
    if kind.name != "delivered" and not kind.hub_only:
        refused = "HT-DIR-14" if kind.mandatable else "HT-SIG-05"
        assert {tried(kind, state, "system").refusal for state in STATES} == {refused}
