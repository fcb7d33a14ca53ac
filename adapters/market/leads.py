"""One complaint record → one Lead (案源线索)."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from adapters.draft import Draft, Note, enclose
from adapters.market import columns, values
from hutong.errors import HutongError
from hutong.identifiers import divisions, people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "complaint-register"

_TITLE_CHARS = 120
_SUBJECT_IDENTIFIERS = {
    "company": codes_pb2.IDENTIFIER_TYPE_COMPANY,
    "uscc": codes_pb2.IDENTIFIER_TYPE_USCC,
    "company_phone": codes_pb2.IDENTIFIER_TYPE_PHONE,
    "website": codes_pb2.IDENTIFIER_TYPE_URL,
    "app": codes_pb2.IDENTIFIER_TYPE_APP,
    "account": codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT,
    "social": codes_pb2.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
}
_NUMBERS = (
    codes_pb2.IDENTIFIER_TYPE_USCC,
    codes_pb2.IDENTIFIER_TYPE_PHONE,
    codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT,
)


@dataclass(frozen=True)
class Record:
    """A complaint as its register has it: columns with their text, in order, and the record's own bytes. ``numbers``
    and ``inexact`` name the columns in which a spreadsheet keeps a figure, and one with more digits than it can."""

    cells: tuple[tuple[columns.Column, str], ...]
    native: bytes
    native_format: str
    numbers: frozenset[str] = frozenset()
    inexact: frozenset[str] = frozenset()


@dataclass
class Context:
    """What the records of one file share. ``seen`` counts records without number that say exactly the same; ``notes``
    are about the file and stand on each of its drafts."""

    today: date
    order: values.DateOrder = field(default_factory=values.DateOrder)
    seen: Counter[str] = field(default_factory=Counter)
    notes: tuple[Note, ...] = ()


def lead(record: Record, context: Context) -> Draft:
    """The Lead of one record. HT-ADP-19 if it says nothing to act on, HT-ADP-20 for a date of receipt that is none,
    HT-ADP-26 beyond what a message carries."""
    return _Reading(record, context).draft()


class _Reading:
    """One record being read. Each field's text is taken once; what nobody takes goes to the extras."""

    def __init__(self, record: Record, context: Context) -> None:
        self.record = record
        self.context = context
        self.notes: list[Note] = list(context.notes)
        self.extras: list[body_pb2.Extra] = []
        self.fields: defaultdict[str, list[tuple[columns.Column, str]]] = defaultdict(list)
        for column, text in record.cells:
            value = text.strip()
            if not value:
                continue
            if column.field in ("", columns.KEPT):
                self.keep(column, value)
            else:
                self.fields[column.field].append((column, value))
            if not column.field:
                self.note("adapter-unknown-column", column)

    def draft(self) -> Draft:
        if not columns.CONTENT & self.fields.keys():
            raise HutongError("HT-ADP-19")
        facts, common, lead = kinds_pb2.Lead(), header_pb2.CommonFacts(), body_pb2.LeadBody()
        self.received(facts)
        self.classed(facts, common)
        self.said(lead)
        self.subject(lead, facts)
        self.money(lead, facts)
        self.counted(facts)
        self.placed(lead, common)
        urgency = self.urgency()
        number = self.number()
        for rest in self.fields.values():
            for column, value in rest:
                self.keep(column, value)
        body = body_pb2.Body(
            version=1, source_system=SOURCE_SYSTEM, source_record=number, extras=self.extras, lead=lead
        )
        enclose(body, self.record.native, self.record.native_format)
        return Draft("lead", facts, common, body, number, urgency=urgency, notes=tuple(self.notes))

    def received(self, facts: kinds_pb2.Lead) -> None:
        column, value = self.take("received_on")
        if not value:
            self.notes.append(Note.of("adapter-no-date"))
            return
        day = values.day(value, self.context.order)
        if day is None:
            raise HutongError("HT-ADP-20", column=column.name)
        facts.received_on = day.isoformat()
        if day.isoformat() != value:
            self.keep(column, value)
        if day > self.context.today + timedelta(days=1):
            self.note("adapter-future-date", column)
        if not self.context.order.certain:
            self.note("adapter-date-order", column)

    def classed(self, facts: kinds_pb2.Lead, common: header_pb2.CommonFacts) -> None:
        kind = self.peek("kind").casefold()
        report = any(word in kind for word in columns.words("report")) and "投诉" not in kind
        facts.source = codes_pb2.LEAD_SOURCE_REPORT if report else codes_pb2.LEAD_SOURCE_COMPLAINT
        facts.informant_confidential = self.says_yes("confidential")
        common.offences.append(codes_pb2.OFFENCE_NONE_KNOWN)
        common.minors_involved = self.says_yes("minors")
        common.stability_risk = self.says_yes("stability")

    def said(self, lead: body_pb2.LeadBody) -> None:
        parts = [self.take(name)[1] for name in ("product", "sub_product", "issue", "sub_issue")]
        lead.summary = " · ".join(part for part in parts if part)
        lead.narrative = self.take("narrative")[1]
        lead.occurred_on = self.take("occurred_on")[1]
        title = self.take("title")[1]
        first = title or parts[2] or parts[0] or self.peek("company") or lead.narrative
        lead.title = first if title else first[:_TITLE_CHARS]

    def subject(self, lead: body_pb2.LeadBody, facts: kinds_pb2.Lead) -> None:
        subject = body_pb2.Subject(role=codes_pb2.SUBJECT_ROLE_UNKNOWN, organisation=True)
        for name, kind in _SUBJECT_IDENTIFIERS.items():
            for column, value in self.fields.pop(name, []):
                subject.identifiers.append(self.checked(kind, column, value))
        if subject.identifiers:
            lead.subjects.append(subject)
        for _, value in self.fields.pop("person", []):
            person = body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value=value)
            lead.subjects.append(body_pb2.Subject(role=codes_pb2.SUBJECT_ROLE_UNKNOWN, identifiers=[person]))
        counts = Counter(identifier.type for one in lead.subjects for identifier in one.identifiers)
        for kind, count in sorted(counts.items()):
            facts.identifiers.add(type=kind, count=count)

    def checked(
        self, kind: codes_pb2.IdentifierType.ValueType, column: columns.Column, value: str
    ) -> body_pb2.Identifier:
        """A company code that fails its check digit must not meet others as a match token: it is an ordinary number.
        So is a number whose last digits a spreadsheet has lost."""
        if column.name in self.record.inexact:
            self.note("sheet-digits", column)
            return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_OTHER, value=value)
        if column.name in self.record.numbers and kind in _NUMBERS:
            self.note("sheet-number", column)
        if kind == codes_pb2.IDENTIFIER_TYPE_USCC:
            try:
                return body_pb2.Identifier(type=kind, value=people.company_code(value))
            except HutongError:
                self.note("adapter-identifier-check", column)
                return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_OTHER, value=value)
        return body_pb2.Identifier(type=kind, value=value)

    def money(self, lead: body_pb2.LeadBody, facts: kinds_pb2.Lead) -> None:
        currency = self.take("currency")[1]
        amounts: list[values.Amount] = []
        for column, value in self.fields.pop("amount", []):
            unit = column.unit or ("元" if column.chinese else "")
            amount = values.money(value, unit, currency)
            self.keep(column, value)
            if amount is None:
                self.note("adapter-amount-unread", column)
                continue
            amounts.append(amount)
            lead.amounts.add(value=amount.value, currency=amount.currency)
            if amount.currency != "CNY":
                self.note("adapter-amount-currency", column)
        facts.amount = values.amount_band(amounts)

    def counted(self, facts: kinds_pb2.Lead) -> None:
        column, value = self.take("participants")
        count = values.heads(value) if value else None
        facts.participants = values.participant_band(count)
        if value:
            self.keep(column, value)
            if count is None:
                self.note("adapter-participants-unread", column)

    def placed(self, lead: body_pb2.LeadBody, common: header_pb2.CommonFacts) -> None:
        lead.place = " ".join(value for name in ("place", "postcode") for _, value in self.fields.pop(name, []))
        column, value = self.take("division")
        if not value:
            return
        self.keep(column, value)
        try:
            common.occurrence_regions.append(divisions.division(value).code)
        except HutongError:
            self.note("adapter-division-unknown", column)

    def urgency(self) -> codes_pb2.Urgency.ValueType:
        word = self.peek("urgency").casefold()
        if word in columns.words("flash"):
            return codes_pb2.URGENCY_FLASH
        return codes_pb2.URGENCY_URGENT if word in columns.words("urgent") else codes_pb2.URGENCY_ROUTINE

    def number(self) -> str:
        """The record's own number; failing that, a digest of what it says and how often the file has said it, so that
        feeding the file again gives the same names."""
        _, number = self.take("id")
        if number:
            return number
        digest = hashlib.sha256(repr([(c.name, text) for c, text in self.record.cells]).encode("utf-8")).hexdigest()[
            :32
        ]
        self.context.seen[digest] += 1
        self.notes.append(Note.of("adapter-no-id"))
        return f"{digest}-{self.context.seen[digest]}"

    def take(self, name: str) -> tuple[columns.Column, str]:
        """The first column of that field with something in it. It is used up; a second one stays for the extras."""
        found = self.fields.get(name)
        return found.pop(0) if found else (columns.Column(name, "", ""), "")

    def peek(self, name: str) -> str:
        found = self.fields.get(name)
        return found[0][1] if found else ""

    def says_yes(self, name: str) -> bool:
        return self.peek(name).casefold() in columns.words("yes")

    def keep(self, column: columns.Column, value: str) -> None:
        self.extras.append(body_pb2.Extra(path=column.name, value=value))

    def note(self, code: str, column: columns.Column) -> None:
        self.notes.append(Note.of(code, where=column.name))
