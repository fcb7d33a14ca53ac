"""What a client makes of answers that prove nothing: refusals without their entry, one false receipt among good ones,
a directory that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hutong.client.hub import Accepted, HubClient
from hutong.client.refusals import Refused
from hutong.errors import HutongError
from hutong.v1 import entry_pb2, envelope_pb2, exchange_pb2

Answer = Callable[[list[entry_pb2.Outcome]], None]


class Between:
    """Stands between a client and the hub, and bends what the hub answers to a batch."""

    def __init__(self, client: HubClient, bend: Answer) -> None:
        self._real, self._bend = client.exchange, bend

    async def SubmitBatch(self, request: Any, **more: Any) -> exchange_pb2.SubmitBatchResponse:
        assert more["timeout"] > 0
        answer = await self._real.SubmitBatch(request, **more)
        outcomes = list(answer.outcomes)
        self._bend(outcomes)
        return exchange_pb2.SubmitBatchResponse(outcomes=outcomes)


def through(world: Any, bend: Answer, *submissions: Callable[[], Any]) -> list[Accepted | HutongError]:
    async def story() -> list[Accepted | HutongError]:
        profile = world.market.liaison.profile
        written: list[envelope_pb2.Submission] = [await each() for each in submissions]
        async with HubClient(profile, profile.policy) as client:
            client.exchange = Between(client, bend)  # type: ignore[assignment]
            return await client.submit_batch(written)

    found: list[Accepted | HutongError] = world.run(story())
    return found


def test_a_refusal_that_is_an_entry_is_proved(shared_world: Any) -> None:
    lead, bad = shared_world.lead, lambda: shared_world.lead(common=None)
    first, second = through(shared_world, lambda _: None, bad, lead)
    assert isinstance(first, Refused) and first.receipt is not None and first.said == "HT-HDR-01"
    assert isinstance(second, Accepted)


def _bare(outcomes: list[entry_pb2.Outcome]) -> None:
    outcomes[0].refusal.CopyFrom(entry_pb2.Refusal(code="HT-DIR-14"))


def _rubbish(outcomes: list[entry_pb2.Outcome]) -> None:
    receipt = entry_pb2.Receipt(index=7, entry=b"rubbish", proof="rubbish")
    outcomes[0].refusal.CopyFrom(entry_pb2.Refusal(code="HT-DIR-14", receipt=receipt))


def _of_an_acceptance(outcomes: list[entry_pb2.Outcome]) -> None:
    outcomes[0].refusal.CopyFrom(entry_pb2.Refusal(code="HT-DIR-14", receipt=outcomes[0].receipt))


def _anothers(outcomes: list[entry_pb2.Outcome]) -> None:
    outcomes[0].refusal.CopyFrom(outcomes[1].refusal)


@pytest.mark.parametrize(
    ("bend", "code"),
    [(_bare, "HT-CLI-12"), (_rubbish, "HT-LOG-17"), (_of_an_acceptance, "HT-CLI-12"), (_anothers, "HT-CLI-12")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_refusal_that_proves_nothing_is_none(shared_world: Any, bend: Answer, code: str) -> None:
    first, second = through(shared_world, bend, shared_world.lead, lambda: shared_world.lead(common=None))
    assert isinstance(first, HutongError) and not isinstance(first, Refused) and first.code == code
    assert isinstance(second, Refused)


def test_a_proved_refusal_under_another_code_is_none(shared_world: Any) -> None:
    def other(outcomes: list[entry_pb2.Outcome]) -> None:
        outcomes[0].refusal.code = "HT-DTY-09"

    (answer,) = through(shared_world, other, lambda: shared_world.lead(common=None))
    assert isinstance(answer, HutongError) and answer.code == "HT-CLI-12"


def test_one_false_receipt_is_said_of_that_one_alone(shared_world: Any) -> None:
    def swap(outcomes: list[entry_pb2.Outcome]) -> None:
        outcomes[1].receipt.CopyFrom(outcomes[0].receipt)

    lead = shared_world.lead
    first, second, third = through(shared_world, swap, lead, lead, lead)
    assert isinstance(first, Accepted) and isinstance(third, Accepted)
    assert isinstance(second, HutongError) and second.code == "HT-CLI-12"


def test_a_directory_that_stands_still_is_noticed(shared_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt says how far the directory has moved; a client that is behind looks, and is told when it stays so."""

    async def story() -> None:
        profile = shared_world.market.liaison.profile
        lead, again = await shared_world.lead(), await shared_world.lead()
        async with HubClient(profile, profile.policy) as behind:
            accepted = await behind.submit(lead)
            assert behind.directory.next_index >= accepted.entry.directory_index > 0
        async with HubClient(profile, profile.policy) as frozen:

            async def nothing() -> Any:
                return frozen.directory

            monkeypatch.setattr(frozen, "refresh_directory", nothing)
            with pytest.raises(HutongError) as caught:
                await frozen.submit(again)
            assert caught.value.code == "HT-DIR-16"

    shared_world.run(story())


def test_two_who_refresh_at_once_fold_each_statement_once(shared_world: Any) -> None:
    async def story() -> None:
        profile = shared_world.market.liaison.profile
        async with HubClient(profile, profile.policy) as client:
            await asyncio.gather(*(client.refresh_directory() for _ in range(3)))
            assert client.directory.next_index == client.directory.records.index > 0

    shared_world.run(story())


def test_a_receipt_of_a_fork_is_told_before_anybody_is_told_that_it_was_accepted(shared_world: Any) -> None:
    """Its leaf was never in the log; real receipts that follow do not make it forgotten."""
    from hutong.client.joining import now_ms
    from hutong.proofs.checkpoint import Checkpoint
    from hutong.proofs.proof import LogProof
    from hutong.proofs.tree import inclusion_ranges, leaf_hash, root_hash
    from hutong.signing.dsse import statement_digest
    from hutong.v1 import header_pb2

    async def story() -> None:
        profile, home = shared_world.market.liaison.profile, shared_world.hub.home
        never = await shared_world.lead("never recorded")
        header = header_pb2.Header.FromString(never.envelope.payload)
        async with HubClient(profile, profile.policy) as client:
            await client.refresh_directory()
            await client.checkpoint()
            assert client.trust.newest is not None
            place = client.trust.newest.size
            entry = entry_pb2.Entry(
                version=1,
                event=entry_pb2.ENTRY_EVENT_RECORDED,
                message_id=header.message_id,
                statement_sha256=statement_digest(never.envelope),
                commitment=header.commitment,
                recorded_at=now_ms(),
                agencies=["market", "police"],
                contacts=[header.sender.contact, ""],
                keyids=[bytes.fromhex(header.signers[0].keyid)],
                client_sequence=header.client_sequence,
                directory_index=client.directory.next_index,
                kind=100,
            ).SerializeToString()
            leaves = [leaf_hash(bytes([n % 251])) for n in range(place)] + [leaf_hash(entry)]
            path = tuple(root_hash(leaves[low:high]) for low, high in inclusion_ranges(place, place + 1))
            note = Checkpoint(home.settings.origin, place + 1, root_hash(leaves)).signed(home.vkey, home.key.sign)
            proof = str(LogProof(place, path, note))
            forged = entry_pb2.Receipt(index=place, entry=entry, proof=proof)
            assert (await client._accepted(forged, never.envelope)).index == place
            answers = await client.submit_batch([await shared_world.lead("one"), await shared_world.lead("two")])
            assert any(isinstance(answer, Accepted) for answer in answers)
            with pytest.raises(HutongError) as caught:
                await client.settle()
            assert caught.value.code == "HT-CLI-12"

    shared_world.run(story())
