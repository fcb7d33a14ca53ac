"""What the head's own program refuses before anything is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hutong.client import joining
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, directory_pb2


def test_a_request_to_another_agency_is_not_nominated(shared_world: Any, tmp_path: Path) -> None:
    world, key = shared_world, SigningKey.generate()
    ticket = replace(world.hub.ticket("police"), token=b"")
    profile = joining.new_profile(ticket, tmp_path / "elsewhere", "contact", new_contact_id(), key)
    request, head = joining.join_request(profile, key), world.market.head

    async def story() -> None:
        client = await world.client(head.profile)
        used = (head.profile.path / "sequence").read_text()
        with pytest.raises(HutongError) as caught:
            card = directory_pb2.ContactCard(name="虚构", post="–")
            await joining.nominate(client, head.key, request, card, [codes_pb2.CONTACT_ROLE_LIAISON])
        assert caught.value.code == "HT-ENR-22" and "police" in caught.value.sentences("zh").why
        assert (head.profile.path / "sequence").read_text() == used

    world.run(story())
