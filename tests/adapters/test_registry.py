"""Adapters are found by entry point, and only adapters are."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from adapters import registry
from adapters.contract import Adapter
from hutong.errors import HutongError


@pytest.mark.parametrize("agency", ["banking", "cyberspace", "education", "market", "police", "telecom"])
def test_installed(agency: str) -> None:
    adapter = registry.load(agency)
    assert isinstance(adapter, Adapter) and agency == adapter.AGENCY
    assert agency in registry.installed()


@pytest.mark.parametrize(("agency", "code"), [("railways", "HT-ADP-02"), ("odd", "HT-ADP-03"), ("gone", "HT-ADP-03")])
def test_refused(agency: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("odd", "json", registry.GROUP),
        EntryPoint("gone", "no_such_module_anywhere", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    with pytest.raises(HutongError) as caught:
        registry.load(agency)
    assert caught.value.code == code


def test_known_but_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    with pytest.raises(HutongError) as caught:
        registry.load("telecom")
    assert caught.value.code == "HT-ADP-01"


def test_a_province_adds_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [EntryPoint("tax", "adapters.market", registry.GROUP)])
    assert registry.known()[-1] == "tax"
    assert registry.load("tax").AGENCY == "market"
