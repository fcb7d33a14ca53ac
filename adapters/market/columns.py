"""Names of columns in complaint registers, which drift between versions: the table stands in columns.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

CONTENT = frozenset({"company", "narrative", "issue", "product", "title"})
"""A record without any of these says nothing to act on."""

KEPT = "kept"
"""The field of a column that is known, but has no place of its own."""

_UNIT = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]\s*$")
_CJK = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Column:
    """A column as the file names it. ``field`` is a key of columns.toml, KEPT, or empty when nobody knows the name;
    ``unit`` is what stood in brackets behind it."""

    name: str
    field: str
    unit: str

    @property
    def chinese(self) -> bool:
        """Whether the register names its columns in Chinese (amounts are then in yuan unless it says otherwise)."""
        return bool(_CJK.search(self.name))


@cache
def table() -> dict[str, Any]:
    """columns.toml."""
    return tomllib.loads((files("adapters.market") / "columns.toml").read_text(encoding="utf-8"))


def words(group: str) -> frozenset[str]:
    """The values that mean ``group`` ("yes", "report", "urgent", "flash")."""
    return frozenset(table()["values"][group])


@lru_cache(maxsize=4096)
def column(name: str) -> Column:
    """What ``name`` means, with or without a unit or remark in brackets."""
    known = _aliases()
    bracket = _UNIT.search(name)
    if plain := known.get(_key(name)):
        return Column(name, plain, bracket[1].strip() if bracket else "")
    if bracket and (field := known.get(_key(name[: bracket.start()]))):
        return Column(name, field, bracket[1].strip())
    return Column(name, "", "")


def recognised(names: Iterable[str]) -> int:
    """How many different fields of a complaint ``names`` cover; 0 unless they look like a complaint at all, that is,
    cover content and at least one thing more."""
    fields = {found.field for found in map(column, names) if found.field not in ("", KEPT)}
    return len(fields) if fields & CONTENT and len(fields) >= 2 else 0


def _key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


@cache
def _aliases() -> dict[str, str]:
    names = {_key(alias): KEPT for alias in table()["kept"]["names"]}
    for field, aliases in table()["fields"].items():
        names |= {_key(alias): field for alias in aliases}
    return names
