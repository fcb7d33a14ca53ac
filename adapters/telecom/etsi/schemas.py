"""The JSON schemas of TS 103 120 that are carried here, resolved among themselves and nowhere else.

They are those of V1.16 (package ts103976, see schemas/SOURCES.tsv), which take what earlier versions from V1.13 on say.
Later versions have none here; of these only the takedown task is written, by a schema of our own from clause 8.5 of
V1.22.1 (takedown.schema.json).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

NAME = "TS 103 120"
WRITTEN_VERSION = "V1.16.1"
TAKEDOWN_VERSION = "V1.22.1"

_CORE = "ts_103120_Core_2019_10"
_TAKEDOWN = "hutong_takedown"
_CARRIED = range(13, 17)
_VERSION = re.compile(r"V1\.(\d{1,3})\.\d{1,3}")


@dataclass(frozen=True)
class Fault:
    """Where a schema was broken, and which rule; never the value that broke it."""

    where: str
    rule: str


def carries(version: str) -> bool:
    """Whether there is a schema here for an ETSIVersion such as "V1.14.1"."""
    found = _VERSION.fullmatch(version)
    return bool(found and int(found[1]) in _CARRIED)


def fault(message: Any, takedown: bool = False) -> Fault | None:
    """What the schema finds wrong with a whole HI1Message; None if nothing. With ``takedown`` the task of later
    versions may stand in it too."""
    for error in _validator(takedown).iter_errors(message):
        deepest = _deepest(error)
        where = "/" + "/".join(str(step) for step in deepest.absolute_path)
        return Fault(where, str(deepest.validator))
    return None


def _deepest(error: ValidationError) -> ValidationError:
    """The error inside the alternative that was meant: the one whose object type, or whose own key, is there."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [found for found in branches.values() if not any(_of_another_sort(one, error) for one in found)]
        if not meant:
            return error
        error = meant[0][0]
    return error


def _of_another_sort(inner: ValidationError, outer: ValidationError) -> bool:
    typed = inner.validator == "const" and list(inner.relative_path)[-1:] == ["@xsi:type"]
    keyed = inner.validator == "required" and inner.absolute_path == outer.absolute_path
    return typed or keyed


@cache
def _validator(takedown: bool) -> Draft202012Validator:
    contents = [
        json.loads(file.read_text(encoding="utf-8"))
        for file in (files("adapters.telecom.etsi") / "schemas").iterdir()
        if file.name.endswith(".schema.json")
    ]
    own = (files("adapters.telecom.etsi") / "takedown.schema.json").read_text(encoding="utf-8")
    contents.append(json.loads(own))
    by_id = {one["$id"]: one for one in contents}
    if takedown:
        objects = by_id[_CORE]["$defs"]["ConcreteHI1Object"]["oneOf"]
        objects.append({"$ref": f"{_TAKEDOWN}#/$defs/TDTaskObject"})
    resources = [(name, DRAFT202012.create_resource(one)) for name, one in by_id.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(by_id[_CORE], registry=registry)
