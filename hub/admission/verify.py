"""verify: signatures over the received bytes, by keys of the directory; pure CPU work that releases the GIL.

Whether a key is in force is decided under the head lock; here any key that the agency ever bound serves, so that a
repeat of an old statement still gets its old receipt.
"""

from __future__ import annotations

from hub.admission.open import Opened
from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.signing import dsse
from hutong.signing.keys import PublicKey
from hutong.v1 import codes_pb2, header_pb2, options_pb2

_SIGNING = (codes_pb2.KEY_USE_OFFICER, codes_pb2.KEY_USE_AGENCY_SYSTEM, codes_pb2.KEY_USE_HEAD_RECOVERY)


def verify(opened: Opened, directory: Directory) -> bytes:
    """The statement's digest, once every signature holds; HT-SIG-… otherwise."""
    header = opened.header
    if any(signer.role == options_pb2.SIGNER_ROLE_HUB for signer in header.signers):
        raise HutongError("HT-SIG-05", needed="OFFICER / AGENCY_SYSTEM")

    def lookup(keyid: str) -> PublicKey | None:
        key = directory.keys.get(keyid)
        if key is None:
            return _first_head_key(header, directory, keyid)
        if key.agency != header.sender.agency or key.use not in _SIGNING:
            return None
        return PublicKey.from_spki(key.spki, key.algorithm)  # type: ignore[arg-type]

    return dsse.verify(opened.submission.envelope, header, lookup)


def _first_head_key(header: header_pb2.Header, directory: Directory, keyid: str) -> PublicKey | None:
    """The head's first key, which signs for itself: known by the fingerprint that was compared out of band."""
    agency = directory.agencies.get(header.sender.agency)
    if agency is None or keyid != agency.head_keyid or header.WhichOneof("kind") != "key_bound":
        return None
    return PublicKey.from_spki(header.key_bound.spki, header.key_bound.algorithm)
