"""Sealed bodies: open for their recipients, refused when anything was changed."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.sealing.body import MAX_PLAINTEXT, open_body, read_body, read_unsealed, seal, unseal
from hutong.sealing.keys import OpeningKey, wrap_key
from hutong.v1.body_pb2 import Body, NoteBody
from hutong.v1.envelope_pb2 import Sealed

Make = Callable[[bytes], SimpleNamespace]
Keys = dict[str, OpeningKey]
TEXT = "涉嫌传销线索".encode()


def held(*keys: OpeningKey) -> dict[str, OpeningKey]:
    return {key.keyid: key for key in keys}


@given(plaintext=st.binary(min_size=1, max_size=2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_every_recipient_and_the_sender_open_it(plaintext: bytes, sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(plaintext)
    for name, agency in [("police", "police-sh"), ("police-recovery", "police-sh"), ("market", "market-sh")]:
        assert open_body(case.sealed, case.header, held(keys[name]), agency) == plaintext
    assert len(case.sealed.ciphertext) == len(plaintext) + 60


def test_opened_by_hand_from_the_contract(sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    dek = keys["police"].unwrap(case.sealed.wraps[0], origin=case.header.origin, message_id=case.header.message_id)
    assert dek is not None
    aad = case.header.message_id + b"application/vnd.hutong.statement.v1+protobuf"
    inside = AESGCM(dek).decrypt(case.sealed.ciphertext[:12], case.sealed.ciphertext[12:], aad)
    assert inside[32:] == TEXT
    assert hmac.new(inside[:32], b"hutong/commit/v1\x00" + TEXT, "sha256").digest() == case.header.commitment


def test_a_delivery_carries_only_the_callers_wraps(sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    own = Sealed(ciphertext=case.sealed.ciphertext, wraps=[w for w in case.sealed.wraps if w.agency == "police-sh"])
    assert open_body(own, case.header, held(keys["police"], keys["police-recovery"]), "police-sh") == TEXT


def test_the_recovery_key_helps_when_the_first_wrap_is_damaged(sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    case.sealed.wraps[0].wrapped = bytes(80)
    assert open_body(case.sealed, case.header, held(keys["police"], keys["police-recovery"]), "police-sh") == TEXT
    with pytest.raises(HutongError, match="HT-SEA-01"):
        open_body(case.sealed, case.header, held(keys["police"]), "police-sh")


def test_no_key_or_another_agency(sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    for own, agency in [
        (held(OpeningKey.generate()), "police-sh"),
        ({}, "police-sh"),
        (held(keys["police"]), "banking-sh"),
    ]:
        with pytest.raises(HutongError, match="HT-SEA-01"):
            open_body(case.sealed, case.header, own, agency)


@given(bit=st.integers(0, (60 + len(TEXT)) * 8 - 1), fix_digest=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_flipped_bit_of_the_ciphertext(bit: int, fix_digest: bool, sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    raw = bytearray(case.sealed.ciphertext)
    raw[bit // 8] ^= 1 << bit % 8
    case.sealed.ciphertext = bytes(raw)
    if fix_digest:
        case.header.ciphertext_sha256 = sha256(raw).digest()
    # Not the ciphertext that was signed: whoever carried it; the one that was signed: whoever sealed it.
    with pytest.raises(HutongError, match="HT-SEA-02" if fix_digest else "HT-SEA-04"):
        open_body(case.sealed, case.header, held(keys["police"]), "police-sh")


@given(length=st.integers(0, 59 + len(TEXT)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_ciphertext_cut_short_under_a_lying_header(length: int, sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    case.sealed.ciphertext = case.sealed.ciphertext[:length]
    case.header.ciphertext_sha256 = sha256(case.sealed.ciphertext).digest()
    with pytest.raises(HutongError, match="HT-SEA-02"):
        open_body(case.sealed, case.header, held(keys["police"]), "police-sh")


def test_commitment_to_something_else(sealed_case: Make, keys: Keys) -> None:
    case, other = sealed_case(TEXT), sealed_case(b"other")
    for commitment in (other.header.commitment, b"", bytes(32)):
        case.header.commitment = commitment
        with pytest.raises(HutongError, match="HT-SEA-02"):
            open_body(case.sealed, case.header, held(keys["police"]), "police-sh")


def test_two_recipients_cannot_be_shown_different_texts(sealed_case: Make, keys: Keys) -> None:
    """A sender who wraps another key to one recipient: that one sees a mismatch, the other the text."""
    case = sealed_case(TEXT)
    recipient = keys["police"].for_agency("police-sh")
    other = wrap_key(bytes(32), recipient, origin=case.header.origin, message_id=case.header.message_id)
    case.sealed.wraps[0].CopyFrom(other)
    with pytest.raises(HutongError, match="HT-SEA-02"):
        open_body(case.sealed, case.header, held(keys["police"]), "police-sh")
    assert open_body(case.sealed, case.header, held(keys["banking"]), "banking-sh") == TEXT


def test_a_body_moved_to_another_message(sealed_case: Make, keys: Keys) -> None:
    case = sealed_case(TEXT)
    case.header.message_id = bytes(16)
    with pytest.raises(HutongError, match="HT-SEA-01"):
        open_body(case.sealed, case.header, held(keys["police"]), "police-sh")


def test_what_cannot_be_sealed(keys: Keys) -> None:
    key = keys["police"].for_agency("police-sh")
    for plaintext, recipients, code in [
        (b"", [key], "HT-ENV-03"),
        (bytes(MAX_PLAINTEXT + 1), [key], "HT-ENV-01"),
        (b"x", [], "HT-ENV-03"),
        (b"x", [key] * 201, "HT-ENV-03"),
        (b"x", [key, key], "HT-SEA-03"),
    ]:
        with pytest.raises(HutongError, match=code):
            seal(plaintext, origin="hutong.example/log", message_id=bytes(16), recipients=recipients)


def test_the_largest_body_fits_the_contract(keys: Keys) -> None:
    key = keys["police"].for_agency("police-sh")
    body = seal(bytes(MAX_PLAINTEXT), origin="hutong.example/log", message_id=bytes(16), recipients=[key])
    assert len(body.sealed.ciphertext) == 4_194_304


def test_parties_inside_are_the_headers(sealed_case: Make) -> None:
    header = sealed_case(TEXT).header
    body = Body(
        version=1,
        message_id=header.message_id,
        sender_agency="market-sh",
        sender_contact="c0123456789ab",
        recipient_agencies=["police-sh", "banking-sh"],
        note=NoteBody(text="x"),
    )
    assert read_body(body.SerializeToString(), header) == body
    for change in (
        {"message_id": bytes(16)},
        {"sender_agency": "police-sh"},
        {"sender_contact": ""},
        {"recipient_agencies": ["police-sh"]},
        {"recipient_agencies": ["banking-sh", "police-sh"]},
    ):
        other = Body()
        other.CopyFrom(body)
        for field, value in change.items():
            other.ClearField(field)  # type: ignore[arg-type]
            other.MergeFrom(Body(**{field: value}))  # type: ignore[arg-type]
        with pytest.raises(HutongError, match="HT-SEA-02"):
            read_body(other.SerializeToString(), header)
    with pytest.raises(HutongError, match="HT-SEA-02"):
        read_body(b"\xff\xff", header)


def test_what_somebody_else_unsealed_is_held_against_the_commitment(sealed_case: Make, keys: Keys) -> None:
    """The node opens, the officer recomputes: r comes along, so that no other body can be shown."""
    body = Body(
        version=1,
        message_id=sealed_case(TEXT).header.message_id,
        sender_agency="market-sh",
        sender_contact="c0123456789ab",
        recipient_agencies=["police-sh", "banking-sh"],
        note=NoteBody(text="x"),
    )
    case = sealed_case(body.SerializeToString())
    inside = unseal(case.sealed, case.header, held(keys["police"]), "police-sh")
    assert read_unsealed(inside, case.header) == body
    body.note.text = "y"
    for other in (b"", inside[:32], inside[:-1], bytes(32) + inside[32:], inside[:32] + body.SerializeToString()):
        with pytest.raises(HutongError, match="HT-SEA-02"):
            read_unsealed(other, case.header)
