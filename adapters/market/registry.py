"""Extracts from the register of market entities (市场主体登记) ↔ RegistryReply and the inquiry for it.

A table names its columns in registry.toml. Rows that give nothing but whom is asked for are an Inquiry, all others
answers. Branches and affiliates stand in one cell each, "；" between them and a number in brackets behind the name, or
as lists in JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from adapters import strict_json
from adapters.contract import OpenedStatement
from adapters.draft import MAX_NATIVE_BYTES, DeadLetter, Draft, Note, enclose
from adapters.market import columns, tables, values
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "market-register"
NATIVE_FORMAT = "text/csv; charset=utf-8; content=registrations"

_T = codes_pb2
_A = body_pb2.Affiliate
_ASKED = ("name", "code", "legal_representative")
_RELATIONS = {
    "branches": _A.RELATION_BRANCH,
    "head_office": _A.RELATION_HEAD_OFFICE,
    "shareholders": _A.RELATION_SHAREHOLDER,
    "investments": _A.RELATION_INVESTMENT,
    "affiliates": _A.RELATION_OTHER,
}
_TEXTS = ("name", "type", "legal_representative", "status", "address", "scope", "authority")
_WRITTEN = (
    *("reference", "subject", "name", "code", "type", "legal_representative", "status", "registered_on", "capital"),
    *("address", "scope", "authority", "phones"),
    *_RELATIONS,
)
_BREAK = re.compile(r"[；;\n]+")
_NUMBERED = re.compile(
    r"(?P<name>.*?)\s*[（(](?P<code>[0-9A-Za-z]{6,20})[)）]\s*(?P<share>\d+(?:\.\d+)?)?\s*%?\s*", re.DOTALL
)
_SHARED = re.compile(r"(?P<name>.*?)\s+(?P<share>\d+(?:\.\d+)?)\s*%")
_MAX_COUNT = 100_000


@dataclass(frozen=True)
class Row:
    """One row: its place, its cells by column, or the error that it is."""

    where: str
    cells: tuple[tuple[str, str], ...] = ()
    error: HutongError | None = None


@dataclass
class _Group:
    """The rows of one inquiry."""

    rows: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    found: list[body_pb2.Registration] = field(default_factory=list)
    subjects: list[body_pb2.Subject] = field(default_factory=list)
    extras: list[body_pb2.Extra] = field(default_factory=list)
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)

    def note(self, code: str, where: str) -> None:
        self.notes.setdefault((code, where), Note.of(code, where))


def recognised(names: Iterable[str]) -> int:
    """How many fields of an extract ``names`` cover; 0 unless they are those of one, or of a question for one."""
    listed = list(names)
    found = {known for name in listed if (known := _field(name))}
    complaints = {columns.column(name).field for name in listed} & set(_table()["others"]["names"])
    own = found & set(_table()["own"]["names"]) or "reference" in found
    # Objects of many a format have a name, a type and a status.
    said = found & {"code", "reference"} or any(columns.column(name).chinese for name in listed if _field(name))
    fit = own and said and found & {"name", "code"} and len(found) >= 3 and not complaints
    return len(found) if fit else 0


def known(name: str) -> bool:
    """Whether a column of that name belongs to an extract."""
    return bool(_field(name))


def drafts(rows: Iterable[Row], notes: Sequence[Note]) -> Iterator[Draft | DeadLetter]:
    """One Inquiry or InquiryReply for each reference. A row without name and number is a dead letter (HT-ADP-282)."""
    groups: dict[str, _Group] = {}
    for row in rows:
        try:
            if row.error:
                raise row.error
            _take(row, groups)
        except HutongError as error:
            yield DeadLetter.of(row.where, error)
    for reference, group in groups.items():
        try:
            yield _draft(reference, group, notes)
        except HutongError as error:
            yield DeadLetter.of("/", error)


def _take(row: Row, groups: dict[str, _Group]) -> None:
    said: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for column, text in row.cells:
        known_as = _field(column)
        if text.strip() and known_as and known_as not in said:
            said[known_as] = text.strip()
        elif text.strip():
            unknown.append((column, text.strip()))
    if not said.get("name") and not said.get("code"):
        raise HutongError("HT-ADP-282", field=_label("name"))
    group = groups.setdefault(said.get("reference", ""), _Group())
    group.rows.append(row.cells)
    number = len(group.rows)
    for column, text in unknown:
        group.extras.append(body_pb2.Extra(path=f"{number}/{column}", value=text))
        group.note("adapter-unknown-column", column)
    if said.keys() & set(_table()["own"]["names"]):
        group.found.append(_registration(said, group, number))
    else:
        group.subjects.append(_subject(said))


def _registration(said: dict[str, str], group: _Group, number: int) -> body_pb2.Registration:
    one = body_pb2.Registration(subject=said.get("subject", ""))
    for name in _TEXTS:
        setattr(one, name, said.get(name, ""))
    if code := said.get("code"):
        one.code = _code(code)
        if one.code == code and not _is_code(code):
            group.note("adapter-identifier-check", _label("code"))
    if day := said.get("registered_on"):
        found = values.day(day, values.DateOrder())
        one.registered_on = found.isoformat() if found else day
        if found and one.registered_on != day:
            group.extras.append(body_pb2.Extra(path=f"{number}/{_label('registered_on')}", value=day))
    if capital := said.get("capital"):
        amount = values.money(capital, "元")
        if amount:
            one.capital.value, one.capital.currency = amount.value, amount.currency
        else:
            group.note("adapter-amount-unread", _label("capital"))
        group.extras.append(body_pb2.Extra(path=f"{number}/{_label('capital')}", value=capital))
    one.phones.extend(part.strip() for part in _BREAK.split(said.get("phones", "")) if part.strip())
    for name, relation in _RELATIONS.items():
        for each in _parts(said.get(name, "")):
            one.affiliates.append(_affiliate(each, relation))
    return one


def _subject(said: dict[str, str]) -> body_pb2.Subject:
    subject = body_pb2.Subject(role=_T.SUBJECT_ROLE_UNKNOWN, organisation=True)
    kinds = (_T.IDENTIFIER_TYPE_COMPANY, _T.IDENTIFIER_TYPE_USCC, _T.IDENTIFIER_TYPE_PERSON_NAME)
    for name, kind in zip(_ASKED, kinds, strict=True):
        if value := said.get(name):
            if kind == _T.IDENTIFIER_TYPE_USCC:
                kind = kind if _is_code(value) else _T.IDENTIFIER_TYPE_OTHER
                value = _code(value)
            subject.identifiers.add(type=kind, value=value)
    return subject


def _draft(reference: str, group: _Group, notes: Sequence[Note]) -> Draft:
    heading = tuple(dict.fromkeys(name for row in group.rows for name, _ in row))
    native = tables.write([heading, *(tuple(dict(row).get(name, "") for name in heading) for row in group.rows)])
    body = body_pb2.Body(version=1, source_system=SOURCE_SYSTEM, extras=group.extras)
    digest = hashlib.sha256(native).hexdigest()[:32]
    facts: kinds_pb2.Inquiry | kinds_pb2.InquiryReply
    if group.found:
        kind = "inquiry_reply"
        body.source_record = f"{reference}/{digest}" if reference else digest
        body.inquiry_reply.reference = reference
        body.inquiry_reply.registrations.extend(group.found)
        unanswered = len(group.subjects)
        facts = kinds_pb2.InquiryReply(
            extent=_T.REPLY_EXTENT_PARTIAL if unanswered else _T.REPLY_EXTENT_FULL,
            asked=min(len(group.found) + unanswered, _MAX_COUNT),
            answered=min(len(group.found), _MAX_COUNT),
        )
    else:
        kind = "inquiry"
        body.source_record = reference or digest
        body.inquiry.reference = reference
        body.inquiry.subjects.extend(group.subjects)
        count = kinds_pb2.SubjectCount(role=_T.SUBJECT_ROLE_UNKNOWN, count=min(len(group.subjects), _MAX_COUNT))
        facts = kinds_pb2.Inquiry(ask=_T.ASK_TYPE_REGISTRY, subjects=[count])
    said = [*notes, *group.notes.values()]
    if len(native) > MAX_NATIVE_BYTES:
        said.append(Note.of("adapter-native-left-out"))
    enclose(body, native, NATIVE_FORMAT)
    return Draft(kind, facts, header_pb2.CommonFacts(), body, body.source_record, notes=tuple(said))


def rows(statement: OpenedStatement) -> list[list[str]] | None:
    """An inquiry for registrations, or the answer, as a table with its heading; None for any other statement."""
    header, body = statement.header, statement.body
    kind = header.WhichOneof("kind")
    if kind == "inquiry" and header.inquiry.ask == _T.ASK_TYPE_REGISTRY:
        reference = body.inquiry.reference or header.message_id.hex()
        asked = [_asked(reference, number, one) for number, one in enumerate(body.inquiry.subjects, 1)]
        return _tabled(asked, _WRITTEN)
    if kind == "inquiry_reply" and body.inquiry_reply.registrations:
        extras = {extra.path: extra.value for extra in body.extras}
        found = [
            _found(body.inquiry_reply.reference, number, one, extras)
            for number, one in enumerate(body.inquiry_reply.registrations, 1)
        ]
        more = dict.fromkeys(name for each in found for name in each if name not in _WRITTEN)
        return _tabled(found, (*_WRITTEN, *more))
    return None


def _asked(reference: str, number: int, subject: body_pb2.Subject) -> dict[str, str]:
    found = {one.type: one.value for one in reversed(subject.identifiers)}
    return {
        "reference": reference,
        "subject": str(number),
        "name": found.get(_T.IDENTIFIER_TYPE_COMPANY, ""),
        "code": found.get(_T.IDENTIFIER_TYPE_USCC, "") or found.get(_T.IDENTIFIER_TYPE_OTHER, ""),
        "legal_representative": found.get(_T.IDENTIFIER_TYPE_PERSON_NAME, ""),
    }


def _found(reference: str, number: int, one: body_pb2.Registration, extras: dict[str, str]) -> dict[str, str]:
    said = {name: str(getattr(one, name)) for name in (*_TEXTS, "subject", "code", "registered_on")}
    said["reference"] = reference
    said["capital"] = f"{one.capital.value} {one.capital.currency}".strip()
    said["phones"] = "；".join(one.phones)
    for name, relation in _RELATIONS.items():
        said[name] = "；".join(_written(each) for each in one.affiliates if each.relation == relation)
    for path, value in extras.items():
        place, _, column = path.partition("/")
        if place == str(number):
            said[_field(column) or column] = value
    return said


def _tabled(records: Sequence[dict[str, str]], names: Sequence[str]) -> list[list[str]]:
    heading = [_label(name) if name in _table()["fields"] else name for name in names]
    return [heading, *([record.get(name, "") for name in names] for record in records)]


def _written(one: body_pb2.Affiliate) -> str:
    """An affiliate in one line; in JSON where a line cannot say all of it."""
    if one.legal_representative or one.address or one.status or re.search(r"[；;\n\[{]", one.name):
        said = {name: getattr(one, name) for name in _table()["parts"] if getattr(one, name)}
        return json.dumps({_table()["parts"][name][0]: value for name, value in said.items()}, ensure_ascii=False)
    number = f"（{one.code}）" if one.code else ""
    return f"{one.name}{number}" + (f" {one.share}%" if one.share else "")


def _parts(text: str) -> Iterator[dict[str, Any]]:
    """The entries of a cell: of a list in JSON, or of lines that may each be an object in JSON."""
    if text.startswith(("[", "{")):
        try:
            value = strict_json.loads(text)
        except HutongError:
            value = None
        if isinstance(value, dict | list):
            for each in value if isinstance(value, list) else [value]:
                yield each if isinstance(each, dict) else {"name": str(each)}
            return
    for line in _BREAK.split(text):
        line = line.strip()
        if line.startswith("{"):
            yield from _parts(line) if line.endswith("}") else [{"name": line}]
        elif found := (_NUMBERED.fullmatch(line) or _SHARED.fullmatch(line)):
            yield found.groupdict()
        elif line:
            yield {"name": line}


def _affiliate(said: dict[str, Any], relation: body_pb2.Affiliate.Relation.ValueType) -> body_pb2.Affiliate:
    one = body_pb2.Affiliate(relation=relation)
    for name, aliases in _table()["parts"].items():
        value = next((said[alias] for alias in aliases if said.get(alias)), None)
        if value is not None:
            setattr(one, name, str(value).strip())
    if one.code:
        one.code = _code(one.code)
    one.share = one.share.rstrip("% ")
    return one


def _is_code(text: str) -> bool:
    try:
        people.company_code(text)
    except HutongError:
        return False
    return True


def _code(text: str) -> str:
    return people.company_code(text) if _is_code(text) else text


def _label(name: str) -> str:
    return str(_table()["fields"][name][0])


def _field(name: str) -> str:
    return _aliases().get(_key(name), "")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("adapters.market") / "registry.toml").read_text(encoding="utf-8"))


@cache
def _aliases() -> dict[str, str]:
    return {_key(alias): name for name, aliases in _table()["fields"].items() for alias in aliases}


def _key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
