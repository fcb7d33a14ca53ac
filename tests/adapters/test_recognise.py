"""Whose file it is, judged by every adapter that is installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters import recognise, registry
from adapters.draft import Conversion
from hutong.errors import HutongError

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_every_sample_is_its_agencys(samples: Path) -> None:
    for file in sorted(samples.glob("*/*.*")):
        if file.suffix in (".xml", ".json", ".csv", ".txt", ".zip", ".xlsx"):
            agency, conversion = recognise.convert(file.read_bytes(), name=file.name, now=NOW)
            assert agency == file.parent.name, file.name
            assert conversion.drafts or conversion.dead_letters


@dataclass
class _Fixed:
    """An adapter that always gives the same."""

    conversion: Conversion
    AGENCY: str = "x"

    def convert(self, data: bytes, *, name: str = "", now: datetime) -> Conversion:
        return self.conversion


@pytest.fixture
def several(samples: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(**adapters: Conversion) -> None:
        monkeypatch.setattr(registry, "installed", lambda: tuple(adapters))
        monkeypatch.setattr(registry, "load", lambda agency: _Fixed(adapters[agency]))

    return install


def refused(code: str) -> Conversion:
    return Conversion.refused("/", HutongError(code, agency="x", line=1, column=1))


def test_drafts_go_before_faults(several: Callable[..., None], samples: Path) -> None:
    made = registry.load("market").convert((samples / "market" / "ccdb-v1-public.csv").read_bytes(), now=NOW)
    several(a=refused("HT-ADP-11"), b=refused("HT-ADP-21"), c=made)
    assert recognise.convert(b"", name="", now=NOW) == ("c", made)
    several(a=made, b=refused("HT-ADP-11"), c=made)
    with pytest.raises(HutongError) as caught:
        recognise.convert(b"", name="", now=NOW)
    assert caught.value.code == "HT-ADP-260" and caught.value.params["agencies"] == "a, c"


def test_the_only_one_that_knows_what_is_wrong(several: Callable[..., None]) -> None:
    several(a=refused("HT-ADP-11"), b=refused("HT-STX-01"))
    assert recognise.convert(b"", name="", now=NOW)[0] == "b"
    several(a=refused("HT-ADP-11"), b=refused("HT-STX-01"), c=refused("HT-XML-01"))
    with pytest.raises(HutongError) as caught:
        recognise.convert(b"", name="", now=NOW)
    assert caught.value.code == "HT-ADP-260"
    several(a=refused("HT-ADP-11"))
    with pytest.raises(HutongError) as caught:
        recognise.convert(b"", name="", now=NOW)
    assert caught.value.code == "HT-ADP-261"
