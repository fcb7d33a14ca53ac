"""What became of notices, for the agency whose contacts they went to (Casework.ListNotices)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select

from hub.notices import outbox
from hub.notices.outbox import Notice
from hub.state import tables
from hub.state.database import reading
from hub.state.records import table_of
from hutong.v1 import casework_pb2

_STATEMENTS = table_of(tables.StatementRow)
_DEFAULT_LIMIT = 200
_SAME = ("index", "contact", "channel", "state", "tries", "error", "answer", "made_at", "sent_at")


def looked(
    engine: Engine, agency: str, request: casework_pb2.ListNoticesRequest, now: int
) -> casework_pb2.ListNoticesResponse:
    """The notices to contacts of ``agency``, newest first, which it has looked at with this: what has failed among them
    is read."""
    with reading(engine) as connection:
        limit = request.limit or _DEFAULT_LIMIT
        found = outbox.listed(connection, agency, failed_only=request.failed_only, limit=limit)
        answer = _listing(connection, found)
    outbox.read(engine, found, now)
    return answer


def _listing(connection: Connection, found: Sequence[Notice]) -> casework_pb2.ListNoticesResponse:
    """``found``, each with the statement that it is about."""
    c = _STATEMENTS.c
    indexes = {notice.index for notice in found if notice.index}
    query = select(c.index, c.message_id, c.kind, c.item).where(c.index.in_(indexes))
    about = {row["index"]: row for row in connection.execute(query).mappings()}
    answer = casework_pb2.ListNoticesResponse()
    for notice in found:
        shown = answer.notices.add(**{name: getattr(notice, name) for name in _SAME})
        if notice.state == outbox.WAITING:
            shown.next_try = notice.next_try
        if notice.index:
            said = about[notice.index]
            shown.message_id, shown.kind, shown.item_id = said["message_id"], said["kind"], said["item"]
    return answer
