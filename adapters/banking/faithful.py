"""The native message that a body carries, where it says what the body says and nothing else.

A sender could put one message into the body and another beside it. So the native one is read again, and it is handed on
only if the same comes of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.banking.convert import convert
from adapters.banking.writing import MEDIA_TYPE
from adapters.contract import NativeFile, OpenedStatement
from hutong.v1 import body_pb2

_TOP = "/Document/"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Faithful:
    """The native file; ``whole`` unless the body keeps something that stood around the message in its file."""

    file: NativeFile
    whole: bool


def original(statement: OpenedStatement) -> Faithful | None:
    """The body's own native message, or None if it has none or that says something else."""
    body = statement.body
    if not body.native or "message=" not in body.native_format:
        return None
    drafts = convert(body.native, now=_EPOCH).drafts
    if len(drafts) != 1 or drafts[0].kind != statement.header.WhichOneof("kind"):
        return None
    again = drafts[0].body
    said, kept = _extras(again), _extras(body)
    if _content(again) != _content(body) or said - kept or getattr(statement.header, drafts[0].kind) != drafts[0].facts:
        return None
    return Faithful(NativeFile(f"{statement.header.message_id.hex()}.xml", MEDIA_TYPE, body.native), said == kept)


def _content(body: body_pb2.Body) -> object:
    name = body.WhichOneof("content")
    return (name, body.source_record, getattr(body, name) if name else None)


def _extras(body: body_pb2.Body) -> Counter[tuple[str, str]]:
    """By path from the message on, whatever envelope it came in."""
    return Counter((extra.path[max(extra.path.find(_TOP), 0) :], extra.value) for extra in body.extras)
