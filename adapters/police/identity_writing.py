"""Inquiries and answers about persons (身份核查) → the lists that offices fill in, as CSV and as Excel workbook.

A list reads back as the same statement (identity.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adapters.contract import NativeFile, OpenedStatement
from adapters.police import sheets
from adapters.police.identity import WORDS, heading
from hutong.v1 import body_pb2, codes_pb2

_PERSON = ("reference", "number", "name", "document", "id", "phone")
_INQUIRY = ("role", "remark", "mandate", "matter", "period_from", "period_to", "due_on", "confidential")
_BLANK = ("result", "status", "answer")
_SHEET = "身份核查"
_DOCUMENTS = {
    codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID: "RESIDENT_ID",
    codes_pb2.IDENTIFIER_TYPE_PASSPORT: "PASSPORT",
    codes_pb2.IDENTIFIER_TYPE_OTHER: "OTHER",
}


def inquiry(statement: OpenedStatement) -> list[NativeFile]:
    """The list of persons asked about. Without a reference of the sender's own the message id is the reference."""
    asked = statement.body.inquiry
    reference = asked.reference or statement.header.message_id.hex()
    names = {name: heading(name) for name in (*_PERSON, *_INQUIRY)}
    kept = _kept(statement.body)
    others = dict.fromkeys(name for row in kept.values() for name in row if name not in names.values())
    common = {
        "mandate": asked.legal_mandate,
        "matter": asked.remark,
        "period_from": asked.period_from,
        "period_to": asked.period_to,
        "due_on": asked.due_on,
        "confidential": "是" if asked.confidential else "否",
    }

    def rows() -> Iterator[list[str]]:
        for at, subject in enumerate(asked.subjects, 1):
            said = {**_person(reference, str(at), subject.identifiers), **common}
            said |= {"role": _role(subject.role), "remark": subject.remark}
            row = {names[name]: said.get(name, "") for name in names} | kept.get(at, {})
            yield [row.get(name, "") for name in (*names.values(), *others)]

    return _files(statement, [*names.values(), *others], rows())


def reply(statement: OpenedStatement) -> list[NativeFile]:
    """The list with its results: words for people, status codes for systems."""
    answer = statement.body.inquiry_reply
    names = (*_PERSON, *_BLANK)
    kept = _kept(statement.body)

    def rows() -> Iterator[list[str]]:
        for at, person in enumerate(answer.persons, 1):
            known = body_pb2.PersonAnswer.MatchStatus.DESCRIPTOR.values_by_number.get(person.status)
            code = known.name.removeprefix("MATCH_STATUS_") if known and person.status else "PENDING"
            said = {
                **_person(answer.reference, str(person.number), person.asked),
                "result": WORDS.word("results", code),
                "status": code,
                "answer": person.remark,
            }
            row = {heading(name): said.get(name, "") for name in names}
            yield [(row | kept.get(at, {}))[name] for name in row]

    return _files(statement, [heading(name) for name in names], rows())


def _person(reference: str, number: str, identifiers: Sequence[body_pb2.Identifier]) -> dict[str, str]:
    said = {"reference": reference, "number": number}
    for one in identifiers:
        if one.type == codes_pb2.IDENTIFIER_TYPE_PERSON_NAME:
            said.setdefault("name", one.value)
        elif one.type == codes_pb2.IDENTIFIER_TYPE_PHONE:
            said.setdefault("phone", one.value)
        elif one.type in _DOCUMENTS and "id" not in said:
            said |= {"id": one.value, "document": WORDS.word("documents", _DOCUMENTS[one.type])}
    return said


def _role(role: codes_pb2.SubjectRole.ValueType) -> str:
    known = codes_pb2.SubjectRole.DESCRIPTOR.values_by_number.get(role)
    return WORDS.word("roles", known.name.removeprefix("SUBJECT_ROLE_")) if known else ""


def _kept(body: body_pb2.Body) -> dict[int, dict[str, str]]:
    """What a person's row had that the statement has no place for, by column: "persons[3]/学校" → {3: {"学校": …}}."""
    found: dict[int, dict[str, str]] = {}
    for extra in body.extras:
        place, slash, name = extra.path.partition("/")
        number = place.removeprefix("persons[").removesuffix("]")
        if slash and place == f"persons[{number}]" and number.isascii() and number.isdecimal():
            found.setdefault(int(number), {})[name] = extra.value
    return found


def _files(statement: OpenedStatement, header: list[str], rows: Iterable[list[str]]) -> list[NativeFile]:
    name = statement.header.message_id.hex()
    table = [header, *rows]
    return [
        NativeFile(f"{name}.csv", sheets.CSV, sheets.to_csv(table)),
        NativeFile(f"{name}.xlsx", sheets.EXCEL, sheets.to_workbook([(_SHEET, table)])),
    ]
