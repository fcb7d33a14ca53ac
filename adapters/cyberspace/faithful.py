"""The native record that a lead's body carries, where it says what the lead says and may still go where the lead goes.

A sender could put one thing into the lead and another beside it, or mark the statement more strictly than the record
marks itself. So the record is read again, and it is handed on only if the same comes of it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import stix2
from stix2.exceptions import STIXError

from adapters import strict_json
from adapters.contract import NativeFile, OpenedStatement
from adapters.cyberspace import misp, stix, urls
from adapters.cyberspace.convert import convert
from adapters.cyberspace.stix_writing import MEDIA_TYPE
from hutong.errors import HutongError
from hutong.v1 import body_pb2, kinds_pb2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUFFIXES = {stix.SOURCE_SYSTEM: "stix.json", misp.SOURCE_SYSTEM: "misp.json", urls.SOURCE_SYSTEM: "urls.txt"}
_TYPES = {stix.SOURCE_SYSTEM: MEDIA_TYPE, misp.SOURCE_SYSTEM: "application/json", urls.SOURCE_SYSTEM: "text/plain"}


def original(statement: OpenedStatement) -> NativeFile | None:
    """The record as it came, or None if there is none, or if that is not what the statement says."""
    body = statement.body
    system = body.source_system
    data = _record(body) if system in _SUFFIXES else b""
    drafts = convert(data, now=_EPOCH).drafts if data else ()
    if len(drafts) != 1:
        return None
    again = drafts[0]
    same = (
        again.body.source_system == system
        and again.body.lead == body.lead
        and again.handling == statement.header.handling
        and _undated(again.facts) == _undated(statement.header.lead)
    )
    if not same or (system == stix.SOURCE_SYSTEM and not _proper(data)):
        return None
    return NativeFile(f"{statement.header.message_id.hex()}.{_SUFFIXES[system]}", _TYPES[system], data)


def _record(body: body_pb2.Body) -> bytes:
    if body.source_system == misp.SOURCE_SYSTEM:
        return misp.assembled(body)
    if body.native or body.source_system != stix.SOURCE_SYSTEM:
        return body.native
    try:
        objects = [strict_json.loads(one.value) for one in body.extras if one.path.startswith("/objects/")]
    except HutongError:
        return b""
    bundle = {"type": "bundle", "id": body.source_record.partition("/")[0], "objects": objects}
    return strict_json.dumps(bundle).encode() if objects else b""


def _proper(data: bytes) -> bool:
    """Whether ``data`` is a bundle of STIX 2.1 that others read strictly, too."""
    try:
        value = json.loads(data)
        if value.get("type") != "bundle" or "spec_version" in value:
            return False
        stix2.parse(value, allow_custom=False, version="2.1")
    except (STIXError, ValueError, AttributeError, TypeError, KeyError):
        return False
    return True


def _undated(facts: object) -> object:
    """Leads of indicators count as received when they are read."""
    if not isinstance(facts, kinds_pb2.Lead):
        return facts
    copy = kinds_pb2.Lead()
    copy.CopyFrom(facts)
    copy.received_on = ""
    return copy
