"""Drafts of schools' records: answers, inquiries, leads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from adapters.draft import Draft, Note, enclose
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "school-register"
MAX_STUDENTS = 100_000


def answer(reference: str, students: Sequence[body_pb2.StudentRecord], unanswered: int, notes: Sequence[Note]) -> Draft:
    """The answer on ``students``; ``unanswered`` more were asked about. HT-ADP-26 beyond one message."""
    reply = body_pb2.InquiryReplyBody(reference=reference, students=students)
    facts = kinds_pb2.InquiryReply(
        extent=codes_pb2.REPLY_EXTENT_PARTIAL if unanswered else codes_pb2.REPLY_EXTENT_FULL,
        asked=min(len(students) + unanswered, MAX_STUDENTS),
        answered=min(len(students), MAX_STUDENTS),
    )
    body = body_pb2.Body(inquiry_reply=reply)
    return draft("inquiry_reply", facts, body, f"{reference}/" if reference else "", notes)


def draft(
    kind: str,
    facts: kinds_pb2.InquiryReply | kinds_pb2.Inquiry | kinds_pb2.Lead,
    body: body_pb2.Body,
    record: str,
    notes: Sequence[Note],
    *,
    common: header_pb2.CommonFacts | None = None,
    urgency: codes_pb2.Urgency.ValueType = codes_pb2.URGENCY_ROUTINE,
) -> Draft:
    """A draft with minors' data, a work secret. A ``record`` that ends in "/" or is empty gets a digest of the content
    behind it, so that the same file gives the same names."""
    body.version = 1
    body.source_system = SOURCE_SYSTEM
    if not record or record.endswith("/"):
        said = body.SerializeToString(deterministic=True)
        record += hashlib.sha256(said).hexdigest()[:32]
    body.source_record = record
    enclose(body, b"", "")
    return Draft(
        kind,
        facts,
        common or header_pb2.CommonFacts(),
        body,
        record,
        urgency=urgency,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(notes),
    )
