"""Statements → what schools' systems take in: students asked for and answers as tables or OneRoster, alerts and
warnings as tables, warnings and organisations as Ed-Fi.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from adapters import cells, plain, sheets
from adapters.contract import NativeFile, OpenedStatement
from adapters.education import columns, drafts, edfi, oneroster
from adapters.education.convert import convert
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2

_T = codes_pb2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ASKED = {
    "name": _T.IDENTIFIER_TYPE_PERSON_NAME,
    "resident_id": _T.IDENTIFIER_TYPE_RESIDENT_ID,
    "student_number": _T.IDENTIFIER_TYPE_STUDENT_NUMBER,
    "asked_school": _T.IDENTIFIER_TYPE_SCHOOL,
}
_MISSED = {
    "name": _T.IDENTIFIER_TYPE_PERSON_NAME,
    "resident_id": _T.IDENTIFIER_TYPE_RESIDENT_ID,
    "phone": _T.IDENTIFIER_TYPE_PHONE,
    "social": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
}
_MATCH = ("reference", "subject", *_ASKED, "matched", "school", "grade", "enrolment")
_ALERT = ("id", *_MISSED, "school", "grade", "enrolment", "last_seen_on", "last_seen_at", "warning", "reported_on",
          "division", "minors")  # fmt: skip
_WARNING = ("id", "school", "warning", "company", "website", "reported_on", "division", "minors")

Records = list[dict[str, str]]


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One CSV table, which Excel opens; organisations and calendars as the Ed-Fi file that they are. Everything else
    that a school has no table for comes in the contract's own JSON, and so does what no column says."""
    own = _original(statement)
    if own is not None:
        return [own]
    found = _table(statement)
    if found is None:
        return _edfi(statement) if statement.body.inquiry_reply.registrations else plain.render(statement)
    names, records = found
    return [_csv([(names, records)], statement.header.message_id.hex()), *_unsaid(statement)]


