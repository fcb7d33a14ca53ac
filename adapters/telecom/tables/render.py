"""Records → a table: in the layout that came in, or in the default one of their sort."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from adapters.cells import neutral
from adapters.telecom.tables import layouts, records
from adapters.telecom.tables.layouts import Layout
from adapters.telecom.tables.records import Record
from hutong.v1 import body_pb2

MEDIA_TYPE = "text/csv"
_LISTS = {"cdr": "calls", "icp": "filings", "subscriber": "subscribers"}


def found(reply: body_pb2.InquiryReplyBody) -> list[str]:
    """The sorts of records that ``reply`` holds."""
    return [sort for sort, name in _LISTS.items() if getattr(reply, name)]


def given(body: body_pb2.Body, sort: str) -> Layout | None:
    """The layout in which records of ``sort`` came in, if they did."""
    said = next((extra.value for extra in body.extras if extra.path == f"{sort}/layout"), "")
    return Layout.from_json(sort, said) if said else None


def write(body: body_pb2.Body, sort: str) -> bytes:
    """The records of ``sort`` as a file."""
    listed = getattr(body.inquiry_reply, _LISTS[sort])
    layout = given(body, sort)
    if layout is not None:
        text = _text(listed, layout, layout.others, body.inquiry_reply.reference)
    else:
        text = _text(listed, *_default(listed, sort), body.inquiry_reply.reference)
    # What the encoding does not have is rare enough to be said in one that has it.
    try:
        return text.encode(layout.encoding if layout else "utf-8-sig")
    except UnicodeEncodeError:
        return text.encode("utf-8-sig")


def _default(listed: Sequence[Record], sort: str) -> tuple[Layout, tuple[int, ...]]:
    """The default layout; columns that somebody kept without saying how they are called go at the end."""
    layout = layouts.default(sort)
    count = max((len(getattr(one, "others", ())) for one in listed), default=0)
    width = len(layout.columns)
    more = tuple(layouts.Column(f"其他{number}") for number in range(1, count + 1))
    return replace(layout, columns=(*layout.columns, *more)), tuple(range(width, width + count))


def _text(listed: Iterable[Record], layout: Layout, others: tuple[int, ...], reference: str) -> str:
    out = _Lines(layout)
    for line in layout.preamble:
        out.line(neutral(line))
    if layout.header:
        out.row([neutral(column.name) for column in layout.columns], spaced=False)
    for one in listed:
        out.row([neutral(cell) for cell in records.cells(one, layout, others, reference)], layout.spaced)
    return out.text()


class _Lines:
    """Lines of a table as its layout ends and quotes them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._out = io.StringIO()
        quoting: Literal[0, 1] = csv.QUOTE_ALL if layout.quoted else csv.QUOTE_MINIMAL
        # With this end every cell that a reader could take for several lines is quoted; ``write`` takes it off again.
        self._writer = csv.writer(self, delimiter=layout.delimiter, lineterminator="\r\n", quoting=quoting)
        self._part = ""

    def write(self, row: str) -> None:
        """What the writer has made of one row."""
        self._part = row.removesuffix("\r\n")

    def row(self, cells: Sequence[str], spaced: bool) -> None:
        """One row, with a space after each delimiter where that is the layout's way."""
        if spaced:
            self.line((self._layout.delimiter + " ").join(map(self._quoted, cells)))
        else:
            self._writer.writerow(cells)
            self.line(self._part)

    def line(self, text: str) -> None:
        """One line as it is."""
        self._out.write(text + self._layout.ending)

    def text(self) -> str:
        """All of them."""
        return self._out.getvalue()

    def _quoted(self, cell: str) -> str:
        if not cell and not self._layout.quoted:
            return ""
        self._writer.writerow([cell])
        return self._part
