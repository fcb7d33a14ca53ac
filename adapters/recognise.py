"""Whose file it is: the installed adapters look at its content, one after the other."""

from __future__ import annotations

from datetime import datetime

from adapters import registry
from adapters.contract import Adapter
from adapters.draft import Conversion
from hutong.errors import HutongError

_NOT_MINE = "HT-ADP-11"


def convert(data: bytes, *, name: str, now: datetime) -> tuple[str, Conversion]:
    """The agency whose adapter reads ``data``, and what it made of it.

    One that makes drafts of it goes before those that only know what is wrong with it. HT-ADP-260 if several fit,
    HT-ADP-261 if none does. A fault that all of them find alike (an empty file, broken JSON) is its conversion, under
    no agency's name.
    """
    found = {agency: adapter.convert(data, name=name, now=now) for agency, adapter in _loaded().items()}
    fit = {agency: made for agency, made in found.items() if made.drafts}
    if not fit:
        fit = {agency: made for agency, made in found.items() if _codes(made) - {_NOT_MINE}}
        if len(fit) > 1 and len(set(map(_codes, fit.values()))) == 1:
            return "", next(iter(fit.values()))
    if not fit:
        raise HutongError("HT-ADP-261", known=", ".join(found))
    if len(fit) > 1:
        raise HutongError("HT-ADP-260", agencies=", ".join(fit))
    return next(iter(fit.items()))


def by_source(system: str) -> str:
    """The agency whose adapter names its records after ``system`` (Body.source_system). HT-ADP-260 if several do or
    nobody does."""
    fit = [agency for agency, adapter in _loaded().items() if system in getattr(adapter, "SOURCES", ())]
    if len(fit) != 1:
        raise HutongError("HT-ADP-260", agencies=", ".join(fit or registry.installed()))
    return fit[0]


def _loaded() -> dict[str, Adapter]:
    return {agency: registry.load(agency) for agency in registry.installed()}


def _codes(conversion: Conversion) -> frozenset[str]:
    return frozenset(letter.code for letter in conversion.dead_letters)
