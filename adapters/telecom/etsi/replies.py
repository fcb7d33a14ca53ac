"""An InquiryReply → a delivery, or, where there is nothing to deliver, the task's status; a note → a notification."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from google.protobuf.json_format import MessageToDict

from adapters.contract import NativeFile, OpenedStatement
from adapters.telecom.etsi import answers, schemas
from adapters.telecom.etsi.documents import SOURCE_SYSTEM, TASKS
from adapters.telecom.etsi.instruments import NATION
from adapters.telecom.etsi.writing import Writing, entry, file, without_nothing
from adapters.telecom.tables import render as tables
from hutong.v1 import body_pb2, codes_pb2

_LDID = re.compile(r"[A-Z]{2}-.+-.+")
_STATUS = {
    codes_pb2.REPLY_EXTENT_FULL: "Disclosed",
    codes_pb2.REPLY_EXTENT_PARTIAL: "AwaitingDisclosure",
    codes_pb2.REPLY_EXTENT_NONE: "DisclosureNotAvailable",
    codes_pb2.REPLY_EXTENT_REFUSED: "Rejected",
    codes_pb2.REPLY_EXTENT_FORWARDED: "AwaitingDisclosure",
}
_BINARY = "Delivery/delivery:Delivery/delivery:BinaryData"
_GENERAL = 3001
"""ErrorCode: the request as such was not accepted (TS 103 120 table 6.26)."""


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One message. HT-ADP-33 if the schema refuses it."""
    name = statement.header.message_id.hex()
    body = statement.body
    if body.WhichOneof("content") == "note":
        return [file(name, _notification(statement))]
    theirs = [extra.path for extra in body.extras if body.source_system == SOURCE_SYSTEM]
    if any(path.startswith("Payload/") for path in theirs):
        return [file(name, _response(statement))]
    if tables.found(body.inquiry_reply) or any(path.startswith("Delivery/") for path in theirs):
        return [file(name, _delivery(statement))]
    return [file(name, _status(statement))]


def _delivery(statement: OpenedStatement) -> dict[str, Any]:
    body, reply = statement.body, statement.body.inquiry_reply
    said: dict[str, Any] = {"delivery:Reference": {"delivery:LDID": _reference(statement)}}
    content = _content(body)
    if "delivery:JSONData" in content:
        said["delivery:Manifest"] = {"delivery:Specification": dict(answers.SPECIFICATION)}
    if content:
        said["delivery:Delivery"] = content
    writing = Writing(statement, {"Delivery": said})
    one = writing.identify("Delivery", "DeliveryObject", "delivery")
    partial = statement.header.inquiry_reply.extent == codes_pb2.REPLY_EXTENT_PARTIAL
    writing.parts["Delivery"].setdefault("delivery:SequenceNumber", 1)
    writing.parts["Delivery"].setdefault("delivery:LastSequence", not partial)
    if reply.remark and "delivery:JSONData" not in content:
        writing.parts["Delivery"].setdefault("ExternalIdentifier", reply.remark)
    action = writing.action("Delivery", "DELIVER", 0)
    action["DELIVER"].setdefault("Identifier", one)
    payload = {"RequestPayload": {"ActionRequests": {"ActionRequest": [action]}}}
    return writing.message(payload, schemas.WRITTEN_VERSION, writing.recipient())


def _content(body: body_pb2.Body) -> dict[str, Any]:
    """The records: as the table that was delivered, or in the contract's own JSON. Nothing where their own content lies
    in the extras."""
    reply = body.inquiry_reply
    sorts = tables.found(reply)
    binary = body.source_system == SOURCE_SYSTEM and any(extra.path.startswith(_BINARY) for extra in body.extras)
    if binary and len(sorts) == 1:
        data = tables.write(body, sorts[0])
        kept = {extra.path for extra in body.extras}
        if f"{_BINARY}/delivery:Data" in kept:
            return {}
        said = {"delivery:Data": base64.b64encode(data).decode()}
        if f"{_BINARY}/delivery:ChecksumType" in kept:
            said["delivery:Checksum"] = hashlib.sha256(data).hexdigest()
        return {"delivery:BinaryData": said}
    if not sorts:
        return {}
    chosen = body_pb2.InquiryReplyBody(
        subscribers=reply.subscribers, calls=reply.calls, filings=reply.filings, remark=reply.remark
    )
    return {"delivery:JSONData": MessageToDict(chosen, preserving_proto_field_name=True)}


