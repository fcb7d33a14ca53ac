"""Administrative divisions: GB/T 2260 codes, with those that are retired.

A resident id keeps the code of the day it was given, so a retired code is a warning and never a refusal. The list in
``data/divisions.csv`` is current; former codes come from python-stdnum's table.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from stdnum import numdb

from hutong.errors import HutongError

NATION = "100000"
# In the standard, but not in the list: it ends at the mainland's provinces.
_BEYOND_THE_LIST = {
    NATION: "全国",
    "710000": "台湾省",
    "810000": "香港特别行政区",
    "820000": "澳门特别行政区",
}
_CODE = re.compile(r"[1-9][0-9]{5}")
_YEARS = re.compile(r"\[[0-9]*-[0-9]*\]")


class Standing(StrEnum):
    """Whether a code is in use."""

    CURRENT = "current"
    RETIRED = "retired"
    UNLISTED = "unlisted"  # in a province that exists; newer than the list, or a slip of the pen


@dataclass(frozen=True, slots=True)
class Division:
    """A code with its name; the name is empty for a code that is not listed."""

    code: str
    name: str
    standing: Standing

    @property
    def warn(self) -> bool:
        """Whether a person should look at it."""
        return self.standing is not Standing.CURRENT


@cache
def current() -> dict[str, str]:
    """All codes in use with their names."""
    text = (files("hutong.identifiers") / "data" / "divisions.csv").read_text(encoding="utf-8")
    return _BEYOND_THE_LIST | {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


def division(code: str) -> Division:
    """The division of a six-digit ``code``. HT-IDF-06 for anything else, or a province that does not exist."""
    if not _CODE.fullmatch(code) or code[:2] + "0000" not in current():
        raise HutongError("HT-IDF-06")
    if code in current():
        return Division(code, current()[code], Standing.CURRENT)
    former = _former_name(code)
    return Division(code, former, Standing.RETIRED if former else Standing.UNLISTED)


def is_division(code: str) -> bool:
    """Whether ``code`` is or was a division's."""
    try:
        return division(code).standing is not Standing.UNLISTED
    except HutongError:
        return False


def covers(code: str, other: str) -> bool:
    """Whether the division ``code`` is or holds ``other``: by the pairs of digits for province, city and county."""
    held = code.removesuffix("00").removesuffix("00")
    return code == NATION or other.startswith(held)


def full_name(code: str) -> str:
    """Province, city and county in one, for people: "江苏省无锡市宜兴市". Errors as ``division``."""
    places = [division(code[:2] + "0000"), division(code[:4] + "00"), division(code)]
    names = {place.code: place.name for place in places if place.name and not place.name.endswith("辖区")}
    return "".join(name for name in names.values() if "直辖县级" not in name)


def _former_name(code: str) -> str:
    names = [properties.get("county", "") for _, properties in numdb.get("cn/loc").info(code)]
    return _YEARS.sub("", names[-1]).split(",")[-1]
