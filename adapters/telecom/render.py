"""A statement → what systems of the regulator and of operators take in."""

from __future__ import annotations

from adapters import plain
from adapters.contract import NativeFile, OpenedStatement
from adapters.telecom import blocking, gate
from adapters.telecom.etsi import questions, replies
from adapters.telecom.etsi.documents import SOURCE_SYSTEM as ETSI
from adapters.telecom.tables import render as tables
from adapters.telecom.tables.convert import SOURCE_SYSTEM as TABLE
from hutong.v1 import codes_pb2

_ENDS = (codes_pb2.REPLY_EXTENT_NONE, codes_pb2.REPLY_EXTENT_REFUSED)


def render(statement: OpenedStatement) -> list[NativeFile]:
    """An inquiry as a request of TS 103 120; a reply as a delivery or a table, in the form in which it came in, else in
    both; domains of a lead or supplement as block lists; a note as a notification. Everything else, and what these
    forms leave out, in the contract's own JSON.

    HT-ADP-200, -201 for an inquiry that nobody may send on (gate.py); HT-ADP-30, -33, -211 where it cannot be said.
    """
    kind, content = statement.header.WhichOneof("kind"), statement.body.WhichOneof("content")
    if kind == "inquiry" and content == "inquiry" and statement.header.inquiry.ask in questions.ASKS:
        gate.check(statement)
        return questions.render(statement)
    if kind == "inquiry_reply" and content == "inquiry_reply":
        return _reply(statement)
    if kind in ("lead", "supplement") and blocking.blocked(statement.body):
        more = [] if blocking.only_lists(statement.body) else plain.render(statement)
        return [*blocking.render(statement), *more]
    if kind == "supplement" and content == "note":
        return replies.render(statement)
    return plain.render(statement)


def _reply(statement: OpenedStatement) -> list[NativeFile]:
    body = statement.body
    sorts = tables.found(body.inquiry_reply)
    if body.source_system == ETSI:
        return replies.render(statement)
    if not sorts and statement.header.inquiry_reply.extent not in _ENDS:
        return plain.render(statement)
    name = statement.header.message_id.hex()
    files = [NativeFile(f"{name}-{sort}.csv", tables.MEDIA_TYPE, tables.write(body, sort)) for sort in sorts]
    if body.source_system == TABLE:
        return files
    more = plain.render(statement) if body.inquiry_reply.statements else []
    return [*replies.render(statement), *files, *more]
