"""MISP events wherever they stand in a document (MISP core format, datatracker draft-dulaunoy-misp-core-format).

An event may come alone, with "Event" around it, in a list, or in the answer to a search ("response"); attributes and
objects also come in collections without an event.
"""

from __future__ import annotations

from typing import Any

from hutong.errors import HutongError

_MARKS = frozenset({"info", "Attribute", "Object", "Orgc", "threat_level_id", "analysis", "orgc_id"})
_LISTS = ("Attribute", "Object", "Tag", "EventReport", "Galaxy", "ShadowAttribute", "RelatedEvent")


def find(value: Any) -> list[tuple[str, Any]] | None:
    """Every event with its path in the document, in order; None if the document is not MISP's.

    HT-ADP-27 for what MISP knows beside events (sharing groups, organisations).
    """
    if isinstance(value, dict) and "response" in value:
        return _inside(value["response"], "/response")
    return _inside(value, "")


def _inside(value: Any, path: str) -> list[tuple[str, Any]] | None:
    if isinstance(value, dict):
        if isinstance(value.get("Event"), dict):
            return [(f"{path}/Event", value["Event"])]
        return [(path or "/", value)] if is_event(value) else None
    if not isinstance(value, list):
        return None
    if value and all(isinstance(item, dict) and "SharingGroup" in item for item in value):
        raise HutongError("HT-ADP-27", format="MISP SharingGroup")
    found = [_inside(item, f"{path}/{number}") for number, item in enumerate(value)]
    if not any(found) and not (path and not value):
        return None
    return [
        each
        for number, (item, events) in enumerate(zip(value, found, strict=True))
        for each in (events or [(f"{path}/{number}", item)])
    ]


def is_event(value: dict[str, Any]) -> bool:
    """Whether ``value`` has the names of an event, or of a collection of attributes and objects."""
    if isinstance(value.get("type"), str) and "spec_version" in value:
        return False
    lists = any(isinstance(value.get(name), list) for name in ("Attribute", "Object"))
    return lists or (len(_MARKS & value.keys()) >= 2 and "info" in value)
