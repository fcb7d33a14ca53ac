"""CSV as it comes: physical line numbers, drifting delimiters, titles above the header, quotes left open (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from adapters import text as texts
from adapters.market import columns
from hutong.errors import HutongError

MAX_FIELD_CHARS = 131_072
MAX_HEADER_LINES = 40
MAX_HEADER_CHARS = 65_536
MAX_OPEN_QUOTES = 8

_DELIMITERS = (",", ";", "\t", "|", "，", "；")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Row:
    """One record. ``line`` is the physical line that it begins on, from 1."""

    line: int
    cells: tuple[str, ...]
    error: HutongError | None = None


@dataclass(frozen=True)
class Table:
    """A header with the records under it; ``preamble`` counts the records above it that are no part of the table."""

    header: tuple[columns.Column, ...]
    header_line: int
    preamble: int
    rows: Iterator[Row] = field(repr=False)


def read(text: str, recognised: Callable[[Sequence[str]], int] = columns.recognised) -> Table | None:
    """The table in ``text``; None when no line of its beginning names columns that are ``recognised``: those of a
    complaint."""
    lines = _LINE_END.split(text)
    head = [line if len(line) <= MAX_HEADER_CHARS else "" for line in lines[:MAX_HEADER_LINES]]
    best: tuple[int, str, int, Row] | None = None
    for delimiter in _DELIMITERS:
        for count, row in enumerate(records(head, delimiter, 0)):
            score = recognised(row.cells)
            if score and (best is None or score > best[0]):
                best = (score, delimiter, count, row)
    if best is None:
        return None
    _, delimiter, preamble, header = best
    names = tuple(columns.column(name.strip()) for name in _without_blank_end(header.cells))
    rows = records(lines, delimiter, header.line - 1)
    next(rows)  # the header itself
    return Table(names, header.line, preamble, _checked(rows, len(names)))


def write(rows: list[tuple[str, ...]]) -> bytes:
    """Rows as CSV in UTF-8, for keeping a record together with its header."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _checked(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Rows of exactly ``width`` cells, or with the error that they are."""
    for row in rows:
        if row.error:
            yield row
            continue
        cells = _without_blank_end(row.cells) if len(row.cells) > width else row.cells
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= width < len(row.cells):
            cells = row.cells[:width]
        error = None if len(cells) == width else HutongError("HT-ADP-15", found=len(row.cells), expected=width)
        flaw = next((code for code in map(texts.flaw, cells) if code), None)
        yield Row(row.line, cells, HutongError(flaw) if flaw else error)


def records(lines: list[str], delimiter: str, at: int) -> Iterator[Row]:
    """The records from line index ``at`` on. A quote that nothing closes costs only the line it stands on: the rest is
    read again from the next line, so often and no more, because each time the whole rest is searched."""
    opened = 0
    while at < len(lines):
        end = _end(lines, at, delimiter)
        if end is None:
            opened += 1
            yield Row(at + 1, (), HutongError("HT-ADP-16"))
            at += 1
            if opened == MAX_OPEN_QUOTES:
                yield Row(at + 1, (), HutongError("HT-ADP-28"))
                return
            continue
        if lines[at] or end > at + 1:
            yield _parsed(lines, at, end, delimiter)
        at = end


def _parsed(lines: list[str], at: int, end: int, delimiter: str) -> Row:
    source = [line + "\n" for line in lines[at:end]]
    try:
        reader = csv.reader(source, delimiter=delimiter)
        cells = next(reader)
    except csv.Error:
        return Row(at + 1, (), HutongError("HT-ADP-17", limit=MAX_FIELD_CHARS))
    if reader.line_num != len(source):
        return Row(at + 1, (), HutongError("HT-ADP-16"))
    if any(len(cell) > MAX_FIELD_CHARS for cell in cells):
        return Row(at + 1, (), HutongError("HT-ADP-17", limit=MAX_FIELD_CHARS))
    return Row(at + 1, tuple(cells))


def _end(lines: list[str], at: int, delimiter: str) -> int | None:
    """The line index after the record that begins at ``at``; None if a quote stays open to the end."""
    inside = False
    for index in range(at, len(lines)):
        inside = _inside_after(lines[index], delimiter, inside)
        if not inside:
            return index + 1
    return None


def _inside_after(line: str, delimiter: str, inside: bool) -> bool:
    """Whether a quoted field is open after ``line``: a quote opens at a field's beginning and closes at the next single
    quote, as Python's csv module reads it."""
    if '"' not in line:
        return inside
    at = 0
    while True:
        if inside:
            at = line.find('"', at)
            if at < 0:
                return True
            if line[at + 1 : at + 2] == '"':
                at += 2
                continue
            inside = False
            at += 1
        elif line[at : at + 1] == '"':
            inside = True
            at += 1
            continue
        at = line.find(delimiter, at)
        if at < 0:
            return False
        at += 1


def _without_blank_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
