"""Names of the contract's values: short ones that people type ("flash"), and the catalogue's that people read."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hutong.catalogue import LANGS, Lang, load, say
from hutong.errors import HutongError
from hutong.kinds import by_number


@cache
def _prefix(name: str) -> str:
    """OBLIGATION_STATE_ for ObligationState."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper() + "_"


def short(enum: Any, value: int) -> str:
    """The value as people type it; its number where this contract does not know it."""
    known = enum.DESCRIPTOR.values_by_number.get(value)
    return known.name.removeprefix(_prefix(enum.DESCRIPTOR.name)).lower() if known else str(value)


def choices(enum: Any) -> list[str]:
    """What ``parse`` takes, without "unspecified"."""
    return [short(enum, value.number) for value in enum.DESCRIPTOR.values if value.number]


def spoken(enum: Any) -> str:
    """Those with the words that people read: "urgent (加急)"."""
    values = [value.number for value in enum.DESCRIPTOR.values if value.number]
    return say("list-comma").join(say("spoken", short=short(enum, each), word=word(enum, each)) for each in values)


def parse(enum: Any, text: str, option: str) -> Any:
    """The value that ``text`` names: short, in full, or as the screen shows it. HT-CLI-01 names those that can be."""
    given = text.strip()
    name = given.upper().replace("-", "_")
    prefix = _prefix(enum.DESCRIPTOR.name)
    found = enum.DESCRIPTOR.values_by_name.get(prefix + name.removeprefix(prefix))
    if found is None and given:
        shown = (each for each in enum.DESCRIPTOR.values if given.casefold() in _shown(enum, each.number))
        found = next(shown, None)
    if found is None or not found.number:
        raise HutongError("HT-CLI-01", option=option, given=text, known=spoken(enum))
    return found.number


def _shown(enum: Any, value: int) -> list[str]:
    return [word(enum, value, lang).casefold() for lang in LANGS]


def word(enum: Any, value: int, lang: Lang | None = None) -> str:
    """The value as people read it; empty for "unspecified", the number for one that is not known here."""
    if not value:
        return ""
    key = f"code.{_prefix(enum.DESCRIPTOR.name)[:-1].lower()}.{short(enum, value)}"
    return say(key, lang) if key in load("texts") else short(enum, value)


def kind_name(number: int) -> str:
    """The kind's name in the contract ("lead"); its number where this contract does not know it."""
    kind = by_number().get(number)
    return kind.name if kind else str(number)


def kind_word(number: int, lang: Lang | None = None) -> str:
    """The kind as people read it."""
    name = kind_name(number)
    key = f"code.kind.{name}"
    return say(key, lang) if key in load("texts") else name
