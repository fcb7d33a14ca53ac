"""身份核查: lists of persons to check → Inquiry; the same lists with results → InquiryReply; and back.

A list is a table; each 协查编号 in it is a statement of its own. An answer says no more than whether what was asked is
so: columns of an answer that say more (addresses, households) do not travel.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice

from google.protobuf.message import Message

from adapters.draft import DeadLetter, Draft, Note, enclose
from adapters.market.tables import Row
from adapters.market.values import DateOrder, day
from adapters.police.sheets import Sheet
from adapters.police.vocabulary import Vocabulary
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "identity-check"
WORDS = Vocabulary("identity.toml")
MAX_PERSONS = 20_000
"""In one file; each is checked by hand or in an office's own system."""

Fields = dict[str, str]

_HEAD = 40
_PENDING = body_pb2.PersonAnswer.MATCH_STATUS_PENDING
_BRACKET = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]\s*$")
_ASKED = ("name", "id", "phone")
_DATES = ("period_from", "period_to", "due_on")


@dataclass
class _List:
    """What one 协查编号 has gathered."""

    reference: str
    answers: bool
    rows: list[tuple[int, Fields]] = field(default_factory=list)
    extras: list[body_pb2.Extra] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def keep(self, at: int, name: str, value: str) -> None:
        """What person ``at`` has in column ``name`` and the statement has no place for; it goes back into that
        column."""
        self.extras.append(body_pb2.Extra(path=f"persons[{at}]/{name}", value=value))


def score(cells: Sequence[str]) -> int:
    """How much of a list of persons a header names; 0 unless it has a name beside a number, and little else.

    A list with student numbers asks a school, and is none.
    """
    named = [cell for cell in cells if cell.strip()]
    if any("学籍" in cell for cell in named):
        return 0
    found = {known for cell in named if (known := column(cell))}
    if "name" not in found or not found & {"id", "phone"} or 2 * len(found) < len(named):
        return 0
    return len(found)


def read(sheet: Sheet) -> Iterator[Draft | DeadLetter] | None:
    """The drafts of one table, and dead letters for bad rows; None if it is no list of persons."""
    head = list(islice(sheet.rows, _HEAD))
    best = max(range(len(head)), key=lambda at: score(head[at].cells), default=None)
    if best is None or not score(head[best].cells):
        return None
    return _drafts(sheet.name, head[best], chain(head[best + 1 :], sheet.rows))


@lru_cache(maxsize=4096)
def column(name: str) -> str:
    """The field that a column's name means, with or without a remark in brackets; "" if nobody knows it."""
    return WORDS.meaning("columns", name) or WORDS.meaning("columns", _BRACKET.sub("", name))


def heading(name: str) -> str:
    """The name under which a field is written."""
    return WORDS.word("columns", name)


def _drafts(name: str, header: Row, rows: Iterator[Row]) -> Iterator[Draft | DeadLetter]:
    where = f"{name}!" if name else ""
    if header.error:
        yield DeadLetter.of(f"{where}line {header.line}", header.error)
        return
    columns = [cell.strip() for cell in header.cells]
    answers = any(column(cell) in ("result", "status") for cell in columns)
    lists: dict[str, _List] = {}
    count, bad = 0, False
    for row in rows:
        if row.error is None and not any(cell.strip() for cell in row.cells):
            continue
        try:
            fields, others = _fields(columns, row)
            reference = fields.get("reference", "")
            one = lists.setdefault(reference, _List(reference, answers))
            count += 1
            if count > MAX_PERSONS:
                raise HutongError("HT-ADP-240", limit=MAX_PERSONS)
            _take(one, row.line, fields, others)
        except HutongError as error:
            bad = True
            yield DeadLetter.of(f"{where}line {row.line}", error)
            if error.code == "HT-ADP-240":
                return
    for one in lists.values():
        if one.rows:
            try:
                yield (_reply if answers else _inquiry)(one)
            except HutongError as error:
                yield DeadLetter.of(f"{where}line {one.rows[0][0]}", error)
    if not bad and not any(one.rows for one in lists.values()):
        yield DeadLetter.of(f"{where}line {header.line}", HutongError("HT-ADP-18"))


def _fields(columns: list[str], row: Row) -> tuple[Fields, Fields]:
    """The row by field, and what stands in columns that nobody knows."""
    if row.error:
        raise row.error
    cells = list(row.cells)
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise HutongError("HT-ADP-15", found=len(cells), expected=len(columns))
    fields: Fields = {}
    others: Fields = {}
    for name, cell in zip(columns, cells, strict=False):
        if value := cell.strip():
            known = column(name)
            if known and known not in fields:
                fields[known] = value
            else:
                others[name or "?"] = value
    if not any(fields.get(name) for name in _ASKED):
        raise HutongError("HT-ADP-241")
    return fields, others


def _take(one: _List, line: int, fields: Fields, others: Fields) -> None:
    if one.answers:
        _status(fields)
        one.notes += [Note.of("police-identity-left-out", name) for name in others if name not in _noted(one)]
    else:
        one.notes += [Note.of("adapter-unknown-column", name) for name in others if name not in _noted(one)]
        for name, value in others.items():
            one.keep(len(one.rows) + 1, name, value)
    one.rows.append((line, fields))


def _noted(one: _List) -> set[str]:
    return {note.where for note in one.notes}