def _status(statement: OpenedStatement) -> dict[str, Any]:
    """The task as whoever asked finds it: with its status and the reason."""
    facts, reply = statement.header.inquiry_reply, statement.body.inquiry_reply
    status = _STATUS.get(facts.extent, "AwaitingDisclosure")
    reason = {"ErrorCode": _GENERAL, "ErrorDescription": reply.remark or _word(facts.refusal)}
    said = without_nothing(
        {
            "task:Reference": _reference(statement),
            "task:Status": {"common:Value": status},
            "task:StatusReason": reason if status == "Rejected" or reply.remark else None,
        }
    )
    writing = Writing(statement, {"Task": said})
    task = writing.parts["Task"]
    kept = str(task.get("@xsi:type", ""))
    sort = next((one for one in TASKS if kept.endswith(one)), "LDTaskObject")
    if not task["task:Status"].get("common:Owner"):
        task["task:Status"] = entry(f"{sort.removesuffix('Object')}Status", status)
    writing.identify("Task", sort, "task")
    payload = {"ResponsePayload": {"ActionResponses": {"ActionResponse": [writing.action("Task", "GETResponse", 0)]}}}
    return writing.message(payload, schemas.WRITTEN_VERSION, writing.recipient())


def _response(statement: OpenedStatement) -> dict[str, Any]:
    """A response of another system, as it was."""
    writing = Writing(statement, {"Payload": {}})
    return writing.message(writing.parts["Payload"], schemas.WRITTEN_VERSION, writing.recipient())


def _notification(statement: OpenedStatement) -> dict[str, Any]:
    body, note = statement.body, statement.body.note
    theirs = [extra.path for extra in body.extras if body.source_system == SOURCE_SYSTEM]
    for part, sort, prefix in (("Task", "", "task"), ("Authorisation", "AuthorisationObject", "auth")):
        if any(path.startswith(f"{part}/") for path in theirs):
            return _passed_on(statement, part, sort, prefix)
    if any(path.startswith("Payload/") for path in theirs):
        return _response(statement)
    writing = Writing(statement, {"Notification": {}})
    one = writing.parts["Notification"]
    if not any(path.startswith("Notification/") for path in theirs):
        one["notification:NotificationDetails"] = "\n".join(filter(None, (note.title, note.text)))
        one["notification:NotificationType"] = entry("NotificationType", "General")
        one["notification:NewNotification"] = True
        one["notification:NotificationTimestamp"] = writing.moment()
    writing.identify("Notification", "NotificationObject", "notification")
    payload = {"RequestPayload": {"ActionRequests": {"ActionRequest": [writing.action("Notification", "CREATE", 0)]}}}
    return writing.message(payload, schemas.WRITTEN_VERSION, writing.recipient())


def _passed_on(statement: OpenedStatement, part: str, sort: str, prefix: str) -> dict[str, Any]:
    """A changed task or an instrument, as it was."""
    writing = Writing(statement, {part: {}, "Documents": []})
    kept = str(writing.parts[part].get("@xsi:type", "")).rpartition("}")[2] or sort
    reference = statement.body.note.text
    if part == "Task" and reference:
        key = {"TDTaskObject": "task:RequesterReference", "LPTaskObject": "ExternalIdentifier"}.get(
            kept, "task:Reference"
        )
        writing.parts[part].setdefault(key, reference)
    writing.identify(part, kept, prefix)
    verb = "UPDATE" if part == "Task" or "/UPDATE" in statement.body.source_record else "CREATE"
    listed = [writing.action(part, verb, 0)]
    listed += [
        {"ActionIdentifier": number, "CREATE": {"HI1Object": one}}
        for number, one in enumerate(writing.parts["Documents"], 1)
    ]
    payload = {"RequestPayload": {"ActionRequests": {"ActionRequest": listed}}}
    return writing.message(payload, schemas.WRITTEN_VERSION, writing.recipient())


def _reference(statement: OpenedStatement) -> str:
    said = statement.body.inquiry_reply.reference or statement.header.item_id.hex() or "-"
    return said if _LDID.fullmatch(said) else f"{NATION}-{statement.header.sender.agency or 'hutong'}-{said}"


def _word(refusal: codes_pb2.ReasonCode.ValueType) -> str:
    return codes_pb2.ReasonCode.Name(refusal).removeprefix("REASON_CODE_") if refusal else "-"
