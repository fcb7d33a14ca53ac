"""A JSON document being read: whatever nobody takes is left over by path, and can be put back there.

Paths are steps with "/" between, places of lists in brackets from 0: ``Task/task:CSPID/CountryCode``. The value of a
path that ends in "#json" is JSON (numbers, true, empty lists, whole trees); any other is the text itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from adapters.strict_json import Number

_JSON = "#json"
_ESCAPES = (("~", "~0"), ("/", "~1"), ("[", "~2"), ("#", "~3"))
_STEP = re.compile(r"([^/\[]*)((?:\[\d+\])*)(?:/|\Z)")
_INDEX = re.compile(r"\[(\d+)\]")
_MAX_INDEX = 100_000


@dataclass
class Reading:
    """A value with the path it stands at. ``used`` holds the paths that found a place, ``whole`` those left over
    in one piece; both are shared below."""

    value: Any
    path: str
    used: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)

    def at(self, *steps: str) -> Reading:
        """What stands below at ``steps``; a value of None where nothing does."""
        value, path = self.value, self.path
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
            path = _join(path, step)
        return Reading(value, path, self.used, self.whole)

    def each(self, *steps: str) -> list[Reading]:
        """The members of the list at ``steps``, or the one that stands there without a list (as XML has it)."""
        found = self.at(*steps)
        if isinstance(found.value, list):
            return [Reading(one, f"{found.path}[{n}]", self.used, self.whole) for n, one in enumerate(found.value)]
        return [found] if found.value is not None else []

    def take(self, *steps: str) -> str:
        """The text at ``steps``, used up; "" where there is none."""
        found = self.at(*steps)
        if not isinstance(found.value, str):
            return ""
        self.used.add(found.path)
        return str(found.value)

    def take_yes(self, *steps: str) -> bool:
        """Whether true stands there; used up if so (false says no more than nothing)."""
        found = self.at(*steps)
        if found.value is True:
            self.used.add(found.path)
        return found.value is True

    def word(self, *steps: str) -> str:
        """The value of the dictionary entry at ``steps`` (TS 103 120 clause 6.5); nothing is used up."""
        value = self.at(*steps, "common:Value").value
        return value if isinstance(value, str) else ""

    def all_used(self) -> None:
        """Everything here found its place."""
        self.used.add(self.path)

    def in_one_piece(self) -> None:
        """What is here is somebody else's document: it is left over as a whole."""
        self.whole.add(self.path)

    def left(self) -> Iterator[tuple[str, str]]:
        """Path and value of all that nobody took, in the document's order."""
        rest = [(self.path, self.value)]
        while rest:
            path, value = rest.pop()
            if path in self.used:
                continue
            if path in self.whole:
                yield path + _JSON, compact(value)
            elif isinstance(value, dict) and value:
                rest.extend(reversed([(_join(path, key), inner) for key, inner in value.items()]))
            elif isinstance(value, list) and value:
                rest.extend(reversed([(f"{path}[{n}]", inner) for n, inner in enumerate(value)]))
            elif isinstance(value, str) and not isinstance(value, Number):
                yield path, value
            else:
                yield path + _JSON, compact(value)


def compact(value: Any) -> str:
    """``value`` as JSON with its numbers as written."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def plain(value: Any) -> Any:
    """``value`` with Python's own numbers."""
    if isinstance(value, Number):
        return json.loads(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def put_back(root: Any, path: str, value: str) -> None:
    """Put what was left over back to where it stood, unless something else stands there now."""
    said: Any = value
    if path.endswith(_JSON):
        path = path.removesuffix(_JSON)
        try:
            said = json.loads(value)
        except json.JSONDecodeError:
            return
    steps: list[str | int] = []
    for found in _STEP.finditer(path):
        if found[1]:
            steps.append(_unescaped(found[1]))
        steps.extend(int(index) for index in _INDEX.findall(found[2]))
    if not steps or any(isinstance(step, int) and step > _MAX_INDEX for step in steps):
        return
    for step, following in pairwise(steps):
        root = _inside(root, step, [] if isinstance(following, int) else {})
        if root is None:
            return
    _inside(root, steps[-1], said)


def _inside(parent: Any, step: str | int, otherwise: Any) -> Any:
    """What stands at ``step``, ``otherwise`` if it is put there; None where it does not fit in."""
    if isinstance(step, str) and isinstance(parent, dict):
        return parent.setdefault(step, otherwise)
    if isinstance(step, int) and isinstance(parent, list):
        if step == len(parent):
            parent.append(otherwise)
        return parent[step] if step < len(parent) else None
    return None


def _join(path: str, step: str) -> str:
    for sign, escape in _ESCAPES:
        step = step.replace(sign, escape)
    return f"{path}/{step}" if path else step


def _unescaped(step: str) -> str:
    for sign, escape in reversed(_ESCAPES):
        step = step.replace(escape, sign)
    return step
