"""A database of an earlier version: what is open in it climbs on under the new rules."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import hub.migrations
from hub.state.database import open_engine, reading, writing
from hub.state.records import load_all
from hutong.kinds import kinds
from hutong.v1 import casework_pb2, codes_pb2, kinds_pb2
from rules.claims import claims
from rules.records import Item
from rules.state import State
from tests.nodes import Hub
from tests.towns import NOW, ORIGIN, Town

DAY = 86_400_000
PENDING, ACKNOWLEDGED, REPORTED, CLOSED, RETURNED = 1, 2, 3, 4, 5
SILENCE = ["deputy urge", "head urge", *["coordinator urge"] * 5, "coordinator urge last"]
STANDSTILL = ["owner reminder", *SILENCE]
ITEMS = {
    name: name.encode().ljust(16, b".")
    for name in ("silent", "not yet", "certified", "taken on", "answered", "closed", "returned")
}


def at_0002(url: str, town: Town) -> None:
    """A database as the revision before ladders left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(next(iter(hub.migrations.__path__)))))
    config.attributes["url"] = url
    command.upgrade(config, "0002")
    market, police = town.houses["market"], town.houses["police"]
    engine = open_engine(url)
    # name, state, acknowledged_at, non_response, acknowledge_by
    rows: list[tuple[str, int, int, bool, int]] = [
        ("silent", PENDING, 0, False, NOW - DAY),
        ("not yet", PENDING, 0, False, NOW + DAY),
        ("certified", PENDING, 0, True, NOW - DAY),
        ("taken on", ACKNOWLEDGED, NOW - 10 * DAY, False, NOW - 9 * DAY),
        ("answered", REPORTED, NOW - DAY, False, NOW - DAY),
        ("closed", CLOSED, NOW - 10 * DAY, True, NOW - 11 * DAY),
        ("returned", RETURNED, 0, False, NOW - 9 * DAY),
    ]
    with writing(engine) as connection:
        for name, state, acknowledged, certified, by in rows:
            connection.execute(
                text("INSERT INTO items VALUES (:id, :kind, 'market', :by, :urgency, :parties, :at, false)"),
                {
                    "id": ITEMS[name],
                    "kind": kinds()["lead"].number,
                    "by": market.liaison,
                    "urgency": codes_pb2.URGENCY_ROUTINE,
                    "parties": '["market","police"]',
                    "at": by - DAY,
                },
            )
            connection.execute(
                text(
                    "INSERT INTO obligations VALUES"
                    " (:item, 'police', :owner, :state, :from, :by, 0, 0, :acknowledged, 0, 0, 0, :certified)"
                ),
                {
                    "item": ITEMS[name],
                    "owner": police.liaison,
                    "state": state,
                    "from": by - DAY,
                    "by": by,
                    "acknowledged": acknowledged,
                    "certified": certified,
                },
            )
    engine.dispose()


@pytest.fixture
def upgraded(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[Hub]:
    url, town = f"sqlite:///{tmp_path / 'old.sqlite'}", Town.make()
    at_0002(url, town)
    hub = Hub(url, loop, town)
    yield hub
    hub.close()


def test_what_is_open_climbs_on_and_what_is_closed_stays_so(upgraded: Hub) -> None:
    node = upgraded.node()
    assert node.clockwork.catch_up() == 3
    said: dict[str, Any] = {name: node.said(item) for name, item in ITEMS.items()}
    assert said["silent"][:2] == ["non_response", "deputy urge"]
    assert said["certified"][:1] == ["deputy urge"], "silence is certified once"
    assert said["taken on"][0] == "owner reminder"
    assert not (said["not yet"] or said["answered"] or said["closed"] or said["returned"])
    upgraded.clock.at = NOW + 60 * DAY
    node.clockwork.catch_up()
    assert {name: node.said(item) for name, item in ITEMS.items()} == {
        "silent": ["non_response", *SILENCE],
        "not yet": ["non_response", *SILENCE],
        "certified": SILENCE,
        "taken on": STANDSTILL,
        "answered": STANDSTILL,
        "closed": [],
        "returned": [],
    }
    assert node.clockwork.catch_up() == 0
    node.check()


def test_people_act_on_what_was_open_before(upgraded: Hub) -> None:
    node = upgraded.node()
    node.accepted(node.by("police", "acknowledged", ITEMS["certified"]))
    assert node.duty(ITEMS["certified"]).complete_by > NOW, "its second clock has begun"
    node.accepted(node.by("police", "progressed", ITEMS["taken on"], facts=kinds_pb2.Progressed(step=1)))
    done = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
    node.accepted(node.by("police", "completed", ITEMS["taken on"], facts=done))
    assert node.duty(ITEMS["taken on"]).state == casework_pb2.OBLIGATION_STATE_CLOSED
    same = node.town.lead()
    same.facts.dedup_key = b"m" * 32
    node.accepted(same)


def test_what_was_there_before_reads_as_what_is_new(upgraded: Hub) -> None:
    """An empty text in a column of bytes would be read as text, and break the export."""
    node = upgraded.node()
    with reading(node.engine) as connection:
        items = load_all(connection, Item)
    assert {type(item.dedup_key) for item in items} == {bytes}
    state = State(directory=node.standing.directory, items={item.id: item for item in items})
    assert claims(state, ORIGIN, 1)
