"""Subjects and certificate requests, judged by the openssl program; everything else is refused."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.tls.requests import make_csr, make_key, read_csr
from hutong.tls.spiffe import Subject

SUBJECT = Subject("hutong.example", "police-sh", "contact", "c0123456789ab")
KEY = make_key()


def refusal(der: bytes) -> str:
    with pytest.raises(HutongError) as raised:
        read_csr(der)
    return raised.value.code


def build(
    *names: x509.GeneralName, key: object = KEY, hash_: object = None, common: str = "", more: bool = False
) -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)] if common else [])
    builder = x509.CertificateSigningRequestBuilder(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    if more:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hash_ or SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def uri(text: str = SUBJECT.uri) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


# Made for this test with OpenSSL 3.0.19: `openssl req -new -subj / -sha256 -addext subjectAltName=URI:…`, P-256.
OPENSSL = (
    "MIIBGDCBvgIBADAAMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWigBdO0YhDNW89DeuMr3BUjlJ1ceNN7qLQ+ZpEWWfFVCWfijhvcp69R0usIaC1gB"
    "vIUqH0te+EFyquALJIRBZKBcMFoGCSqGSIb3DQEJDjFNMEswSQYDVR0RBEIwQIY+c3BpZmZlOi8vaHV0b25nLmV4YW1wbGUvYWdlbmN5L3BvbGljZS1z"
    "aC9jb250YWN0L2MwMTIzNDU2Nzg5YWIwCgYIKoZIzj0EAwIDSQAwRgIhANah62awuiUZqI58G2nxHuKtsCoiLQbZA/5JjoqMILNnAiEAnzwNru0QSSpG"
    "x8KMqwS3Dtzzi8onn9xo1CMK82QQKK8="
)


def test_round_trip() -> None:
    spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read_csr(make_csr(KEY, SUBJECT)) == (SUBJECT, spki)


def test_a_request_made_by_openssl() -> None:
    subject, spki = read_csr(b64decode(OPENSSL))
    assert subject == SUBJECT
    assert sha256(spki).hexdigest() == "22e3fa21313a25ed6a1732db07a6a0a1a45189b1ee5a32a6ff5251452ef2dd82"


REFUSED = {
    "no name": (lambda: build(), "HT-TLS-05"),
    "two names": (lambda: build(uri(), uri(SUBJECT.uri.replace("police", "market"))), "HT-TLS-05"),
    "a server's name": (lambda: build(x509.DNSName("hub")), "HT-TLS-05"),
    "a server's name besides": (lambda: build(uri(), x509.DNSName("hub")), "HT-TLS-05"),
    "another scheme": (lambda: build(uri("https://hutong.example/agency/a")), "HT-TLS-05"),
    "common name": (lambda: build(uri(), common="hub"), "HT-ENR-01"),
    "asks to be an authority": (lambda: build(uri(), more=True), "HT-ENR-01"),
    "P-384": (lambda: build(uri(), key=ec.generate_private_key(ec.SECP384R1())), "HT-ENR-01"),
    "Ed25519": (lambda: build(uri(), key=ed25519.Ed25519PrivateKey.generate()), "HT-ENR-01"),
    "SHA-384": (lambda: build(uri(), hash_=SHA384()), "HT-ENR-01"),
    "too long": (lambda: bytes(4097), "HT-ENR-01"),
    "nothing": (lambda: b"", "HT-ENR-01"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_refused(case: str) -> None:
    make, code = REFUSED[case]
    assert refusal(make()) == code


def test_a_request_signed_by_another_key() -> None:
    der, other = make_csr(KEY, SUBJECT), make_csr(make_key(), SUBJECT)
    own, foreign = (x509.load_der_x509_csr(each) for each in (der, other))
    point = [k.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for k in (own, foreign)]  # type: ignore[call-arg]
    assert refusal(der.replace(*point)) == "HT-ENR-02"


@given(st.integers(0, 2**16))
@settings(deadline=None, max_examples=300)
def test_any_flipped_bit(where: int) -> None:
    raw = bytearray(make_csr(KEY, SUBJECT))
    bit = where % (len(raw) * 8)
    raw[bit // 8] ^= 1 << bit % 8
    assert refusal(bytes(raw)) in {"HT-ENR-01", "HT-ENR-02", "HT-TLS-05"}


@given(st.binary(max_size=300))
def test_random_bytes(der: bytes) -> None:
    assert refusal(der) == "HT-ENR-01"


def test_subjects() -> None:
    for subject in (SUBJECT, Subject("hutong.example", "banking-sh", "system", "node-1")):
        assert Subject.parse(subject.uri) == subject
    assert (SUBJECT.contact, Subject("hutong.example", "ab", "system", "n").contact) == ("c0123456789ab", "")
    assert SUBJECT.uri == "spiffe://hutong.example/agency/police-sh/contact/c0123456789ab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spiffe://hutong.example/agency/police-sh",
        SUBJECT.uri + "/",
        SUBJECT.uri + "\n",
        SUBJECT.uri + "?x",
        SUBJECT.uri.upper(),
        SUBJECT.uri.replace("spiffe", "https"),
        SUBJECT.uri.replace("c0123456789ab", "c0123456789a"),
        SUBJECT.uri.replace("contact", "officer"),
        SUBJECT.uri.replace("contact/c0123456789ab", "system/Node"),
        SUBJECT.uri.replace("police-sh", "police/sh"),
        SUBJECT.uri.replace("police-sh", "警察"),
        SUBJECT.uri.replace("hutong.example", "hutong.example:443"),
        SUBJECT.uri.replace("hutong.example", "a@hutong.example"),
    ],
)
def test_what_is_no_subject(text: str) -> None:
    with pytest.raises(HutongError, match="HT-TLS-05"):
        Subject.parse(text)


def test_subjects_cannot_be_made_of_parts_that_read_otherwise() -> None:
    for parts in [
        ("hutong.example", "a/system/b", "system", "n"),
        ("hutong.example", "ab", "system", "n/../x"),
        ("hutong.example", "ab", "officer", "n"),
        ("hutong.example", "ab", "contact", "boss"),
    ]:
        with pytest.raises(HutongError, match="HT-TLS-05"):
            Subject(*parts)  # type: ignore[arg-type]