def as_csv(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """One CSV for each sort of table."""
    return _gathered(statements, lambda tables, name: _csv(tables, name))


def as_xlsx(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """One workbook for each sort of table."""
    return _gathered(statements, lambda tables, name: _xlsx(tables, name))


def as_oneroster(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Answers as OneRoster zips. HT-ADP-30 for a statement that answers on no student."""
    files = []
    for one in statements:
        if not one.body.inquiry_reply.students:
            raise HutongError("HT-ADP-30", format="OneRoster", field="students")
        data = oneroster.write(one.body.inquiry_reply)
        files.append(NativeFile(f"{one.header.message_id.hex()}.zip", "application/zip", data))
    return files


def as_edfi(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Warnings and organisations as Ed-Fi. HT-ADP-30 for anything else: a student's record there cannot do without name
    and day of birth, which nobody gives away."""
    files: list[NativeFile] = []
    for one in statements:
        own = _original(one)
        files += [own] if own else _edfi(one)
    return files


def _edfi(statement: OpenedStatement) -> list[NativeFile]:
    name = f"{statement.header.message_id.hex()}.xml"
    body = statement.body
    if body.inquiry_reply.registrations:
        data = edfi.organisations(body.inquiry_reply.registrations)
        return [NativeFile(name, "application/xml", data), *plain.render(statement)]
    if body.WhichOneof("content") == "lead" and not body.lead.students:
        number = body.source_record if len(body.source_record) <= 36 else ""
        data = edfi.discipline(body.lead, number or statement.header.message_id.hex())
        return [NativeFile(name, "application/xml", data)]
    raise HutongError("HT-ADP-30", format="Ed-Fi", field="DisciplineIncident / EducationOrganization")


def _original(statement: OpenedStatement) -> NativeFile | None:
    """The Ed-Fi file in the body, if reading it gives what the body says."""
    body = statement.body
    if body.native_format != edfi.NATIVE_FORMAT:
        return None
    again = convert(body.native, now=_EPOCH).drafts
    same = len(again) == 1 and again[0].kind == statement.header.WhichOneof("kind")
    if not same or again[0].body.inquiry_reply != body.inquiry_reply:
        return None
    return NativeFile(f"{statement.header.message_id.hex()}.xml", "application/xml", body.native)


def _gathered(
    statements: Sequence[OpenedStatement], write: Callable[[list[tuple[tuple[str, ...], Records]], str], NativeFile]
) -> list[NativeFile]:
    tables: dict[tuple[str, ...], Records] = {}
    files: list[NativeFile] = []
    name = statements[0].header.message_id.hex() if statements else ""
    for one in statements:
        found = _table(one)
        if found is None:
            files += plain.render(one)
            continue
        tables.setdefault(found[0], []).extend(found[1])
        files += _unsaid(one)
    written = [write([(names, records)], f"{name}-{n}") for n, (names, records) in enumerate(tables.items(), 1)]
    return [*written, *files]


def _table(statement: OpenedStatement) -> tuple[tuple[str, ...], Records] | None:
    header, body = statement.header, statement.body
    kind = header.WhichOneof("kind")
    if kind == "inquiry" and header.inquiry.ask == _T.ASK_TYPE_STUDENT_MATCH:
        reference = body.inquiry.reference or header.message_id.hex()
        asked = [
            {"reference": reference, "subject": str(number), **_identifiers(subject, _ASKED)}
            for number, subject in enumerate(body.inquiry.subjects, 1)
        ]
        return _MATCH, asked
    if kind == "inquiry_reply" and body.inquiry_reply.students:
        return _MATCH, [_answer(body.inquiry_reply.reference, one) for one in body.inquiry_reply.students]
    if kind == "lead" and body.WhichOneof("content") == "lead":
        return (_ALERT, [_alert(statement)]) if body.lead.students else (_WARNING, [_warning(statement)])
    return None


def _answer(reference: str, one: body_pb2.StudentRecord) -> dict[str, str]:
    said = {"reference": reference, "subject": one.subject, "matched": "是" if one.matched else "否"}
    return said | {"school": one.school, "grade": one.grade, "enrolment": columns.spoken(one.enrolment)}


def _alert(statement: OpenedStatement) -> dict[str, str]:
    lead = statement.body.lead
    student = lead.students[0]
    subject = lead.subjects[0] if lead.subjects else body_pb2.Subject()
    return _common(statement) | {
        **_identifiers(subject, _MISSED),
        "school": student.school,
        "grade": student.grade,
        "enrolment": columns.spoken(student.enrolment),
        "last_seen_on": lead.occurred_on,
        "last_seen_at": lead.place,
        "warning": lead.narrative,
    }


def _warning(statement: OpenedStatement) -> dict[str, str]:
    lead = statement.body.lead
    found = {one.type: one.value for subject in lead.subjects for one in reversed(subject.identifiers)}
    websites = [one.value for one in lead.indicators if one.type == _T.IDENTIFIER_TYPE_URL]
    return _common(statement) | {
        "school": found.get(_T.IDENTIFIER_TYPE_SCHOOL, "") or lead.place or lead.title,
        "warning": "\n".join(filter(None, (lead.summary, lead.narrative))) or lead.title,
        "company": found.get(_T.IDENTIFIER_TYPE_COMPANY, ""),
        "website": next(iter(websites), ""),
    }


def _common(statement: OpenedStatement) -> dict[str, str]:
    header = statement.header
    return {
        "id": statement.body.source_record or header.message_id.hex(),
        "reported_on": header.lead.received_on,
        "division": next(iter(header.facts.occurrence_regions), ""),
        "minors": "是" if header.facts.minors_involved else "否",
    }


def _identifiers(subject: body_pb2.Subject, names: dict[str, codes_pb2.IdentifierType.ValueType]) -> dict[str, str]:
    """The first identifier of each sort."""
    found = {one.type: one.value for one in reversed(subject.identifiers)}
    return {name: found.get(kind, "") for name, kind in names.items()}


def _unsaid(statement: OpenedStatement) -> list[NativeFile]:
    """The contract's own JSON beside a lead that others wrote: its table has few columns."""
    return plain.render(statement) if statement.header.WhichOneof("kind") == "lead" and _foreign(statement) else []


def _foreign(statement: OpenedStatement) -> bool:
    return statement.body.source_system != drafts.SOURCE_SYSTEM


def _rows(names: tuple[str, ...], records: Records) -> list[list[str]]:
    return [[record.get(name, "") for name in names] for record in records]


def _csv(tables: list[tuple[tuple[str, ...], Records]], name: str) -> NativeFile:
    ((names, records),) = tables
    data = cells.csv_bytes([list(map(columns.label, names)), *_rows(names, records)], bom=True)
    return NativeFile(f"{name}.csv", "text/csv", data)


def _xlsx(tables: list[tuple[tuple[str, ...], Records]], name: str) -> NativeFile:
    data = sheets.write([("表", list(map(columns.label, names)), _rows(names, records)) for names, records in tables])
    return NativeFile(f"{name}.xlsx", sheets.MEDIA_TYPE, data)
