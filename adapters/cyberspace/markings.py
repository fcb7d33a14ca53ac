"""Markings that say how far an object may travel: TLP 2.0 and 1.x, statements (STIX 2.1 §7.2; FIRST TLP 2.0).

TLP:RED is for named individuals, TLP:AMBER+STRICT for one organisation: neither may leave the agency. A marking that
cannot be read counts as forbidding. The strictest marking of a bundle holds for the whole of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hutong.errors import HutongError
from hutong.v1 import codes_pb2

TLP_2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


class Tlp(IntEnum):
    """The labels in the order in which they tighten."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4


_NAMES = {
    "clear": Tlp.CLEAR,
    "white": Tlp.CLEAR,
    "green": Tlp.GREEN,
    "amber": Tlp.AMBER,
    "amber+strict": Tlp.AMBER_STRICT,
    "red": Tlp.RED,
}
# STIX 2.1 §7.2.1.4 for TLP 1; oasis-open/cti-stix-common-objects for TLP 2.0.
_PUBLISHED = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
}
_HANDLING = {
    Tlp.CLEAR: codes_pb2.HANDLING_PUBLIC,
    Tlp.GREEN: codes_pb2.HANDLING_INTERNAL,
    Tlp.AMBER: codes_pb2.HANDLING_WORK_SECRET,
}
_REFUSED = {Tlp.RED: "HT-STX-01", Tlp.AMBER_STRICT: "HT-STX-02"}
_UNKNOWN = "HT-STX-03"
# Other people's exports also write the label into words: "tlp:amber+strict", "TLP: RED", "TLP-AMBER_STRICT".
_WORDS = re.compile(r"\btlp[\s:_=\"'-]*(clear|white|green|amber[\s+_-]*strict|amber|red)\b", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:misp:)?tlp:ex:chr", re.IGNORECASE)
_SPOKEN = re.compile(r"\btlp\s*[:=：]\s*(\w+(?:[+_ -]strict\b|:chr\b)?)", re.IGNORECASE | re.ASCII)
_TLP_WORD = re.compile(r"\s*(?:misp:)?tlp\b", re.IGNORECASE)

# Objects that say nothing of the matter itself; one of these without a marking loosens nothing.
_BYSTANDERS = frozenset({"marking-definition", "extension-definition", "identity", "relationship", "language-content"})


@dataclass(frozen=True)
class Marked:
    """How a bundle may be handled. ``explicit`` is False when nothing in it is marked; ``statements`` are the authors'
    own words on its use."""

    handling: codes_pb2.Handling.ValueType
    explicit: bool
    statements: tuple[str, ...]


def judge(objects: list[dict[str, Any]]) -> Marked:
    """The handling that the markings of ``objects`` allow. HT-STX-01 for TLP:RED, -02 for TLP:AMBER+STRICT, -03 for a
    marking that is not understood; the gravest of several."""
    definitions = _definitions(objects)
    levels: set[Tlp] = set()
    statements: dict[str, None] = {}
    refused: dict[str, str] = {}
    unmarked = False
    for number, item in enumerate(objects):
        where = f"/objects/{number}"
        refs = list(_references(item))
        labels = list(_labels(item))
        found = [_reading(ref, definitions) for ref in refs] + [(_word(label), None) for label in labels]
        for level, statement in found:
            if statement is not None:
                statements[statement] = None
            if level is None and statement is None:
                refused.setdefault(_UNKNOWN, where)
            elif level is not None:
                levels.add(level)
                if level in _REFUSED:
                    refused.setdefault(_REFUSED[level], where)
        unmarked |= not found and item.get("type") not in _BYSTANDERS and "created" in item
    for code in (*_REFUSED.values(), _UNKNOWN):
        if code in refused:
            raise HutongError(code, where=refused[code])
    if not levels:
        return Marked(codes_pb2.HANDLING_INTERNAL, False, tuple(statements))
    handling = _HANDLING[max(levels)]
    if unmarked and handling == codes_pb2.HANDLING_PUBLIC:
        handling = codes_pb2.HANDLING_INTERNAL
    return Marked(handling, True, tuple(statements))


def judge_labels(labels: Iterable[tuple[str, str]]) -> Marked:
    """The handling that TLP labels allow, each with its place. Labels that do not speak of TLP say nothing; the codes
    are those of ``judge``."""
    levels: set[Tlp] = set()
    refused: dict[str, str] = {}
    for where, label in labels:
        if not _TLP_WORD.match(label) or _EXTENSION.fullmatch(label.strip()):
            continue
        level = _word(label)
        if level is not None:
            levels.add(level)
        code = _UNKNOWN if level is None else _REFUSED.get(level, "")
        refused.setdefault(code, where)
    for code in (*_REFUSED.values(), _UNKNOWN):
        if code in refused:
            raise HutongError(code, where=refused[code])
    if not levels:
        return Marked(codes_pb2.HANDLING_INTERNAL, False, ())
    return Marked(_HANDLING[max(levels)], True, ())


