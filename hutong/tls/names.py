"""What names of logs, addresses and roots may look like, wherever they come in from outside."""

from __future__ import annotations

import re
from functools import lru_cache

from cryptography import x509

from hutong.errors import HutongError
from hutong.proofs.policy import Policy

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}/[a-z0-9-]{1,32}")
_ADDRESS = re.compile(
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>[1-9][0-9]{0,4})"
)
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]")

UNREADABLE = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What reading the extensions of a strange certificate raises, beside ValueError."""


def check_origin(origin: str) -> str:
    """``origin`` itself, or HT-TLS-07."""
    if not _ORIGIN.fullmatch(origin):
        raise HutongError("HT-TLS-07", part="origin")
    return origin


def check_address(address: str) -> str:
    """``address`` itself if it is host:port and nothing else that a channel would understand; or HT-TLS-07."""
    found = _ADDRESS.fullmatch(address)
    if not found or int(found["port"]) > 65535:
        raise HutongError("HT-TLS-07", part="address")
    return address


def is_loopback(address: str) -> bool:
    """Whether ``address`` (checked) is this machine."""
    return _LOOPBACK.fullmatch(address.rpartition(":")[0]) is not None


def check_root(pem: str) -> str:
    """``pem`` itself if it is exactly one certificate of an authority; or HT-TLS-07."""
    try:
        (root,) = read_chain(pem)
        authority = root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (HutongError, ValueError, *UNREADABLE) as error:
        raise HutongError("HT-TLS-07", part="root") from error
    if not authority:
        raise HutongError("HT-TLS-07", part="root")
    return pem


def check_policy(text: str, origin: str) -> str:
    """``text`` itself if it is a policy file that names a key of the log ``origin``; or HT-TLS-07."""
    try:
        policy = Policy.parse(text.encode())
    except (HutongError, UnicodeEncodeError) as error:
        raise HutongError("HT-TLS-07", part="policy") from error
    if all(key.name != origin for key in policy.logs):
        raise HutongError("HT-TLS-07", part="policy")
    return text


def node_name(agency: str) -> str:
    """The DNS name under which an agency's node serves its own officers; only its system certificate carries it."""
    return f"{agency}.node.hutong"


@lru_cache(maxsize=64)
def read_chain(pem: str) -> tuple[x509.Certificate, ...]:
    """The certificates in ``pem``, leaf first; HT-TLS-04 if there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except (ValueError, x509.InvalidVersion) as error:
        raise HutongError("HT-TLS-04") from error
