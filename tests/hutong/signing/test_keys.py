"""Keys: vectors of RFC 8032 and RFC 6979, PEM files under a PIN, and keys that must not be taken."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.signing.keys import PublicKey, SigningKey, keyid
from hutong.signing.suites import _P, _SMALL_ORDER_Y
from hutong.v1.codes_pb2 import ALGORITHM_ECDSA_P256, ALGORITHM_ED25519, ALGORITHM_X25519, Algorithm

ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
SIGNING = sorted([ALGORITHM_ED25519, ALGORITHM_ECDSA_P256])

RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
]


def refusal(spki: bytes, algorithm: Algorithm.ValueType) -> str:
    with pytest.raises(HutongError) as raised:
        PublicKey.from_spki(spki, algorithm)
    return raised.value.code


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032, ids=["test1", "test2"])
def test_ed25519_vectors(secret: str, public: str, message: str, signature: str) -> None:
    key = SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))
    assert key.spki == ED25519_SPKI + bytes.fromhex(public)
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.public.verify(bytes.fromhex(message), bytes.fromhex(signature))


def test_ecdsa_vector_of_rfc_6979() -> None:
    secret = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    r = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    public = SigningKey(ec.derive_private_key(secret, ec.SECP256R1())).public
    assert public.verify(b"sample", encode_dss_signature(r, s))
    assert not public.verify(b"sample", encode_dss_signature(r, s + 1))
    assert not public.verify(b"sample.", encode_dss_signature(r, s))
    assert not public.verify(b"sample", r.to_bytes(32, "big") + s.to_bytes(32, "big"))


# Made for this test with OpenSSL 3.0.19: `openssl genpkey`, and `openssl pkey -pubout -outform DER | sha256sum`.
OPENSSL = [
    (
        "MC4CAQAwBQYDK2VwBCIEIG/GVyDlayRVe1Gmp/vgaGElbNrJo+tpRGvM2WwPVj5G",
        "4021a74a4b3e53e54fc4f1727254349fd93c460723490c70581a0683187640f6",
        ALGORITHM_ED25519,
    ),
    (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKbVqsS5fZcZh7ClT2w+LtMNRVLvvmIANBTCb7H1JbwOhRANCAARaKAF07RiEM1bz"
        "0N64yvcFSOUnVx403uotD5mkRZZ8VUJZ+KOG9ynr1HS6whoLWAG8hSofS174QXKq4AskhEFk",
        "22e3fa21313a25ed6a1732db07a6a0a1a45189b1ee5a32a6ff5251452ef2dd82",
        ALGORITHM_ECDSA_P256,
    ),
]


@pytest.mark.parametrize(("body", "keyid_there", "algorithm"), OPENSSL, ids=["ed25519", "p256"])
def test_keys_and_ids_of_openssl(body: str, keyid_there: str, algorithm: Algorithm.ValueType) -> None:
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    pem = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""]).encode()
    key = SigningKey.from_pem(pem)
    assert (key.keyid, key.algorithm) == (keyid_there, algorithm)
    assert key.to_pem() == pem and keyid(key.spki) == keyid_there


@pytest.mark.parametrize("algorithm", SIGNING)
def test_key_file_with_and_without_pin(algorithm: Algorithm.ValueType) -> None:
    key = SigningKey.generate(algorithm)
    assert SigningKey.from_pem(key.to_pem()).spki == key.spki
    locked = key.to_pem(b"2580")
    assert b"PRIVATE KEY" in locked and key.to_pem(b"2580") != locked
    again = SigningKey.from_pem(locked, b"2580")
    assert again.public == key.public and key.public.verify(b"x", again.sign(b"x"))
    for pin in (None, b"", b"2581"):
        with pytest.raises(HutongError, match="HT-SIG-08"):
            SigningKey.from_pem(locked, pin)


def test_the_pin_itself_does_not_open_the_pkcs8() -> None:
    locked = SigningKey.generate().to_pem(b"2580")
    with pytest.raises(HutongError, match="HT-SIG-08"):
        SigningKey.from_pem(locked[locked.index(b"-----BEGIN") :], b"2580")


@given(st.binary(max_size=200))
def test_what_is_no_key_file(pem: bytes) -> None:
    with pytest.raises(HutongError, match="HT-SIG-07"):
        SigningKey.from_pem(pem)


@given(st.binary(max_size=100), st.sampled_from(SIGNING))
def test_what_is_no_public_key(spki: bytes, algorithm: Algorithm.ValueType) -> None:
    assert refusal(spki, algorithm) == "HT-SIG-07"


def test_key_under_another_algorithm() -> None:
    ed, p256 = SigningKey.generate().spki, SigningKey.generate(ALGORITHM_ECDSA_P256).spki
    p384 = ec.generate_private_key(ec.SECP384R1()).public_key()
    opening = x25519.X25519PrivateKey.generate().public_key()
    table = [
        (ed, ALGORITHM_ECDSA_P256),
        (p256, ALGORITHM_ED25519),
        (p384.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), ALGORITHM_ECDSA_P256),
        (opening.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), ALGORITHM_X25519),
        (ed, 99),
    ]
    for spki, algorithm in table:
        assert refusal(spki, algorithm) == "HT-SIG-06"  # type: ignore[arg-type]


def test_second_encoding_of_a_key_is_refused() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    compressed = b"\x30\x39" + algorithm + b"\x03\x22\x00" + point
    assert refusal(compressed, ALGORITHM_ECDSA_P256) == "HT-SIG-07"
    assert refusal(SigningKey.generate().spki + b"\x00", ALGORITHM_ED25519) == "HT-SIG-07"


@pytest.mark.parametrize("y", sorted(_SMALL_ORDER_Y | {_P, _P + 1}))
@pytest.mark.parametrize("sign", [0, 1])
def test_small_order_keys_are_refused(y: int, sign: int) -> None:
    spki = ED25519_SPKI + (y | sign << 255).to_bytes(32, "little")
    assert refusal(spki, ALGORITHM_ED25519) in {"HT-SIG-06", "HT-SIG-07"}


@pytest.mark.parametrize("y", sorted(_SMALL_ORDER_Y))
def test_why_small_order_keys_are_refused(y: int) -> None:
    key = ed25519.Ed25519PublicKey.from_public_bytes(y.to_bytes(32, "little"))
    neutral = (1).to_bytes(32, "little") + bytes(32)
    forged = 0
    for number in range(200):
        try:
            key.verify(neutral, b"message %d" % number)
            forged += 1
        except Exception:  # noqa: S110 - the point is how often it passes
            pass
    assert forged >= 5, "one signature passes for many messages"


@pytest.mark.parametrize("algorithm", sorted([ALGORITHM_X25519, 0, 77]))
def test_generate_only_what_signs(algorithm: Algorithm.ValueType) -> None:
    with pytest.raises(HutongError, match="HT-SIG-06"):
        SigningKey.generate(algorithm)


def test_private_half_never_shows() -> None:
    key = SigningKey.generate()
    assert repr(key) == f"SigningKey({key.keyid})" and len({key.public, PublicKey(key.spki, key.algorithm)}) == 1
