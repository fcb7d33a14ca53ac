"""An Inquiry on accounts → ISO 20022 auth.001.001.01 (InformationRequestOpening), one file for each account or subject.

The schema allows one search criterion a message. Nothing is cut to fit: what is too long for the format is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from adapters.banking.writing import MAX_ID, MEDIA_TYPE, Writer, own_id
from adapters.contract import NativeFile, OpenedStatement
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2

MESSAGE = "auth.001.001.01"
_REQUESTED = {
    codes_pb2.ASK_TYPE_ACCOUNT: ("camt.052.001.08", "BankToCustomerAccountReport"),
    codes_pb2.ASK_TYPE_TRANSACTIONS: ("camt.053.001.08", "BankToCustomerStatement"),
}
_PARTIES = {codes_pb2.ASK_TYPE_ACCOUNT: "OWNE", codes_pb2.ASK_TYPE_TRANSACTIONS: "ALLP"}
_NAMES = (codes_pb2.IDENTIFIER_TYPE_COMPANY, codes_pb2.IDENTIFIER_TYPE_PERSON_NAME)


def asks_a_bank(statement: OpenedStatement) -> bool:
    """Whether there is an auth.001 for ``statement``."""
    header = statement.header
    return header.inquiry.ask in _REQUESTED and statement.body.WhichOneof("content") == "inquiry"


def openings(statement: OpenedStatement) -> list[NativeFile]:
    """One auth.001 for each account, and for each subject that is no account, in the order of the inquiry.

    HT-ADP-30 if mandate, period or whom to ask about is missing; HT-ADP-31 for a value longer than the format allows;
    HT-ADP-32 for characters that XML does not have; HT-ADP-33 if the schema refuses the outcome.
    """
    header, inquiry = statement.header, statement.body.inquiry
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
        data = _Writing(statement).opening(reference, criterion)
        written.append(NativeFile(f"{header.message_id.hex()}-{number}.xml", MEDIA_TYPE, data))
    return written


class _Writing:
    """One message being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        self.to = Writer(MESSAGE)
        self.inquiry = statement.body.inquiry
        self.codes = ", ".join(statement.header.legal_basis)
        self.ask = statement.header.inquiry.ask

    def opening(self, reference: str, criterion: body_pb2.AccountAsked | body_pb2.Subject) -> bytes:
        top = self.to.put(self.to.root, "InfReqOpng")
        self.to.text(top, "InvstgtnId", reference, MAX_ID)
        self.mandate(self.to.put(top, "LglMndtBsis"))
        self.to.text(top, "CnfdtltySts", "true" if self.inquiry.confidential else "false")
        if self.inquiry.due_on:
            self.to.text(self.to.put(top, "DueDt"), "DueDt", self.inquiry.due_on)
        period = self.to.put(self.to.put(top, "InvstgtnPrd"), "Dt")
        self.to.text(period, "FrDt", self.to.needed("period_from", self.inquiry.period_from))
        self.to.text(period, "ToDt", self.to.needed("period_to", self.inquiry.period_to))
        search = self.to.put(top, "SchCrit")
        if isinstance(criterion, body_pb2.AccountAsked):
            self.account(self.to.put(search, "Acct"), criterion.account)
        else:
            self.customer(self.to.put(search, "CstmrId"), criterion)
        return self.to.finished()

    def mandate(self, parent: etree._Element) -> None:
        """The mandate in words; one longer than 35 characters stands in the longer field under its codes."""
        words = self.to.needed("legal_mandate", self.inquiry.legal_mandate or self.codes)
        if len(words) <= 35:
            self.to.text(parent, "Prgrph", words, 35)
            return
        short = self.codes if 0 < len(self.codes) <= 35 else words[:34] + "…"
        self.to.text(parent, "Prgrph", short, 35)
        self.to.text(parent, "Dsclmr", words, 350)

    def account(self, parent: etree._Element, account: body_pb2.Account) -> None:
        said = self.to.put(parent, "Id")
        self.to.own_account(self.to.put(said, "Id"), account)
        self.to.text(said, "Ccy", account.currency)
        self.to.text(said, "Nm", account.account_name, 70)
        if account.owner_name:
            self.to.text(self.to.put(said, "Ownr"), "Nm", account.owner_name, 140)
        self.to.servicer(said, account.servicer_bic, account.servicer_name)
        self.to.text(self.to.put(parent, "InvstgtdPties"), "Cd", _PARTIES[self.ask])
        self.requested(self.to.put(parent, "AuthrtyReqTp"))

    def customer(self, parent: etree._Element, subject: body_pb2.Subject) -> None:
        party = self.to.put(parent, "Pty")
        rest = [one for one in subject.identifiers if one.value and one.type != codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT]
        self.to.text(party, "Nm", _pull(rest, *_NAMES), 140)
        self.numbers(party, subject, rest)
        mobile = _mobile(rest)
        email = _pull(rest, codes_pb2.IDENTIFIER_TYPE_EMAIL)
        if mobile or email:
            contact = self.to.put(party, "CtctDtls")
            self.to.text(contact, "MobNb", mobile)
            self.to.text(contact, "EmailAdr", email, 2048)
        asked = self.to.put(parent, "AuthrtyReq")
        self.requested(self.to.put(asked, "Tp"))
        self.to.text(self.to.put(asked, "InvstgtdRoles"), "Cd", _PARTIES[self.ask])
        others = [
            f"{codes_pb2.IdentifierType.Name(one.type).removeprefix('IDENTIFIER_TYPE_')}: {one.value}" for one in rest
        ]
        self.to.text(asked, "AddtlInf", "; ".join(filter(None, [*others, subject.remark])), 500)

    def numbers(self, party: etree._Element, subject: body_pb2.Subject, rest: list[body_pb2.Identifier]) -> None:
        """The company's code or the person's id number: the schema has room for one of the two sorts."""
        if number := _pull(rest, codes_pb2.IDENTIFIER_TYPE_USCC):
            other = self.to.put(self.to.put(self.to.put(party, "Id"), "OrgId"), "Othr")
            self.to.text(other, "Id", number, 35)
            self.to.text(self.to.put(other, "SchmeNm"), "Prtry", "USCC", 35)
        elif not subject.organisation and (number := _pull(rest, codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID)):
            other = self.to.put(self.to.put(self.to.put(party, "Id"), "PrvtId"), "Othr")
            self.to.text(other, "Id", number, 35)
            self.to.text(self.to.put(other, "SchmeNm"), "Cd", "NIDN")

    def requested(self, parent: etree._Element) -> None:
        message, name = _REQUESTED[self.ask]
        self.to.text(parent, "MsgNmId", message)
        self.to.text(parent, "MsgNm", name)


def _references(given: str, message_id: bytes, count: int) -> list[str]:
    """A reference of at most 35 characters for each message: the sender's own, numbered when there are several; the
    message id in base 32 when that is missing or too long."""
    own = given.strip()
    if count == 1 and 0 < len(own) <= MAX_ID:
        return [own]
    base = own if 0 < len(own) + 1 + len(str(count)) <= MAX_ID and own else own_id(message_id)
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
