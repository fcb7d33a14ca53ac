"""Drafts from ISO 20022 documents: nothing that a document says is lost, whether understood or not."""

from __future__ import annotations

import hashlib
from collections import Counter

from google.protobuf.message import Message
from lxml import etree

from adapters.banking.documents import Document
from adapters.draft import MAX_NATIVE_BYTES, Draft, Note, enclose
from hutong.v1 import body_pb2, codes_pb2, header_pb2

SOURCE_SYSTEM = "iso20022"


def draft(kind: str, facts: Message, body: body_pb2.Body, document: Document, notes: list[Note]) -> Draft:
    """A draft whose body holds what was read, everything else by path, and the document itself where it is small.

    ``body`` comes with its content and, if the document has one, its number as ``source_record``. Account data is a
    work secret. HT-ADP-26 if it all is too much for one message.
    """
    native = etree.tostring(document.node.element, encoding="utf-8", xml_declaration=True, with_tail=False)
    body.version = 1
    body.source_system = SOURCE_SYSTEM
    body.source_record = body.source_record or hashlib.sha256(native).hexdigest()[:32]
    notes = notes + _keep(body, document)
    if len(native) > MAX_NATIVE_BYTES:
        notes.append(Note.of("adapter-native-left-out"))
    enclose(body, native, f"application/xml; message={document.message}")
    return Draft(
        kind,
        facts,
        header_pb2.CommonFacts(),
        body,
        body.source_record,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(notes),
    )


def _keep(body: body_pb2.Body, document: Document) -> list[Note]:
    """Put what nobody took into the extras; one note for each path, whatever its indices."""
    counts: Counter[str] = Counter()
    for path, value in (*document.node.left(), *document.around):
        body.extras.add(path=path, value=value)
        counts["/".join(step.partition("[")[0] for step in path.split("/"))] += 1
    return [Note.of("adapter-kept", path, count=count) for path, count in counts.items()]
