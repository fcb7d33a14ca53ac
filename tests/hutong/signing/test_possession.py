"""Proofs of possession hold for one log, agency, holder, use and key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hutong.errors import HutongError
from hutong.signing.keys import SigningKey
from hutong.signing.possession import check, possession_message, prove
from hutong.signing.spki import spki_of
from hutong.v1.codes_pb2 import (
    ALGORITHM_ECDSA_P256,
    ALGORITHM_ED25519,
    ALGORITHM_X25519,
    KEY_USE_AGENCY_SYSTEM,
    KEY_USE_HEAD_RECOVERY,
    KEY_USE_OFFICER,
    KEY_USE_OPENING,
    KEY_USE_OPENING_RECOVERY,
    KEY_USE_TLS,
    Algorithm,
    KeyUse,
)
from hutong.v1.kinds_pb2 import KeyBound

ORIGIN, AGENCY, HOLDER = "hutong.example/log", "market-sh", "c0123456789ab"


def bind(use: KeyUse.ValueType, algorithm: Algorithm.ValueType) -> KeyBound:
    key = SigningKey.generate(algorithm)
    proof = prove(key, origin=ORIGIN, agency=AGENCY, holder=HOLDER, use=use)
    return KeyBound(holder=HOLDER, use=use, algorithm=algorithm, spki=key.spki, possession=proof)


def refusal(bound: KeyBound, origin: str = ORIGIN, agency: str = AGENCY) -> str:
    with pytest.raises(HutongError) as raised:
        check(bound, origin=origin, agency=agency)
    return raised.value.code


def test_message_as_the_contract_lays_it_out() -> None:
    assert possession_message("o/l", "ag", "", KEY_USE_TLS, b"\x01\x02") == (
        b"hutong/pop/v1\x00" + b"\x00\x03o/l" + b"\x00\x02ag" + b"\x00\x00" + b"\x06" + b"\x00\x02\x01\x02"
    )


@pytest.mark.parametrize(
    ("use", "algorithm"),
    [
        (KEY_USE_OFFICER, ALGORITHM_ED25519),
        (KEY_USE_OFFICER, ALGORITHM_ECDSA_P256),
        (KEY_USE_AGENCY_SYSTEM, ALGORITHM_ED25519),
        (KEY_USE_HEAD_RECOVERY, ALGORITHM_ECDSA_P256),
        (KEY_USE_TLS, ALGORITHM_ECDSA_P256),
    ],
)
def test_proof_holds_and_holds_for_nothing_else(use: KeyUse.ValueType, algorithm: Algorithm.ValueType) -> None:
    bound = bind(use, algorithm)
    check(bound, origin=ORIGIN, agency=AGENCY)
    assert refusal(bound, origin="other.example/log") == "HT-SIG-03"
    assert refusal(bound, agency="police-sh") == "HT-SIG-03"
    other_use = KEY_USE_AGENCY_SYSTEM if use == KEY_USE_OFFICER else KEY_USE_OFFICER
    for change in (
        KeyBound(holder="cba9876543210"),
        KeyBound(use=other_use),
        KeyBound(spki=SigningKey.generate(algorithm).spki),
        KeyBound(possession=bytes(64)),
    ):
        changed = KeyBound()
        changed.CopyFrom(bound)
        changed.MergeFrom(change)
        assert refusal(changed) == "HT-SIG-03"


def test_wrong_algorithms() -> None:
    assert refusal(bind(KEY_USE_TLS, ALGORITHM_ED25519)) == "HT-SIG-06"
    bound = bind(KEY_USE_OFFICER, ALGORITHM_ED25519)
    bound.algorithm = ALGORITHM_ECDSA_P256
    assert refusal(bound) == "HT-SIG-06"
    bound.spki = b"no key"
    assert refusal(bound) == "HT-SIG-07"


@pytest.mark.parametrize("use", [KEY_USE_OPENING, KEY_USE_OPENING_RECOVERY])
def test_opening_keys_carry_no_proof(use: KeyUse.ValueType) -> None:
    bound = KeyBound(use=use, algorithm=ALGORITHM_X25519, spki=spki_of(X25519PrivateKey.generate()))
    check(bound, origin=ORIGIN, agency=AGENCY)
    bound.possession = bytes(64)
    assert refusal(bound) == "HT-SIG-03"
    signing = SigningKey.generate()
    assert refusal(KeyBound(use=use, algorithm=ALGORITHM_X25519, spki=signing.spki)) == "HT-SIG-06"
    assert refusal(KeyBound(use=use, algorithm=ALGORITHM_ED25519, spki=signing.spki)) == "HT-SIG-06"


@pytest.mark.parametrize("use", [0, 77, 300, -1])
def test_unknown_uses(use: int) -> None:
    assert refusal(KeyBound(use=use, algorithm=ALGORITHM_ED25519)) == "HT-ENV-03"  # type: ignore[arg-type]
