"""The Audit service: checkpoints, tiles and proofs, each for whom it is."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.client.hub import checked
from hutong.client.refusals import Refused
from hutong.client.trust import verify_receipt
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.proofs.tree import verify_consistency
from hutong.v1 import audit_pb2


async def refused(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        await checked(call)
    return caught.value.code


def test_every_size_that_was_signed_extends_every_earlier_one(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.node)
        notes = []
        for _ in range(4):
            await crowd.submit(await crowd.lead())
            notes.append(Checkpoint.parse((await client.checkpoint()).text))
        for old in notes:
            for new in notes:
                if old.size > new.size:
                    continue
                answer = await client.consistency(old.size, new.size)
                assert Checkpoint.parse(Note.parse(answer.note.encode()).text) == new
                verify_consistency(old.size, old.root, new.size, new.root, list(answer.hashes))
        head = (await client.consistency(notes[0].size, 0)).note
        assert Checkpoint.parse(Note.parse(head.encode()).text).size >= notes[-1].size

    crowd.run(story())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(0, 0, "HT-NFD-01"), (1, 1 << 40, "HT-NFD-01"), (1 << 40, 0, "HT-NFD-01"), (1, 1 << 63, "HT-ENV-03")],
)
def test_sizes_that_never_were(crowd: Any, old: int, new: int, code: str) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.node)
        request = audit_pb2.GetConsistencyProofRequest(from_size=old, to_size=new)
        assert await refused(client._audit.GetConsistencyProof(request)) == code

    crowd.run(story())


def test_an_entry_is_for_its_parties(crowd: Any) -> None:
    async def story() -> None:
        accepted = await crowd.submit(await crowd.lead())
        request = audit_pb2.GetInclusionProofRequest(index=accepted.index)
        for agency in (crowd.market, crowd.police):
            client = await crowd.world.client(agency.node)
            receipt = (await client._audit.GetInclusionProof(request)).receipt
            entry, proof = verify_receipt(receipt, agency.node.policy)
            assert entry == accepted.entry and proof.index == accepted.index
        stranger = await crowd.world.client(crowd.banking.node)
        assert await refused(stranger._audit.GetInclusionProof(request)) == "HT-PRM-01"
        for index, code in ((crowd.size(), "HT-NFD-01"), (1 << 63, "HT-ENV-03")):
            request = audit_pb2.GetInclusionProofRequest(index=index)
            assert await refused(stranger._audit.GetInclusionProof(request)) == code

    crowd.run(story())


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("tile/0/999", {"HT-NFD-01"}),
        ("tile/0/000.p/256", {"HT-LOG-41", "HT-LOG-42", "HT-LOG-38", "HT-NFD-01"}),
        ("tile/entries/000", {"HT-PRM-01"}),
        ("", {"HT-ENV-03"}),
        ("x" * 129, {"HT-ENV-03"}),
    ],
)
def test_tiles_that_are_not_to_be_had(crowd: Any, path: str, codes: set[str]) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.node)
        code = await refused(client._audit.GetTile(audit_pb2.GetTileRequest(path=path)))
        assert code in codes or (path.startswith("tile/0/000.p") and code.startswith("HT-LOG"))

    crowd.run(story())


def test_exports_are_for_auditors(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.node)
        with pytest.raises(Refused) as caught:
            await anext(client.export())
        assert caught.value.code == "HT-PRM-01"

    crowd.run(story())


def test_obligations_are_for_their_two_sides(crowd: Any) -> None:
    async def story() -> None:
        from hutong.v1 import casework_pb2

        accepted = await crowd.submit(await crowd.lead())
        item = accepted.entry.message_id
        own = await crowd.world.client(crowd.police.liaison.profile)
        listed = await own.casework.ListObligations(casework_pb2.ListObligationsRequest(limit=1000))
        (duty,) = [o for o in listed.obligations if o.item_id == item]
        assert (duty.agency, duty.owner) == ("police", crowd.police.liaison.contact)
        got = await own.casework.GetItem(casework_pb2.GetItemRequest(item_id=item))
        assert got.obligations == [duty] and got.statements[0].index == accepted.index
        other = await crowd.world.client(crowd.market.liaison.profile)
        laid = await other.casework.ListObligations(casework_pb2.ListObligationsRequest(outgoing=True, limit=1000))
        assert duty in laid.obligations
        stranger = await crowd.world.client(crowd.banking.liaison.profile)
        assert await refused(stranger.casework.GetItem(casework_pb2.GetItemRequest(item_id=item))) == "HT-DTY-01"
        too_many = casework_pb2.ListObligationsRequest(limit=1001)
        assert await refused(stranger.casework.ListObligations(too_many)) == "HT-ENV-03"

    crowd.run(story())
