"""A hub's authority for tests: root, one intermediate, certificates for servers and clients; and a profile under it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from hutong.proofs.note import ED25519, VerifierKey
from hutong.signing.keys import SigningKey
from hutong.signing.pem import write_pem
from hutong.tls.config import Config
from hutong.tls.profile import Profile
from hutong.tls.requests import make_key, read_csr

ORIGIN = "hutong.example/log"
POLICY = f"log {VerifierKey(ORIGIN, ED25519, bytes(32))}\nquorum none\n"
SUBJECT = "spiffe://hutong.example/agency/police-sh/contact/c0123456789ab"


class Authority:
    """Signs with one root and one intermediate."""

    def __init__(self) -> None:
        self.root_key, self.key = make_key(), make_key()
        self._root = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")])
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "intermediate")])
        self.root_pem = self._issue(self._root, self.root_key.public_key(), None, ca=True, issuer=self._root)
        self.intermediate = self._issue(self._name, self.key.public_key(), None, ca=True, issuer=self._root)

    def _issue(
        self, name: x509.Name, public: object, san: x509.GeneralName | None, *, ca: bool = False, issuer: x509.Name
    ) -> str:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder(issuer_name=issuer, subject_name=name, public_key=public)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if san:
            builder = builder.add_extension(x509.SubjectAlternativeName([san]), critical=True)
        key = self.root_key if issuer == self._root else self.key
        return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()

    def server(self, name: str = "hub") -> tuple[bytes, bytes]:
        """(key, chain) of a server."""
        key = make_key()
        leaf = self._issue(x509.Name([]), key.public_key(), x509.DNSName(name), issuer=self._name)
        return write_pem(key, None), (leaf + self.intermediate).encode()

    def certify(self, request: bytes) -> str:
        """The chain for a client's request."""
        subject, spki = read_csr(request)
        public = load_der_public_key(spki)
        assert isinstance(public, ec.EllipticCurvePublicKey)
        name = x509.UniformResourceIdentifier(subject.uri)
        return self._issue(x509.Name([]), public, name, issuer=self._name) + self.intermediate


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def other_authority() -> Authority:
    return Authority()


@pytest.fixture
def new_profile(tmp_path: Path, authority: Authority) -> Callable[..., Profile]:
    def make(name: str = "profile", address: str = "127.0.0.1:1", pin: str | None = None) -> Profile:
        config = Config(origin=ORIGIN, address=address, subject=SUBJECT, enrol_address=address)
        key = SigningKey.generate()
        return Profile.create(
            tmp_path / name, config=config, root_pem=authority.root_pem, policy=POLICY, signing_key=key, pin=pin
        )

    return make
