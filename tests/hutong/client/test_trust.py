"""What a client believes of a hub that lies: receipts, checkpoints, and an outcome for something else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutong.client.hub import HubClient, persistent
from hutong.client.refusals import Refused
from hutong.client.trust import Trust, verify_receipt
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import ED25519, Note, VerifierKey
from hutong.proofs.policy import Policy
from hutong.proofs.tree import consistency_ranges, leaf_hash, root_hash
from hutong.signing.keys import SigningKey
from hutong.tls.state import State
from hutong.v1 import audit_pb2, entry_pb2, exchange_pb2

ORIGIN = "hub.hutong.example/log"
KEY = SigningKey.generate()
VKEY = VerifierKey(ORIGIN, ED25519, KEY.spki[-32:])
POLICY = Policy(logs=(VKEY,))
LEAVES = [leaf_hash(bytes([n])) for n in range(40)]
OTHER = [leaf_hash(bytes([n, 1])) for n in range(40)]


def signed(leaves: list[bytes], size: int) -> Note:
    return Checkpoint(ORIGIN, size, root_hash(leaves[:size])).signed(VKEY, KEY.sign)


def honest(leaves: list[bytes]) -> Any:
    async def fetch(old: int, new: int) -> audit_pb2.GetConsistencyProofResponse:
        hashes = [root_hash(leaves[low:high]) for low, high in consistency_ranges(old, new)]
        return audit_pb2.GetConsistencyProofResponse(hashes=hashes)

    return fetch


def run(call: Any) -> Any:
    return asyncio.run(call)


def test_a_log_that_grows_is_followed_and_an_older_note_must_lie_on_the_way(tmp_path: Path) -> None:
    trust = Trust(POLICY, State(tmp_path))
    for size in (3, 17, 17, 40, 20):
        run(trust.advance(signed(LEAVES, size), honest(LEAVES)))
    assert trust.newest is not None and trust.newest.size == 40
    with pytest.raises(HutongError) as caught:
        run(trust.advance(signed(OTHER, 20), honest(OTHER)))
    assert caught.value.code == "HT-CLI-12"
    assert trust.newest.size == 40


@settings(max_examples=50, deadline=None)
@given(old=st.integers(1, 39), new=st.integers(1, 39), shared=st.integers(0, 39))
def test_a_fork_is_always_noticed(tmp_path_factory: pytest.TempPathFactory, old: int, new: int, shared: int) -> None:
    """The two histories agree on their first ``shared`` entries; where that covers the older note, there is no fork."""
    forked = LEAVES[:shared] + OTHER[shared:]
    trust = Trust(POLICY, State(tmp_path_factory.mktemp("state")))
    run(trust.advance(signed(LEAVES, old), honest(LEAVES)))
    if min(old, new) <= shared:
        leaves = forked if new > old else LEAVES
        run(trust.advance(signed(forked, new), honest(leaves)))
        return
    for proofs in (honest(forked), honest(LEAVES)):
        with pytest.raises(HutongError) as caught:
            run(trust.advance(signed(forked, new), proofs))
        assert caught.value.code == "HT-CLI-12"


def test_a_note_that_nobody_whom_the_policy_names_has_signed(tmp_path: Path) -> None:
    trust, stranger = Trust(POLICY, State(tmp_path)), SigningKey.generate()
    vkey = VerifierKey(ORIGIN, ED25519, stranger.spki[-32:])
    note = Checkpoint(ORIGIN, 5, root_hash(LEAVES[:5])).signed(vkey, stranger.sign)
    with pytest.raises(HutongError):
        run(trust.advance(note, honest(LEAVES)))
    assert trust.newest is None


def test_two_roots_of_one_size_are_noticed_on_the_spot(tmp_path: Path) -> None:
    trust = Trust(POLICY, State(tmp_path))
    trust.remember(signed(LEAVES, 7))
    with pytest.raises(HutongError) as caught:
        trust.remember(signed(OTHER, 7))
    assert caught.value.code == "HT-CLI-12"
    run(trust.advance(signed(LEAVES, 9), honest(LEAVES)))
    with pytest.raises(HutongError):
        trust.remember(signed(OTHER, 9))


def test_a_fork_hidden_among_notes_that_hold(tmp_path: Path) -> None:
    """The smaller note is of a fork; the newest holds. It is noticed, and asking twice does not make it pass."""
    trust = Trust(POLICY, State(tmp_path))
    run(trust.advance(signed(LEAVES, 3), honest(LEAVES)))
    for leaves, size in ((OTHER, 5), (LEAVES, 9), (LEAVES, 12)):
        trust.remember(signed(leaves, size))
    assert trust.seen == 12
    for _ in range(2):
        with pytest.raises(HutongError) as caught:
            run(trust.settle(honest(LEAVES)))
        assert caught.value.code == "HT-CLI-12"
    assert trust.newest is not None and trust.newest.size == 3


def test_what_could_not_be_proved_stays_remembered(tmp_path: Path) -> None:
    async def away(_old: int, _new: int) -> Any:
        raise HutongError("HT-CLI-10", why="away")

    trust = Trust(POLICY, State(tmp_path))
    for size in (4, 30, 8):
        trust.remember(signed(LEAVES, size))
    with pytest.raises(HutongError):
        run(trust.settle(away))
    asked: list[tuple[int, int]] = []

    async def counted(old: int, new: int) -> Any:
        asked.append((old, new))
        return await honest(LEAVES)(old, new)

    run(trust.settle(counted))
    assert asked == [(4, 8), (8, 30)]
    run(trust.settle(counted))
    assert len(asked) == 2 and trust.newest is not None and trust.newest.size == 30


class Lying:
    """A hub's answer, given to the client in the place of the real one."""

    def __init__(self, receipt: entry_pb2.Receipt) -> None:
        self._answer = exchange_pb2.SubmitResponse(receipt=receipt)

    async def Submit(self, _request: Any, **_more: Any) -> exchange_pb2.SubmitResponse:
        return self._answer


