"""Names of the contract's values: short ones that people type ("flash"), and the catalogue's that people read."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hutong.catalogue import LANGS, Lang, load, say
from hutong.errors import HutongError
from hutong.kinds import by_number
from liaison.values import listed, spell


@cache
def _prefix(name: str) -> str:
    """OBLIGATION_STATE_ for ObligationState."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper() + "_"


def _codes(enum: Any) -> str:
    """Where the catalogue has the words: "code.obligation_state"."""
    return f"code.{_prefix(enum.DESCRIPTOR.name)[:-1].lower()}"


def short(enum: Any, value: int) -> str:
    """The value as people type it; its number where this contract does not know it."""
    known = enum.DESCRIPTOR.values_by_number.get(value)
    return known.name.removeprefix(_prefix(enum.DESCRIPTOR.name)).lower() if known else str(value)


def choices(enum: Any) -> list[str]:
    """What ``parse`` takes, without "unspecified"."""
    return [short(enum, value.number) for value in enum.DESCRIPTOR.values if value.number]


def spoken(enum: Any) -> str:
    """Those with the words that people read: "urgent (加急)"."""
    return listed(_codes(enum))


def parse(enum: Any, text: str, option: str) -> Any:
    """The value that ``text`` names: short, in full, as the screen shows it in either language, or by as much of the
    beginning of one of these as no other has. HT-CLI-01 names those that can be; HT-CLI-80 those that begin so."""
    given = text.strip().casefold()
    values = [each.number for each in enum.DESCRIPTOR.values if each.number]
    found = [each for each in values if given in (_full(enum, each), *_names(enum, each))]
    if given and not found:
        found = [each for each in values if any(name.startswith(given) for name in _names(enum, each))]
    if not given or not found:
        raise HutongError("HT-CLI-01", option=option, given=text, known=spoken(enum))
    if len(found) > 1:
        known = say("list-comma").join(spell(_codes(enum), short(enum, each)) for each in found)
        raise HutongError("HT-CLI-80", option=option, given=text, known=known)
    return found[0]


def _names(enum: Any, value: int) -> list[str]:
    """By what people call ``value``."""
    typed = short(enum, value)
    return [typed, typed.replace("_", "-"), *(word(enum, value, lang).casefold() for lang in LANGS)]


def _full(enum: Any, value: int) -> str:
    return str(enum.DESCRIPTOR.values_by_number[value].name).casefold()


def word(enum: Any, value: int, lang: Lang | None = None) -> str:
    """The value as people read it; empty for "unspecified", the number for one that is not known here."""
    if not value:
        return ""
    key = f"{_codes(enum)}.{short(enum, value)}"
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
