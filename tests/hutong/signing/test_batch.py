"""Batch signatures, against a tree and a verifier written here from the text of RFC 6962 §2.1 and the contract."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.signing import batch
from hutong.signing.dsse import PAYLOAD_TYPE, sign_batch, statement_digest, verify
from hutong.signing.keys import PublicKey, SigningKey
from hutong.v1.codes_pb2 import ALGORITHM_ECDSA_P256
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.options_pb2 import SIGNER_ROLE_AGENCY_SYSTEM

KEY = SigningKey.generate(ALGORITHM_ECDSA_P256)
ORIGIN, AGENCY = "hutong.example/log", "market-sh"
Make = Callable[..., Any]


def h(data: bytes) -> bytes:
    return sha256(data).digest()


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def tree_hash(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return h(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:]))


def audit_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*audit_path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*audit_path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def root_by_recursion(leaf: bytes, m: int, n: int, path: list[bytes]) -> bytes:
    if n == 1:
        assert not path
        return leaf
    k = split(n)
    if m < k:
        return h(b"\x01" + root_by_recursion(leaf, m, k, path[:-1]) + path[-1])
    return h(b"\x01" + path[-1] + root_by_recursion(leaf, m - k, n - k, path[:-1]))


def independent_verifier(envelope: Envelope, public: PublicKey) -> bool:
    """The contract's words, without the code under test."""
    kind, payload = envelope.payload_type.encode(), envelope.payload
    statement = h(
        b"DSSEv1 " + str(len(kind)).encode() + b" " + kind + b" " + str(len(payload)).encode() + b" " + payload
    )
    leaf = h(b"\x00" + b"hutong/batch-leaf/v1" + b"\x00" + statement)
    (signature,) = envelope.signatures
    place = signature.batch
    root = root_by_recursion(leaf, place.index, place.size, list(place.path))
    lines = ["hutong/batch/v1", ORIGIN, AGENCY, signature.keyid, str(place.size), b64encode(root).decode()]
    m = "".join(line + "\n" for line in lines).encode()
    kind = b"application/vnd.hutong.batch.v1"
    return public.verify(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(m), m), signature.sig)


def make_batch(n: int) -> list[Envelope]:
    return sign_batch([b"payload %d" % i for i in range(n)], origin=ORIGIN, agency=AGENCY, key=KEY)


@pytest.mark.parametrize("n", range(1, 71))
def test_every_path_of_small_batches(n: int) -> None:
    leaves = [h(b"%d" % i) for i in range(n)]
    levels = batch.tree_levels(leaves)
    root = tree_hash(leaves)
    assert levels[-1] == [root]
    for index, leaf in enumerate(leaves):
        path = batch.leaf_path(levels, index)
        assert path == audit_path(index, leaves)
        assert batch.root_from_path(leaf, index, n, path) == root
        assert batch.root_from_path(leaf, index, n, [*path, root]) is None
        assert not path or batch.root_from_path(leaf, index, n, path[:-1]) is None
        for other in {0, index ^ 1, n - 1 - index} - {index}:
            assert batch.root_from_path(leaf, other, n, path) != root


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_paths_of_batches_up_to_the_limit(data: st.DataObject) -> None:
    n = data.draw(st.integers(71, 4096))
    index = data.draw(st.integers(0, n - 1))
    leaves = [i.to_bytes(32, "big") for i in range(n)]
    path = batch.leaf_path(batch.tree_levels(leaves), index)
    assert len(path) <= 12 and path == audit_path(index, leaves)
    assert batch.root_from_path(leaves[index], index, n, path) == root_by_recursion(leaves[index], index, n, path)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 65, 1000, 4096])
def test_envelopes_satisfy_both_verifiers(n: int, statement: Make) -> None:
    header, _, lookup = statement((KEY, SIGNER_ROLE_AGENCY_SYSTEM))
    envelopes = make_batch(n)
    assert [e.payload for e in envelopes] == [b"payload %d" % i for i in range(n)]
    assert len({e.signatures[0].sig for e in envelopes}) == 1
    for envelope in [envelopes[0], envelopes[n // 2], envelopes[-1]]:
        assert independent_verifier(envelope, KEY.public)
        assert verify(envelope, header, lookup) == statement_digest(envelope)


@pytest.mark.parametrize("n", [0, 4097])
def test_batches_that_cannot_be(n: int) -> None:
    with pytest.raises(HutongError, match="HT-SIG-09"):
        make_batch(n)


def test_names_that_would_read_as_another_message() -> None:
    for origin, agency in [(ORIGIN + "\n", AGENCY), (ORIGIN, "a\nb")]:
        with pytest.raises(HutongError, match="HT-SIG-09"):
            sign_batch([b"x"], origin=origin, agency=agency, key=KEY)


@pytest.mark.parametrize("size", [0, 4097, 2**31])
def test_sizes_beyond_the_contract_lead_nowhere(size: int) -> None:
    assert batch.root_from_path(bytes(32), 0, size, []) is None


@pytest.mark.parametrize("change", ["origin", "agency", "index", "size", "longer", "shorter", "swapped", "payload"])
def test_a_path_holds_for_its_place_only(change: str, statement: Make) -> None:
    header, _, lookup = statement((KEY, SIGNER_ROLE_AGENCY_SYSTEM))
    envelope = make_batch(8)[3]
    assert verify(envelope, header, lookup)
    place = envelope.signatures[0].batch
    match change:
        case "origin":
            header.origin = "other.example/log"
        case "agency":
            header.sender.agency = "police-sh"
        case "index":
            place.index = 2
        case "size":
            place.size = 9
        case "longer":
            place.path.append(bytes(32))
        case "shorter":
            del place.path[-1]
        case "swapped":
            place.path[0], place.path[1] = place.path[1], place.path[0]
        case "payload":
            envelope.payload += b"x"
    with pytest.raises(HutongError, match="HT-SIG-03"):
        verify(envelope, header, lookup)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
def test_any_flipped_bit_is_refused(statement: Make, data: st.DataObject) -> None:
    header, _, lookup = statement((KEY, SIGNER_ROLE_AGENCY_SYSTEM))
    envelope = make_batch(data.draw(st.integers(2, 9)))[1]
    signature = envelope.signatures[0]
    part = data.draw(st.sampled_from(["payload", "sig", "path"]))
    which = data.draw(st.integers(0, len(signature.batch.path) - 1))
    raw = bytearray({"payload": envelope.payload, "sig": signature.sig, "path": signature.batch.path[which]}[part])
    bit = data.draw(st.integers(0, 2**16)) % (len(raw) * 8)  # an ECDSA signature's length varies
    raw[bit // 8] ^= 1 << bit % 8
    if part == "payload":
        envelope.payload = bytes(raw)
    elif part == "sig":
        signature.sig = bytes(raw)
    else:
        signature.batch.path[which] = bytes(raw)
    with pytest.raises(HutongError, match="HT-SIG-03"):
        verify(envelope, header, lookup)


def test_the_root_of_one_statement_is_no_statement() -> None:
    """A batch signature is no plain one: the domains differ."""
    (envelope,) = make_batch(1)
    assert envelope.payload_type == PAYLOAD_TYPE
    assert not KEY.public.verify(envelope.payload, envelope.signatures[0].sig)
