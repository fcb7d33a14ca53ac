"""Who may press whom at a real hub: a refusal is an entry and says what is lawful, and a mandate changes the answer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from hub.state.database import reading
from hub.state.records import load_directory
from hutong.client.refusals import Refused
from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, entry_pb2, kinds_pb2
from tests.worlds import World


def slip(**more: Any) -> Letter:
    body = body_pb2.Body(note=body_pb2.NoteBody(text="see to it"))
    return Letter("supervision", kinds_pb2.Supervision(), to=[To("police")], body=body, **more)


async def register(world: World, code: str, **where: Any) -> None:
    """Registered once more, as it was and with ``where``."""
    head = getattr(world, code).head
    said = kinds_pb2.AgencyRegistered(
        agency=code,
        type=codes_pb2.AgencyType.Value(f"AGENCY_TYPE_{code.upper()}"),
        level=codes_pb2.LEVEL_NATION,
        region=where.pop("region", "100000"),
        head_contact=head.contact,
        head_keyid=head.key.keyid,
        **where,
    )
    details = {"agency": said.SerializeToString().hex(), "name_zh": code, "name_en": code}
    await asyncio.to_thread(lambda: world.hub.order("register", **details))


async def sent(world: World, letter: Letter) -> Any:
    profile = world.market.liaison.profile
    submission = await world.write(letter, world.market.officer(), profile)
    return await (await world.client(profile)).submit(submission)


def test_a_peer_does_not_press_and_a_mandated_office_does(world: World) -> None:
    async def refused() -> Refused:
        with pytest.raises(Refused) as caught:
            await sent(world, slip())
        return caught.value

    async def story() -> None:
        error = await refused()
        assert error.code == "HT-PRM-03" and error.receipt is not None
        assert entry_pb2.Entry.FromString(error.receipt.entry).refusal == "HT-PRM-03"
        assert error.params["route"] == "urge-or-have-it-pressed" and error.params["relation"] == "peer"
        assert "催办函" in error.sentences("zh").next and "article 3" in error.sentences("en").why
        await register(world, "police", region="450100")
        await register(world, "market", region="320000", mandated_office=True)
        assert (await refused()).params["relation"] == "peer", "another province's office"
        await register(world, "market", region="450000", mandated_office=True)
        assert (await sent(world, slip())).entry.permitted_by == "flow-between-authorities"
        await register(world, "market", region="450000", parent="police")
        assert (await refused()).params["route"] == "report-upwards"

    world.run(story())


def test_the_operator_registers_a_mandate_and_it_outlives_the_hub(world: World) -> None:
    head = world.market.head
    words = ["--head-key", head.key.keyid, "--head-contact", head.contact, "--home", str(world.hub.home.settings.home)]
    places = ["--address", "127.0.0.1:8443", "--enrol-address", "127.0.0.1:8444"]
    enrol = [sys.executable, "-m", "hutong", "hub", "enrol", "market", *words, *places, "--mandated"]
    done = subprocess.run(enrol, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    world.hub.stop()
    world.hub.start()
    with reading(world.hub.engine) as connection:
        agencies = load_directory(connection, 0).agencies
    assert agencies["market"].mandated is True and agencies["police"].mandated is False

    async def story() -> None:
        await world.reconnected(world.market.liaison.profile)
        assert (await sent(world, slip())).entry.permitted_by == "flow-between-authorities"

    world.run(story())


def test_no_platform_is_mandated(crowd: Any) -> None:
    said = kinds_pb2.AgencyRegistered(
        agency="shop",
        type=codes_pb2.AGENCY_TYPE_PLATFORM,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=crowd.platform.head.contact,
        head_keyid=crowd.platform.head.key.keyid,
        mandated_office=True,
    )
    before = crowd.size()
    with pytest.raises(HutongError) as caught:
        crowd.world.hub.order("register", agency=said.SerializeToString().hex(), name_zh="s", name_en="s")
    assert caught.value.code == "HT-ORD-01" and crowd.size() == before