def test_a_receipt_for_something_else_is_none(shared_world: Any) -> None:
    async def story() -> None:
        profile = shared_world.market.liaison.profile
        client = await shared_world.client(profile)
        one, other = await shared_world.lead(), await shared_world.lead()
        first = await client.submit(one)
        refused = await shared_world.lead(common=None)
        with pytest.raises(Refused) as caught:
            await client.submit(refused)
        fake = HubClient(profile, profile.policy)
        changed = entry_pb2.Receipt()
        changed.CopyFrom(first.receipt)
        changed.index += 1
        wrong_entry = entry_pb2.Receipt()
        wrong_entry.CopyFrom(first.receipt)
        wrong_entry.entry = first.receipt.entry[:-1] + b"x"
        for submission, receipt in (
            (other, first.receipt),
            (one, changed),
            (one, wrong_entry),
            (one, entry_pb2.Receipt()),
            (refused, caught.value.receipt),
        ):
            fake.exchange = Lying(receipt)  # type: ignore[assignment]
            with pytest.raises(HutongError) as noticed:
                await fake.submit(submission)
            assert not isinstance(noticed.value, Refused)
            assert noticed.value.code.startswith(("HT-CLI-12", "HT-LOG"))
        await fake.close()
        assert verify_receipt(first.receipt, profile.policy)[0] == first.entry

    shared_world.run(story())


def test_a_wrap_or_ciphertext_that_the_hub_exchanged_does_not_open(shared_world: Any) -> None:
    async def story() -> None:
        from hutong.sealing.body import open_body, read_body, seal
        from hutong.sealing.keys import wrap_key
        from hutong.v1 import header_pb2

        lead = await shared_world.lead("the true narrative")
        header = header_pb2.Header.FromString(lead.envelope.payload)
        node = shared_world.police.node
        keys = node.opening_keys()
        body = read_body(open_body(lead.sealed, header, keys, "police"), header)
        assert body.lead.narrative == "the true narrative"
        recipient = node.opening_key().for_agency("police")
        forged = seal(b"\x0a\x03abc", origin=header.origin, message_id=header.message_id, recipients=[recipient])
        swapped = type(lead.sealed)()
        swapped.CopyFrom(lead.sealed)
        swapped.wraps[0].CopyFrom(wrap_key(bytes(32), recipient, origin=header.origin, message_id=header.message_id))
        other = await shared_world.lead()
        borrowed = type(lead.sealed)(ciphertext=lead.sealed.ciphertext, wraps=[other.sealed.wraps[0]])
        for sealed, code in ((forged.sealed, "HT-SEA-04"), (swapped, "HT-SEA-02"), (borrowed, "HT-SEA-01")):
            with pytest.raises(HutongError) as caught:
                open_body(sealed, header, keys, "police")
            assert caught.value.code == code

    shared_world.run(story())


def test_what_was_not_decided_is_sent_again_and_what_was_is_not() -> None:
    async def story() -> None:
        calls = SimpleNamespace(count=0)

        def failing(code: str, times: int) -> Any:
            calls.count = 0

            async def call() -> str:
                calls.count += 1
                if calls.count <= times:
                    raise HutongError(code, why="", seconds=1)
                return "done"

            return call

        for code in ("HT-SYS-01", "HT-QTA-01", "HT-CLI-10"):
            assert await persistent(failing(code, 1), 5) == "done"
            assert calls.count == 2
        with pytest.raises(HutongError):
            await persistent(failing("HT-SYS-01", 100), 0.1)
        for code in ("HT-SIG-03", "HT-IDN-01", "HT-SYS-02"):
            with pytest.raises(HutongError):
                await persistent(failing(code, 100), 60)
            assert calls.count == 1

    asyncio.run(story())
