"""What the operator asks of the running hub, as rows: register an agency, publish a calendar, revoke a certificate,
erase a body, move the clock of a demo. The command writes the row; the hub takes it up at its next tick and writes back
what became of it.

An order's id is the cause of what the hub then says in the log, so that an order carried out twice says it once.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, insert, select, update

from hub.state import tables
from hub.state.database import reading, writing
from hub.state.records import table_of
from hutong.errors import HutongError

_ORDERS = table_of(tables.OrderRow)


@dataclass(frozen=True)
class Order:
    """One order not yet carried out."""

    id: bytes
    what: str
    details: dict[str, Any]


def place(engine: Engine, what: str, details: dict[str, Any]) -> bytes:
    """Write an order; its id."""
    order = secrets.token_bytes(16)
    row = {"id": order, "what": what, "details": json.dumps(details), "ordered_at": _now(), "done_at": 0, "error": ""}
    with writing(engine) as connection:
        connection.execute(insert(_ORDERS), [row])
    return order


def waiting(engine: Engine) -> list[Order]:
    """Orders not yet carried out, oldest first."""
    query = select(_ORDERS).where(_ORDERS.c.done_at == 0).order_by(_ORDERS.c.ordered_at)
    with reading(engine) as connection:
        return [Order(r["id"], r["what"], json.loads(r["details"])) for r in connection.execute(query).mappings()]


def done(engine: Engine, order: bytes, error: str = "") -> None:
    """Note that ``order`` was carried out, or why not."""
    with writing(engine) as connection:
        connection.execute(update(_ORDERS).where(_ORDERS.c.id == order).values(done_at=_now(), error=error))


def wait(engine: Engine, order: bytes, seconds: float, pause: Callable[[float], None] = time.sleep) -> None:
    """Until the hub has carried out ``order``; HT-ORD-01 when it refused, HT-ORD-02 when no hub took it up in time."""
    end = time.monotonic() + seconds
    query = select(_ORDERS.c.done_at, _ORDERS.c.error).where(_ORDERS.c.id == order)
    while time.monotonic() < end:
        with reading(engine) as connection:
            row = connection.execute(query).mappings().one()
        if row["error"]:
            raise HutongError("HT-ORD-01", why=row["error"])
        if row["done_at"]:
            return
        pause(0.05)
    raise HutongError("HT-ORD-02")


def _now() -> int:
    return time.time_ns() // 1_000_000
