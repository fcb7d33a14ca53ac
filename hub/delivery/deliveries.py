"""Reading an agency's deliveries: index > cursor in log order, each with its receipt and its own wraps only."""

from __future__ import annotations

from sqlalchemy import Connection, select

from audit.log.reader import TileTree
from hub.recorder.recorder import stored_receipt
from hub.state import tables
from hub.state.log import StoredLog
from hub.state.records import table_of
from hutong.errors import HutongError
from hutong.v1 import envelope_pb2, exchange_pb2

_DELIVERIES = table_of(tables.DeliveryRow)
_STATEMENTS = table_of(tables.StatementRow)
PAGE = 100
PAGE_BYTES = 8 << 20


def check_cursor(connection: Connection, origin: str, request: exchange_pb2.SubscribeRequest) -> None:
    """HT-CUR-01 for another log's cursor, or one beyond the head: one of the two has lost history."""
    head = StoredLog(connection).head()
    size = head.size if head else 0
    if request.origin != origin or request.cursor > size:
        raise HutongError("HT-CUR-01", origin=origin, cursor=request.cursor, size=size)


def page(connection: Connection, agency: str, cursor: int) -> tuple[list[exchange_pb2.SubscribeResponse], int]:
    """Up to PAGE deliveries, or about PAGE_BYTES, after ``cursor``, and the cursor after them (the head, when there are
    no more)."""
    log = StoredLog(connection)
    head = log.head()
    columns = (_STATEMENTS.c.index, _STATEMENTS.c.envelope, _STATEMENTS.c.sealed, _STATEMENTS.c.erased)
    query = (
        select(*columns)
        .join(_DELIVERIES, _DELIVERIES.c.index == _STATEMENTS.c.index)
        .where(_DELIVERIES.c.agency == agency, _DELIVERIES.c.index >= cursor)
        .order_by(_DELIVERIES.c.index)
        .limit(PAGE)
    )
    tree = TileTree(log, newest=head.size if head else 0)
    found, held = [], 0
    for row in connection.execute(query).mappings():
        index = int(row["index"])
        delivery = exchange_pb2.Delivery(index=index, receipt=stored_receipt(log, tree, index), erased=row["erased"])
        delivery.envelope.ParseFromString(row["envelope"])
        if row["sealed"] is not None:
            delivery.sealed.CopyFrom(own_part(row["sealed"], agency))
        found.append(exchange_pb2.SubscribeResponse(next_cursor=index + 1, delivery=delivery))
        held += len(delivery.sealed.ciphertext) + len(row["envelope"])
        if held >= PAGE_BYTES:
            break
    if len(found) == PAGE or held >= PAGE_BYTES:
        return found, found[-1].next_cursor
    return found, head.size if head else cursor


def own_part(sealed: bytes, agency: str) -> envelope_pb2.Sealed:
    """The ciphertext with the wraps for ``agency`` alone."""
    whole = envelope_pb2.Sealed.FromString(sealed)
    return envelope_pb2.Sealed(ciphertext=whole.ciphertext, wraps=[w for w in whole.wraps if w.agency == agency])
