"""Drafts from XML records, and the records back: nothing that one says is lost, whether understood or not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

from google.protobuf.message import Message
from lxml import etree

from adapters.contract import OpenedStatement
from adapters.draft import MAX_NATIVE_BYTES, Draft, Note, enclose
from adapters.police import xmlrecord
from adapters.strict_xml import Node
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2

XML = "application/xml; message="


def draft(
    kind: str,
    facts: Message,
    common: header_pb2.CommonFacts,
    body: body_pb2.Body,
    node: Node,
    message: str,
    notes: list[Note],
) -> Draft:
    """A draft whose body holds what was read from ``node``, and everything else by path. The record itself travels
    along where it is small; where it is not, all of it stands in the extras by path. What police report is a work
    secret.

    ``body`` comes with its content, its source system, and the record's number if it has one. HT-ADP-26 if it all is
    too much for one message.
    """
    native = etree.tostring(node.element, encoding="utf-8", xml_declaration=True, with_tail=False)
    body.version = 1
    body.source_record = body.source_record or hashlib.sha256(native).hexdigest()[:32]
    counts: Counter[str] = Counter()
    left = list(node.left())
    for path, _ in left:
        counts["/".join(step.partition("[")[0] for step in path.split("/"))] += 1
    notes = notes + [Note.of("adapter-kept", path, count=count) for path, count in counts.items()]
    if len(native) > MAX_NATIVE_BYTES:
        notes.append(Note.of("adapter-native-left-out"))
        left = list(xmlrecord.flatten(node.element))
    body.extras.extend(body_pb2.Extra(path=path, value=value) for path, value in left)
    enclose(body, native, f"{XML}{message}")
    return Draft(
        kind,
        facts,
        common,
        body,
        body.source_record,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(notes),
    )


def original(statement: OpenedStatement, read: Callable[[Node], Draft], node: Callable[[bytes], Node]) -> bytes | None:
    """The XML record that ``statement`` came from, if there is one and reading it gives the same content still: what
    somebody has changed since must not be undone by an old record."""
    body = statement.body
    data = body.native if body.native_format.startswith(XML) else _rebuilt(body)
    if not data:
        return None
    try:
        record = node(data)
        again = read(record).body
    except HutongError:
        return None
    content = body.WhichOneof("content")
    if content is None or again.WhichOneof("content") != content or getattr(again, content) != getattr(body, content):
        return None
    # Written anew: what comes from elsewhere may hold instructions to programs, which reading leaves out.
    return etree.tostring(record.element, encoding="utf-8", xml_declaration=True)


def _rebuilt(body: body_pb2.Body) -> bytes:
    leaves = [(extra.path, extra.value) for extra in body.extras]
    if not xmlrecord.is_list(leaves):
        return b""
    root = xmlrecord.rebuild(leaves)
    return b"" if root is None else etree.tostring(root, encoding="utf-8", xml_declaration=True)
