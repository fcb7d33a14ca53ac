"""Envelopes: judged by securesystemslib's DSSE, and refused for every fault."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from securesystemslib import dsse as judge
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from hutong.errors import HutongError
from hutong.signing.dsse import PAYLOAD_TYPE, pae, sign, sign_batch, statement_digest, verify
from hutong.signing.keys import PublicKey, SigningKey, keyid
from hutong.v1.codes_pb2 import ALGORITHM_ECDSA_P256, ALGORITHM_ED25519
from hutong.v1.envelope_pb2 import Envelope, Signature
from hutong.v1.options_pb2 import SIGNER_ROLE_AGENCY_SYSTEM, SIGNER_ROLE_HUB, SIGNER_ROLE_OFFICER

OFFICER = SigningKey.generate()
SYSTEM = SigningKey.generate(ALGORITHM_ECDSA_P256)
STRANGER = SigningKey.generate()
Make = Callable[..., Any]


def as_json(envelope: Envelope) -> dict[str, Any]:
    return {
        "payload": b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [{"keyid": s.keyid, "sig": b64encode(s.sig).decode()} for s in envelope.signatures],
    }


def judges_key(key: SigningKey) -> SSlibKey:
    return SSlibKey.from_crypto(load_der_public_key(key.spki), keyid=key.keyid)  # type: ignore[arg-type]


def refused(code: str, envelope: Envelope, header: Any, lookup: Any) -> None:
    with pytest.raises(HutongError) as raised:
        verify(envelope, header, lookup)
    assert raised.value.code == code


def test_pae_example_of_the_specification() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("", b"") == b"DSSEv1 0  0 "


@pytest.mark.parametrize("keys", [[OFFICER], [SYSTEM], [OFFICER, SYSTEM]], ids=["ed25519", "p256", "both"])
def test_judge_verifies_ours(keys: list[SigningKey], statement: Make) -> None:
    _, payload, _ = statement(*((key, SIGNER_ROLE_OFFICER) for key in keys))
    envelope = sign(payload, keys)
    theirs = judge.Envelope.from_dict(as_json(envelope))
    accepted = theirs.verify([judges_key(key) for key in keys], threshold=len(keys))
    assert sorted(accepted) == sorted(key.keyid for key in keys)
    assert statement_digest(envelope) == sha256(theirs.pae()).digest()
    envelope.signatures[0].sig = STRANGER.sign(b"")
    with pytest.raises(VerificationError):
        judge.Envelope.from_dict(as_json(envelope)).verify([judges_key(k) for k in keys], threshold=len(keys))


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_we_verify_the_judges(kind: str, statement: Make) -> None:
    private = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    algorithm = ALGORITHM_ED25519 if kind == "ed25519" else ALGORITHM_ECDSA_P256
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = PublicKey.from_spki(spki, algorithm)
    signer = CryptoSigner(private, SSlibKey.from_crypto(private.public_key(), keyid=keyid(spki)))
    header, payload, _ = statement((own, SIGNER_ROLE_OFFICER))
    theirs = judge.Envelope(payload, PAYLOAD_TYPE, {})
    theirs.sign(signer)
    values = theirs.to_dict()
    envelope = Envelope(payload=b64decode(values["payload"]), payload_type=values["payloadType"])
    for each in values["signatures"]:
        envelope.signatures.append(Signature(sig=b64decode(each["sig"]), keyid=each["keyid"]))
    assert verify(envelope, header, {own.keyid: own}.get) == sha256(theirs.pae()).digest()


def test_two_signers_in_any_order(statement: Make) -> None:
    header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER), (SYSTEM, SIGNER_ROLE_AGENCY_SYSTEM))
    envelope = sign(payload, [SYSTEM, OFFICER])
    assert verify(envelope, header, lookup) == statement_digest(envelope)


class TestFaults:
    """One fault each, with the code that it is refused with."""

    def test_missing(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER), (SYSTEM, SIGNER_ROLE_AGENCY_SYSTEM))
        refused("HT-SIG-01", sign(payload, [OFFICER]), header, lookup)

    def test_no_signers_at_all(self, statement: Make) -> None:
        header, payload, lookup = statement()
        refused("HT-SIG-01", sign(payload, []), header, lookup)

    def test_surplus(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER))
        refused("HT-SIG-02", sign(payload, [OFFICER, STRANGER]), header, lookup)

    def test_second_signature_of_one_key(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER))
        refused("HT-SIG-02", sign(payload, [OFFICER, OFFICER]), header, lookup)

    def test_one_key_for_two_signers(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER), (OFFICER, SIGNER_ROLE_AGENCY_SYSTEM))
        refused("HT-SIG-02", sign(payload, [OFFICER]), header, lookup)

    def test_signature_of_another_statement(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER))
        envelope = sign(payload, [OFFICER])
        envelope.signatures[0].sig = sign(payload + b"x", [OFFICER]).signatures[0].sig
        refused("HT-SIG-03", envelope, header, lookup)

    def test_signed_by_a_stranger_under_the_officers_name(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER))
        envelope = sign(payload, [STRANGER])
        envelope.signatures[0].keyid = OFFICER.keyid
        refused("HT-SIG-03", envelope, header, lookup)

    def test_key_not_in_force(self, statement: Make) -> None:
        header, payload, _ = statement((OFFICER, SIGNER_ROLE_OFFICER))
        refused("HT-SIG-04", sign(payload, [OFFICER]), header, lambda _: None)

    def test_directory_answers_with_another_key(self, statement: Make) -> None:
        header, payload, _ = statement((OFFICER, SIGNER_ROLE_OFFICER))
        refused("HT-SIG-04", sign(payload, [OFFICER]), header, lambda _: STRANGER.public)

    @pytest.mark.parametrize("role", [SIGNER_ROLE_OFFICER, SIGNER_ROLE_HUB])
    def test_batch_of_anybody_but_a_system(self, role: Any, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, role))
        (envelope,) = sign_batch([payload], origin=header.origin, agency=header.sender.agency, key=OFFICER)
        refused("HT-SIG-05", envelope, header, lookup)

    def test_other_algorithm_than_the_keys(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER))
        header.signers[0].algorithm = ALGORITHM_ECDSA_P256
        refused("HT-SIG-06", sign(payload, [OFFICER]), header, lookup)

    def test_payload_type_of_another_domain(self, statement: Make) -> None:
        header, payload, lookup = statement((OFFICER, SIGNER_ROLE_OFFICER))
        refused("HT-ENV-03", sign(payload, [OFFICER], "application/vnd.hutong.batch.v1"), header, lookup)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_any_flipped_bit_is_refused(statement: Make, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([OFFICER, SYSTEM]))
    header, payload, lookup = statement((key, SIGNER_ROLE_AGENCY_SYSTEM))
    envelope = sign(payload, [key])
    part = data.draw(st.sampled_from(["payload", "sig"]))
    raw = bytearray(envelope.payload if part == "payload" else envelope.signatures[0].sig)
    bit = data.draw(st.integers(0, 2**16)) % (len(raw) * 8)  # an ECDSA signature's length varies
    raw[bit // 8] ^= 1 << bit % 8
    if part == "payload":
        envelope.payload = bytes(raw)
    else:
        envelope.signatures[0].sig = bytes(raw)
    refused("HT-SIG-03", envelope, header, lookup)


@given(sig=st.binary(max_size=128))
def test_random_bytes_are_no_signature(sig: bytes) -> None:
    assert not OFFICER.public.verify(b"message", sig)
    assert not SYSTEM.public.verify(b"message", sig)
