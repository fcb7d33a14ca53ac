"""How a table is laid out: its columns with what they mean, delimiter, quotes, encoding; as found and as written."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

SORTS = ("cdr", "icp", "subscriber")
RAW = frozenset({"direction", "domains", "uscc", "id_number"})
"""Fields whose cell is also kept as it was written: what is read from it does not always give it back."""

_BRACKET = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]\s*$")


@dataclass(frozen=True)
class Column:
    """A column as the file names it; ``field`` is a key of columns.toml, empty where nobody knows the name."""

    name: str
    field: str = ""


@dataclass(frozen=True)
class Layout:
    """``spaced``: a space follows each delimiter; ``quoted``: every cell stands in quotes; ``preamble``: lines above
    the header; ``guessed``: what the columns mean was read from their content."""

    sort: str
    columns: tuple[Column, ...]
    delimiter: str = ","
    header: bool = True
    spaced: bool = False
    quoted: bool = False
    ending: str = "\r\n"
    encoding: str = "utf-8-sig"
    preamble: tuple[str, ...] = ()
    guessed: bool = False

    def places(self, field: str) -> int | None:
        """Where the column with ``field`` stands."""
        return next((at for at, column in enumerate(self.columns) if column.field == field), None)

    @property
    def others(self) -> tuple[int, ...]:
        """Places of the columns that are kept as written."""
        return tuple(at for at, column in enumerate(self.columns) if not column.field or column.field in RAW)

    def to_json(self) -> str:
        """Its form in Body.extras."""
        said = {
            "columns": [[column.name, column.field] for column in self.columns],
            "delimiter": self.delimiter,
            "header": self.header,
            "spaced": self.spaced,
            "quoted": self.quoted,
            "ending": self.ending,
            "encoding": self.encoding,
            "preamble": list(self.preamble),
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, sort: str, text: str) -> Layout | None:
        """The layout in ``text``; None where that is none, since it comes from another party."""
        try:
            said = json.loads(text)
            made = cls(
                sort,
                tuple(Column(str(name), str(field)) for name, field in said["columns"]),
                str(said["delimiter"]),
                bool(said["header"]),
                bool(said["spaced"]),
                bool(said["quoted"]),
                str(said["ending"]),
                str(said["encoding"]),
                tuple(map(str, said["preamble"])),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        fields = [column.field for column in made.columns if column.field]
        fits: bool = set(fields) <= set(fields_of(sort)) and len(fields) == len(set(fields)) and bool(made.columns)
        fits = fits and not any("\n" in line or "\r" in line for line in made.preamble)
        known = made.ending in ("\n", "\r\n") and made.encoding in ("utf-8", "utf-8-sig", "gb18030")
        return made if fits and known and made.delimiter in DELIMITERS else None


DELIMITERS = (",", ";", "\t", "|", "，", "；", "^")
MIN_FIELDS = {"cdr": 3, "icp": 2, "subscriber": 3}


@cache
def table() -> dict[str, Any]:
    """columns.toml."""
    return tomllib.loads((files("adapters.telecom.tables") / "columns.toml").read_text(encoding="utf-8"))


def fields_of(sort: str) -> Iterable[str]:
    """What a record of ``sort`` can say."""
    return list(table()[sort])


def default(sort: str) -> Layout:
    """How records of ``sort`` go out to those who have sent none."""
    pairs = (one.partition(":") for one in table()["defaults"][sort])
    return Layout(sort, tuple(Column(name, field) for field, _, name in pairs))


def named(sort: str, names: Sequence[str]) -> tuple[Column, ...]:
    """``names`` as columns of ``sort``; of two with one meaning, the second is kept as it is."""
    taken: set[str] = set()
    columns = []
    for name in names:
        field = _field(sort, name)
        columns.append(Column(name, "" if field in taken else field))
        taken.add(field)
    return tuple(columns)


def recognised(names: Sequence[str]) -> tuple[int, str]:
    """How many fields ``names`` cover as the header of the sort that fits best, and that sort; 0 if none does."""
    return max((_score(sort, names), sort) for sort in SORTS)


@lru_cache(maxsize=1024)
def direction(word: str) -> str:
    """ "out" or "in" for how a file says it; "" for anything else."""
    key = _key(word)
    return next((way for way, words in table()["directions"].items() if key in words), "")


def _score(sort: str, names: Sequence[str]) -> int:
    fields = {_field(sort, name) for name in names} - {""}
    enough = all(fields & set(group) for group in table()["needed"][sort])
    return len(fields) if enough and len(fields) >= MIN_FIELDS[sort] else 0


@lru_cache(maxsize=8192)
def _field(sort: str, name: str) -> str:
    known = _aliases(sort)
    return known.get(_key(name)) or known.get(_key(_BRACKET.sub("", name)), "")


@cache
def _aliases(sort: str) -> dict[str, str]:
    return {_key(alias): field for field, aliases in table()[sort].items() for alias in aliases}


def _key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
