"""What listens at an address: asked with a plain TLS handshake (RFC 8446), before anything of ours is said."""

from __future__ import annotations

import socket
import ssl
from enum import StrEnum

from hutong.tls.names import check_address


class Answer(StrEnum):
    """What came of the handshake."""

    FINE = "fine"
    UNREACHABLE = "unreachable"
    PLAINTEXT = "plaintext"
    WRONG_CA = "wrong_ca"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"


_EXPIRED, _NAME = (9, 10), (62,)
"""X509_V_ERR_CERT_NOT_YET_VALID, …_HAS_EXPIRED; …_HOSTNAME_MISMATCH (openssl/x509_vfy.h)."""


_NO_RECORD = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")


def probe(address: str, root_pem: str, name: str, seconds: float = 5.0) -> Answer:
    """Shake hands with ``address`` (host:port), trusting ``root_pem`` only and expecting a certificate for ``name``."""
    host, _, port = check_address(address).rpartition(":")
    context = ssl.create_default_context(cadata=root_pem)
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host.strip("[]"), int(port)), seconds) as connection,
            context.wrap_socket(connection, server_hostname=name),
        ):
            return Answer.FINE
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in _EXPIRED:
            return Answer.EXPIRED
        return Answer.WRONG_NAME if error.verify_code in _NAME else Answer.WRONG_CA
    except ssl.SSLError as error:
        # What is no TLS record at all comes from a port that speaks in the clear.
        return Answer.PLAINTEXT if error.reason in _NO_RECORD else Answer.UNREACHABLE
    except OSError:
        return Answer.UNREACHABLE
