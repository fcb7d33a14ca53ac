"""What ``hutong hub status`` shows of duties: what the watch has found, and what time has brought and the rows hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, func, select

from hub.state import tables
from hub.state.records import table_of
from rules.records import OPEN_STATES

_OBLIGATIONS = table_of(tables.ObligationRow)
_FILE = "watch.json"


def write(folder: Path, found: dict[str, Any]) -> None:
    """Leave word in the hub's ``folder`` of what the watch has found; whole or not at all."""
    draft = folder / f"{_FILE}.new"
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.replace(folder / _FILE)


def read(folder: Path) -> dict[str, Any] | None:
    """What was written last; None where nothing is that can be read."""
    try:
        return dict(json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None


def counts(connection: Connection, now: int) -> dict[str, int]:
    """Steps due at ``now`` (ms) and not said yet; open obligations that are red, and in breach."""
    c = _OBLIGATIONS.c
    wanted = {
        "steps_due": and_(tables.DUE, c.next_at <= now),
        "red": and_(c.state.in_(OPEN_STATES), c.red),
        "in_breach": and_(c.state.in_(OPEN_STATES), c.breach),
    }
    return {
        name: connection.execute(select(func.count()).select_from(_OBLIGATIONS).where(where)).scalar_one()
        for name, where in wanted.items()
    }
