"""A client believes no directory that a hub has touched: each point of each piece of evidence, bent one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutong.client.directory import VerifiedDirectory
from hutong.client.trust import Trust
from hutong.errors import HutongError
from hutong.sealing.disclosure import disclosed_digest
from hutong.sealing.keys import OpeningKey
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.tls.state import State
from hutong.v1 import codes_pb2, directory_pb2, entry_pb2, header_pb2

Evidence = entry_pb2.Evidence
Change = Callable[[Evidence], None]


@pytest.fixture(scope="module")
def served(shared_world: Any) -> list[Evidence]:
    """What the hub serves, as it is."""

    async def story() -> list[Evidence]:
        client = await shared_world.client(shared_world.police.node)
        request = directory_pb2.ListStatementsRequest()
        return [message.evidence async for message in client._directory.ListStatements(request)]

    found: list[Evidence] = shared_world.run(story())
    return found


@pytest.fixture
def fresh(shared_world: Any, tmp_path: Path) -> VerifiedDirectory:
    policy = shared_world.police.node.policy
    return VerifiedDirectory(shared_world.police.node.origin, Trust(policy, State(tmp_path)))


def header_of(evidence: Evidence) -> header_pb2.Header:
    return header_pb2.Header.FromString(evidence.envelope.payload)


def kind(evidence: Evidence) -> str:
    return str(header_of(evidence).WhichOneof("kind"))


def believed(directory: VerifiedDirectory, served: list[Evidence], change: dict[int, Change]) -> None:
    for place, evidence in enumerate(served):
        copy = Evidence()
        copy.CopyFrom(evidence)
        change.get(place, lambda _: None)(copy)
        directory.take(copy)


def places(served: list[Evidence], wanted: str) -> list[int]:
    return [place for place, evidence in enumerate(served) if kind(evidence) == wanted]


def test_what_is_served_as_it_is_gives_the_hubs_own_directory(
    shared_world: Any, served: list[Evidence], fresh: VerifiedDirectory
) -> None:
    believed(fresh, served, {})
    own = shared_world.hub.server._standing.directory
    assert fresh.records == own
    assert (
        fresh.agency_name("police", "en") == "police"
        and fresh.contact_name("c0", "en") == "nobody of the directory (c0)"
    )
    assert "liaison" in fresh.contact_name(shared_world.police.liaison.contact)


def flipped(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def payload(evidence: Evidence) -> None:
    evidence.envelope.payload = flipped(evidence.envelope.payload, 60)


def signature(evidence: Evidence) -> None:
    evidence.envelope.signatures[0].sig = flipped(evidence.envelope.signatures[0].sig, 5)


def entry(evidence: Evidence) -> None:
    evidence.receipt.entry = flipped(evidence.receipt.entry, 40)


def index(evidence: Evidence) -> None:
    evidence.receipt.index += 1


def proof(evidence: Evidence) -> None:
    lines = evidence.receipt.proof.split("\n")
    lines[2 if len(lines[2]) == 44 else 3] = "A" * 43 + "="
    evidence.receipt.proof = "\n".join(lines)


def note(evidence: Evidence) -> None:
    head, _, last = evidence.receipt.proof.rstrip("\n").rpartition(" ")
    evidence.receipt.proof = f"{head} {last[:20]}{'A' if last[20] != 'A' else 'B'}{last[21:]}\n"


def unparsable(evidence: Evidence) -> None:
    evidence.envelope.payload = b"\xff"


def no_receipt(evidence: Evidence) -> None:
    evidence.ClearField("receipt")


def unsigned(evidence: Evidence) -> None:
    del evidence.envelope.signatures[:]


BENT = (payload, signature, entry, index, proof, note, unparsable, no_receipt, unsigned)


@pytest.mark.parametrize("change", BENT, ids=lambda change: change.__name__)
@pytest.mark.parametrize("wanted", ["agency_registered", "key_bound", "contact_nominated"])
def test_evidence_that_is_bent_anywhere_is_not_believed(
    served: list[Evidence], fresh: VerifiedDirectory, change: Change, wanted: str
) -> None:
    with pytest.raises(HutongError) as caught:
        believed(fresh, served, {places(served, wanted)[-1]: change})
    assert caught.value.code == "HT-DIR-16"


def test_a_key_that_the_hub_puts_in_the_place_of_the_agencys(
    shared_world: Any, served: list[Evidence], fresh: VerifiedDirectory
) -> None:
    """Even with all that a hub has: its own signature over any entry and any note."""
    mine = OpeningKey.generate()
    opening = [
        p for p in places(served, "key_bound") if header_of(served[p]).key_bound.use == codes_pb2.KEY_USE_OPENING
    ]
    place = opening[-1]

    for signer in (SigningKey.generate(), shared_world.hub.home.key):

        def swap(evidence: Evidence, signer: SigningKey = signer) -> None:
            header = header_of(evidence)
            header.key_bound.spki = mine.spki
            header.signers[0].keyid = signer.keyid
            evidence.envelope.CopyFrom(dsse.sign(header.SerializeToString(), [signer]))
            forge_receipt(shared_world, evidence)

        directory = VerifiedDirectory(fresh.origin, Trust(fresh.trust.policy, State(fresh.trust._state.path)))
        with pytest.raises(HutongError) as caught:
            believed(directory, served, {place: swap})
        assert caught.value.code == "HT-DIR-16" and "HT-SIG-04" in str(caught.value)


def test_a_head_whose_fingerprint_the_hub_exchanges_later(
    shared_world: Any, served: list[Evidence], fresh: VerifiedDirectory
) -> None:
    """A second registration with the hub's own head key, and that key bound by itself: the hub signs both for real."""
    believed(fresh, served, {})
    mine, hub = SigningKey.generate(), shared_world.hub.home
    registration = Evidence()
    registration.CopyFrom(next(e for e in served if header_of(e).agency_registered.agency == "police"))
    header = header_of(registration)
    header.agency_registered.head_keyid = mine.keyid
    header.disclosed_sha256 = b""
    registration.ClearField("disclosure")
    registration.envelope.CopyFrom(dsse.sign(header.SerializeToString(), [hub.key]))
    now = entry_pb2.Entry.FromString(served[-1].receipt.entry).recorded_at
    forge_receipt(shared_world, registration, at=fresh.next_index, directory_index=fresh.records.index, recorded_at=now)
    fresh.take(registration)
    bound = Evidence()
    bound.CopyFrom(next(e for e in served if header_of(e).sender.agency == "police" and kind(e) == "key_bound"))
    header = header_of(bound)
    from hutong.signing import possession

    use, holder = codes_pb2.KEY_USE_OFFICER, header.key_bound.holder
    header.key_bound.spki = mine.spki
    header.key_bound.possession = possession.prove(mine, origin=header.origin, agency="police", holder=holder, use=use)
    header.signers[0].keyid = mine.keyid
    bound.envelope.CopyFrom(dsse.sign(header.SerializeToString(), [mine]))
    forge_receipt(shared_world, bound, at=fresh.next_index, directory_index=fresh.records.index, recorded_at=now)
    with pytest.raises(HutongError) as caught:
        fresh.take(bound)
    assert caught.value.code == "HT-DIR-16" and "HT-DIR-04" in str(caught.value)