def _inquiry(one: _List) -> Draft:
    inquiry = body_pb2.InquiryBody(reference=one.reference)
    for at, (line, fields) in enumerate(one.rows, 1):
        role = WORDS.meaning("roles", fields.get("role", ""))
        if fields.get("role") and not role:
            one.keep(at, heading("role"), fields["role"])
            one.notes.append(Note.of("police-role-unread", f"line {line}"))
        inquiry.subjects.add(
            role=codes_pb2.SubjectRole.Value(f"SUBJECT_ROLE_{role or 'UNKNOWN'}"),
            identifiers=_identifiers(fields, line, at, one),
            remark=fields.get("remark", ""),
        )
        if fields.get("number", str(at)) != str(at):
            one.keep(at, heading("number"), fields["number"])
    _common(inquiry, one)
    counts = Counter(subject.role for subject in inquiry.subjects)
    facts = kinds_pb2.Inquiry(
        ask=codes_pb2.ASK_TYPE_IDENTITY_MATCH,
        subjects=[kinds_pb2.SubjectCount(role=role, count=count) for role, count in sorted(counts.items())],
        period_from=_day(inquiry.period_from),
        period_to=_day(inquiry.period_to),
        partial_allowed=True,
    )
    return _draft("inquiry", facts, one, body_pb2.Body(inquiry=inquiry))


def _common(inquiry: body_pb2.InquiryBody, one: _List) -> None:
    """What is said of the whole list, in every row of it or only in some; where rows disagree, the first counts."""
    for name, put in (("mandate", "legal_mandate"), ("matter", "remark"), *((name, name) for name in _DATES)):
        first = ""
        for at, (line, fields) in enumerate(one.rows, 1):
            value = fields.get(name, "")
            first = first or value
            if value and value != first:
                one.notes.append(Note.of("police-identity-differs", f"line {line}/{heading(name)}"))
                one.keep(at, heading(name), value)
        setattr(inquiry, put, (_day(first) or first) if name in _DATES else first)
    inquiry.confidential = any(_true(fields.get("confidential", "")) for _, fields in one.rows)


def _reply(one: _List) -> Draft:
    reply = body_pb2.InquiryReplyBody(reference=one.reference)
    for at, (line, fields) in enumerate(one.rows, 1):
        number = fields.get("number", "")
        reply.persons.add(
            number=int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else at,
            asked=_identifiers(fields, line, at, one),
            status=_status(fields),
            remark=fields.get("answer", "") or fields.get("remark", ""),
        )
    answered = sum(person.status != _PENDING for person in reply.persons)
    extent = codes_pb2.REPLY_EXTENT_FULL if answered == len(reply.persons) else codes_pb2.REPLY_EXTENT_PARTIAL
    facts = kinds_pb2.InquiryReply(
        extent=extent if answered else codes_pb2.REPLY_EXTENT_NONE, asked=len(reply.persons), answered=answered
    )
    return _draft("inquiry_reply", facts, one, body_pb2.Body(inquiry_reply=reply))


def _draft(kind: str, facts: Message, one: _List, body: body_pb2.Body) -> Draft:
    digest = hashlib.sha256(body.SerializeToString(deterministic=True)).hexdigest()[:32]
    body.version, body.source_system = 1, SOURCE_SYSTEM
    body.source_record = one.reference or digest
    body.extras.extend(one.extras)
    enclose(body, b"", "")
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    return Draft(
        kind,
        facts,
        common,
        body,
        body.source_record,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(one.notes),
    )


def _identifiers(fields: Fields, line: int, at: int, one: _List) -> list[body_pb2.Identifier]:
    found = []
    if name := fields.get("name"):
        found.append(body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value=name))
    if number := fields.get("id"):
        found.append(_document(number, fields.get("document", ""), line, at, one))
    if phone := fields.get("phone"):
        found.append(body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value=phone))
    return found


def _document(number: str, document: str, line: int, at: int, one: _List) -> body_pb2.Identifier:
    """A resident id is checked: one that cannot exist must not meet others as a match token, but is asked all the
    same."""
    sort = WORDS.meaning("documents", document) or ("OTHER" if document else "RESIDENT_ID")
    if sort != "RESIDENT_ID":
        if WORDS.word("documents", sort) != document:
            one.keep(at, heading("document"), document)
        return body_pb2.Identifier(type=codes_pb2.IdentifierType.Value(f"IDENTIFIER_TYPE_{sort}"), value=number)
    try:
        checked = people.resident_id(number)
    except HutongError:
        one.notes.append(Note.of("adapter-identifier-check", f"line {line}"))
        one.keep(at, heading("document"), document)
        return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_OTHER, value=number)
    if checked != number:
        one.keep(at, heading("id"), number)
    if document and WORDS.word("documents", sort) != document:
        one.keep(at, heading("document"), document)
    return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID, value=checked)


def _status(fields: Fields) -> body_pb2.PersonAnswer.MatchStatus.ValueType:
    """The status code where there is one, else what the words say. HT-ADP-239 for anything that cannot be read: nobody
    may be taken for known or unknown by a guess."""
    for name in ("status", "result"):
        if value := fields.get(name):
            known = body_pb2.PersonAnswer.MatchStatus.DESCRIPTOR.values_by_name.get(
                f"MATCH_STATUS_{value.strip().upper()}"
            )
            short = value.strip().upper() if known and known.number else WORDS.meaning("results", value)
            if not short:
                raise HutongError("HT-ADP-239", column=heading(name))
            return body_pb2.PersonAnswer.MatchStatus.Value(f"MATCH_STATUS_{short}")
    return _PENDING


def _day(text: str) -> str:
    found = day(text, DateOrder()) if text else None
    return found.isoformat() if found else ""


def _true(text: str) -> bool:
    return bool(WORDS.meaning("yes", text))
