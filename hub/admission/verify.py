"""verify: signatures over the received bytes, by keys of the directory; pure CPU work that releases the GIL.

Whether a key is in force is decided under the head lock; here any key that the agency ever bound serves, so that a
repeat of an old statement still gets its old receipt.
"""

from __future__ import annotations

from hub.admission.open import Opened
from hutong.directory.records import Directory
from hutong.directory.signers import signing_key
from hutong.errors import HutongError
from hutong.signing import dsse
from hutong.v1 import options_pb2


def verify(opened: Opened, directory: Directory) -> bytes:
    """The statement's digest, once every signature holds; HT-SIG-… otherwise. The hub's role is never a client's."""
    header = opened.header
    if opened.kind.hub_only or any(signer.role == options_pb2.SIGNER_ROLE_HUB for signer in header.signers):
        raise HutongError("HT-SIG-05", needed="OFFICER / AGENCY_SYSTEM")
    envelope = opened.submission.envelope
    return dsse.verify(envelope, header, lambda keyid: signing_key(directory, header, keyid, None, {}))
