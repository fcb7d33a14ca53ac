"""Leads → the ledger (台账): one row a lead, one column for everything that any of them says.

The columns are those of the register's record (render.py), so that a ledger reads back as the same leads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from adapters import cells, sheets
from adapters.contract import NativeFile, OpenedStatement
from adapters.market import registry
from adapters.market.render import record, render

CSV = "text/csv"


def is_lead(statement: OpenedStatement) -> bool:
    """Whether the ledger has a row for ``statement``."""
    return statement.header.WhichOneof("kind") == "lead" and statement.body.WhichOneof("content") == "lead"


def csv(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """One CSV file in UTF-8 with a byte order mark, as Excel wants it; what is no lead as ``render`` writes it."""
    return _written(statements, "csv", CSV, lambda rows: cells.csv_bytes(rows, bom=True))


def xlsx(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """One workbook; what is no lead as ``render`` writes it."""
    return _written(statements, "xlsx", sheets.MEDIA_TYPE, lambda rows: sheets.write([("台账", rows[0], rows[1:])]))


def table(leads: Sequence[OpenedStatement]) -> list[list[str]]:
    """The heading and a row for each lead."""
    records = [record(one) for one in leads]
    heading = list(dict.fromkeys(column for each in records for column in each))
    return [heading, *([each.get(column, "") for column in heading] for each in records)]


def name(leads: Sequence[OpenedStatement]) -> str:
    """A name that is the same for the same leads."""
    return hashlib.sha256(b"".join(one.header.message_id for one in leads)).hexdigest()[:16]


def _written(
    statements: Sequence[OpenedStatement], suffix: str, media_type: str, write: Callable[[list[list[str]]], bytes]
) -> list[NativeFile]:
    leads = [one for one in statements if is_lead(one)]
    others: list[NativeFile] = []
    for one in statements:
        rows = registry.rows(one)
        if rows is not None:
            others.append(NativeFile(f"{one.header.message_id.hex()}.{suffix}", media_type, write(rows)))
        elif not is_lead(one):
            others += render(one)
    if not leads:
        return others
    return [NativeFile(f"ledger-{name(leads)}.{suffix}", media_type, write(table(leads))), *others]
