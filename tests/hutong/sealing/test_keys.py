"""Wraps: judged by pyhpke in both directions, bound to their place."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from hutong.errors import HutongError
from hutong.sealing.keys import OpeningKey, RecipientKey, wrap_key, wraps_digest
from hutong.signing.keys import SigningKey
from hutong.v1.envelope_pb2 import Wrap

JUDGE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
ORIGIN, MESSAGE_ID, AGENCY = "hutong.example/log", bytes(range(16)), "police-sh"
DEK = sha256(b"dek").digest()
KEY = OpeningKey.generate()


def info(keyid: str) -> bytes:
    """Written out from the contract."""
    parts = [ORIGIN.encode(), MESSAGE_ID, AGENCY.encode(), keyid.encode()]
    return b"hutong/wrap/v1\x00" + b"".join(bytes([len(p) >> 8, len(p) & 255]) + p for p in parts)


def test_judge_opens_our_wrap() -> None:
    wrap = wrap_key(DEK, KEY.for_agency(AGENCY), origin=ORIGIN, message_id=MESSAGE_ID)
    assert (wrap.agency, wrap.keyid, len(wrap.wrapped)) == (AGENCY, KEY.keyid, 80)
    private = KEMKey.from_pyca_cryptography_key(load_pem_private_key(KEY.to_pem(), None))  # type: ignore[arg-type]
    context = JUDGE.create_recipient_context(wrap.wrapped[:32], private, info=info(KEY.keyid))
    assert context.open(wrap.wrapped[32:]) == DEK


def test_we_open_the_judges_wrap() -> None:
    public = KEMKey.from_pyca_cryptography_key(load_der_public_key(KEY.spki))  # type: ignore[arg-type]
    enc, context = JUDGE.create_sender_context(public, info=info(KEY.keyid))
    wrap = Wrap(agency=AGENCY, keyid=KEY.keyid, wrapped=enc + context.seal(DEK))
    assert KEY.unwrap(wrap, origin=ORIGIN, message_id=MESSAGE_ID) == DEK
    short = Wrap(agency=AGENCY, keyid=KEY.keyid, wrapped=enc + context.seal(DEK[:16]))
    assert KEY.unwrap(short, origin=ORIGIN, message_id=MESSAGE_ID) is None


def test_a_wrap_opens_in_its_place_only() -> None:
    wrap = wrap_key(DEK, KEY.for_agency(AGENCY), origin=ORIGIN, message_id=MESSAGE_ID)
    assert KEY.unwrap(wrap, origin=ORIGIN, message_id=MESSAGE_ID) == DEK
    assert KEY.unwrap(wrap, origin="other.example/log", message_id=MESSAGE_ID) is None
    assert KEY.unwrap(wrap, origin=ORIGIN, message_id=bytes(16)) is None
    assert OpeningKey.generate().unwrap(wrap, origin=ORIGIN, message_id=MESSAGE_ID) is None
    wrap.agency = "banking-sh"
    assert KEY.unwrap(wrap, origin=ORIGIN, message_id=MESSAGE_ID) is None


@given(st.integers(0, 80 * 8 - 1))
def test_any_flipped_bit_keeps_it_shut(bit: int) -> None:
    wrap = wrap_key(DEK, KEY.for_agency(AGENCY), origin=ORIGIN, message_id=MESSAGE_ID)
    raw = bytearray(wrap.wrapped)
    raw[bit // 8] ^= 1 << bit % 8
    # RFC 7748 §5 masks the top bit of a point; HPKE binds the bytes as sent, so even that bit counts.
    assert KEY.unwrap(Wrap(agency=AGENCY, wrapped=bytes(raw)), origin=ORIGIN, message_id=MESSAGE_ID) is None


@given(st.binary(max_size=100))
def test_random_bytes_are_no_wrap(raw: bytes) -> None:
    assert KEY.unwrap(Wrap(agency=AGENCY, wrapped=raw), origin=ORIGIN, message_id=MESSAGE_ID) is None


def test_keys_that_nothing_is_wrapped_to() -> None:
    signing = SigningKey.generate()
    small = bytes.fromhex("302a300506032b656e032100") + bytes(32)
    table = [
        (RecipientKey(AGENCY, signing.keyid, signing.spki), "HT-SIG-06"),
        (RecipientKey(AGENCY, signing.keyid, KEY.spki), "HT-SIG-07"),
        (RecipientKey(AGENCY, KEY.keyid, b"no key"), "HT-SIG-07"),
        (RecipientKey(AGENCY, sha256(small).hexdigest(), small), "HT-SIG-07"),
    ]
    for recipient, code in table:
        with pytest.raises(HutongError, match=code):
            wrap_key(DEK, recipient, origin=ORIGIN, message_id=MESSAGE_ID)


def test_key_files() -> None:
    assert OpeningKey.from_pem(KEY.to_pem()).keyid == KEY.keyid == sha256(KEY.spki).hexdigest()
    locked = KEY.to_pem(b"correct horse")
    assert OpeningKey.from_pem(locked, b"correct horse").spki == KEY.spki
    with pytest.raises(HutongError, match="HT-SIG-08"):
        OpeningKey.from_pem(locked, b"wrong")
    with pytest.raises(HutongError, match="HT-SIG-06"):
        OpeningKey.from_pem(SigningKey.generate().to_pem())
    with pytest.raises(HutongError, match="HT-SIG-06"):
        SigningKey.from_pem(KEY.to_pem())
    assert repr(KEY) == f"OpeningKey({KEY.keyid})"


def test_wraps_digest_written_out() -> None:
    wraps = [
        Wrap(agency="a", keyid="ab" * 32, wrapped=bytes(80)),
        Wrap(agency="b", keyid="cd" * 32, wrapped=b"\x01" * 80),
    ]
    expected = sha256(
        b"\x00\x40" + b"ab" * 32 + b"\x00\x50" + bytes(80) + b"\x00\x40" + b"cd" * 32 + b"\x00\x50" + b"\x01" * 80
    )
    assert wraps_digest(wraps) == expected.digest()
    assert wraps_digest(reversed(wraps)) != expected.digest()