def spoken(text: str) -> list[str]:
    """The TLP labels in a remark, also such as nobody knows: "TLP:GREEN", "tlp: amber+strict"."""
    return [f"tlp:{found[1].lower()}" for found in _SPOKEN.finditer(text)]


def chatham_house(label: str) -> bool:
    """Whether ``label`` is tlp:ex:chr: what is said may travel, who said it may not (MISP taxonomy tlp)."""
    return bool(_EXTENSION.fullmatch(label.strip()))


def label(handling: codes_pb2.Handling.ValueType) -> str:
    """The TLP label for ``handling``, in FIRST's spelling. Codes newer than this table are as strict as the strictest
    that may travel."""
    return {codes_pb2.HANDLING_PUBLIC: "tlp:clear", codes_pb2.HANDLING_INTERNAL: "tlp:green"}.get(handling, "tlp:amber")


def _definitions(objects: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in objects:
        if item.get("type") == "marking-definition" and isinstance(item.get("id"), str):
            found[item["id"]].append(item)
    return found


def _references(item: Any) -> Iterator[str | None]:
    """Ids of every marking on ``item`` or on a part of it; None for one that is not even an id."""
    rest = [item]
    while rest:
        part = rest.pop()
        if isinstance(part, list):
            rest.extend(part)
        if not isinstance(part, dict):
            continue
        refs = part.get("object_marking_refs", [])
        yield from (ref if isinstance(ref, str) else None for ref in (refs if isinstance(refs, list) else [None]))
        granular = part.get("granular_markings", [])
        for marking in granular if isinstance(granular, list) else [None]:
            if not isinstance(marking, dict) or "marking_ref" in marking:
                ref = marking.get("marking_ref") if isinstance(marking, dict) else None
                yield ref if isinstance(ref, str) else None
            elif "lang" not in marking:
                yield None
        rest.extend(value for key, value in part.items() if key not in ("object_marking_refs", "granular_markings"))


def _labels(item: dict[str, Any]) -> Iterator[str]:
    """Labels that speak of TLP."""
    labels = item.get("labels")
    for label in labels if isinstance(labels, list) else []:
        if isinstance(label, str) and _TLP_WORD.match(label):
            yield label


def _reading(ref: str | None, definitions: dict[str, list[dict[str, Any]]]) -> tuple[Tlp | None, str | None]:
    """Level and statement of the marking ``ref``; neither when it is not understood. Where a published id is given
    another meaning in the file, the stricter one holds."""
    if ref is None:
        return None, None
    readings = [_defined(definition) for definition in definitions.get(ref, [])]
    if any(reading == (None, None) for reading in readings):
        return None, None
    levels = [level for level, _ in readings if level is not None]
    if ref in _PUBLISHED:
        levels.append(_PUBLISHED[ref])
    statement = next((said for _, said in readings if said is not None), None)
    return max(levels, default=None), statement


def _defined(definition: dict[str, Any]) -> tuple[Tlp | None, str | None]:
    said = definition.get("definition")
    sort = definition.get("definition_type")
    extensions = definition.get("extensions", {})
    if not isinstance(extensions, dict) or set(extensions) - {TLP_2_EXTENSION}:
        return None, None
    levels = [
        _word(f"tlp:{extension.get('tlp_2_0')}" if isinstance(extension, dict) else "")
        for extension in extensions.values()
    ]
    if isinstance(name := definition.get("name"), str) and _TLP_WORD.match(name):
        levels.append(_word(name))
    statement = None
    if sort == "tlp" and isinstance(said, dict):
        levels.append(_word(f"tlp:{str(said.get('tlp')).lower().removeprefix('tlp:')}"))
    elif sort == "statement" and isinstance(said, dict) and isinstance(said.get("statement"), str):
        statement = str(said["statement"])
        levels += [_word(found[0]) for found in _WORDS.finditer(statement)]
    elif sort is not None and not extensions:
        return None, None
    known = [level for level in levels if level is not None]
    if len(known) < len(levels):
        return None, None
    return max(known, default=None), statement


def _word(label: str) -> Tlp | None:
    found = _WORDS.search(label)
    if not found:
        return None
    return _NAMES[re.sub(r"[\s_-]*\+?[\s_-]*strict", "+strict", found[1].lower())]
