"""Terms and literals of JSON-LD, read by their local names: prefixes are the author's choice (W3C JSON-LD 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_SEPARATOR = re.compile("[:/#]")


@lru_cache(maxsize=4096)
def local(term: str) -> str:
    """A term without prefix or namespace: "AccountFacet"."""
    return _SEPARATOR.split(term)[-1]


def values(node: Any, name: str) -> Iterator[str]:
    """The texts of a node's properties with this local name."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if local(key) == name and not key.startswith("@"):
            yield from literals(value)


def literals(value: Any) -> Iterator[str]:
    """Literals, typed or not."""
    for one in listed(value):
        literal = one.get("@value") if isinstance(one, dict) else one
        if isinstance(literal, str) and literal.strip():
            yield literal.strip()


def strings(value: Any) -> list[str]:
    """The texts in a value or list."""
    return [one for one in listed(value) if isinstance(one, str)]


def listed(value: Any) -> list[Any]:
    """A value as the list that JSON-LD takes it for."""
    return value if isinstance(value, list) else [] if value is None else [value]
