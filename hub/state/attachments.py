"""Which statements name an attachment: the file is theirs as long as one of them is not erased."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from hub.state import tables
from hub.state.fast import write_rows
from hub.state.records import table_of

_NAMED = table_of(tables.AttachmentRow)
_STATEMENTS = table_of(tables.StatementRow)
_INSERT = insert(_NAMED)


def name(connection: Connection, named: Iterable[tuple[bytes, int]]) -> None:
    """Note that the statements at these indexes name these addresses."""
    write_rows(connection, _INSERT, [{"address": address, "index": index} for address, index in named])


def is_needed(connection: Connection, address: bytes) -> bool:
    """Whether a statement that is not erased names ``address``."""
    query = (
        select(_NAMED.c.index)
        .join(_STATEMENTS, _STATEMENTS.c.index == _NAMED.c.index)
        .where(_NAMED.c.address == address, _STATEMENTS.c.erased.is_(False))
        .limit(1)
    )
    return connection.execute(query).first() is not None


def is_erased(connection: Connection, address: bytes) -> bool:
    """Whether ``address`` was named once, and every statement that named it is erased."""
    named = connection.execute(select(_NAMED.c.index).where(_NAMED.c.address == address).limit(1)).first()
    return named is not None and not is_needed(connection, address)
