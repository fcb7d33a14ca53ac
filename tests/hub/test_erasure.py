"""Erasure: what could be read is gone from the disk; what proves stays."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import pytest

from hutong.client.refusals import Refused
from hutong.client.trust import verify_receipt
from hutong.v1 import audit_pb2, exchange_pb2, header_pb2, kinds_pb2


def places_of(folder: Path, needle: bytes) -> set[str]:
    """The files under ``folder`` that hold ``needle``."""
    return {file.name for file in folder.rglob("*") if file.is_file() and needle in file.read_bytes()}


def test_an_erased_body_is_gone_and_its_proof_stays(world: Any) -> None:
    async def story() -> None:
        home = world.hub.home.settings.home
        client = await world.client(world.market.liaison.profile)
        node = await world.client(world.police.node)
        data = secrets.token_bytes(3000)
        address = hashlib.sha256(data).digest()
        await client.put_attachment(address, len(data), lambda at: pieces(data[at:]))
        lead = await world.lead(
            "a narrative " * 500, attachments=[header_pb2.AttachmentRef(address=address, size=len(data))]
        )
        first = await client.submit(lead)
        message_id = first.entry.message_id
        body, wrap = lead.sealed.ciphertext, lead.sealed.wraps[0].wrapped
        for needle in (body[:200], body[-200:], wrap, data[:200]):
            assert places_of(home, needle), "there before"
        world.hub.order("erase", message_id=message_id.hex(), reason="ERASURE_REASON_RECALLED")
        for at in range(0, len(body) - 64, 64):
            assert not places_of(home, body[at : at + 64])
        for needle in (wrap, data[:200], data[-200:]):
            assert not places_of(home, needle)
        size = (await client.checkpoint()).text.split("\n")[1]
        again = await client.submit(lead)
        assert again.receipt == first.receipt, "a repeat gets its receipt and stores nothing"
        assert (await client.checkpoint()).text.split("\n")[1] == size
        assert not places_of(home, body[:64]) and not places_of(home, wrap)
        entry, _ = verify_receipt(again.receipt, world.market.liaison.profile.policy)
        assert entry.message_id == message_id
        deliveries = [m.delivery async for m in node.subscribe(0, once=True) if m.HasField("delivery")]
        (gone,) = [d for d in deliveries if d.index == first.index]
        assert gone.erased and not gone.HasField("sealed") and gone.envelope == lead.envelope
        (notice,) = [h for h in map(header_of, deliveries) if h.WhichOneof("kind") == "erased"]
        assert notice.in_reply_to == message_id
        request = audit_pb2.GetInclusionProofRequest(index=deliveries[-1].index)
        erased = (await node._audit.GetInclusionProof(request)).receipt
        assert verify_receipt(erased, world.police.node.policy)[0].erased_index == first.index + 1
        with pytest.raises(Refused) as caught:
            await anext(node.get_attachment(address, message_id))
        assert caught.value.code == "HT-NFD-01"
        stat = await client.exchange.StatAttachment(exchange_pb2.StatAttachmentRequest(address=address))
        assert (stat.stored, stat.complete) == (0, False)

    world.run(story())


def header_of(delivery: Any) -> header_pb2.Header:
    return header_pb2.Header.FromString(delivery.envelope.payload)


async def pieces(data: bytes) -> Any:
    yield data


def test_names_are_erased_too_and_orders_that_cannot_be_say_so(crowd: Any) -> None:
    async def story() -> None:
        from hutong.client.hub import HubClient
        from hutong.errors import HutongError
        from hutong.v1 import directory_pb2

        world = crowd.world
        profile = crowd.market.head.profile
        client = await world.client(profile)
        name = "Erased Person " + secrets.token_hex(8)
        from hutong.client import joining
        from hutong.client.writing import Letter
        from hutong.identifiers.ids import new_contact_id
        from hutong.v1 import codes_pb2

        contact = new_contact_id()
        said = kinds_pb2.ContactNominated(
            contact=contact,
            roles=[codes_pb2.CONTACT_ROLE_DEPUTY],
            term_from=joining.now_ms() - 1,
            term_to=joining.now_ms() + 10**9,
        )
        card = directory_pb2.ContactCard(name=name).SerializeToString()
        letter = Letter("contact_nominated", said, card=card, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
        await joining.say(client, crowd.market.head.key, letter)
        assert (await client.refresh_directory()).contact_name(contact) == name
        home = world.hub.home.settings.home
        assert places_of(home, name.encode())
        order = {"message_id": letter.message_id.hex(), "reason": "ERASURE_REASON_RETENTION_ENDED"}
        world.hub.order("erase", **order)
        assert not places_of(home, name.encode())
        fresh = HubClient(profile, profile.policy)
        nameless = await fresh.refresh_directory()
        assert nameless.contact_name(contact, "zh") == "market 副手" and not nameless.contact_name("")
        await fresh.close()
        for wrong in (order, order | {"message_id": secrets.token_hex(16)}):
            with pytest.raises(HutongError) as caught:
                world.hub.order("erase", **wrong)
            assert caught.value.code == "HT-ORD-01"

    crowd.run(story())
