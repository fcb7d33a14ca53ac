"""Who may ask the node: contacts of its own agency, by a certificate over a TLS key that the agency's head has bound.

The hub's authority issues certificates, so a certificate alone would let whoever holds that authority read opened
bodies; the key must stand in the verified directory for exactly this contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.tls.presented import presented
from hutong.tls.spiffe import Subject
from hutong.v1 import codes_pb2


def officer(auth_context: Mapping[str, Any], own: Subject, directory: Directory, now: int) -> str:
    """The contact behind grpc's ``auth_context``, if still one of ``own``'s agency at ``now`` (ms).

    HT-TLS-11: no certificate; HT-NOD-16: not a contact of this agency; HT-TLS-12: no longer, or not by its own key.
    """
    shown = presented(auth_context)
    subject = shown.subject
    if subject.kind != "contact" or (subject.hub, subject.agency) != (own.hub, own.agency):
        raise HutongError("HT-NOD-16", agency=own.agency)
    key = directory.key_in_force(shown.keyid, now)
    bound = key is not None and key.use == codes_pb2.KEY_USE_TLS
    if key is None or not bound or (key.agency, key.holder) != (own.agency, subject.name) or now >= shown.not_after:
        raise HutongError("HT-TLS-12")
    return subject.name
