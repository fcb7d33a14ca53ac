"""Writing many rows with a statement that never changes: compiled once, parameters handed to the driver as they are.

SQLAlchemy's own way processes each parameter of each row anew, which costs several times what SQLite then does. Only
for values that every driver takes as they stand: bytes, text, integers, booleans, None.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import Insert


def write_rows(connection: Connection, statement: Insert, rows: Sequence[dict[str, Any]]) -> None:
    """Execute ``statement`` for each of ``rows``, which all have the same keys: the statement's columns."""
    if not rows:
        return
    text, order = _compiled(statement, connection.dialect, tuple(rows[0]))
    given: Sequence[Any] = [tuple(row[name] for name in order) for row in rows] if order else rows
    connection.exec_driver_sql(text, list(given))


@cache
def _compiled(statement: Insert, dialect: Dialect, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The SQL text, and the order of its positional parameters (none where the driver takes names)."""
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    positions = getattr(compiled, "positiontup", None)
    return str(compiled), tuple(positions or ())