def forge_receipt(world: Any, evidence: Evidence, at: int | None = None, **changes: Any) -> None:
    """A receipt for ``evidence`` that verifies: the hub's own key over a tree that the hub made up."""
    from hutong.proofs.checkpoint import Checkpoint
    from hutong.proofs.proof import LogProof
    from hutong.proofs.tree import inclusion_ranges, leaf_hash, root_hash

    home = world.hub.home
    made = entry_pb2.Entry.FromString(evidence.receipt.entry)
    made.statement_sha256 = dsse.statement_digest(evidence.envelope)
    made.keyids[:] = [bytes.fromhex(signer.keyid) for signer in header_of(evidence).signers]
    for name, value in changes.items():
        setattr(made, name, value)
    place = evidence.receipt.index if at is None else at
    size = place + 1 + 1000
    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(size)]
    leaves[place] = leaf_hash(made.SerializeToString())
    path = tuple(root_hash(leaves[low:high]) for low, high in inclusion_ranges(place, size))
    signed = Checkpoint(home.settings.origin, size, root_hash(leaves)).signed(home.vkey, home.key.sign)
    evidence.receipt.entry = made.SerializeToString()
    evidence.receipt.index = place
    evidence.receipt.proof = str(LogProof(place, path, signed))


def test_a_statement_that_is_left_out_is_missed_at_the_next(served: list[Evidence], fresh: VerifiedDirectory) -> None:
    for place in range(1, len(served) - 1):
        directory = VerifiedDirectory(fresh.origin, Trust(fresh.trust.policy, State(fresh.trust._state.path)))
        with pytest.raises(HutongError) as caught:
            believed(directory, served[:place] + served[place + 1 :], {})
        assert caught.value.code == "HT-DIR-16"


def test_a_statement_that_comes_twice_or_late(served: list[Evidence], fresh: VerifiedDirectory) -> None:
    with pytest.raises(HutongError) as caught:
        believed(fresh, [*served, served[-1]], {})
    assert caught.value.code == "HT-DIR-16"


