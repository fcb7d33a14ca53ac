"""Statements in JSON, as people and other programs hand them over: drafts as ``convert -o json`` prints them, and
statements as ``plain.render`` writes them.

Read strictly, in protobuf JSON: a field that nobody knows would otherwise be lost in silence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError

from adapters import strict_json
from adapters.draft import Draft
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2

MAX_BYTES = 512 * 1024 * 1024
"""What converting a native file of the largest size may print."""


@dataclass(frozen=True)
class Statement:
    """What ``Adapter.render`` takes. One that was made of a draft has an id that follows from its content, and no
    parties."""

    header: header_pb2.Header
    body: body_pb2.Body


@dataclass(frozen=True)
class Reading:
    """The statements of one JSON text, in order, and how many dead letters lay beside them."""

    statements: tuple[Statement, ...]
    dead_letters: int = 0


def read(data: bytes, now: int) -> Reading:
    """The statements in {"drafts": […], "dead_letters": […]}, in one draft, in one {"header": …, "body": …}, or in a
    list of these. ``now`` (ms since 1970) is when drafts count as said.

    HT-ADP-10, -12, -13 and -21 to -24 as for any JSON; HT-ADP-262 for anything else, with its place.
    """
    value = strict_json.loads(_text(data))
    if flaw := strict_json.flaw(value):
        raise HutongError(flaw)
    if isinstance(value, dict) and isinstance(value.get("drafts"), list):
        dead = value.get("dead_letters")
        listed, place, buried = value["drafts"], "/drafts/", len(dead) if isinstance(dead, list) else 0
    else:
        listed, place, buried = (value if isinstance(value, list) else [value]), "/", 0
    return Reading(tuple(_statement(item, f"{place}{n}", now) for n, item in enumerate(listed)), buried)


def of_draft(draft: Draft, now: int) -> Statement:
    """The statement that ``draft`` would become, as far as its content goes."""
    said = draft.facts.SerializeToString(deterministic=True) + draft.body.SerializeToString(deterministic=True)
    header = header_pb2.Header(
        message_id=hashlib.sha256(f"{draft.kind}/{draft.source_record}/".encode() + said).digest()[:16],
        issued_at=now,
        handling=draft.handling,
        urgency=draft.urgency,
        facts=draft.common,
    )
    getattr(header, draft.kind).CopyFrom(draft.facts)
    return Statement(header, draft.body)


def _text(data: bytes) -> str:
    if not data.strip():
        raise HutongError("HT-ADP-10")
    if len(data) > MAX_BYTES:
        raise HutongError("HT-ADP-12", size=len(data), limit=MAX_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HutongError("HT-ADP-13") from error


def _statement(item: Any, where: str, now: int) -> Statement:
    try:
        if not isinstance(item, dict):
            raise ParseError("not an object")
        item = _plain(item)
        if "header" in item:
            header = ParseDict(item["header"], header_pb2.Header())
            return Statement(header, ParseDict(item.get("body") or {}, body_pb2.Body()))
        return of_draft(_draft(item), now)
    except (ParseError, KeyError, TypeError, ValueError) as error:
        # The parser's own words may quote the value that it stumbled over.
        raise HutongError("HT-ADP-262", where=where) from error


def _draft(item: dict[str, Any]) -> Draft:
    kind = str(item["kind"])
    facts = getattr(header_pb2.Header(), kind) if kind in _KINDS else None
    if facts is None:
        raise ValueError(kind)
    return Draft(
        kind,
        ParseDict(item["facts"], facts),
        ParseDict(item.get("common") or {}, header_pb2.CommonFacts()),
        ParseDict(item["body"], body_pb2.Body()),
        str(item.get("source_record", "")),
        urgency=codes_pb2.Urgency.Value(item.get("urgency", "URGENCY_ROUTINE")),
        handling=codes_pb2.Handling.Value(item.get("handling", "HANDLING_INTERNAL")),
    )


def _plain(value: Any) -> Any:
    """``value`` with numbers as Python has them: digits as they were written are no protobuf JSON."""
    if isinstance(value, strict_json.Number):
        text = str(value)
        return int(text) if text.lstrip("-").isdigit() else float(text)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


_KINDS = frozenset(field.name for field in header_pb2.Header.DESCRIPTOR.oneofs_by_name["kind"].fields)
