"""What operators say: a delivery → InquiryReply, a notification → Supplement, a response → one of the two."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Generator, Iterator
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError

from adapters.draft import DeadLetter, Draft, Note
from adapters.telecom.etsi import drafts, formats
from adapters.telecom.etsi.documents import TASKS, Action, Message
from adapters.telecom.etsi.reading import Reading, plain
from adapters.telecom.tables import convert as tables
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

SPECIFICATION = {
    "common:Owner": formats.OWN,
    "common:Name": "ManifestSpecification",
    "common:Value": "hutong-answer-1",
}
"""The manifest of what this hub delivers itself: InquiryReplyBody in protobuf JSON."""
CHECKSUM = "SHA-256"

EXTENTS = {
    "Disclosed": codes_pb2.REPLY_EXTENT_FULL,
    "Resolved": codes_pb2.REPLY_EXTENT_FULL,
    "Preserved": codes_pb2.REPLY_EXTENT_FULL,
    "DisclosureNotAvailable": codes_pb2.REPLY_EXTENT_NONE,
    "PreservationNotAvailable": codes_pb2.REPLY_EXTENT_NONE,
    "Expired": codes_pb2.REPLY_EXTENT_NONE,
    "Rejected": codes_pb2.REPLY_EXTENT_REFUSED,
    "Invalid": codes_pb2.REPLY_EXTENT_REFUSED,
    "Error": codes_pb2.REPLY_EXTENT_REFUSED,
}
"""LDTaskStatus, LPTaskStatus and TDTaskStatus that end a task (TS 103 120 tables 8.16, 8.26, 8.33)."""
_REASONS = {
    "Rejected": codes_pb2.REASON_CODE_NO_LEGAL_BASIS,
    "Invalid": codes_pb2.REASON_CODE_INCOMPLETE,
}
_TABLES = ("text/csv", "text/plain", "text/tab-separated-values", "application/csv")
_MAX = 100_000


def delivery(message: Message, action: Action) -> Iterator[Draft | DeadLetter]:
    """The answer in a delivery; records in it that cannot be read are dead letters. HT-ADP-210 for damaged content,
    HT-ADP-202 for the product of interception."""
    one = Reading(action.object, "Delivery")
    if one.at("delivery:Reference", "delivery:LIID").value is not None:
        raise HutongError("HT-ADP-202", object="LIID")
    reply = body_pb2.InquiryReplyBody()
    body = body_pb2.Body(inquiry_reply=reply)
    notes: list[Note] = []
    yield from _content(one, action, body, notes)
    body.inquiry_reply.reference = one.take("delivery:Reference", "delivery:LDID")
    extent = codes_pb2.REPLY_EXTENT_FULL
    if one.at("delivery:LastSequence").value is False:
        extent = codes_pb2.REPLY_EXTENT_PARTIAL
        notes.append(Note.of("telecom-more-deliveries"))
    sequence = str(one.at("delivery:SequenceNumber").value or "")
    body.source_record = "/".join(filter(None, (str(one.value.get("ObjectIdentifier", "")), sequence)))
    parts = [action.outside("Actions/Delivery"), one]
    yield drafts.draft("inquiry_reply", counted(body.inquiry_reply, extent), body, message, parts, notes)


def notification(message: Message, action: Action) -> Draft:
    """A notice, with the status of each object that it is about."""
    one = Reading(action.object, "Notification")
    # For people; the object itself is kept as it was.
    details = one.at("notification:NotificationDetails").value
    lines = [details if isinstance(details, str) else ""]
    for found in one.each("notification:StatusOfAssociatedObjects", "notification:AssociatedObjectStatus"):
        said = (
            found.at("notification:AssociatedObject").value,
            found.word("notification:Status"),
            found.at("notification:Details").value,
        )
        texts = [value if isinstance(value, str) else "" for value in said]
        line = say("telecom-status-line", "zh", object=texts[0], status=texts[1], details=texts[2])
        lines.append(line.strip())
    note = body_pb2.NoteBody(title=say("telecom-notification-title", "zh"), text="\n".join(filter(None, lines)))
    body = body_pb2.Body(source_record=str(one.value.get("ObjectIdentifier", "")), note=note)
    parts = [action.outside("Actions/Notification"), one]
    return drafts.draft("supplement", kinds_pb2.Supplement(), body, message, parts, [])


def response(message: Message) -> Draft:
    """What a response as a whole says: a task that has ended, or an error, answers; anything else is a receipt of the
    other system."""
    tasks = [one for one in message.actions if one.verb == "GETResponse" and one.sort in TASKS]
    errors = [one for one in message.actions if one.verb == "ErrorInformation"]
    payload = Reading(message.value.get("Payload"), "Payload")
    if len(tasks) == 1 and not errors and (status := Reading(tasks[0].object, "").word("task:Status")) in EXTENTS:
        return _ended(message, tasks[0], status)
    if errors or message.failed is not None:
        return _refused(message, payload, [one.wrapper.get("ErrorInformation") for one in errors] or [message.failed])
    lines = [
        say("telecom-response-line", "zh", number=one.number, action=one.verb, identifier=_identifier(one))
        for one in message.actions
    ]
    note = body_pb2.NoteBody(title=say("telecom-response-title", "zh"), text="\n".join(lines))
    body = body_pb2.Body(note=note)
    return drafts.draft("supplement", kinds_pb2.Supplement(), body, message, [payload], [])


def counted(reply: body_pb2.InquiryReplyBody, extent: codes_pb2.ReplyExtent.ValueType) -> kinds_pb2.InquiryReply:
    """The header's facts about a reply: how many subscribers or filings it tells of; call records answer for one."""
    answered = max(1, min(max(len(reply.subscribers), len(reply.filings)), _MAX))
    none = extent in (codes_pb2.REPLY_EXTENT_NONE, codes_pb2.REPLY_EXTENT_REFUSED)
    return kinds_pb2.InquiryReply(extent=extent, asked=answered, answered=0 if none else answered)


