"""How a contact is reached: from the card that its head disclosed with the newest nomination, looked up each time.

No address is copied anywhere: with the erasure of that statement's disclosure it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from sqlalchemy import Connection, select

from hub.state import tables
from hub.state.records import table_of
from hutong.directory.records import Directory
from hutong.v1 import casework_pb2, directory_pb2, envelope_pb2, header_pb2

_STATEMENTS = table_of(tables.StatementRow)


@dataclass(frozen=True, repr=False)
class Addresses:
    """A mailbox and a webhook's URL as they were given, unchecked; empty where there is none. Shows nothing in logs."""

    mail: str = ""
    webhook: str = ""

    def at(self, channel: int) -> str:
        """The one for a NoticeChannel."""
        return self.mail if channel == casework_pb2.NOTICE_CHANNEL_MAIL else self.webhook


def addresses(connection: Connection, directory: Directory, contact: str) -> Addresses:
    """Where notices to ``contact`` go; none for one that ``directory`` does not know or whose card was erased."""
    held = directory.contacts.get(contact)
    if held is None:
        return Addresses()
    disclosed = next(_nominations(connection, held.agency, contact), None)
    if disclosed is None:
        return Addresses()
    try:
        card = directory_pb2.ContactCard.FromString(envelope_pb2.Disclosure.FromString(disclosed).card)
    except DecodeError:
        return Addresses()
    return Addresses(card.email, card.webhook)


def _nominations(connection: Connection, agency: str, contact: str) -> Iterator[bytes | None]:
    """The disclosures of the nominations of ``contact``, newest first; None where one was erased."""
    query = (
        select(_STATEMENTS.c.envelope, _STATEMENTS.c.disclosure)
        .where(_STATEMENTS.c.agency == agency, tables.NOMINATIONS, _STATEMENTS.c.refusal == "")
        .order_by(_STATEMENTS.c.index.desc())
    )
    for envelope, disclosure in connection.execute(query):
        header = header_pb2.Header.FromString(envelope_pb2.Envelope.FromString(envelope).payload)
        if header.contact_nominated.contact == contact:
            yield disclosure
