"""Tables of schools, from CSV or Excel: students asked for or found, missing students, warnings from a campus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from adapters.draft import DeadLetter, Draft, Note
from adapters.education import columns, drafts, minimum
from adapters.market import values
from hutong.errors import HutongError
from hutong.identifiers import divisions, people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

_T = codes_pb2
_ADULT = 18
_IDENTIFIERS = {
    "name": _T.IDENTIFIER_TYPE_PERSON_NAME,
    "resident_id": _T.IDENTIFIER_TYPE_RESIDENT_ID,
    "student_number": _T.IDENTIFIER_TYPE_STUDENT_NUMBER,
    "asked_school": _T.IDENTIFIER_TYPE_SCHOOL,
    "phone": _T.IDENTIFIER_TYPE_PHONE,
    "social": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
}
_ASKED = ("name", "resident_id", "student_number", "asked_school")
_MISSED = ("name", "resident_id", "phone", "social")
_ANSWER = ("reference", "subject", "matched", "school", "grade", "enrolment")
_ALERT = (*_MISSED, "id", "school", "grade", "enrolment", "last_seen_on", "last_seen_at", "warning", "reported_on")
_WARNING = ("id", "school", "warning", "reported_on", "heads", "company", "website")
_BOTH = ("division", "minors")


@dataclass(frozen=True)
class Line:
    """A row of the table: its place, and its cells in the table's order. ``inexact`` are the columns (from 0) whose
    number a spreadsheet has spoilt."""

    where: str
    cells: tuple[str, ...]
    inexact: frozenset[int] = frozenset()
    error: HutongError | None = None


@dataclass
class _Group:
    """The rows of one inquiry."""

    students: list[body_pb2.StudentRecord] = field(default_factory=list)
    subjects: list[body_pb2.Subject] = field(default_factory=list)
    unanswered: int = 0
    back: list[str] = field(default_factory=list)


def read(
    header: Sequence[str], lines: Iterable[Line], today: date, notes: Sequence[Note]
) -> Iterator[Draft | DeadLetter]:
    """Alerts and warnings: a Lead for each row. Students: an Inquiry where no row is answered, else an InquiryReply,
    one for each reference. A bad row is a dead letter; HT-ADP-18 for a table without rows."""
    table = _Table(tuple(header), today, tuple(notes))
    if table.sort == "match":
        yield from table.matches(lines)
    else:
        yield from table.leads(lines)


class _Table:
    """One table being read."""

    def __init__(self, header: tuple[str, ...], today: date, notes: tuple[Note, ...]) -> None:
        self.header = header
        self.fields = tuple(map(columns.field, header))
        self.sort = columns.sort(set(self.fields) - {""})
        self.today = today
        self.notes = notes

    def matches(self, lines: Iterable[Line]) -> Iterator[Draft | DeadLetter]:
        groups: dict[str, _Group] = {}
        counted: dict[str, int] = {}
        seen = False
        for line in lines:
            seen = True
            if line.error:
                yield DeadLetter.of(line.where, line.error)
                continue
            said = self.said(line)
            group = groups.setdefault(said.get("reference", ""), _Group())
            number = counted[said.get("reference", "")] = counted.get(said.get("reference", ""), 0) + 1
            try:
                self.row(group, said, line, number)
            except HutongError as error:
                yield DeadLetter.of(line.where, error)
        if not seen:
            yield DeadLetter.of("line 1", HutongError("HT-ADP-18"))
        for reference, group in groups.items():
            if group.students or group.subjects:
                yield self.group(reference, group)

    def row(self, group: _Group, said: dict[str, str], line: Line, number: int) -> None:
        """One student asked for, or answered. HT-ADP-281 for an answer that is neither yes nor no."""
        answered = any(said.get(name) for name in ("matched", "grade", "enrolment", "school"))
        if not answered:
            group.subjects.append(self.subject(said, line, _ASKED))
            group.unanswered += 1
            group.back += self.back(line, {*_ASKED, "reference", "subject"})
            return
        matched = columns.truth(said["matched"]) if said.get("matched") else True
        if matched is None:
            raise HutongError("HT-ADP-281", column=self.header[self.fields.index("matched")])
        student = body_pb2.StudentRecord(subject=said.get("subject", str(number)), matched=matched)
        if matched:
            student.school = said.get("school", "")
            student.grade = said.get("grade", "")
            student.enrolment = columns.enrolment(said.get("enrolment", ""))
        group.students.append(student)
        needed = set(_ANSWER) if matched else {"reference", "subject", "matched"}
        group.back += self.back(line, needed)

    def group(self, reference: str, group: _Group) -> Draft:
        notes = [*self.notes, *minimum.kept_back(group.back)]
        if group.students:
            if "subject" not in self.fields:
                notes.append(Note.of("education-by-position"))
            return drafts.answer(reference, group.students, group.unanswered, notes)
        count = kinds_pb2.SubjectCount(role=_T.SUBJECT_ROLE_UNKNOWN, count=min(len(group.subjects), 100_000))
        facts = kinds_pb2.Inquiry(ask=_T.ASK_TYPE_STUDENT_MATCH, subjects=[count])
        body = body_pb2.Body(inquiry=body_pb2.InquiryBody(reference=reference, subjects=group.subjects))
        return drafts.draft("inquiry", facts, body, reference, notes)

    def leads(self, lines: Iterable[Line]) -> Iterator[Draft | DeadLetter]:
        seen = False
        for line in lines:
            seen = True
            try:
                if line.error:
                    raise line.error
                said = self.said(line)
                yield self.alert(said, line) if self.sort == "alert" else self.warning(said, line)
            except HutongError as error:
                yield DeadLetter.of(line.where, error)
        if not seen:
            yield DeadLetter.of("line 1", HutongError("HT-ADP-18"))

    def alert(self, said: dict[str, str], line: Line) -> Draft:
        """A missing student. HT-ADP-282 without anything that says who, HT-ADP-20 for a day that is none."""
        subject = self.subject(said, line, _MISSED)
        subject.role = _T.SUBJECT_ROLE_VICTIM
        if not subject.identifiers:
            raise HutongError("HT-ADP-282", field=columns.label("name"))
        student = body_pb2.StudentRecord(
            subject="1",
            matched=True,
            school=said.get("school", ""),
            grade=said.get("grade", ""),
            enrolment=columns.enrolment(said.get("enrolment", "")),
        )
        lead = body_pb2.LeadBody(
            title=f"学生失联：{student.school}" if student.school else "学生失联",
            subjects=[subject],
            students=[student],
            occurred_on=self.day(said, "last_seen_on"),
            place=said.get("last_seen_at", ""),
            narrative=said.get("warning", ""),
        )
        return self.lead(lead, said, line, {*_ALERT, *_BOTH}, urgency=_T.URGENCY_URGENT)

    def warning(self, said: dict[str, str], line: Line) -> Draft:
        """A warning from a campus. HT-ADP-282 without school or words."""
        for name in ("school", "warning"):
            if not said.get(name):
                raise HutongError("HT-ADP-282", field=columns.label(name))
        subjects = [_organisation(_T.IDENTIFIER_TYPE_SCHOOL, said["school"])]
        if said.get("company"):
            subjects.append(_organisation(_T.IDENTIFIER_TYPE_COMPANY, said["company"]))
        lead = body_pb2.LeadBody(
            title=f"校园预警：{said['school']}", narrative=said["warning"], subjects=subjects, place=said["school"]
        )
        if said.get("website"):
            lead.indicators.add(type=_T.IDENTIFIER_TYPE_URL, value=said["website"])
        return self.lead(lead, said, line, {*_WARNING, *_BOTH})

    def lead(
        self,
        lead: body_pb2.LeadBody,
        said: dict[str, str],
        line: Line,
        needed: set[str],
        urgency: codes_pb2.Urgency.ValueType = _T.URGENCY_ROUTINE,
    ) -> Draft:
        notes = [*self.notes, *minimum.kept_back(self.back(line, needed))]
        common = header_pb2.CommonFacts(offences=[_T.OFFENCE_NONE_KNOWN], minors_involved=self.minors(said))
        if code := said.get("division"):
            try:
                common.occurrence_regions.append(divisions.division(code).code)
            except HutongError:
                notes.append(Note.of("adapter-division-unknown", columns.label("division")))
        facts = kinds_pb2.Lead(
            source=_T.LEAD_SOURCE_REPORT,
            received_on=self.day(said, "reported_on"),
            participants=values.participant_band(values.heads(said["heads"]) if said.get("heads") else None),
            amount=_T.AMOUNT_BAND_UNKNOWN,
        )
        counts: dict[codes_pb2.IdentifierType.ValueType, int] = {}
        found = [one.type for subject in lead.subjects for one in subject.identifiers]
        for kind in (*found, *(one.type for one in lead.indicators)):
            counts[kind] = counts.get(kind, 0) + 1
        for kind, count in sorted(counts.items()):
            facts.identifiers.add(type=kind, count=count)
        return drafts.draft(
            "lead", facts, body_pb2.Body(lead=lead), said.get("id", ""), notes, common=common, urgency=urgency
        )

    def said(self, line: Line) -> dict[str, str]:
        """What the row says for each field; of two columns for one field the first that says something."""
        found: dict[str, str] = {}
        for name, cell in zip(self.fields, line.cells, strict=True):
            if name and cell.strip():
                found.setdefault(name, cell.strip())
        return found

    def back(self, line: Line, needed: set[str]) -> list[str]:
        """The names of the columns with something in them that does not leave."""
        return [
            column
            for column, name, cell in zip(self.header, self.fields, line.cells, strict=True)
            if cell.strip() and name not in needed
        ]

    def subject(self, said: dict[str, str], line: Line, names: Sequence[str]) -> body_pb2.Subject:
        subject = body_pb2.Subject(role=_T.SUBJECT_ROLE_UNKNOWN)
        for name in names:
            if name in said:
                spoilt = self.fields.index(name) in line.inexact
                subject.identifiers.append(_identifier(_IDENTIFIERS[name], said[name], spoilt))
        return subject

    def day(self, said: dict[str, str], name: str) -> str:
        text = said.get(name, "")
        if not text:
            return ""
        found = values.day(text, values.DateOrder())
        if found is None:
            raise HutongError("HT-ADP-20", column=columns.label(name))
        return found.isoformat()

    def minors(self, said: dict[str, str]) -> bool:
        """A student counts as a minor unless the table says that none is involved, or the id number that this one is
        of age."""
        if (told := columns.truth(said.get("minors", ""))) is not None:
            return told
        try:
            number = people.resident_id(said.get("resident_id", ""))
        except HutongError:
            return True
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        had = (self.today.month, self.today.day) >= (born.month, born.day)
        return self.today.year - born.year - (0 if had else 1) < _ADULT


def _identifier(kind: codes_pb2.IdentifierType.ValueType, value: str, spoilt: bool) -> body_pb2.Identifier:
    """An id number that fails its check, or that a spreadsheet has spoilt, must not meet others as a match token."""
    if spoilt:
        return body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_OTHER, value=value)
    if kind == _T.IDENTIFIER_TYPE_RESIDENT_ID:
        try:
            return body_pb2.Identifier(type=kind, value=people.resident_id(value))
        except HutongError:
            return body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_OTHER, value=value)
    return body_pb2.Identifier(type=kind, value=value)


def _organisation(kind: codes_pb2.IdentifierType.ValueType, value: str) -> body_pb2.Subject:
    named = body_pb2.Identifier(type=kind, value=value)
    return body_pb2.Subject(role=_T.SUBJECT_ROLE_UNKNOWN, organisation=True, identifiers=[named])