def _ended(message: Message, action: Action, status: str) -> Draft:
    task = Reading(action.object, "Task")
    reason = task.at("task:StatusReason", "ErrorDescription").value
    reply = body_pb2.InquiryReplyBody(
        reference=task.take("task:Reference")
        or task.take("task:RequesterReference")
        or task.take("ExternalIdentifier"),
        remark=task.take("task:StatusReason", "ErrorDescription") if isinstance(reason, str) else "",
    )
    facts = counted(reply, EXTENTS[status])
    if facts.extent == codes_pb2.REPLY_EXTENT_REFUSED:
        facts.refusal = _REASONS.get(status, codes_pb2.REASON_CODE_OTHER)
    number = "/".join((str(task.value.get("ObjectIdentifier", "")), status))
    body = body_pb2.Body(source_record=number, inquiry_reply=reply)
    parts = [action.outside("Actions/Task"), task]
    return drafts.draft("inquiry_reply", facts, body, message, parts, [Note.of("telecom-status", status=status)])


def _refused(message: Message, payload: Reading, errors: list[Any]) -> Draft:
    said = [one for one in errors if isinstance(one, dict)]
    texts = [f"{one.get('ErrorCode', '')} {one.get('ErrorDescription', '')}".strip() for one in said]
    reply = body_pb2.InquiryReplyBody(remark="\n".join(texts))
    facts = counted(reply, codes_pb2.REPLY_EXTENT_REFUSED)
    facts.refusal = codes_pb2.REASON_CODE_INCOMPLETE
    body = body_pb2.Body(inquiry_reply=reply)
    return drafts.draft("inquiry_reply", facts, body, message, [payload], [])


def _identifier(action: Action) -> str:
    inner = action.wrapper.get(action.verb)
    said = inner.get("Identifier") if isinstance(inner, dict) else None
    return said if isinstance(said, str) else str((action.object or {}).get("ObjectIdentifier", ""))


def _content(one: Reading, action: Action, body: body_pb2.Body, notes: list[Note]) -> Iterator[DeadLetter]:
    """Put what was delivered into ``body``; what cannot be read stays with the object."""
    content = one.at("delivery:Delivery")
    said = content.at("delivery:JSONData")
    if said.value is not None and plain(one.at("delivery:Manifest", "delivery:Specification").value) == SPECIFICATION:
        try:
            ParseDict(plain(said.value), body.inquiry_reply)
            said.all_used()
            one.at("delivery:Manifest").all_used()
        except (ParseError, RecursionError):
            body.inquiry_reply.Clear()
            notes.append(Note.of("telecom-payload-kept", said.path))
        return
    binary = content.at("delivery:BinaryData")
    kind = str(binary.at("delivery:ContentType").value or "").partition(";")[0].strip().lower()
    if isinstance(binary.at("delivery:Data").value, str) and kind in _TABLES:
        dead = yield from _table(binary, action, body)
        if not dead:
            return
    if content.value is not None:
        said.in_one_piece()
        one.at("delivery:Manifest", "delivery:ExternalSchema", "delivery:ManifestContents").in_one_piece()
        notes.append(Note.of("telecom-payload-kept", content.path))


def _table(binary: Reading, action: Action, body: body_pb2.Body) -> Generator[DeadLetter, None, bool]:
    """The records of a table that came as a file; true if it has to be kept as well, since not all of it was read."""
    data = _decoded(binary)
    table = tables.recognised(data)
    if table is None:
        return True
    dead = False
    where = f"{action.where}/{binary.path}"
    for found in table.records():
        if isinstance(found, DeadLetter):
            dead = True
            yield DeadLetter(f"{where} {found.where}", found.code, found.reason, found.params)
        else:
            table.add(body.inquiry_reply, found)
    table.describe(body)
    if not dead:
        for key in ("delivery:Data", "delivery:Checksum"):
            binary.at(key).all_used()
    return dead


def _decoded(binary: Reading) -> bytes:
    data = binary.at("delivery:Data")
    try:
        decoded = base64.b64decode("".join(str(data.value).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise HutongError("HT-ADP-210", where=data.path) from error
    checksum, sort = binary.at("delivery:Checksum").value, str(binary.at("delivery:ChecksumType").value or "")
    if isinstance(checksum, str) and sort.upper().replace("-", "") == "SHA256":
        given = checksum.strip().lower()
        digest = hashlib.sha256(decoded)
        if given not in (digest.hexdigest(), base64.b64encode(digest.digest()).decode().lower()):
            raise HutongError("HT-ADP-210", where=data.path)
    return decoded
