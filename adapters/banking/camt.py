"""Account reports, statements, notifications (ISO 20022 camt.052, .053 and .054, every version) → FlowStatement.

Versions differ in where a few things stand; all places are tried, so one reading serves them all. Whatever is not read
stays behind in the nodes, and the caller keeps it by path.
"""

from __future__ import annotations

from adapters.strict_xml import Node
from hutong.v1 import body_pb2

SORTS = {"camt.052": "Rpt", "camt.053": "Stmt", "camt.054": "Ntfctn"}
"""Message → the element of which there is one for each account."""

_ACCOUNT_IDS = ("Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC", "Prxy/Id")
_BICS = ("FinInstnId/BICFI", "FinInstnId/BIC", "FinInstnId/CmbndId/BIC")
_BANK_NAMES = ("FinInstnId/Nm", "FinInstnId/NmAndAdr/Nm", "FinInstnId/CmbndId/Nm")
_PARTY_NAMES = ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
_TRUE = ("true", "1")


class Reader:
    """The statements of one message. ``undirected`` holds the paths of amounts that say neither credit nor debit."""

    def __init__(self, sort: str) -> None:
        self.element = SORTS[sort]
        self.undirected: list[str] = []

    def statements(self, document: Node) -> list[body_pb2.FlowStatement]:
        """One for each account report in ``document``."""
        return [self.statement(node) for group in document.children for node in group.all(self.element)]

    def statement(self, node: Node) -> body_pb2.FlowStatement:
        account = node.first("Acct")
        return body_pb2.FlowStatement(
            statement_id=node.take("Id"),
            created_at=node.take("CreDtTm"),
            period_from=node.take("FrToDt/FrDtTm", "FrToDt/FrDt"),
            period_to=node.take("FrToDt/ToDtTm", "FrToDt/ToDt"),
            account=self.account(account) if account else None,
            balances=[self.balance(one) for one in node.all("Bal")],
            entries=[self.entry(one) for one in node.all("Ntry")],
        )

    def account(self, node: Node) -> body_pb2.Account:
        servicer = node.first("Svcr")
        return body_pb2.Account(
            iban=(iban := node.take("Id/IBAN")),
            other_id="" if iban else node.take(*_ACCOUNT_IDS),
            currency=node.take("Ccy"),
            owner_name=node.take("Ownr/Nm"),
            servicer_bic=servicer.take(*_BICS) if servicer else "",
            servicer_name=servicer.take(*_BANK_NAMES) if servicer else "",
            account_name=node.take("Nm"),
        )

    def balance(self, node: Node) -> body_pb2.FlowStatement.Balance:
        return body_pb2.FlowStatement.Balance(
            type=node.take("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry"),
            amount=self.money(node.first("Amt")),
            debit=self.debit(node),
            date=node.take("Dt/DtTm", "Dt/Dt", "Dt"),
        )

    def entry(self, node: Node) -> body_pb2.FlowStatement.Entry:
        debit = self.debit(node)
        return body_pb2.FlowStatement.Entry(
            entry_reference=node.take("NtryRef"),
            amount=self.money(node.first("Amt")),
            debit=debit,
            status=node.take("Sts/Cd", "Sts/Prtry", "Sts"),
            reversal=node.take("RvslInd") in _TRUE,
            booked_at=node.take("BookgDt/DtTm", "BookgDt/Dt"),
            valued_at=node.take("ValDt/DtTm", "ValDt/Dt"),
            servicer_reference=node.take("AcctSvcrRef"),
            transaction_code=self.code(node.first("BkTxCd")),
            additional_information=node.take("AddtlNtryInf"),
            # Version 1 has the details directly under the entry.
            transactions=[self.transaction(one, debit) for one in [*node.all("NtryDtls/TxDtls"), *node.all("TxDtls")]],
        )

    def transaction(self, node: Node, entry_debit: bool) -> body_pb2.FlowStatement.Transaction:
        parties = node.first("RltdPties")
        amount = node.first("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
        return body_pb2.FlowStatement.Transaction(
            amount=self.money(amount),
            debit=self.debit(node) if node.first("CdtDbtInd") else entry_debit,
            end_to_end_id=node.take("Refs/EndToEndId"),
            transaction_id=node.take("Refs/TxId"),
            debtor_name=self.party(parties, "Dbtr"),
            debtor_account=self.party_account(parties, "DbtrAcct"),
            creditor_name=self.party(parties, "Cdtr"),
            creditor_account=self.party_account(parties, "CdtrAcct"),
            remittance=self.remittance(node),
            purpose=node.take("Purp/Cd", "Purp/Prtry"),
        )

    def money(self, node: Node | None) -> body_pb2.Money | None:
        if node is None:
            return None
        return body_pb2.Money(value=node.take_text(), currency=node.take_attribute("Ccy"))

    def debit(self, node: Node) -> bool:
        direction = node.take("CdtDbtInd")
        if direction not in ("CRDT", "DBIT"):
            self.undirected.append(node.path)
        return direction == "DBIT"

    def code(self, node: Node | None) -> str:
        """Domain/family/subfamily; failing that, the bank's own code."""
        if node is None:
            return ""
        domain = [node.take(path) for path in ("Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd")]
        return "/".join(domain) if any(domain) else node.take("Prtry/Cd")

    def party(self, parties: Node | None, name: str) -> str:
        party = parties.first(name) if parties else None
        return party.take(*_PARTY_NAMES) if party else ""

    def party_account(self, parties: Node | None, name: str) -> str:
        account = parties.first(name) if parties else None
        return account.take("Id/IBAN", *_ACCOUNT_IDS) if account else ""

    def remittance(self, node: Node) -> str:
        """Unstructured lines; if there are none, the creditor's references."""
        found = node.all("RmtInf/Ustrd") or [
            *node.all("RmtInf/Strd/CdtrRefInf/Ref"),
            *node.all("RmtInf/Strd/CdtrRefInf/CdtrRef"),
        ]
        return "\n".join(line for one in found if (line := one.take_text()))
