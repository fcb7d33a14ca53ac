"""What a shown certificate says: one reading for the hub and for an agency's node."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hutong.errors import HutongError
from hutong.tls.presented import presented
from hutong.tls.requests import make_csr, make_key
from hutong.tls.spiffe import Subject

SUBJECT = Subject("hutong.example", "police-sh", "contact", "c0123456789ab")


def test_a_certificate_is_read(authority: Any) -> None:
    key = make_key()
    pem = authority.certify(make_csr(key, SUBJECT)).encode()
    shown, certificate = presented({"x509_pem_cert": [pem]}), x509.load_pem_x509_certificate(pem)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (shown.subject, shown.keyid) == (SUBJECT, sha256(spki).hexdigest())
    assert shown.fingerprint == sha256(certificate.public_bytes(Encoding.DER)).digest()
    assert shown.not_after == int(certificate.not_valid_after_utc.timestamp() * 1000)


def test_nobody(authority: Any) -> None:
    _, server = authority.server()
    for shown in ({}, {"x509_pem_cert": []}, {"x509_pem_cert": [server]}):
        with pytest.raises(HutongError) as refused:
            presented(shown)
        assert refused.value.code == "HT-TLS-11"
