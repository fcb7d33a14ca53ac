"""A statement → what police systems take in."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters import plain, strict_xml
from adapters.contract import NativeFile, OpenedStatement
from adapters.police import case_writing, drafts, identity_writing, nibrs_writing
from adapters.police.convert import read_xml
from adapters.strict_xml import Node
from hutong.v1 import codes_pb2

XML = "application/xml"


def render(statement: OpenedStatement) -> list[NativeFile]:
    """A report that came as NIBRS or NIEM, as it came. Any other Lead as a NIBRS submission, which says what was
    reported, and as a CASE bundle, which says everything; a Supplement with evidence or text as a CASE bundle;
    questions and answers about persons as lists, CSV and Excel. Kinds for which police systems have no form come in the
    contract's own JSON.

    HT-ADP-32, -33 for what NIBRS cannot be made to say.
    """
    kind, content = statement.header.WhichOneof("kind"), statement.body.WhichOneof("content")
    if kind == "inquiry" and content == "inquiry" and statement.header.inquiry.ask == codes_pb2.ASK_TYPE_IDENTITY_MATCH:
        return identity_writing.inquiry(statement)
    if kind == "inquiry_reply" and statement.body.inquiry_reply.persons:
        return identity_writing.reply(statement)
    if kind not in ("lead", "supplement") or content not in ("lead", "note", "evidence"):
        return plain.render(statement)
    if content != "evidence" and (data := _original(statement)):
        return [NativeFile(f"{statement.header.message_id.hex()}.xml", XML, data)]
    bundle = case_writing.render(statement)
    return [nibrs_writing.render(statement), bundle] if content == "lead" else [bundle]


def _original(statement: OpenedStatement) -> bytes | None:
    day = datetime.fromtimestamp(statement.header.issued_at / 1000, UTC)

    def node(data: bytes) -> Node:
        return strict_xml.tree(strict_xml.parse(data))

    return drafts.original(statement, lambda one: read_xml(one, day), node)
