"""Names of columns and words in schools' tables: columns.toml."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table() -> dict[str, Any]:
    """columns.toml."""
    return tomllib.loads((files("adapters.education") / "columns.toml").read_text(encoding="utf-8"))


def field(name: str) -> str:
    """The field that a column of that name holds; empty if nobody knows it."""
    return _aliases().get(_key(name), "")


def label(name: str) -> str:
    """What a column of the field ``name`` is called where it is written."""
    return str(table()["fields"][name][0])


def score(names: Sequence[str]) -> int:
    """How many fields ``names`` cover; 0 unless they are those of a table that an exchange needs."""
    found = set(map(field, names)) - {""}
    return len(found) if sort(found) else 0


def sort(fields: set[str]) -> str:
    """Which table has ``fields``: "alert" (a student is missing), "warning" (something goes on at a school), "match"
    (students asked for, or found); empty for none of these."""
    person = bool(fields & {"name", "resident_id", "student_number"})
    if "last_seen_on" in fields and person:
        return "alert"
    if "warning" in fields and "school" in fields:
        return "warning"
    asked = "reference" in fields and (person or "matched" in fields)
    answered = bool(fields & {"matched", "enrolment"}) and (person or "subject" in fields)
    return "match" if asked or answered or ({"school", "grade"} <= fields and person) else ""


def truth(word: str) -> bool | None:
    """Whether ``word`` is a yes or a no; None if it is neither."""
    said = _key(word)
    if said in map(_key, table()["values"]["yes"]):
        return True
    return False if said in map(_key, table()["values"]["no"]) else None


def enrolment(word: str) -> str:
    """The contract's word for a state of enrolment, or the register's own."""
    said = _key(word)
    return next((name for name, words in table()["enrolment"].items() if said in map(_key, words)), word)


def spoken(state: str) -> str:
    """The register's word for a state of enrolment."""
    words = table()["enrolment"].get(state)
    return str(words[0]) if words else state


@cache
def _aliases() -> dict[str, str]:
    return {_key(alias): field for field, aliases in table()["fields"].items() for alias in aliases}


def _key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
