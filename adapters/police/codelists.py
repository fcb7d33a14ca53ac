"""NIBRS code lists with their words, from the schemas that are carried; and what an offence is in the contract."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from lxml import etree

from hutong.v1 import codes_pb2

CODE_LIST = "fbi-nibrs-2019"
CYBERSPACE = "58"

_XS = "{http://www.w3.org/2001/XMLSchema}"
_LISTS = {
    "offence": ("nibrs/nibrs/2019/nibrs-codes.xsd", "OffenseCodeSimpleType"),
    "place": ("nibrs/nibrs/2019/nibrs-codes.xsd", "LocationCategoryCodeSimpleType"),
    "sort": ("nibrs/nibrs/2019/nibrs-codes.xsd", "NIBRSReportCategoryCodeSimpleType"),
    "property": ("nibrs/niem/codes/fbi_ucr/3.2/fbi_ucr.xsd", "PropertyCategoryCodeSimpleType"),
    "victim": ("nibrs/niem/codes/fbi_ucr/3.2/fbi_ucr.xsd", "VictimCategoryCodeSimpleType"),
    "status": ("nibrs/cjis/2.0/cjis-codes.xsd", "ItemStatusCodeSimpleType"),
}


@dataclass(frozen=True)
class Meaning:
    """What a NIBRS code is in the contract; ``look``: only roughly, an officer should look."""

    offence: codes_pb2.Offence.ValueType
    look: bool = False


@cache
def words(name: str) -> dict[str, str]:
    """Codes and words of a list: {"58": "Cyberspace", …}."""
    path, sort = _LISTS[name]
    root = etree.fromstring((files("adapters.police") / "schemas" / path).read_bytes())
    found = root.find(f"{_XS}simpleType[@name='{sort}']")
    assert found is not None  # noqa: S101 - the schemas are our own files
    return {
        str(one.get("value")): one.findtext(f"{_XS}annotation/{_XS}documentation", "").strip()
        for one in found.iter(f"{_XS}enumeration")
    }


@lru_cache(maxsize=4096)
def code(name: str, word: str) -> str:
    """The code of ``word`` (or of a code itself) in a list; "" if it is none of it."""
    known = words(name)
    return word if word in known else next((code for code, said in known.items() if said == word), "")


@lru_cache(maxsize=4096)
def meaning(offence: str) -> Meaning:
    """What the NIBRS offence code is in the contract."""
    for name, row in _table()["in"].items():
        if offence in row["codes"]:
            return Meaning(codes_pb2.Offence.Value(f"OFFENCE_{name}"), row.get("look", False))
    return Meaning(codes_pb2.OFFENCE_NONE_KNOWN)


def nibrs_code(offence: codes_pb2.Offence.ValueType) -> str:
    """The NIBRS code under which an offence of the contract is reported."""
    known = codes_pb2.Offence.DESCRIPTOR.values_by_number.get(offence)
    name = known.name.removeprefix("OFFENCE_") if known else ""
    return str(_table()["out"].get(name, "90Z"))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("adapters.police") / "offences.toml").read_text(encoding="utf-8"))
