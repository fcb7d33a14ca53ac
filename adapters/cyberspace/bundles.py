"""STIX bundles, read with patience: bare objects, TAXII envelopes and STIX 2.0 are taken as well (STIX 2.1 §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from adapters import strict_json
from adapters.draft import Note
from hutong.errors import HutongError

AGENCY = "cyberspace"

_ID = re.compile(r"([a-z][a-z0-9-]*)--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_VERSION = "2.1"
_MAX_ID_NOTES = 20


@dataclass(frozen=True)
class Bundle:
    """The objects of a file in their order. ``id`` is the bundle's, or that of the only object."""

    id: str
    objects: list[dict[str, Any]]
    notes: list[Note]


def read(value: Any) -> Bundle:
    """The bundle that ``value`` is.

    HT-ADP-13, -14, -23, -24 for JSON that cannot be trusted: a marking given twice must not be read once. HT-ADP-11 for
    anything else, HT-STX-04 when it holds no object.
    """
    if flaw := strict_json.flaw(value):
        raise HutongError(flaw)
    listed, notes = _listed(value)
    objects: list[dict[str, Any]] = []
    for number, item in enumerate(listed):
        if isinstance(item, dict) and isinstance(item.get("type"), str):
            objects.append(item)
        else:
            # An empty object keeps the others' numbers true to the file.
            objects.append({})
            notes.append(Note.of("stix-bad-object", f"/objects/{number}"))
    if not any(objects):
        raise HutongError("HT-STX-04")
    notes += _remarks(value, objects)
    own = value.get("id") if isinstance(value, dict) else None
    return Bundle(own if isinstance(own, str) else "", objects, notes)


def _listed(value: Any) -> tuple[list[Any], list[Note]]:
    if isinstance(value, dict):
        objects = value.get("objects")
        if value.get("type") == "bundle" or ("type" not in value and isinstance(objects, list) and _stix(objects)):
            bare = [] if value.get("type") == "bundle" else [Note.of("stix-bare-objects")]
            return (objects if isinstance(objects, list) else []), bare
        if _stix([value]):
            return [value], [Note.of("stix-bare-objects")]
    elif isinstance(value, list) and _stix(value):
        return value, [Note.of("stix-bare-objects")]
    raise HutongError("HT-ADP-11", agency=AGENCY)


def _stix(items: list[Any]) -> bool:
    """Whether something in ``items`` has a type and an id of STIX."""
    return any(
        isinstance(item, dict)
        and isinstance(item.get("type"), str)
        and str(item.get("id", "")).startswith(item["type"] + "--")
        for item in items
    )


def _remarks(value: Any, objects: list[dict[str, Any]]) -> list[Note]:
    notes = []
    versions = {item.get("spec_version") for item in [value, *objects] if isinstance(item, dict)}
    notes += [Note.of("stix-old-version", version=v) for v in sorted(map(str, versions - {_VERSION, None}))]
    strange = [number for number, item in enumerate(objects) if item and not _proper(item)]
    notes += [Note.of("stix-bad-id", f"/objects/{number}") for number in strange[:_MAX_ID_NOTES]]
    return notes


def _proper(item: dict[str, Any]) -> bool:
    given = item.get("id")
    found = _ID.fullmatch(given) if isinstance(given, str) else None
    return bool(found and found[1] == item["type"])
