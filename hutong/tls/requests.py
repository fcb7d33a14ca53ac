"""Keys and certificate requests for TLS: P-256, PKCS #10 (RFC 2986) with a SPIFFE id as the only name.

The request has no common name on purpose: a certificate with one could pass for a server in old clients.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import SignatureAlgorithmOID

from hutong.errors import HutongError
from hutong.tls.spiffe import Subject

MAX_REQUEST = 4096


def make_key() -> ec.EllipticCurvePrivateKey:
    """A new TLS key. P-256, because gRPC's handshake does not take Ed25519 certificates."""
    return ec.generate_private_key(ec.SECP256R1())


def make_csr(key: ec.EllipticCurvePrivateKey, subject: Subject) -> bytes:
    """The request for a certificate of ``subject``, DER."""
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(subject.uri)])
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(names, critical=True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def read_csr(der: bytes) -> tuple[Subject, bytes]:
    """Whom a request is for, and its key as DER SubjectPublicKeyInfo.

    HT-ENR-01: no request of the shape of ``make_csr``; HT-ENR-02: its own signature does not hold; HT-TLS-05: not a
    possible name.
    """
    if len(der) > MAX_REQUEST:
        raise HutongError("HT-ENR-01")
    try:
        request = x509.load_der_x509_csr(der)
        key = request.public_key()
        valid = request.is_signature_valid
        bare = len(request.extensions) == 1 and not request.subject.rdns
        # The count of unused bits before the signature stands outside of what is signed: one encoding only.
        bare = bare and der.endswith(b"\x00" + request.signature)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise HutongError("HT-ENR-01") from error
    except x509.UnsupportedGeneralNameType as error:
        raise HutongError("HT-TLS-05") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise HutongError("HT-ENR-01")
    if request.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        raise HutongError("HT-ENR-01")
    if not valid:
        raise HutongError("HT-ENR-02")
    subject = Subject.of(request)
    if not bare:
        raise HutongError("HT-ENR-01")
    return subject, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
