"""OneRoster CSV (1EdTech OneRoster CSV Binding 1.1 and 1.2): a zip of tables → the answer to STUDENT_MATCH.

Read are users, orgs, roles, enrollments; of a student only school, grade and state of enrolment leave. Which inquiry it
answers, and which student of it a row is, stands in the binding's extension columns ``metadata.inquiry`` and
``metadata.subject``; without these, students are numbered as they stand.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from adapters import archives, cells
from adapters.draft import DeadLetter, Draft, Note
from adapters.education import columns, drafts, minimum
from hutong.errors import HutongError
from hutong.v1 import body_pb2

VERSIONS = ("1.1", "1.2")
MAX_FIELD_CHARS = 131_072

_USERS, _ORGS, _ROLES, _ENROLLMENTS = "users.csv", "orgs.csv", "roles.csv", "enrollments.csv"
_NEEDED = frozenset({"sourcedId", "role", "grades", "orgSourcedIds", "primaryOrgSourcedId", "status", "enabledUser"})
_META = ("metadata.inquiry", "metadata.subject", "metadata.matched", "metadata.enrolment")
_GONE = "tobedeleted"


@dataclass
class _Read:
    """What the other tables say, by the ids that users.csv uses."""

    schools: dict[str, str] = field(default_factory=dict)
    students: dict[str, str] | None = None
    """Students of roles.csv with their school; None in a version that has no such table."""
    active: dict[str, bool] = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=dict)


def is_roster(names: set[str]) -> bool:
    """Whether an archive with these members is OneRoster's."""
    plain = {name.rpartition("/")[2] for name in names}
    return "manifest.csv" in plain or {_USERS, _ORGS} <= plain


def read(data: bytes, today: date) -> Iterator[Draft | DeadLetter]:
    """One InquiryReply for each inquiry that the students name.

    HT-ADP-280 if a table that is needed is missing or lacks its columns, HT-ADP-271, -272 for a broken archive or one
    that would grow too large.
    """
    roster = _Roster(archives.opened(data, broken="HT-ADP-271", grown="HT-ADP-272"), today)
    yield from roster.drafts()


