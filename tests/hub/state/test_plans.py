"""What is asked for every statement is answered by an index, however many statements there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from hub.channels import address_of
from hub.delivery.deliveries import page
from hub.notices import outbox
from hub.recorder.record import erase
from hub.state.database import migrate, open_engine, reading, writing
from hub.state.log import StoredLog
from hub.state.records import load_items, load_obligations, load_recorded

ID = bytes(16)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'hub.sqlite'}"
    migrate(url)
    engine = open_engine(url)
    yield engine
    engine.dispose()


HOT: dict[str, Callable[[Connection], Any]] = {
    "statements by id": lambda c: load_recorded(c, [ID, ID[::-1]]),
    "items by id": lambda c: load_items(c, [ID]),
    "obligations of items": lambda c: load_obligations(c, [ID]),
    "deliveries of an agency": lambda c: page(c, "police", 0),
    "the batch of an entry": lambda c: StoredLog(c).batch_holding(7),
    "erasure": lambda c: erase(c, ID),
    "notices that are due": lambda c: outbox.due(c, 7, [(outbox.MAIL, ""), (outbox.WEBHOOK, "police")], [1, 2]),
    "notices of an agency": lambda c: outbox.listed(c, "police", failed_only=True),
    "notices of a statement": lambda c: outbox.about(c, ID),
    "the address of a channel": lambda c: address_of(c, ID),
}


@pytest.mark.parametrize("name", sorted(HOT))
def test_no_table_is_scanned(engine: Engine, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with writing(engine) as connection:
            HOT[name](connection)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked
    with reading(engine) as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            scans = [row[3] for row in plan if row[3].startswith("SCAN") and "USING" not in row[3]]
            assert not scans, (statement, scans)
