"""Every sentence that a person reads, in Chinese and English, by key.

Errors stand in ``errors/*.toml`` (one table a code), everything else in ``texts/*.toml`` (one table a key). Both
languages of a key stand in the same table, so that neither can be forgotten; ``tests/hutong/test_catalogue.py`` checks.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


class _Said:
    """One parameter as a sentence of ``lang`` says it."""

    def __init__(self, value: Any, lang: Lang) -> None:
        self._value, self._lang = value, lang

    def __format__(self, words: str) -> str:
        """``{route:permit.route}``: the parameter is a code, said in the words of the text ``permit.route.<code>``."""
        found = load("texts").get(f"{words}.{self._value}") if words else None
        return str(found[self._lang] if found else self._value)


class _Params:
    """Parameters of a sentence; one that the caller did not give shows as ``?`` instead of failing the refusal."""

    def __init__(self, params: Mapping[str, Any], lang: Lang) -> None:
        self._params, self._lang = params, lang

    def __getitem__(self, name: str) -> _Said:
        return _Said(self._params.get(name, "?"), self._lang)


@cache
def load(folder: str) -> dict[str, dict[str, Any]]:
    """All tables of ``folder`` ("errors" or "texts"); a key in two files is a programming error."""
    tables: dict[str, dict[str, Any]] = {}
    for file in sorted((files(__name__) / folder).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for key, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if key in tables:
                    raise ValueError(f"{key} stands twice in the catalogue ({file.name})")
                tables[key] = table
    return tables


def default_lang() -> Lang:
    """Chinese unless HUTONG_LANG, LC_ALL, LC_MESSAGES or LANG ask for English."""
    for name in ("HUTONG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "en" if value.lower().startswith("en") else "zh"
    return "zh"


def fill(sentence: str, params: Mapping[str, Any], lang: Lang) -> str:
    """``sentence`` of ``lang`` with its {parameters}."""
    return sentence.format_map(_Params(params, lang))


def say(key: str, lang: Lang | None = None, **params: Any) -> str:
    """The text of ``key``; KeyError for an unknown key (a test walks all callers' keys)."""
    spoken = lang or default_lang()
    return fill(str(load("texts")[key][spoken]), params, spoken)
