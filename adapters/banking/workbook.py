"""Banks' Excel files: 资金流水 → InquiryReply, 账户查询清单 with the fields of 协助查询通知书 → Inquiry; and back.

Amounts are in yuan unless a column says otherwise. What no column of ours names is kept by sheet, row and column.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from adapters import sheets
from adapters.banking.drafts import SOURCE_SYSTEM
from adapters.contract import NativeFile, OpenedStatement
from adapters.draft import MAX_NATIVE_BYTES, DeadLetter, Draft, Note, enclose
from adapters.market import values
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

_T = codes_pb2
_Entry = body_pb2.FlowStatement.Entry
_AMOUNT = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_BREAK = re.compile(r"[、,，;；/\n]+")
_MAX_COUNT, _MAX_TRANSACTIONS = 100_000, 100_000_000
_FLOWS = (
    *("reference", "account", "owner", "bank", "day", "direction", "amount", "currency", "balance"),
    *("other_account", "other_name", "remittance", "number", "kind"),
)
_QUERY = (
    *("reference", "account", "owner", "id_number", "bank", "currency", "role", "period_from", "period_to", "due_on"),
    *("mandate", "content", "addressee", "officers", "certificates", "approved_by", "issued_on", "confidential"),
)


@dataclass
class _Group:
    """What the rows of one reference say."""

    accounts: dict[str, body_pb2.FlowStatement] = field(default_factory=dict)
    inquiry: body_pb2.InquiryBody = field(default_factory=body_pb2.InquiryBody)
    roles: list[codes_pb2.SubjectRole.ValueType] = field(default_factory=list)
    extras: list[body_pb2.Extra] = field(default_factory=list)
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)

    def note(self, code: str, where: str) -> None:
        self.notes.setdefault((code, where), Note.of(code, where))


def read(data: bytes) -> Iterator[Draft | DeadLetter]:
    """One draft for each reference in the workbook. A bad row is a dead letter; HT-ADP-11 for a workbook without any
    such table, and as sheets.read."""
    book, said = sheets.read(data)
    notes = list(said)
    groups: dict[tuple[str, str], _Group] = {}
    read_any = False
    for sheet in book:
        table = sheets.table(sheet, lambda names: max(score(names).values()), lambda name: bool(_known(name)))
        if table is None:
            notes.append(Note.of("sheet-skipped", sheet.place))
            continue
        read_any = True
        notes += sheet.notes
        points = score(table.header)
        yield from _Table("flows" if points["flows"] else "query", sheet.place, table, groups).rows()
    if not read_any:
        raise HutongError("HT-ADP-11", agency="banking")
    for (sort, reference), group in groups.items():
        try:
            # What others asked for stands in the same file.
            native = data if len(groups) == 1 and len(data) <= MAX_NATIVE_BYTES else b""
            yield _draft(sort, reference, group, notes, native)
        except HutongError as error:
            yield DeadLetter.of("/", error)


def score(names: Sequence[str]) -> dict[str, int]:
    """How many fields of each table ``names`` cover; 0 unless they are those of that table."""
    flows = {_field("flows", name) for name in names} - {""}
    query = {_field("query", name) for name in names} - {""}
    money = bool(flows & {"amount", "debit", "credit"})
    asked = bool(query & {"account", "id_number"}) and bool(query & {"period_from", "mandate", "content", "addressee"})
    return {
        "flows": len(flows) if money and "day" in flows and "account" in flows else 0,
        "query": len(query) if asked and not money else 0,
    }


class _Table:
    """One sheet being read."""

    def __init__(self, sort: str, place: str, table: sheets.Table, groups: dict[tuple[str, str], _Group]) -> None:
        self.sort = sort
        self.place = place
        self.table = table
        self.fields = tuple(_field(sort, name) for name in table.header)
        self.groups = groups

    def rows(self) -> Iterator[DeadLetter]:
        last = self.table.header_row
        try:
            for row in self.table.rows:
                last = row.number
                try:
                    self.row(row)
                except HutongError as error:
                    yield DeadLetter.of(f"{self.place} row {last}", error)
        except HutongError as error:
            yield DeadLetter.of(f"{self.place} row {last + 1}", error)

    def row(self, row: sheets.Row) -> None:
        texts = sheets.fitted(row, len(self.fields))
        said: dict[str, str] = {}
        rest: list[tuple[str, str]] = []
        for name, column, text in zip(self.fields, self.table.header, texts, strict=True):
            if text.strip() and name and name not in said:
                said[name] = text.strip()
            elif name == "day" and "clock" not in said and _CLOCK.fullmatch(text.strip()):
                said["clock"] = text.strip()
            elif text.strip():
                rest.append((column, text.strip()))
        spoilt = {self.fields[n] for n in row.inexact if n < len(self.fields)}
        key = (self.sort, said.get("reference", ""))
        group = self.groups.get(key) or _Group()
        if self.sort == "flows":
            _flow(group, said, spoilt)
        else:
            _asked(group, said, spoilt)
        self.groups[key] = group
        for column, text in rest:
            group.extras.append(body_pb2.Extra(path=f"{self.place}/{row.number}/{column}", value=text))
            group.note("adapter-unknown-column", column)


def _flow(group: _Group, said: dict[str, str], spoilt: set[str]) -> None:
    """One transaction. HT-ADP-282 without account, day or amount, HT-ADP-20 for a day that is none, HT-ADP-283 for an
    amount that is none."""
    for name in ("account", "day"):
        if name not in said:
            raise HutongError("HT-ADP-282", field=_label("flows", name))
    for name in spoilt & {"account", "other_account"}:
        group.note("sheet-digits", _label("flows", name))
    amount, debit = _signed(group, said)
    currency = _currency(said.get("currency", ""))
    entry = _Entry(
        amount=body_pb2.Money(value=amount, currency=currency),
        debit=debit,
        status="BOOK",
        booked_at=_moment(said),
        servicer_reference=said.get("number", ""),
        transaction_code=said.get("kind", ""),
    )
    other = {
        "creditor_name" if debit else "debtor_name": said.get("other_name", ""),
        "creditor_account" if debit else "debtor_account": said.get("other_account", ""),
    }
    if any(other.values()) or said.get("remittance"):
        entry.transactions.add(amount=entry.amount, debit=debit, remittance=said.get("remittance", ""), **other)
    if "balance" in said:
        entry.additional_information = f"{_label('flows', 'balance')} {said['balance']}"
    statement = group.accounts.setdefault(said["account"], body_pb2.FlowStatement())
    if not statement.entries:
        statement.account.other_id = said["account"]
        statement.account.owner_name = said.get("owner", "")
        statement.account.servicer_name = said.get("bank", "")
        statement.account.currency = currency
    statement.entries.append(entry)


def _signed(group: _Group, said: dict[str, str]) -> tuple[str, bool]:
    """Amount and direction, from one column with a sign or a word, or from one column for each."""
    for name, debit in (("debit", True), ("credit", False)):
        if (text := said.get(name)) and _number(text, name).strip("0."):
            return _number(text, name).lstrip("-+"), debit
    if "amount" not in said:
        raise HutongError("HT-ADP-282", field=_label("flows", "amount"))
    value = _number(said["amount"], "amount")
    word = _key(said.get("direction", "")) or said.get("direction", "")
    for name, debit in (("debit", True), ("credit", False)):
        if word in _table()["words"][name]:
            return value.lstrip("-+"), debit
    if value.startswith("-"):
        return value.lstrip("-"), True
    group.note("adapter-direction-missing", _label("flows", "direction"))
    return value.lstrip("+"), False


def _number(text: str, name: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().strip("¥元 ")
    if not _AMOUNT.fullmatch(plain):
        raise HutongError("HT-ADP-283", column=_label("flows", name))
    return plain.replace(",", "")


def _moment(said: dict[str, str]) -> str:
    """ISO 8601: a day, or a day and a time without zone as the bank had it."""
    day = values.day(said["day"], values.DateOrder())
    if day is None:
        raise HutongError("HT-ADP-20", column=_label("flows", "day"))
    clock = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", said.get("clock", "") or said["day"][8:])
    if not clock or int(clock[1]) > 23 or int(clock[2]) > 59:
        return day.isoformat()
    return f"{day.isoformat()}T{int(clock[1]):02}:{clock[2]}:{clock[3] or '00'}"


def _asked(group: _Group, said: dict[str, str], spoilt: set[str]) -> None:
    """One account or person asked about, and what the notice says. HT-ADP-282 for a row that names neither."""
    inquiry = group.inquiry
    role = next((_T.SubjectRole.Value(f"SUBJECT_ROLE_{name.upper()}") for name, words in _table()["roles"].items()
                 if said.get("role") in words), _T.SUBJECT_ROLE_UNKNOWN)  # fmt: skip
    if account := said.get("account"):
        if "account" in spoilt:
            group.note("sheet-digits", _label("query", "account"))
        asked = body_pb2.Account(
            other_id=account,
            owner_name=said.get("owner", ""),
            servicer_name=said.get("bank", ""),
            currency=_currency(said["currency"]) if "currency" in said else "",
        )
        inquiry.accounts.add(account=asked, role=role)
    if said.get("id_number") or not account:
        subject = _subject(said, role, "id_number" in spoilt)
        if not subject.identifiers:
            raise HutongError("HT-ADP-282", field=_label("query", "account"))
        inquiry.subjects.append(subject)
    group.roles.append(role)
    inquiry.reference = said.get("reference", "")
    inquiry.legal_mandate = inquiry.legal_mandate or said.get("mandate", "")
    inquiry.confidential |= _key(said.get("confidential", "")) in _table()["words"]["yes"]
    for name in ("period_from", "period_to", "due_on"):
        if text := said.get(name):
            setattr(inquiry, name, getattr(inquiry, name) or _day(text, name))
    _notice(inquiry, said)


def _notice(inquiry: body_pb2.InquiryBody, said: dict[str, str]) -> None:
    names = ("content", "addressee", "officers", "certificates", "approved_by", "issued_on")
    if not any(name in said for name in names) or inquiry.HasField("notice"):
        return
    notice = inquiry.notice
    notice.number = said.get("reference", "")
    notice.addressee = said.get("addressee", "")
    notice.content = said.get("content", "")
    notice.approved_by = said.get("approved_by", "")
    notice.issued_on = _day(said["issued_on"], "issued_on") if "issued_on" in said else ""
    officers = [part.strip() for part in _BREAK.split(said.get("officers", "")) if part.strip()]
    numbers = [part.strip() for part in _BREAK.split(said.get("certificates", "")) if part.strip()]
    for index, name in enumerate(officers):
        notice.officers.add(name=name, certificate=numbers[index] if index < len(numbers) else "")


def _subject(said: dict[str, str], role: codes_pb2.SubjectRole.ValueType, spoilt: bool) -> body_pb2.Subject:
    number = said.get("id_number", "")
    kind = _T.IDENTIFIER_TYPE_OTHER
    for sort, read_as in (
        (_T.IDENTIFIER_TYPE_USCC, people.company_code),
        (_T.IDENTIFIER_TYPE_RESIDENT_ID, people.resident_id),
    ):
        try:
            number, kind = read_as(number), sort
        except HutongError:
            continue
        break
    company = kind == _T.IDENTIFIER_TYPE_USCC or said.get("owner", "").endswith(("公司", "厂", "店", "合作社", "中心"))
    subject = body_pb2.Subject(role=role, organisation=company)
    if said.get("owner"):
        name = _T.IDENTIFIER_TYPE_COMPANY if company else _T.IDENTIFIER_TYPE_PERSON_NAME
        subject.identifiers.add(type=name, value=said["owner"])
    if number:
        subject.identifiers.add(type=_T.IDENTIFIER_TYPE_OTHER if spoilt else kind, value=number)
    return subject


def _day(text: str, name: str) -> str:
    found = values.day(text, values.DateOrder())
    if found is None:
        raise HutongError("HT-ADP-20", column=_label("query", name))
    return found.isoformat()


def _draft(sort: str, reference: str, group: _Group, notes: Sequence[Note], native: bytes) -> Draft:
    body = body_pb2.Body(version=1, source_system=SOURCE_SYSTEM, extras=group.extras)
    said = [*notes, *group.notes.values()]
    facts: kinds_pb2.Inquiry | kinds_pb2.InquiryReply
    if sort == "flows":
        kind = "inquiry_reply"
        body.inquiry_reply.reference = reference
        body.inquiry_reply.statements.extend(group.accounts.values())
        accounts = min(len(group.accounts), _MAX_COUNT)
        count = sum(len(one.entries) for one in group.accounts.values())
        facts = kinds_pb2.InquiryReply(
            extent=_T.REPLY_EXTENT_FULL,
            asked=accounts,
            answered=accounts,
            accounts=accounts,
            transactions=min(count, _MAX_TRANSACTIONS),
        )
    else:
        kind = "inquiry"
        body.inquiry.CopyFrom(group.inquiry)
        flows = "流水" in group.inquiry.notice.content or "明细" in group.inquiry.notice.content
        counts = [kinds_pb2.SubjectCount(role=role, count=group.roles.count(role)) for role in sorted(set(group.roles))]
        facts = kinds_pb2.Inquiry(
            ask=_T.ASK_TYPE_TRANSACTIONS if flows else _T.ASK_TYPE_ACCOUNT,
            subjects=counts,
            period_from=group.inquiry.period_from,
            period_to=group.inquiry.period_to,
        )
        said.append(Note.of("adapter-approval-needed"))
    digest = hashlib.sha256(body.SerializeToString(deterministic=True)).hexdigest()[:32]
    body.source_record = (f"{reference}/{digest}" if reference else digest) if sort == "flows" else reference or digest
    if not native:
        said.append(Note.of("adapter-native-left-out"))
    enclose(body, native, sheets.MEDIA_TYPE)
    return Draft(
        kind,
        facts,
        header_pb2.CommonFacts(),
        body,
        body.source_record,
        handling=_T.HANDLING_WORK_SECRET,
        notes=tuple(said),
    )


def write(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """Inquiries and answers as one workbook each. HT-ADP-30 for any other statement."""
    written = []
    for one in statements:
        kind = one.header.WhichOneof("kind")
        if kind == "inquiry_reply" and one.body.inquiry_reply.statements:
            title, sort, rows = "资金流水", "flows", list(_flow_rows(one.body.inquiry_reply))
        elif kind == "inquiry" and (one.body.inquiry.accounts or one.body.inquiry.subjects):
            title, sort, rows = "账户查询清单", "query", list(_query_rows(one))
        else:
            raise HutongError("HT-ADP-30", format="xlsx", field="statements / accounts")
        names = _FLOWS if sort == "flows" else _QUERY
        heading = [_label(sort, name) for name in names]
        data = sheets.write([(title, heading, [[row.get(name, "") for name in names] for row in rows])])
        written.append(NativeFile(f"{one.header.message_id.hex()}.xlsx", sheets.MEDIA_TYPE, data))
    return written


def _flow_rows(reply: body_pb2.InquiryReplyBody) -> Iterator[dict[str, str]]:
    """A row for each transaction; an entry of several gives as many."""
    balance = f"{_label('flows', 'balance')} "
    for statement in reply.statements:
        account = statement.account
        for entry in statement.entries:
            info = entry.additional_information
            base = {
                "reference": reply.reference,
                "account": account.iban or account.other_id,
                "owner": account.owner_name,
                "bank": account.servicer_name or account.servicer_bic,
                "day": entry.booked_at.replace("T", " ") or entry.valued_at,
                "number": entry.servicer_reference or entry.entry_reference,
                "kind": entry.transaction_code,
                "balance": info.removeprefix(balance) if info.startswith(balance) else "",
            }
            for one in entry.transactions or [body_pb2.FlowStatement.Transaction(debit=entry.debit)]:
                money = one.amount if one.amount.value else entry.amount
                yield base | {
                    "direction": "借" if one.debit else "贷",
                    "amount": money.value,
                    "currency": money.currency,
                    "other_account": one.creditor_account if one.debit else one.debtor_account,
                    "other_name": one.creditor_name if one.debit else one.debtor_name,
                    "remittance": one.remittance or ("" if info.startswith(balance) else info),
                }


def _query_rows(statement: OpenedStatement) -> Iterator[dict[str, str]]:
    inquiry = statement.body.inquiry
    notice = inquiry.notice
    base = {
        "reference": inquiry.reference or notice.number or statement.header.message_id.hex(),
        "period_from": inquiry.period_from,
        "period_to": inquiry.period_to,
        "due_on": inquiry.due_on,
        "mandate": inquiry.legal_mandate,
        "content": notice.content,
        "addressee": notice.addressee,
        "officers": "、".join(one.name for one in notice.officers),
        "certificates": "、".join(one.certificate for one in notice.officers),
        "approved_by": notice.approved_by,
        "issued_on": notice.issued_on,
        "confidential": "是" if inquiry.confidential else "",
    }
    for asked in inquiry.accounts:
        account = asked.account
        yield base | {
            "account": account.iban or account.other_id,
            "owner": account.owner_name,
            "bank": account.servicer_name or account.servicer_bic,
            "currency": account.currency,
            "role": _role(asked.role),
        }
    for subject in inquiry.subjects:
        found = {one.type: one.value for one in reversed(subject.identifiers)}
        numbers = (_T.IDENTIFIER_TYPE_RESIDENT_ID, _T.IDENTIFIER_TYPE_USCC, _T.IDENTIFIER_TYPE_OTHER)
        yield base | {
            "account": found.get(_T.IDENTIFIER_TYPE_BANK_ACCOUNT, ""),
            "owner": found.get(_T.IDENTIFIER_TYPE_PERSON_NAME, "") or found.get(_T.IDENTIFIER_TYPE_COMPANY, ""),
            "id_number": next((found[kind] for kind in numbers if kind in found), ""),
            "role": _role(subject.role),
        }


def _role(role: codes_pb2.SubjectRole.ValueType) -> str:
    words = _table()["roles"].get(_T.SubjectRole.Name(role).removeprefix("SUBJECT_ROLE_").lower())
    return str(words[0]) if words else ""


def _currency(text: str) -> str:
    word = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch("[A-Za-z]{3}", word) and word.upper() != "RMB":
        return word.upper()
    return str(_table()["words"]["currencies"].get(word.lower(), word or "CNY"))


def _known(name: str) -> str:
    return _field("flows", name) or _field("query", name)


def _label(sort: str, name: str) -> str:
    return str(_table()[sort][name][0])


def _field(sort: str, name: str) -> str:
    return _aliases(sort).get(_key(name), "")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("adapters.banking") / "columns.toml").read_text(encoding="utf-8"))


@cache
def _aliases(sort: str) -> dict[str, str]:
    return {_key(alias): name for name, aliases in _table()[sort].items() for alias in aliases}


def _key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
