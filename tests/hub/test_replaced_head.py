"""The operator registers another head: what the last one owned is the next one's in the very next entry."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from hub.state.database import reading
from hutong.client.writing import Letter, To
from hutong.kinds import by_number
from hutong.v1 import codes_pb2, kinds_pb2
from tests.worlds import World


def test_a_registration_at_a_real_hub_is_followed_by_the_fall(world: World) -> None:
    police = world.police

    async def story() -> bytes:
        sender = await world.client(world.market.liaison.profile)
        lead = await world.lead()
        item = bytes((await sender.submit(lead)).entry.message_id)
        taken = Letter("acknowledged", kinds_pb2.Acknowledged(), to=[To("market")], item=item)
        profile = police.head.profile
        submission = await world.write(taken, police.officer(police.head), profile)
        await (await world.client(profile)).submit(submission)
        said = kinds_pb2.AgencyRegistered(
            agency="police",
            type=codes_pb2.AGENCY_TYPE_POLICE,
            level=codes_pb2.LEVEL_NATION,
            region="100000",
            head_contact=police.liaison.contact,
            head_keyid=police.head.key.keyid,
        )
        details = {"agency": said.SerializeToString().hex(), "name_zh": "police", "name_en": "police"}
        await asyncio.to_thread(lambda: world.hub.order("register", **details))
        return item

    item = world.run(story())
    with reading(world.hub.engine) as connection:
        kinds = connection.execute(text('SELECT kind FROM statements ORDER BY "index" DESC LIMIT 2')).scalars()
        assert [by_number()[kind].name for kind in kinds] == ["ownership_fell", "agency_registered"]
        owners = connection.execute(text("SELECT owner, breach FROM obligations WHERE item = :item"), {"item": item})
        assert [tuple(row) for row in owners] == [(police.liaison.contact, True)]
