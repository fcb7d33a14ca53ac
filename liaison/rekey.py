"""Changing and revoking signing keys.

The next key lies beside the old one (``next.key``) until it is bound in the log: by the head for everybody else, by the
head's own old key for the head. Then the old one is revoked with the new one's signature, and the new one takes its
place. Every step may be repeated after a crash.
"""

from __future__ import annotations

from hutong.client import joining
from hutong.client.writing import Letter
from hutong.directory.records import Key
from hutong.errors import HutongError
from hutong.signing.keys import SigningKey
from hutong.tls.files import read_file, write_private
from hutong.v1 import codes_pb2, kinds_pb2
from liaison.office import Draft, Office

NEXT = "next.key"
_LEAST = 6


async def rotate(office: Office, pin: str | None) -> joining.JoinRequest | None:
    """Put a new signing key in force; the request for the head to bind it where this must wait for the head.

    ``pin`` protects the new key. Call it again once the head has bound it.
    """
    old, new = office.key, _next_key(office, pin)
    request = joining.join_request(office.profile, new)
    if not _bound(office, new.keyid):
        if not is_head(office):
            return request
        await joining.bind(office.hub, old, request)
        await office.hub.refresh_directory()
    known = office.directory.records.keys.get(old.keyid)
    if known is not None and not known.revoked_at:
        await office.dispatch(_revocation(old.keyid, codes_pb2.REVOCATION_REASON_SUPERSEDED), new)
    office.profile.save_signing_key(new, pin)
    (office.profile.path / NEXT).unlink(missing_ok=True)
    return None


def revocation(office: Office, prefix: str, reason: codes_pb2.RevocationReason.ValueType) -> Draft:
    """Take the one key of this agency whose id begins with ``prefix`` out of force. HT-CLI-43; HT-DIR-04."""
    return office.draft([_revocation(own_key(office, prefix).keyid, reason)])


def own_key(office: Office, prefix: str) -> Key:
    """The one key of this agency whose id begins with ``prefix``, six digits or more. HT-CLI-43."""
    own = [key for key in office.directory.records.keys.values() if key.agency == office.profile.agency]
    found = [key for key in own if len(prefix) >= _LEAST and key.keyid.startswith(prefix.lower())]
    if len(found) != 1:
        raise HutongError("HT-CLI-43", given=prefix[:64], count=len(found), least=_LEAST)
    return found[0]


def is_head(office: Office) -> bool:
    """Whether the profile's contact heads its agency."""
    agency = office.directory.records.agencies.get(office.profile.agency)
    return agency is not None and agency.head_contact == office.profile.contact


def _next_key(office: Office, pin: str | None) -> SigningKey:
    file = office.profile.path / NEXT
    if not file.exists():
        write_private(file, SigningKey.generate().to_pem(pin.encode() if pin else None))
    return SigningKey.from_pem(read_file(file), pin.encode() if pin else None)


def _bound(office: Office, keyid: str) -> bool:
    key = office.directory.records.key_in_force(keyid, joining.now_ms())
    return key is not None and key.holder == office.profile.contact


def _revocation(keyid: str, reason: codes_pb2.RevocationReason.ValueType) -> Letter:
    said = kinds_pb2.KeyRevoked(keyid=keyid, reason=reason)
    return Letter("key_revoked", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
