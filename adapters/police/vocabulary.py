"""Names that drift between offices, and the one that is written: a TOML file of tables, each name with its aliases."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cached_property, lru_cache
from importlib.resources import files


class Vocabulary:
    """The tables of one file. Names are compared without case, space, width and punctuation."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._known: dict[str, dict[str, str]] = {}

    @cached_property
    def tables(self) -> dict[str, dict[str, list[str]]]:
        """The file: {"roles": {"VICTIM": ["受害人", …]}}."""
        return tomllib.loads((files("adapters.police") / self._file).read_text(encoding="utf-8"))

    def meaning(self, table: str, text: str) -> str:
        """The name in ``table`` that ``text`` is an alias of; "" if it is of none."""
        if table not in self._known:
            rows = self.tables[table].items()
            self._known[table] = {_key(alias): name for name, aliases in rows for alias in aliases}
        return self._known[table].get(_key(text), "")

    def word(self, table: str, name: str) -> str:
        """The alias that is written for a name; "" for none of the table's."""
        return next(iter(self.tables[table].get(name, ())), "")


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())
