"""What an operator orders about notices: send again, send a test. Carried out by the ticker like every order."""

from __future__ import annotations

from sqlalchemy import Engine

from hub.notices import outbox
from hub.notices.rules import by_channels
from hub.orders import Order
from hub.state.database import writing
from hutong.directory.records import Directory
from hutong.errors import HutongError


def retry(engine: Engine, order: Order, now: int) -> None:
    """Send what has failed once more; details ``notice``: one number, or 0 for all. HT-NTC-11."""
    outbox.retry(engine, int(order.details["notice"]) or None, now)


def test(engine: Engine, order: Order, directory: Directory, now: int) -> None:
    """Put a test for details ``contact`` into the outbox, once however often it is ordered. HT-NTC-02, HT-NTC-12."""
    contact = directory.contacts.get(order.details["contact"])
    if contact is None or not contact.in_force(now):
        raise HutongError("HT-NTC-12", contact=order.details["contact"])
    told = by_channels(directory, contact)
    if not told:
        raise HutongError("HT-NTC-02")
    with writing(engine) as connection:
        outbox.put(connection, order.id, 0, told, now)
