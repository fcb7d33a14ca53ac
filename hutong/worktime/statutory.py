"""Periods that a law fixes (法定期限): what is counted, from which event, by which article, how sure the reading is.

The table is ``data/statutory.toml``; no period stands in code. A period runs from organisational receipt, so nobody can
put it off by not acknowledging.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from hutong.catalogue import Lang
from hutong.worktime.span import Span, read_span


@dataclass(frozen=True, slots=True)
class Law:
    """A law, regulation or rule, and since when its text here has been in force."""

    zh: str
    en: str
    effective: dt.date


@dataclass(frozen=True, slots=True)
class Limit:
    """One period of one article."""

    id: str
    law: Law
    article: int
    span: Span
    unit_is_sure: bool
    """False: the law says 日 without saying which; calendar days are counted, which end first."""
    what: Mapping[Lang, str]
    """What must be done in it."""
    runs_from: Mapping[Lang, str]
    """The event it runs from; that day itself is not counted, unless hours are."""
    text: str
    """The law's own words."""
    extension: Span | None = None
    """By how much it can be extended, once."""
    extended_by: Mapping[Lang, str] | None = None
    """The only office that may grant it; None where the law names none."""

    def citation(self, lang: Lang) -> str:
        """The article, as people of that language cite it."""
        return f"{self.law.zh}第{self.article}条" if lang == "zh" else f"{self.law.en}, art. {self.article}"


def statutory_text() -> str:
    """The table as it stands; an export carries it where entries were decided by it."""
    return (files("hutong.worktime") / "data" / "statutory.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def limits() -> Mapping[str, Limit]:
    """All periods by id, in the table's order."""
    table = tomllib.loads(statutory_text())
    laws = {name: Law(**law) for name, law in table["law"].items()}
    return {name: _limit(name, given, laws) for name, given in table["limit"].items()}


def _limit(name: str, given: Mapping[str, Any], laws: Mapping[str, Law]) -> Limit:
    return Limit(
        id=name,
        law=laws[given["law"]],
        article=given["article"],
        span=read_span(given["span"]),
        unit_is_sure={"text": True, "unsure": False}[given["unit_confidence"]],
        what=given["what"],
        runs_from=given["runs_from"],
        text=given["text"],
        extension=read_span(given["extension"]) if "extension" in given else None,
        extended_by=given.get("extended_by"),
    )
