"""The recorder's limits, and that a hub without one does not look as if it served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.recorder import recorder
from hub.recorder.work import HubTask
from hutong.errors import HutongError
from tests.worlds import RunningHub


def task(size: int = 0) -> HubTask:
    return HubTask(lambda state, now: None, size=size)


@pytest.fixture
def waiting(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The recorder of a running hub whose thread is busy, so that what is handed in waits."""
    import threading

    mine, busy, go_on = world.hub.server._recorder, threading.Event(), threading.Event()
    real = type(mine).batch

    def slow(self: Any, works: Any) -> Any:
        busy.set()
        go_on.wait(30)
        return real(self, works)

    monkeypatch.setattr(type(mine), "batch", slow)
    mine.submit(task())
    assert busy.wait(20)
    yield mine
    go_on.set()


def test_so_many_pieces_may_wait(waiting: Any) -> None:
    waiting.queue_limit = 3
    for _ in range(3):
        waiting.submit(task())
    with pytest.raises(HutongError) as caught:
        waiting.submit(task())
    assert caught.value.code == "HT-QTA-01"


def test_so_many_bytes_may_wait(waiting: Any) -> None:
    waiting.queue_bytes = 100
    for _ in range(2):
        waiting.submit(task(size=60))
    with pytest.raises(HutongError) as caught:
        waiting.submit(task(size=60))
    assert caught.value.code == "HT-QTA-01"


def test_what_was_taken_up_waits_no_longer(world: Any) -> None:
    async def story() -> None:
        client = await world.client(world.market.liaison.profile)
        for _ in range(3):
            await client.submit(await world.lead())

    world.run(story())
    assert world.hub.server._recorder._waiting == 0


def test_a_hub_whose_recorder_ended_stops(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(works: Any, outcomes: Any) -> None:
        raise ValueError("whatever nobody foresaw")

    async def story() -> None:
        client = await world.client(world.market.liaison.profile)
        monkeypatch.setattr(recorder, "_release", broken)
        with pytest.raises(HutongError):
            await client.submit(await world.lead(), within=20)

    world.run(story())
    world.hub._thread.join(30)
    assert isinstance(world.hub.failure, HutongError) and world.hub.failure.code == "HT-SYS-03"


def test_a_database_whose_tiles_do_not_give_the_signed_root_starts_nothing(tmp_path: Path) -> None:
    from sqlalchemy import text

    hub = RunningHub(tmp_path / "hub")
    hub.start()
    said = {"agency": _registration(), "name_zh": "一", "name_en": "one"}
    hub.order("register", **said)
    hub.stop()
    with hub.engine.begin() as connection:
        connection.execute(text("UPDATE tiles SET data = zeroblob(32)"))
    with pytest.raises(HutongError) as caught:
        hub.start()
    assert caught.value.code == "HT-SYS-03"


def _registration() -> str:
    from hutong.identifiers.ids import new_contact_id
    from hutong.v1 import codes_pb2, kinds_pb2

    return (
        kinds_pb2.AgencyRegistered(
            agency="one",
            type=codes_pb2.AGENCY_TYPE_MARKET,
            level=codes_pb2.LEVEL_NATION,
            region="100000",
            head_contact=new_contact_id(),
            head_keyid="0" * 64,
        )
        .SerializeToString()
        .hex()
    )
