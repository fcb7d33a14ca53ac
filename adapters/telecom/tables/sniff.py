"""Which table a text is: by the names in its header, or, where it has none, by what stands in its columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from adapters.cells import plain
from adapters.telecom.tables import layouts, values
from adapters.telecom.tables.layouts import Column, Layout

MAX_HEAD_LINES = 40
MAX_LINE_CHARS = 65_536

_MAX_COLUMNS = 256
_ENOUGH = 0.9
_Row = Sequence[str]
_CHECKS: dict[str, Callable[[str], bool]] = {
    "caller": values.is_line,
    "callee": values.is_line,
    "duration": values.is_length,
    "billed": values.is_length,
    "started_at": values.is_moment,
    "answered_at": values.is_moment,
    "ended_at": values.is_moment,
    "direction": lambda text: bool(layouts.direction(text)),
}


def layout(text: str, data: bytes) -> Layout | None:
    """The layout of the table in ``text``, whose file is ``data``; None if it is none of this system's."""
    lines = list(islice(io.StringIO(text, newline=""), MAX_HEAD_LINES))
    lines = ["" if len(line) > MAX_LINE_CHARS else line.rstrip("\r\n") for line in lines]
    found = _headed(lines) or _headless([line for line in lines if line.strip()])
    if found is None:
        return None
    quoted = any(line.startswith('"') for line in lines[len(found.preamble) :][:1])
    ending = "\r\n" if "\r\n" in text[: MAX_LINE_CHARS * 4] else "\n"
    return replace(found, quoted=quoted, ending=ending, encoding=_encoding(data))


def split(line: str, delimiter: str, spaced: bool) -> list[str]:
    """The cells of one line; none for one that CSV cannot have."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=spaced), [])
    except csv.Error:
        return []


def _headed(lines: list[str]) -> Layout | None:
    best: tuple[int, int, str, str, list[str]] | None = None
    for delimiter in layouts.DELIMITERS:
        for number, line in enumerate(lines):
            if delimiter not in line:
                continue
            cells = [plain(cell.strip()) for cell in split(line, delimiter, True)]
            while cells and not cells[-1]:
                cells.pop()
            score, sort = layouts.recognised(cells) if len(cells) <= _MAX_COLUMNS else (0, "")
            if score and (best is None or score > best[0]):
                best = score, number, delimiter, sort, cells
    if best is None:
        return None
    _, number, delimiter, sort, cells = best
    # Spaces only tell in the rows: a header may be written with care.
    rows = [line for line in lines[number + 1 :] if line.strip()]
    columns = layouts.named(sort, cells)
    return Layout(sort, columns, delimiter, spaced=_spaced(rows, delimiter), preamble=tuple(lines[:number]))


def _headless(lines: list[str]) -> Layout | None:
    for delimiter in layouts.DELIMITERS:
        rows = [split(line, delimiter, True) for line in lines]
        widths = {len(row) for row in rows}
        width = max(widths, key=lambda one: sum(len(row) == one for row in rows), default=0)
        fitting = [row for row in rows if len(row) == width]
        if not 3 <= width <= _MAX_COLUMNS or len(fitting) < _ENOUGH * len(rows):
            continue
        columns = _known(fitting, width) or (_guessed(rows, width) if len(fitting) == len(rows) else None)
        if columns:
            spaced = _spaced(lines, delimiter)
            return Layout("cdr", columns, delimiter, header=False, spaced=spaced, guessed=not _known(fitting, width))
    return None


def _known(rows: list[list[str]], width: int) -> tuple[Column, ...] | None:
    """The layout of this width whose columns hold what they should in most of the rows, and in some row all of them."""
    for one in layouts.table()["layouts"]:
        columns = layouts.named("cdr", one["columns"])
        if len(columns) == width:
            good = sum(_holds(columns, row) for row in rows)
            if good and good >= _ENOUGH * len(rows):
                return columns
    return None


def _holds(columns: tuple[Column, ...], row: _Row) -> bool:
    checked = [(one.field, cell.strip()) for one, cell in zip(columns, row, strict=True) if one.field in _CHECKS]
    started = any(cell for field, cell in checked if field == "started_at")
    return started and all(not cell or _CHECKS[field](cell) for field, cell in checked)


def _guessed(rows: list[list[str]], width: int) -> tuple[Column, ...] | None:
    """Two columns of telephone numbers, a time with its day, and a length or a direction: in every single row."""
    cells = [[row[at].strip() for row in rows] for at in range(width)]
    found: dict[int, str] = {}
    moments = [at for at in range(width) if all(map(values.is_moment, cells[at]))]
    numbers = [at for at in range(width) if at not in moments and all(map(values.is_number, cells[at]))]
    ways = [at for at in range(width) if all(map(layouts.direction, cells[at]))]
    lengths = [at for at in range(width) if at not in (*moments, *numbers) and all(map(values.is_length, cells[at]))]
    if len(numbers) < 2 or not moments or not (ways or lengths):
        return None
    for field, places in (
        ("caller", numbers[:1]),
        ("callee", numbers[1:2]),
        ("started_at", moments[:1]),
        ("ended_at", moments[1:2]),
        ("direction", ways[:1]),
        ("duration", lengths[:1]),
    ):
        found |= dict.fromkeys(places, field)
    return tuple(Column(str(at + 1), found.get(at, "")) for at in range(width))


def _spaced(lines: list[str], delimiter: str) -> bool:
    """Whether every delimiter outside of quotes is followed by a space."""
    unquoted = [line for line in lines if '"' not in line and delimiter in line]
    return bool(unquoted) and all(line.count(delimiter) == line.count(delimiter + " ") for line in unquoted)


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8-sig" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "gb18030"
    return "utf-8"
