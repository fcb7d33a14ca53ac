"""Holiday notices: which days of one year a government takes off, and which weekends it has made up for (调休).

A notice is a small TOML file, so that an operator can type in a year's announcement and have it checked before it is
signed (``[[notice]]`` with region, year, version, off, worked, source; rules of each in ``Notice``).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hutong.errors import HutongError
from hutong.identifiers.divisions import is_division

NATION = ""
_NATION_WRITTEN = "100000"
_LIMITS: dict[str, Any] = tomllib.loads((files("hutong.worktime") / "data" / "limits.toml").read_text(encoding="utf-8"))
_FIRST_YEAR, _LAST_YEAR = _LIMITS["first_year"], _LIMITS["last_year"]
LEAST_WORKING_DAYS: int = _LIMITS["least_working_days"]
LONGEST_BREAK: int = _LIMITS["longest_break"]
_KEYS = {"region", "year", "version", "off", "worked", "source"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One government's days for one year; a higher ``version`` replaces a lower one."""

    region: str
    """GB/T 2260, with everything below it; ``NATION`` for the State Council's own."""
    year: int
    version: int
    off: tuple[dt.date, ...]
    """Days not worked, ascending."""
    worked: tuple[dt.date, ...]
    """Weekend days worked in exchange, ascending."""
    source: str = ""
    """Who announced it, under which number."""

    def __post_init__(self) -> None:
        if self.region and not is_division(self.region):
            raise HutongError("HT-CAL-02", field="region", rule=f"{self.region} is no division of GB/T 2260")
        if not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            raise HutongError("HT-CAL-02", field="year", rule=f"{_FIRST_YEAR}–{_LAST_YEAR}")
        if self.version < 1:
            raise HutongError("HT-CAL-02", field="version", rule="1 or more")
        first = dt.date.fromisoformat(f"{self.year - 1}-{_LIMITS['earliest_before']}")
        for name, days in (("off", self.off), ("worked", self.worked)):
            most = _LIMITS[f"most_{name}"]
            if len(days) > most or list(days) != sorted(set(days)):
                raise HutongError("HT-CAL-02", field=name, rule=f"ascending, each once, at most {most}")
            if any(not first <= day <= dt.date(self.year, 12, 31) for day in days):
                raise HutongError("HT-CAL-02", field=name, rule=f"days of {self.year}, or {first} and after")
        if set(self.off) & set(self.worked):
            raise HutongError("HT-CAL-02", field="worked", rule="no day of off")
        if any(day.weekday() < 5 for day in self.worked) and not self.region:
            raise HutongError("HT-CAL-02", field="worked", rule="Saturdays and Sundays")


def government(region: str) -> str:
    """``region`` as notices name it: GB/T 2260's code of the whole country is ``NATION``."""
    return NATION if region == _NATION_WRITTEN else region


def notices_in(path: Path) -> tuple[Notice, ...]:
    """``read_notices`` of a file; HT-CAL-06 where that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HutongError("HT-CAL-06", file=path.name, rule=getattr(error, "strerror", None) or "UTF-8") from error
    return read_notices(text)


def read_notices(text: str) -> tuple[Notice, ...]:
    """The notices of a TOML text. HT-CAL-01: it is none; HT-CAL-02 names the field that is wrong."""
    try:
        given = tomllib.loads(text)["notice"]
    except (tomllib.TOMLDecodeError, KeyError, RecursionError) as error:
        raise HutongError("HT-CAL-01") from error
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise HutongError("HT-CAL-01")
    return tuple(_notice(one) for one in given)


def _notice(given: Mapping[str, Any]) -> Notice:
    unknown = set(given) - _KEYS - {"confidence"}
    missing = _KEYS - set(given)
    if unknown or missing:
        raise HutongError("HT-CAL-02", field=min(unknown | missing), rule="unknown" if unknown else "missing")
    for name, kind in (("region", str), ("year", int), ("version", int), ("source", str)):
        if type(given[name]) is not kind:
            raise HutongError("HT-CAL-02", field=name, rule=kind.__name__)
    return Notice(
        region=government(given["region"]),
        year=given["year"],
        version=given["version"],
        off=_days(given, "off"),
        worked=_days(given, "worked"),
        source=given["source"],
    )


def _days(given: Mapping[str, Any], name: str) -> tuple[dt.date, ...]:
    days = given[name]
    if not isinstance(days, list) or any(type(day) is not dt.date for day in days):
        raise HutongError("HT-CAL-02", field=name, rule="a list of days, for example [2027-01-01]")
    return tuple(days)


def shipped_text() -> str:
    """The regional notices that come with the program, as they stand."""
    return (files("hutong.worktime") / "data" / "notices.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def shipped() -> tuple[Notice, ...]:
    """``shipped_text``, read."""
    return read_notices(shipped_text())
