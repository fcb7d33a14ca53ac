"""A table → InquiryReplies: one for each inquiry that its rows name, in as many parts as it takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters import text as texts
from adapters.draft import MAX_BODY_BYTES, MAX_NATIVE_BYTES, DeadLetter, Draft, Note, enclose
from adapters.telecom.tables import rows, sniff
from adapters.telecom.tables.layouts import Layout
from adapters.telecom.tables.records import Reader, Record
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "telecom-table"

_ROOM = MAX_BODY_BYTES - 256 * 1024
"""Of a body for its records; the layout and what the agency node adds stand beside them."""
_MAX_COUNT = 100_000
_LISTS = {"cdr": "calls", "icp": "filings", "subscriber": "subscribers"}


class Entry(NamedTuple):
    """One record, and the inquiry that it says it answers."""

    reference: str
    record: Record


@dataclass
class Table:
    """A table in ``text`` with what reading it has shown."""

    text: str
    layout: Layout
    reader: Reader = field(init=False)
    duplicates: int = 0

    def __post_init__(self) -> None:
        self.reader = Reader(self.layout)

    def records(self) -> Iterator[Entry | DeadLetter]:
        """Every row as a record or a dead letter, in order."""
        seen: set[int] = set()
        found = False
        reference, record = self.reader.reference, self.reader.record
        for line, cells, failure in rows.read(self.text, self.layout):
            found = True
            if failure is not None:
                yield DeadLetter.of(f"line {line}", failure)
                continue
            key = hash(tuple(cells))
            if key in seen:
                self.duplicates += 1
            seen.add(key)
            try:
                yield Entry(reference(cells), record(cells))
            except HutongError as error:
                yield DeadLetter.of(f"line {line}", error)
        if not found:
            yield DeadLetter.of(f"line {len(self.layout.preamble) + 1}", HutongError("HT-ADP-18"))

    def add(self, reply: body_pb2.InquiryReplyBody, entry: Entry) -> None:
        """Put a record where it belongs in ``reply``."""
        getattr(reply, _LISTS[self.layout.sort]).append(entry.record)

    def describe(self, body: body_pb2.Body) -> None:
        """Put into ``body`` how the table was laid out, so that it can be written again."""
        sort = self.layout.sort
        body.extras.add(path=f"{sort}/layout", value=self.layout.to_json())
        names = [self.layout.columns[at].name for at in self.layout.others]
        body.extras.add(path=f"{sort}/others", value=json.dumps(names, ensure_ascii=False))

    def notes(self) -> list[Note]:
        """What a person may want to know about the table as a whole."""
        notes = [Note.of("telecom-guessed", "line 1")] if self.layout.guessed else []
        if self.layout.preamble:
            notes.append(Note.of("adapter-preamble", f"line {len(self.layout.preamble) + 1}"))
        unknown = [column.name for column in self.layout.columns if not column.field]
        if self.layout.header:
            notes += [Note.of("adapter-unknown-column", name) for name in unknown if name]
        notes += [Note.of("adapter-identifier-check", name) for name in self.reader.doubted]
        if self.duplicates:
            notes.append(Note.of("telecom-duplicates", count=self.duplicates))
        return notes


def recognised(data: bytes) -> Table | None:
    """The table in ``data``, None if it is none of this system's. HT-ADP-10, -12, -13 for bytes that are no text."""
    return of(texts.decode(data), data)


def of(text: str, data: bytes) -> Table | None:
    """The table in ``text``, whose file is ``data``."""
    layout = sniff.layout(text, data)
    return Table(text, layout) if layout else None


def read(table: Table, data: bytes) -> Iterator[Draft | DeadLetter]:
    """The table's dead letters, then its drafts."""
    parts: dict[str, list[body_pb2.Body]] = {}
    sizes: dict[str, int] = {}
    for found in table.records():
        if isinstance(found, DeadLetter):
            yield found
            continue
        bodies = parts.setdefault(found.reference, [])
        size = found.record.ByteSize() + 8
        if not bodies or sizes[found.reference] + size > _ROOM:
            bodies.append(body_pb2.Body(inquiry_reply=body_pb2.InquiryReplyBody(reference=found.reference)))
            sizes[found.reference] = 0
        sizes[found.reference] += size
        table.add(bodies[-1].inquiry_reply, found)
    notes = table.notes()
    digest = hashlib.sha256(data).hexdigest()[:32]
    alone = len(parts) == 1
    for at, bodies in enumerate(parts.values()):
        for number, body in enumerate(bodies, 1):
            try:
                yield _draft(
                    table,
                    body,
                    data if alone and len(bodies) == 1 else b"",
                    notes,
                    f"{digest}/{at + 1}",
                    number,
                    len(bodies),
                )
            except HutongError as error:
                yield DeadLetter.of("/", error)


def _draft(
    table: Table, body: body_pb2.Body, data: bytes, notes: list[Note], record: str, number: int, count: int
) -> Draft:
    """One part. The file itself travels along only where all of it answers one inquiry: nobody gets another's rows."""
    last = number == count
    body.version = 1
    body.source_system = SOURCE_SYSTEM
    body.source_record = record if count == 1 else f"{record}/{number}-{count}"
    table.describe(body)
    if count > 1:
        notes = [*notes, Note.of("telecom-part", number=number, count=count)]
    if not data or len(data) > MAX_NATIVE_BYTES:
        notes = [*notes, Note.of("adapter-native-left-out")]
    enclose(body, data, f"text/csv; sort={table.layout.sort}")
    if not data:
        body.ClearField("native")
        body.ClearField("native_format")
    reply = body.inquiry_reply
    answered = min(max(1, len(reply.filings), len(reply.subscribers)), _MAX_COUNT)
    facts = kinds_pb2.InquiryReply(
        extent=codes_pb2.REPLY_EXTENT_FULL if last else codes_pb2.REPLY_EXTENT_PARTIAL,
        asked=answered,
        answered=answered,
    )
    return Draft(
        "inquiry_reply",
        facts,
        header_pb2.CommonFacts(),
        body,
        body.source_record,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(notes),
    )