def test_an_entry_outside_its_statements_time(
    shared_world: Any, served: list[Evidence], fresh: VerifiedDirectory
) -> None:
    """The hub's own statement says when it may be recorded; so does everybody's."""
    last = header_of(served[-1])
    for at in (last.expires_at, last.issued_at - 6 * 60_000):

        def bent(evidence: Evidence, at: int = at) -> None:
            forge_receipt(shared_world, evidence, recorded_at=at)

        directory = VerifiedDirectory(fresh.origin, Trust(fresh.trust.policy, State(fresh.trust._state.path)))
        with pytest.raises(HutongError) as caught:
            believed(directory, served, {len(served) - 1: bent})
        assert "outside its statement's time" in str(caught.value)


def test_an_entry_that_passes_over_the_directorys_newest_statement(
    shared_world: Any, served: list[Evidence], fresh: VerifiedDirectory
) -> None:
    """An entry recorded under an older directory than stands before it, or before that one's hour, could bring back a
    key that was withdrawn."""
    newest = entry_pb2.Entry.FromString(served[-2].receipt.entry)
    index = served[-2].receipt.index + 1
    for changes, why in (
        ({"directory_index": index - 1}, "passes over"),
        ({"recorded_at": newest.recorded_at - 1}, "is older than"),
        ({"directory_index": index + 1}, "ends before"),
    ):
        fresh = VerifiedDirectory(fresh.origin, Trust(fresh.trust.policy, State(fresh.trust._state.path)))
        believed(fresh, served[:-1], {})
        bent = Evidence()
        bent.CopyFrom(served[-1])
        forge_receipt(shared_world, bent, **changes)
        with pytest.raises(HutongError) as caught:
            fresh.prove(bent.receipt, bent.envelope)
        assert caught.value.code == "HT-CLI-12" and why in caught.value.params["why"]


def test_a_card_that_was_exchanged_and_one_that_is_gone(served: list[Evidence], fresh: VerifiedDirectory) -> None:
    place = places(served, "contact_nominated")[0]

    def exchanged(evidence: Evidence) -> None:
        evidence.disclosure.card = directory_pb2.ContactCard(name="Somebody else").SerializeToString()

    def gone(evidence: Evidence) -> None:
        evidence.ClearField("disclosure")

    with pytest.raises(HutongError) as caught:
        believed(fresh, served, {place: exchanged})
    assert caught.value.code == "HT-DIR-16"
    directory = VerifiedDirectory(fresh.origin, Trust(fresh.trust.policy, State(fresh.trust._state.path)))
    believed(directory, served, {place: gone})
    contact = header_of(served[place]).contact_nominated.contact
    agency = directory.records.contacts[contact].agency
    assert directory.contact_name(contact, "en") == f"liaison of {agency}", "by office, never by a bare id"


def test_a_card_that_nobody_can_read_holds_nobody_up(
    shared_world: Any, served: list[Evidence], fresh: VerifiedDirectory
) -> None:
    place = places(served, "contact_nominated")[-1]
    head = shared_world.police.head if header_of(served[place]).sender.agency == "police" else shared_world.market.head

    def unreadable(evidence: Evidence) -> None:
        header = header_of(evidence)
        evidence.disclosure.card = b"\xff\xff"
        header.disclosed_sha256 = disclosed_digest(evidence.disclosure.salt, b"\xff\xff")
        evidence.envelope.CopyFrom(dsse.sign(header.SerializeToString(), [head.key]))
        forge_receipt(shared_world, evidence)

    believed(fresh, served[: place + 1], {place: unreadable})
    assert header_of(served[place]).contact_nominated.contact in fresh.records.contacts


def test_two_roots_for_one_size(shared_world: Any, served: list[Evidence], tmp_path: Path) -> None:
    """What a client verified before counts, also for the directory."""
    from hutong.client.trust import verify_receipt
    from hutong.proofs.checkpoint import Checkpoint

    home = shared_world.hub.home
    policy = shared_world.police.node.policy
    trust = Trust(policy, State(tmp_path))
    size = Checkpoint.parse(verify_receipt(served[0].receipt, policy)[1].note.text).size
    other = Checkpoint(home.settings.origin, size, bytes(32)).signed(home.vkey, home.key.sign)

    async def nothing(_old: int, _new: int) -> Any:
        raise AssertionError("no proof is needed for the first")

    asyncio.run(trust.advance(other, nothing))
    with pytest.raises(HutongError) as caught:
        VerifiedDirectory(home.settings.origin, trust).take(served[0])
    assert caught.value.code == "HT-DIR-16" and "two roots" in str(caught.value)
