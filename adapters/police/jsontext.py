"""Values that strict_json has read, as JSON again: numbers with their digits, keys in their order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from adapters.strict_json import Number


def written(value: Any) -> str:
    """``value`` as compact JSON; depth is bounded by what strict_json lets in."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return joined((key, written(one)) for key, one in value.items())
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False) if value is None or isinstance(value, (str, bool)) else "null"


def joined(members: Iterable[tuple[str, str]]) -> str:
    """An object of keys and values that are JSON already."""
    return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in members) + "}"
