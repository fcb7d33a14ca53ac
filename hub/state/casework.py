"""What a decision about casework looks at: everything that hangs on the items named, and on what hangs on these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from hub.state.records import load_all, load_where
from rules.casework.records import SHELVES, Casework, Disposition, Dispute, Docket, Ledger, Repatriation, Transfer


def load_casework(
    connection: Connection, items: Iterable[bytes], agencies: Iterable[str]
) -> tuple[Casework, set[bytes]]:
    """The casework of ``items`` with the ledgers of ``agencies``, and the ids of all items that it is about.

    A transfer leads to the docket that it comes from, this one to its other transfers and repatriations: two steps, and
    nothing hangs on what these lead to.
    """
    casework = Casework()
    found = set(items)
    for _ in range(2):
        ids = sorted(found)
        for column in ("id", "docket", "reconsideration"):
            casework.keep(load_where(connection, Transfer, column, ids))
        for column in ("id", "about"):
            casework.keep(load_where(connection, Repatriation, column, ids))
        for transfer in casework.transfers.values():
            found |= {transfer.id, transfer.docket}
        found |= {repatriation.id for repatriation in casework.repatriations.values()}
    ids = sorted(found)
    casework.keep(load_where(connection, Docket, "item", ids))
    casework.keep(load_where(connection, Disposition, "item", ids))
    casework.keep(load_where(connection, Dispute, "id", ids))
    casework.keep(load_where(connection, Ledger, "agency", sorted(agencies)))
    return casework, found


def load_all_casework(connection: Connection) -> Casework:
    """All casework on record."""
    casework = Casework()
    kinds: Iterable[type[Any]] = SHELVES
    for kind in kinds:
        casework.keep(load_all(connection, kind))
    return casework
