"""Every sentence that a person reads, in Chinese and English, by key.

Errors stand in ``errors/*.toml`` (one table a code), everything else in ``texts/*.toml`` (one table a key). Both
languages of a key stand in the same table, so that neither can be forgotten; ``tests/hutong/test_catalogue.py`` checks.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


class _Blank(dict[str, Any]):
    """Parameters of a sentence; one that the caller did not give shows as ``?`` instead of failing the refusal."""

    def __missing__(self, key: str) -> str:
        return "?"


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


def fill(sentence: str, params: dict[str, Any]) -> str:
    """``sentence`` with its {parameters}."""
    return sentence.format_map(_Blank(params))


def say(key: str, lang: Lang | None = None, **params: Any) -> str:
    """The text of ``key``; KeyError for an unknown key (a test walks all callers' keys)."""
    return fill(str(load("texts")[key][lang or default_lang()]), params)
