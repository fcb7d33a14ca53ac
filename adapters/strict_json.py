"""JSON from outside (RFC 8259), bounded in depth and exact in numbers.

Flaws that concern one record of many (a key given twice, NaN, a number of absurd length) do not end the reading: they
stay in the value as marks, and ``flaw`` finds them when that record's turn comes. Numbers keep their digits as written.
"""

from __future__ import annotations

import json
import re
from typing import Any

from adapters import text as texts
from hutong.errors import HutongError

MAX_DEPTH = 64
MAX_NUMBER_LENGTH = 64

_TOKENS = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z)|([\[{])|([\]}])', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class Flawed:
    """Stands in for a value that JSON does not have or that nobody could mean."""


class Object(dict[str, Any]):
    """An object; ``twice`` says that a key was given more than once (RFC 8259 §4 leaves open what that means)."""

    twice = False


def loads(text: str) -> Any:
    """The value of a whole document. HT-ADP-21 if it is not well-formed, HT-ADP-22 beyond MAX_DEPTH."""
    check_depth(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise HutongError("HT-ADP-21", line=error.lineno, column=error.colno) from error


def leading_elements(text: str) -> tuple[list[Any], int]:
    """The elements of a broken top-level array that stand before the break, and the line of the break."""
    check_depth(text)
    found: list[Any] = []
    at = _skip(text, text.index("[") + 1)
    while True:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError:
            return found, text.count("\n", 0, at) + 1
        end = _skip(text, end)
        if text[end : end + 1] not in (",", "]"):
            return found, text.count("\n", 0, end) + 1
        found.append(value)
        if text[end] == "]":
            return found, text.count("\n", 0, end) + 1
        at = _skip(text, end + 1)


def flaw(value: Any) -> str | None:
    """The code of the first flaw in ``value``: HT-ADP-13, -14 (text), -23 (key twice), -24 (no number)."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, Flawed):
            return "HT-ADP-24"
        if isinstance(item, str) and (code := texts.flaw(item)):
            return code
        if isinstance(item, Object):
            if item.twice:
                return "HT-ADP-23"
            rest.extend(item.keys())
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)
    return None


def dumps(value: Any) -> str:
    """``value`` without any space, numbers with the digits that they came with."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(str(name))}:{dumps(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return _text(value)


def check_depth(text: str) -> None:
    """HT-ADP-22 if brackets nest deeper than MAX_DEPTH; the parser itself would run out of stack."""
    depth = 0
    for token in _TOKENS.finditer(text):
        if token[1]:
            depth += 1
            if depth > MAX_DEPTH:
                raise HutongError("HT-ADP-22", limit=MAX_DEPTH)
        elif token[2]:
            depth -= 1


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _number(digits: str) -> Number | Flawed:
    return Number(digits) if len(digits) <= MAX_NUMBER_LENGTH else Flawed()


def _object(pairs: list[tuple[str, Any]]) -> Object:
    made = Object(pairs)
    made.twice = len(made) != len(pairs)
    return made


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=lambda _: Flawed()
)
