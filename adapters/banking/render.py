"""An Inquiry on accounts → ISO 20022 auth.001.001.01 (InformationRequestOpening), one file for each account or subject.

The schema allows one search criterion a message. Nothing is cut to fit: what is too long for the format is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from lxml import etree

from adapters import plain
from adapters.banking import documents
from adapters.contract import NativeFile, OpenedStatement
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2

MESSAGE = "auth.001.001.01"
MEDIA_TYPE = "application/xml"

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{1,30}")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REQUESTED = {
    codes_pb2.ASK_TYPE_ACCOUNT: ("camt.052.001.08", "BankToCustomerAccountReport"),
    codes_pb2.ASK_TYPE_TRANSACTIONS: ("camt.053.001.08", "BankToCustomerStatement"),
}
_PARTIES = {codes_pb2.ASK_TYPE_ACCOUNT: "OWNE", codes_pb2.ASK_TYPE_TRANSACTIONS: "ALLP"}
_NAMES = (codes_pb2.IDENTIFIER_TYPE_COMPANY, codes_pb2.IDENTIFIER_TYPE_PERSON_NAME)
_MAX_REFERENCE = 35


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One auth.001 for each account, and for each subject that is no account, in the order of the inquiry. Everything
    else that a bank's system has no message for comes in the contract's own JSON.

    HT-ADP-30 if mandate, period or whom to ask about is missing; HT-ADP-31 for a value longer than the format allows;
    HT-ADP-32 for characters that XML does not have; HT-ADP-33 if the schema refuses the outcome.
    """
    header, body = statement.header, statement.body
    if header.inquiry.ask not in _REQUESTED or body.WhichOneof("content") != "inquiry":
        return plain.render(statement)
    inquiry = body.inquiry
    criteria: list[body_pb2.AccountAsked | body_pb2.Subject] = [
        *inquiry.accounts,
        *_accounts_of(inquiry.subjects),
        *filter(_has_more_than_accounts, inquiry.subjects),
    ]
    if not criteria:
        raise HutongError("HT-ADP-30", format=MESSAGE, field="accounts / subjects")
    references = _references(inquiry.reference, header.message_id, len(criteria))
    written = []
    for number, (reference, criterion) in enumerate(zip(references, criteria, strict=True), 1):
        root = _Writing(statement).opening(reference, criterion)
        written.append(NativeFile(f"{header.message_id.hex()}-{number}.xml", MEDIA_TYPE, _checked(root)))
    return written


