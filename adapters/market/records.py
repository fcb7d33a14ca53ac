"""Complaints in JSON (a list, an export around a list, one object) and NDJSON (one object a line)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters import strict_json
from adapters.market import columns, leads
from hutong.errors import HutongError

_LINE_END = re.compile(r"\r\n|\r|\n")
_SOURCE = "_source"


@dataclass(frozen=True)
class Found:
    """A record with the place it stands at, or the error that it is."""

    where: str
    record: leads.Record | None = None
    error: HutongError | None = None


def is_lines(text: str) -> bool:
    """Whether ``text`` is NDJSON: several lines, most of them a whole object each."""
    lines = [line.strip() for line in _LINE_END.split(text) if line.strip()]
    objects = sum(line.startswith("{") and line.endswith("}") for line in lines)
    return len(lines) > 1 and objects * 2 > len(lines)


def read_lines(text: str) -> Iterator[Found]:
    """Each line of NDJSON; a broken one is no trouble to the others."""
    for number, line in enumerate(_LINE_END.split(text), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            yield _found(where, strict_json.loads(line))
        except HutongError as error:
            yield Found(where, error=_at_line(error, number))


def read(text: str) -> Iterator[Found]:
    """The records of a document. Of a list that breaks off, those before the break, then the break itself."""
    broken: tuple[int, HutongError] | None = None
    try:
        value = strict_json.loads(text)
    except HutongError as error:
        if error.code != "HT-ADP-21" or not text.lstrip().startswith("["):
            yield Found(f"line {error.params.get('line', 1)}", error=error)
            return
        value, line = strict_json.leading_elements(text)
        broken = line, error
    listed = _listed(value)
    if listed is None:
        yield _found("record 1", value)
    elif not listed and not broken:
        yield Found("record 1", error=HutongError("HT-ADP-18"))
    else:
        for number, item in enumerate(listed, 1):
            yield _found(f"record {number}", item)
    if broken:
        yield Found(f"line {broken[0]}", error=broken[1])


def looks_like_complaint(found: Found) -> bool:
    """Whether the record's names are those of a complaint."""
    return bool(found.record and columns.recognised(column.name for column, _ in found.record.cells))


def _listed(value: Any) -> list[Any] | None:
    """The list of records in ``value``, also inside the envelopes that search services put around it."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or columns.recognised(map(str, value)):
        return None
    wrappers = columns.table()["lists"]["names"]
    for name in wrappers:
        inner = value.get(name)
        if isinstance(inner, list):
            return inner
        if isinstance(inner, dict) and (deeper := _listed(inner)) is not None:
            return deeper
    return None


def _found(where: str, value: Any) -> Found:
    if isinstance(value, dict) and isinstance(value.get(_SOURCE), dict):
        value = value[_SOURCE]
    if flaw := strict_json.flaw(value):
        return Found(where, error=HutongError(flaw))
    if not isinstance(value, dict):
        return Found(where, error=HutongError("HT-ADP-25"))
    cells = tuple((columns.column(name), _text(inner)) for name, inner in value.items())
    return Found(where, leads.Record(cells, _compact(value).encode(), "application/json"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _at_line(error: HutongError, line: int) -> HutongError:
    return HutongError(error.code, **(error.params | {"line": line}))
