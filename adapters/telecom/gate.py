"""Who may ask operators for what (casework, hard rules): subscriber data and call records are for the police, the
procuratorate and state security, with an instrument. The hub's policies hold the same; here it is looked at once more
before an operator's system gets to see it."""

from __future__ import annotations

from adapters.contract import KnownSender, OpenedStatement
from hutong.errors import HutongError
from hutong.v1 import codes_pb2

RESTRICTED = (codes_pb2.ASK_TYPE_SUBSCRIBER, codes_pb2.ASK_TYPE_CALL_RECORDS)
MAY_ASK = (codes_pb2.AGENCY_TYPE_POLICE, codes_pb2.AGENCY_TYPE_PROCURATORATE)
"""State security has no type of its own among the hub's agencies so far."""


def check(statement: OpenedStatement) -> None:
    """HT-ADP-200 for an inquiry of an agency that may not ask this, with what it may ask instead, or where nobody says
    what the sender is; HT-ADP-201 without an instrument. A draft has no sender yet: only its instrument counts."""
    inquiry = statement.header.inquiry
    if inquiry.ask not in RESTRICTED:
        return
    asker = statement.sender_type if isinstance(statement, KnownSender) else codes_pb2.AGENCY_TYPE_UNSPECIFIED
    if statement.header.sender.agency and asker not in MAY_ASK:
        known = codes_pb2.AgencyType.DESCRIPTOR.values_by_number.get(asker)
        name = known.name.removeprefix("AGENCY_TYPE_").lower() if known and asker else "-"
        raise HutongError("HT-ADP-200", asker=name)
    if len(inquiry.approval.document_sha256) != 32:
        raise HutongError("HT-ADP-201")
