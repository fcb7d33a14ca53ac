"""Who took part in a statement, for reads that only parties may make."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select

from hub.state import tables
from hub.state.database import reading
from hub.state.records import load_recorded, table_of
from hutong.errors import HutongError
from hutong.v1 import envelope_pb2, header_pb2

_STATEMENTS = table_of(tables.StatementRow)


def header_at(connection: Connection, index: int) -> header_pb2.Header:
    """The header of the statement recorded at ``index``."""
    query = select(_STATEMENTS.c.envelope).where(_STATEMENTS.c.index == index)
    envelope = envelope_pb2.Envelope.FromString(connection.execute(query).scalar_one())
    return header_pb2.Header.FromString(envelope.payload)


def names_attachment(engine: Engine, message_id: bytes, address: bytes, agency: str) -> None:
    """HT-NFD-01 unless ``agency`` is a party of the statement and the statement names the attachment."""
    with reading(engine) as connection:
        found = load_recorded(connection, [message_id])
        party = found and (found[0].agency == agency or agency in found[0].recipients)
        party = party and not (found[0].refusal or found[0].erased)
        if not party:
            raise HutongError("HT-NFD-01", what="statement")
        header = header_at(connection, found[0].index)
        if all(ref.address != address for ref in header.attachments):
            raise HutongError("HT-NFD-01", what="attachment")
