"""What is asked for every statement is answered by an index, however many statements there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from hub.channels import address_of
from hub.clockwork import due_by, next_steps, open_obligations, still
from hub.delivery.deliveries import page
from hub.notices import outbox
from hub.recorder.record import erase
from hub.state.database import migrate, open_engine, reading, writing
from hub.state.log import StoredLog
from hub.state.records import load_items, load_obligations, load_owned, load_recorded, newest_directory_index

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
    "what is due": lambda c: c.execute(next_steps(due_by(7), 7).limit(500)),
    "what falls": lambda c: c.execute(next_steps(open_obligations(["c1", "c2"]), 7).limit(500)),
    "what is left of a page": lambda c: c.execute(still(due_by(7), [ID, ID[::-1]])),
    "what an owner owes": lambda c: load_owned(c, ["c1"]),
    "news about the directory": lambda c: newest_directory_index(c, 7),
    "notices that are due": lambda c: outbox.due(c, 7, [(outbox.MAIL, ""), (outbox.WEBHOOK, "police")], [1, 2]),
    "notices of an agency": lambda c: outbox.listed(c, "police", failed_only=True),
    "notices of a statement": lambda c: outbox.about(c, ID),
    "the address of a channel": lambda c: address_of(c, ID),
}


def plans(engine: Engine, name: str) -> list[tuple[str, list[str]]]:
    """The statements of ``name``, each with the steps of its plan."""
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
        return [
            (statement, [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)])
            for statement, given in asked
        ]


@pytest.mark.parametrize("name", sorted(HOT))
def test_no_table_is_scanned(engine: Engine, name: str) -> None:
    for statement, plan in plans(engine, name):
        scans = [step for step in plan if step.startswith("SCAN") and "USING" not in step]
        assert not scans, (statement, scans)


def test_what_is_due_costs_what_is_due_and_not_what_is_open(engine: Engine) -> None:
    """The index holds what has a step to come, in the order in which it comes: from the first to the last due."""
    ((_, plan),) = plans(engine, "what is due")
    assert "SEARCH obligations USING INDEX obligations_next (next_at>? AND next_at<?)" in plan
    assert not [step for step in plan if "TEMP B-TREE" in step], "nothing is sorted"
    ((_, falls),) = plans(engine, "what falls")
    assert "SEARCH obligations USING INDEX obligations_owner (owner=? AND state=?)" in falls
    ((_, left),) = plans(engine, "what is left of a page")
    assert [step for step in left if "item=?" in step], left
