"""FlowStatements → ISO 20022 camt.053.001.08, or camt.052.001.08 where a statement has no balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from adapters.banking.writing import MAX_ID, Writer, own_id
from adapters.contract import OpenedStatement
from hutong.v1 import body_pb2

_STATEMENT = ("camt.053.001.08", "BkToCstmrStmt", "Stmt")
_REPORT = ("camt.052.001.08", "BkToCstmrAcctRpt", "Rpt")
_CODE = 4


def write(statement: OpenedStatement) -> Writer:
    """All flow statements of an InquiryReply as one message, not yet judged by its schema.

    HT-ADP-30 for what every bank would have to say (account, amounts with currency, entry status); HT-ADP-31, -32 as
    ``Writer.text``.
    """
    reply = statement.body.inquiry_reply
    balanced = all(one.balances for one in reply.statements)
    message, top, each = _STATEMENT if balanced else _REPORT
    to = Writer(message)
    group = to.put(to.root, top)
    header = to.put(group, "GrpHdr")
    to.text(header, "MsgId", own_id(statement.header.message_id), MAX_ID)
    said = next((one.created_at for one in reply.statements if one.created_at), "")
    to.text(header, "CreDtTm", _moment(said) or _time(statement.header.issued_at))
    if reply.reference:
        to.text(to.put(header, "OrgnlBizQry"), "MsgId", reply.reference, MAX_ID)
    to.text(header, "AddtlInf", reply.remark, 500)
    for number, one in enumerate(reply.statements, 1):
        identifier = one.statement_id or f"{own_id(statement.header.message_id)}-{number}"
        _Writing(to).statement(to.put(group, each), one, identifier)
    return to


class _Writing:
    """One message being written."""

    def __init__(self, to: Writer) -> None:
        self.to = to

    def statement(self, parent: etree._Element, one: body_pb2.FlowStatement, identifier: str) -> None:
        to = self.to
        to.text(parent, "Id", identifier, MAX_ID)
        to.text(parent, "CreDtTm", _moment(one.created_at))
        if one.period_from and one.period_to:
            period = to.put(parent, "FrToDt")
            to.text(period, "FrDtTm", _moment(one.period_from))
            to.text(period, "ToDtTm", _moment(one.period_to, "23:59:59"))
        self.account(to.put(parent, "Acct"), one.account)
        for balance in one.balances:
            self.balance(to.put(parent, "Bal"), balance)
        for entry in one.entries:
            self.entry(to.put(parent, "Ntry"), entry)

    def account(self, parent: etree._Element, account: body_pb2.Account) -> None:
        to = self.to
        to.own_account(to.put(parent, "Id"), account)
        to.text(parent, "Ccy", account.currency)
        to.text(parent, "Nm", account.account_name, 70)
        if account.owner_name:
            to.text(to.put(parent, "Ownr"), "Nm", account.owner_name, 140)
        to.servicer(parent, account.servicer_bic, account.servicer_name)

    def balance(self, parent: etree._Element, balance: body_pb2.FlowStatement.Balance) -> None:
        self.choice(self.to.put(self.to.put(parent, "Tp"), "CdOrPrtry"), self.to.needed("balance", balance.type))
        self.money(parent, balance.amount)
        self.to.text(parent, "CdtDbtInd", _direction(balance.debit))
        self.date(parent, "Dt", self.to.needed("balance date", balance.date))

    def entry(self, parent: etree._Element, entry: body_pb2.FlowStatement.Entry) -> None:
        to = self.to
        to.text(parent, "NtryRef", entry.entry_reference, MAX_ID)
        self.money(parent, entry.amount)
        to.text(parent, "CdtDbtInd", _direction(entry.debit))
        to.text(parent, "RvslInd", "true" if entry.reversal else "")
        self.choice(to.put(parent, "Sts"), to.needed("entry status", entry.status))
        self.date(parent, "BookgDt", entry.booked_at)
        self.date(parent, "ValDt", entry.valued_at)
        to.text(parent, "AcctSvcrRef", entry.servicer_reference, MAX_ID)
        self.code(to.put(parent, "BkTxCd"), entry.transaction_code)
        if entry.transactions:
            details = to.put(parent, "NtryDtls")
            for one in entry.transactions:
                self.transaction(to.put(details, "TxDtls"), one)
        to.text(parent, "AddtlNtryInf", entry.additional_information, 500)

    def transaction(self, parent: etree._Element, one: body_pb2.FlowStatement.Transaction) -> None:
        to = self.to
        if one.end_to_end_id or one.transaction_id:
            refs = to.put(parent, "Refs")
            to.text(refs, "EndToEndId", one.end_to_end_id, MAX_ID)
            to.text(refs, "TxId", one.transaction_id, MAX_ID)
        if one.HasField("amount"):
            self.money(parent, one.amount)
        to.text(parent, "CdtDbtInd", _direction(one.debit))
        if one.debtor_name or one.debtor_account or one.creditor_name or one.creditor_account:
            parties = to.put(parent, "RltdPties")
            self.party(parties, "Dbtr", one.debtor_name, one.debtor_account)
            self.party(parties, "Cdtr", one.creditor_name, one.creditor_account)
        if one.purpose:
            self.choice(to.put(parent, "Purp"), one.purpose)
        lines = [line for line in one.remittance.split("\n") if line.strip()]
        if lines:
            remittance = to.put(parent, "RmtInf")
            for line in lines:
                to.text(remittance, "Ustrd", line, 140)

    def party(self, parent: etree._Element, name: str, said: str, account: str) -> None:
        if said:
            self.to.text(self.to.put(self.to.put(parent, name), "Pty"), "Nm", said, 140)
        if account:
            self.to.account_id(self.to.put(self.to.put(parent, f"{name}Acct"), "Id"), account)

    def money(self, parent: etree._Element, money: body_pb2.Money) -> None:
        amount = self.to.text(parent, "Amt", self.to.needed("amount", money.value))
        if amount is not None:
            self.to.attribute(amount, "Ccy", self.to.needed("currency", money.currency))

    def date(self, parent: etree._Element, name: str, value: str) -> None:
        if value:
            self.to.text(self.to.put(parent, name), "DtTm" if "T" in value else "Dt", value)

    def choice(self, parent: etree._Element, value: str) -> None:
        """A code of the standard, which has at most four characters, or the bank's own."""
        self.to.text(parent, "Cd" if len(value) <= _CODE else "Prtry", value, MAX_ID)

    def code(self, parent: etree._Element, value: str) -> None:
        parts = value.split("/")
        if len(parts) == 3 and all(0 < len(part) <= _CODE for part in parts):
            domain = self.to.put(parent, "Domn")
            self.to.text(domain, "Cd", parts[0])
            family = self.to.put(domain, "Fmly")
            self.to.text(family, "Cd", parts[1])
            self.to.text(family, "SubFmlyCd", parts[2])
        elif value:
            self.to.text(self.to.put(parent, "Prtry"), "Cd", value, MAX_ID)


def accounts(statements: Sequence[body_pb2.FlowStatement]) -> list[body_pb2.Account]:
    """Every account that ``statements`` report on, once."""
    return list({one.account.iban or one.account.other_id: one.account for one in statements}.values())


def _direction(debit: bool) -> str:
    return "DBIT" if debit else "CRDT"


def _moment(value: str, time: str = "00:00:00") -> str:
    """A date-time; a day alone gets ``time``."""
    return value if not value or "T" in value else f"{value}T{time}"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
