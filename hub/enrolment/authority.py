"""The hub's certificate authority: a root, one intermediate an agency, certificates of 30 days (RFC 5280, P-256).

It certifies TLS only. What an agency says is believed by the keys in the log, which the agency's head binds; so whoever
holds this authority can open connections in another's name and still sign nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hutong.tls.channel import HUB_NAME
from hutong.tls.files import write_private
from hutong.tls.names import node_name
from hutong.tls.spiffe import Subject

_SKEW = dt.timedelta(minutes=5)
_AUTHORITY_DAYS = 3650
_PURPOSES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


class Authority:
    """Issues certificates from the keys in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())

    @staticmethod
    def create(folder: Path, origin: str, now: dt.datetime) -> Authority:
        """Make the root; ``folder`` exists and is private."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hutong root {origin}")])
        root = _authority_certificate(name, name, key.public_key(), key, now, path_length=1)
        _write_key(folder / "root.key", key)
        (folder / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
        return Authority(folder)

    @property
    def root_pem(self) -> str:
        """The root certificate, PEM."""
        return self.root.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, subject: Subject, spki: bytes, now: dt.datetime, lifetime: dt.timedelta) -> list[x509.Certificate]:
        """A certificate for ``subject`` over the key ``spki``, leaf first, then the agency's intermediate."""
        intermediate, key = self._intermediate(subject.agency, now)
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(subject.uri)]
        if subject.kind == "system":
            names.append(x509.DNSName(node_name(subject.agency)))
        leaf = _leaf(names, spki, intermediate.subject, key, now, lifetime)
        return [leaf, intermediate]

    def server(self, now: dt.datetime, lifetime: dt.timedelta) -> tuple[bytes, bytes]:
        """A new key and certificate for the hub's own ports, both PEM; clients ask for the name ``hub``."""
        key = ec.generate_private_key(ec.SECP256R1())
        root_key = _read_key(self._folder / "root.key")
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        names: list[x509.GeneralName] = [x509.DNSName(HUB_NAME)]
        leaf = _leaf(names, spki, self.root.subject, root_key, now, lifetime)
        return _pem(key), leaf.public_bytes(serialization.Encoding.PEM)

    def _intermediate(self, agency: str, now: dt.datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """The agency's intermediate, made on first use; a crash between its two files leaves a key that is replaced."""
        folder = self._folder / "agencies"
        folder.mkdir(mode=0o700, exist_ok=True)
        certificate_file, key_file = folder / f"{agency}.pem", folder / f"{agency}.key"
        if certificate_file.exists():
            return x509.load_pem_x509_certificate(certificate_file.read_bytes()), _read_key(key_file)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hutong agency {agency}")])
        root_key = _read_key(self._folder / "root.key")
        made = _authority_certificate(name, self.root.subject, key.public_key(), root_key, now, path_length=0)
        _write_key(key_file, key)
        write_private(certificate_file, made.public_bytes(serialization.Encoding.PEM))
        return made, key


def _authority_certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    path_length: int,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(subject, issuer, public, signer, now, dt.timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .sign(signer, hashes.SHA256())
    )


def _leaf(
    names: Sequence[x509.GeneralName],
    spki: bytes,
    issuer: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    lifetime: dt.timedelta,
) -> x509.Certificate:
    public = serialization.load_der_public_key(spki)
    assert isinstance(public, ec.EllipticCurvePublicKey)  # noqa: S101 - hutong.tls.requests let no other kind through
    return (
        _builder(x509.Name([]), issuer, public, signer, now, lifetime)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    lifetime: dt.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    write_private(path, _pem(key))


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - written by this module
    return key