class _Writing:
    """One message being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        self.inquiry = statement.body.inquiry
        self.codes = ", ".join(statement.header.legal_basis)
        self.ask = statement.header.inquiry.ask

    def opening(self, reference: str, criterion: body_pb2.AccountAsked | body_pb2.Subject) -> etree._Element:
        root = etree.Element(f"{{{documents.URN}{MESSAGE}}}Document", nsmap={None: documents.URN + MESSAGE})
        top = _in(root, "InfReqOpng")
        _text(top, "InvstgtnId", reference, _MAX_REFERENCE)
        self.mandate(_in(top, "LglMndtBsis"))
        _text(top, "CnfdtltySts", "true" if self.inquiry.confidential else "false")
        if self.inquiry.due_on:
            _text(_in(top, "DueDt"), "DueDt", self.inquiry.due_on)
        period = _in(_in(top, "InvstgtnPrd"), "Dt")
        _text(period, "FrDt", _needed("period_from", self.inquiry.period_from))
        _text(period, "ToDt", _needed("period_to", self.inquiry.period_to))
        search = _in(top, "SchCrit")
        if isinstance(criterion, body_pb2.AccountAsked):
            self.account(_in(search, "Acct"), criterion.account)
        else:
            self.customer(_in(search, "CstmrId"), criterion)
        return root

    def mandate(self, parent: etree._Element) -> None:
        """The mandate in words; one longer than 35 characters stands in the longer field under its codes."""
        words = _needed("legal_mandate", self.inquiry.legal_mandate or self.codes)
        if len(words) <= 35:
            _text(parent, "Prgrph", words, 35)
            return
        short = self.codes if 0 < len(self.codes) <= 35 else words[:34] + "…"
        _text(parent, "Prgrph", short, 35)
        _text(parent, "Dsclmr", words, 350)

    def account(self, parent: etree._Element, account: body_pb2.Account) -> None:
        said = _in(parent, "Id")
        number = _needed("account", account.iban or account.other_id)
        if account.iban and _IBAN.fullmatch(account.iban):
            _text(_in(said, "Id"), "IBAN", number)
        else:
            _text(_in(_in(said, "Id"), "Othr"), "Id", number, 34)
        _text(said, "Ccy", account.currency)
        _text(said, "Nm", account.account_name, 70)
        if account.owner_name:
            _text(_in(said, "Ownr"), "Nm", account.owner_name, 140)
        if account.servicer_bic or account.servicer_name:
            bank = _in(_in(said, "Svcr"), "FinInstnId")
            _text(bank, "BICFI", account.servicer_bic)
            _text(bank, "Nm", account.servicer_name, 140)
        _text(_in(parent, "InvstgtdPties"), "Cd", _PARTIES[self.ask])
        self.requested(_in(parent, "AuthrtyReqTp"))

    def customer(self, parent: etree._Element, subject: body_pb2.Subject) -> None:
        party = _in(parent, "Pty")
        rest = [one for one in subject.identifiers if one.value and one.type != codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT]
        _text(party, "Nm", _pull(rest, *_NAMES), 140)
        self.numbers(party, subject, rest)
        mobile = _mobile(rest)
        email = _pull(rest, codes_pb2.IDENTIFIER_TYPE_EMAIL)
        if mobile or email:
            contact = _in(party, "CtctDtls")
            _text(contact, "MobNb", mobile)
            _text(contact, "EmailAdr", email, 2048)
        asked = _in(parent, "AuthrtyReq")
        self.requested(_in(asked, "Tp"))
        _text(_in(asked, "InvstgtdRoles"), "Cd", _PARTIES[self.ask])
        others = [
            f"{codes_pb2.IdentifierType.Name(one.type).removeprefix('IDENTIFIER_TYPE_')}: {one.value}" for one in rest
        ]
        _text(asked, "AddtlInf", "; ".join(filter(None, [*others, subject.remark])), 500)

    def numbers(self, party: etree._Element, subject: body_pb2.Subject, rest: list[body_pb2.Identifier]) -> None:
        """The company's code or the person's id number: the schema has room for one of the two sorts."""
        if number := _pull(rest, codes_pb2.IDENTIFIER_TYPE_USCC):
            other = _in(_in(_in(party, "Id"), "OrgId"), "Othr")
            _text(other, "Id", number, 35)
            _text(_in(other, "SchmeNm"), "Prtry", "USCC", 35)
        elif not subject.organisation and (number := _pull(rest, codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID)):
            other = _in(_in(_in(party, "Id"), "PrvtId"), "Othr")
            _text(other, "Id", number, 35)
            _text(_in(other, "SchmeNm"), "Cd", "NIDN")

    def requested(self, parent: etree._Element) -> None:
        message, name = _REQUESTED[self.ask]
        _text(parent, "MsgNmId", message)
        _text(parent, "MsgNm", name)


def _references(given: str, message_id: bytes, count: int) -> list[str]:
    """A reference of at most 35 characters for each message: the sender's own, numbered when there are several; the
    message id in base 32 when that is missing or too long."""
    own = given.strip()
    if count == 1 and 0 < len(own) <= _MAX_REFERENCE:
        return [own]
    base = (
        own
        if 0 < len(own) + 1 + len(str(count)) <= _MAX_REFERENCE and own
        else base64.b32encode(message_id).decode().rstrip("=")
    )
    return [base] if count == 1 else [f"{base}-{number}" for number in range(1, count + 1)]


def _accounts_of(subjects: Iterable[body_pb2.Subject]) -> list[body_pb2.AccountAsked]:
    """Account numbers that stand among a subject's identifiers are asked for as accounts."""
    return [
        body_pb2.AccountAsked(account=body_pb2.Account(other_id=one.value), role=subject.role)
        for subject in subjects
        for one in subject.identifiers
        if one.type == codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT and one.value
    ]


def _has_more_than_accounts(subject: body_pb2.Subject) -> bool:
    return any(one.type != codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT and one.value for one in subject.identifiers)


def _pull(rest: list[body_pb2.Identifier], *kinds: codes_pb2.IdentifierType.ValueType) -> str:
    """Take the first identifier of one of ``kinds`` out of ``rest``."""
    for index, one in enumerate(rest):
        if one.type in kinds:
            return rest.pop(index).value
    return ""


def _mobile(rest: list[body_pb2.Identifier]) -> str:
    """The first mobile number, as the schema writes it; numbers of another sort stay in ``rest``."""
    for index, one in enumerate(rest):
        if one.type == codes_pb2.IDENTIFIER_TYPE_PHONE:
            try:
                number = people.mobile(one.value)
            except HutongError:
                continue
            rest.pop(index)
            return f"+86-{number}"
    return ""


def _needed(field: str, value: str) -> str:
    if not value.strip():
        raise HutongError("HT-ADP-30", format=MESSAGE, field=field)
    return value


def _in(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{documents.URN}{MESSAGE}}}{name}")


def _text(parent: etree._Element, name: str, value: str, limit: int = 0) -> None:
    """An element with ``value``; none at all for an empty one."""
    value = value.strip()
    if not value:
        return
    if limit and len(value) > limit:
        raise HutongError("HT-ADP-31", format=MESSAGE, field=name, limit=limit)
    if _NOT_XML.search(value):
        raise HutongError("HT-ADP-32", field=name)
    _in(parent, name).text = value


def _checked(root: etree._Element) -> bytes:
    """The file, after its schema has accepted what a bank will read."""
    data = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    if found := documents.fault(MESSAGE, etree.fromstring(data)):
        raise HutongError("HT-ADP-33", schema=MESSAGE, where=found.where, rule=found.rule)
    return data
