"""The rows of a table one after the other, with their lines; a damaged one costs itself and nothing more (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from adapters import text as texts
from adapters.cells import plain
from adapters.telecom.tables.layouts import Layout
from hutong.errors import HutongError

MAX_FIELD_CHARS = 131_072
MAX_OPEN_QUOTES = 8

# Full-width signs begin a formula in some programs, too. Text that had an apostrophe by itself gets a second.


class Row(NamedTuple):
    """One record. ``line`` is the physical line that it begins on, from 1."""

    line: int
    cells: list[str]
    error: HutongError | None = None


def read(text: str, layout: Layout) -> Iterator[Row]:
    """The records under the header, each with exactly the layout's number of cells, or with the error that it is."""
    width = len(layout.columns)
    # What every row would have to be looked at for is mostly nowhere in the file.
    flawed = texts.flaw(text) is not None
    quoted = "'" in text
    for row in _records(text, layout) if '"' in text else _plain_records(text, layout):
        cells = row.cells
        if row.error is not None:
            yield row
            continue
        if len(cells) != width:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                yield Row(row.line, [], HutongError("HT-ADP-15", found=len(cells), expected=width))
                continue
            cells = cells[:width]
        if flawed and (code := next((code for code in map(texts.flaw, cells) if code), None)):
            yield Row(row.line, [], HutongError(code))
            continue
        yield row if cells is row.cells and not quoted else Row(row.line, [*map(plain, cells)])


def _plain_records(text: str, layout: Layout) -> Iterator[Row]:
    """The records of a text without any quote: each is one line, whatever is wrong with another."""
    source = io.StringIO(text, newline="")
    line = len(layout.preamble) + layout.header
    for _ in range(line):
        source.readline()
    reader = csv.reader(source, delimiter=layout.delimiter, skipinitialspace=layout.spaced)
    while True:
        line += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, [], HutongError("HT-ADP-17", limit=MAX_FIELD_CHARS))
            continue
        if cells:
            yield Row(line, cells)


def _whole(chunk: str, layout: Layout) -> bool:
    """Whether a record over several lines is one by the strict reading: what follows a closing quote is a delimiter."""
    try:
        next(csv.reader(io.StringIO(chunk, newline=""), delimiter=layout.delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _records(text: str, layout: Layout) -> Iterator[Row]:
    """A quote that nothing closes, or that a later one closes by chance, costs only the line it stands on: reading goes
    on with the next line. Where it takes the whole rest to find out, so often and no more."""
    source = io.StringIO(text, newline="")
    width = len(layout.columns)
    line = 0
    for _ in range(len(layout.preamble) + layout.header):
        source.readline()
        line += 1
    exhausting = 0
    while True:
        reader = csv.reader(source, delimiter=layout.delimiter, skipinitialspace=layout.spaced)
        done = 0
        while True:
            at = source.tell()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                error = HutongError("HT-ADP-17", limit=MAX_FIELD_CHARS)
                exhausting += 1
                break
            here, spans = line + done + 1, reader.line_num - done
            last = source.tell() >= len(text)
            if (spans > 1 and (len(cells) != width or not _whole(text[at : source.tell()], layout))) or (
                last and text.count('"', at) % 2
            ):
                error = HutongError("HT-ADP-16")
                exhausting += last
                break
            done = reader.line_num
            if cells:
                yield Row(here, cells)
        line += done + 1
        yield Row(line, [], error)
        source.seek(at)
        source.readline()
        if exhausting >= MAX_OPEN_QUOTES:
            if source.tell() < len(text):
                yield Row(line + 1, [], HutongError("HT-ADP-28"))
            return