class _Roster:
    """One archive being read."""

    def __init__(self, archive: zipfile.ZipFile, today: date) -> None:
        self.archive = archive
        self.members = {name.rpartition("/")[2]: name for name in archive.namelist()}
        self.today = today
        self.notes: list[Note] = []
        self.dead: list[DeadLetter] = []
        self.said = _Read()

    def drafts(self) -> Iterator[Draft | DeadLetter]:
        self.manifest()
        self.schools()
        self.roles()
        self.enrollments()
        groups: dict[str, list[body_pb2.StudentRecord]] = {}
        numbered = True
        back: list[str] = []
        for where, row in self.table(_USERS, ("sourcedId",)):
            if not self.is_student(row):
                continue
            group = groups.setdefault(row.get("metadata.inquiry", "").strip(), [])
            subject = row.get("metadata.subject", "").strip()
            numbered &= bool(subject)
            try:
                group.append(self.student(row, subject or str(len(group) + 1), where))
            except HutongError as error:
                self.dead.append(DeadLetter.of(where, error))
            back += [name for name, text in row.items() if text and name not in _NEEDED and name not in _META]
        yield from self.dead
        if not any(groups.values()) and not self.dead:
            yield DeadLetter.of(_USERS, HutongError("HT-ADP-18"))
        notes = [*self.notes, *minimum.kept_back(back), *self.unread()]
        if not numbered:
            notes.append(Note.of("education-by-position"))
        for reference, students in groups.items():
            if students:
                yield drafts.answer(reference, students, 0, notes)

    def manifest(self) -> None:
        """Which version it is. A table that the manifest promises and nobody finds is a fault of the archive."""
        if "manifest.csv" not in self.members:
            self.notes.append(Note.of("oneroster-no-manifest"))
            return
        said = {
            row.get("propertyName", ""): row.get("value", "")
            for _, row in self.table("manifest.csv", ("propertyName",))
        }
        version = said.get("oneroster.version", "")
        if version not in VERSIONS:
            self.notes.append(Note.of("adapter-version-unknown", schema=f"OneRoster {version or '?'}"))
        for name, value in said.items():
            file = f"{name.removeprefix('file.')}.csv"
            if name.startswith("file.") and value in ("bulk", "delta") and file not in self.members:
                raise HutongError("HT-ADP-280", file=file, column="*")

    def schools(self) -> None:
        for _, row in self.table(_ORGS, ("sourcedId", "name"), optional=True):
            self.said.schools[row["sourcedId"]] = row.get("name", "") or row.get("identifier", "")

    def roles(self) -> None:
        if _ROLES not in self.members:
            return
        found: dict[str, str] = {}
        for _, row in self.table(_ROLES, ("userSourcedId", "role", "orgSourcedId")):
            if row["role"].strip() != "student" or row.get("status", "") == _GONE:
                continue
            if row.get("roleType", "") == "primary" or row["userSourcedId"] not in found:
                found[row["userSourcedId"]] = row["orgSourcedId"]
        self.said.students = found

    def enrollments(self) -> None:
        for _, row in self.table(_ENROLLMENTS, ("userSourcedId",), optional=True):
            user = row["userSourcedId"]
            if row.get("role", "student").strip() != "student":
                continue
            ended = row.get("endDate", "").strip()
            active = row.get("status", "") != _GONE and (not ended or ended >= self.today.isoformat())
            self.said.active[user] = self.said.active.get(user, False) or active
            self.said.at.setdefault(user, row.get("schoolSourcedId", "").strip())

    def is_student(self, row: dict[str, str]) -> bool:
        if self.said.students is not None and "role" not in row:
            return row["sourcedId"] in self.said.students
        return row.get("role", "").strip() == "student"

    def student(self, row: dict[str, str], subject: str, where: str) -> body_pb2.StudentRecord:
        """HT-ADP-281 for a metadata.matched that is neither yes nor no, HT-ADP-282 without an id."""
        user = row["sourcedId"].strip()
        if not user:
            raise HutongError("HT-ADP-282", field="sourcedId")
        told = row.get("metadata.matched", "").strip()
        matched = columns.truth(told) if told else True
        if matched is None:
            raise HutongError("HT-ADP-281", column="metadata.matched")
        if not matched:
            return body_pb2.StudentRecord(subject=subject)
        listed = (row.get("orgSourcedIds") or row.get("primaryOrgSourcedId") or "").split(",")[0].strip()
        org = (self.said.students or {}).get(user, "") or listed or self.said.at.get(user, "")
        return body_pb2.StudentRecord(
            subject=subject,
            matched=True,
            school=self.said.schools.get(org, org),
            grade=row.get("grades", "").strip(),
            enrolment=self.enrolment(row, user),
        )

    def enrolment(self, row: dict[str, str], user: str) -> str:
        if told := row.get("metadata.enrolment", "").strip():
            return columns.enrolment(told)
        if row.get("status", "").strip() == _GONE:
            return "left"
        if user in self.said.active:
            return "enrolled" if self.said.active[user] else "left"
        enabled = columns.truth(row.get("enabledUser", ""))
        return "" if enabled is None else "enrolled" if enabled else "left"

    def unread(self) -> Iterator[Note]:
        """Tables of which nothing leaves."""
        used = {"manifest.csv", _USERS, _ORGS, _ROLES, _ENROLLMENTS}
        yield from (
            Note.of("education-file-kept-back", name) for name in sorted(self.members) if name and name not in used
        )

    def table(
        self, file: str, needed: Sequence[str], *, optional: bool = False
    ) -> Iterator[tuple[str, dict[str, str]]]:
        """The rows of ``file`` with their places; a row of another width is a dead letter."""
        if file not in self.members:
            if optional:
                return
            raise HutongError("HT-ADP-280", file=file, column="*")
        try:
            with self.archive.open(self.members[file]) as raw:
                text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
                reader = csv.reader(text)
                header = [name.strip() for name in next(reader, [])]
                if missing := next((name for name in needed if name not in header), None):
                    raise HutongError("HT-ADP-280", file=file, column=missing)
                for row in reader:
                    where = f"{file} line {reader.line_num}"
                    if len(row) != len(header):
                        if any(cell.strip() for cell in row):
                            error = HutongError("HT-ADP-15", found=len(row), expected=len(header))
                            self.dead.append(DeadLetter.of(where, error))
                        continue
                    yield where, dict(zip(header, map(cells.plain, row), strict=True))
        except UnicodeDecodeError as error:
            raise HutongError("HT-ADP-13") from error
        except csv.Error as error:
            raise HutongError("HT-ADP-17", limit=MAX_FIELD_CHARS) from error
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
            raise HutongError("HT-ADP-271") from error


def write(reply: body_pb2.InquiryReplyBody) -> bytes:
    """An answer as OneRoster 1.2: manifest, orgs, users, roles. Names, which the binding wants and nobody gives away,
    are "withheld"."""
    schools = list(dict.fromkeys(one.school for one in reply.students if one.matched and one.school))
    ids = {school: f"org-{number}" for number, school in enumerate(schools, 1)}
    users = [["sourcedId", "status", "dateLastModified", "enabledUser", "username", "givenName", "familyName", "grades",
              "primaryOrgSourcedId", *_META]]  # fmt: skip
    roles = [["sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "orgSourcedId"]]
    for number, one in enumerate(reply.students, 1):
        user = f"student-{number}"
        there = "true" if one.matched else "false"
        org = ids.get(one.school, "")
        meta = [reply.reference, one.subject, there, one.enrolment]
        users.append([user, "", "", there, user, "withheld", "withheld", one.grade, org, *meta])
        roles.append([f"role-{number}", "", "", user, "primary", "student", org])
    orgs = [["sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"]]
    orgs += [[ids[school], "", "", school, "school", "", ""] for school in schools]
    absent = ("academicSessions", "classes", "classResources", "courses", "courseResources", "demographics",
              "enrollments", "lineItems", "results", "resources", "userProfiles")  # fmt: skip
    manifest = [["propertyName", "value"], ["manifest.version", "1.0"], ["oneroster.version", "1.2"]]
    manifest += [[f"file.{name}", "absent"] for name in absent]
    manifest += [["file.orgs", "bulk"], ["file.roles", "bulk"], ["file.users", "bulk"]]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, rows in (("manifest.csv", manifest), (_ORGS, orgs), (_USERS, users), (_ROLES, roles)):
            archive.writestr(
                zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), cells.csv_bytes(rows), compress_type=zipfile.ZIP_DEFLATED
            )
    return out.getvalue()
