"""Who has signed a directory statement: one officer's key, the sender's own, or the head's."""

from __future__ import annotations

from hutong.directory.records import Agency, Directory, Key
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2


def officer_key(header: header_pb2.Header) -> str:
    """Key id of the officer's signature; a directory statement has exactly one signer."""
    if len(header.signers) != 1:
        raise HutongError("HT-SIG-05", needed="OFFICER")
    return str(header.signers[0].keyid)


def own_key(directory: Directory, header: header_pb2.Header, now: int) -> Key:
    """The sending contact's own signing key in force, which signed; HT-SIG-05 otherwise."""
    signer = directory.key_in_force(officer_key(header), now)
    own = signer is not None and (signer.agency, signer.holder) == (header.sender.agency, header.sender.contact)
    if signer is None or not own or signer.use != codes_pb2.KEY_USE_OFFICER:
        raise HutongError("HT-SIG-05", needed="OFFICER")
    return signer


def head_agency(directory: Directory, header: header_pb2.Header, now: int) -> Agency:
    """The sender's agency, if its head signed with a key in force."""
    agency = directory.agencies.get(header.sender.agency)
    if agency is None:
        raise HutongError("HT-DIR-01", agency=header.sender.agency)
    key = directory.key_in_force(officer_key(header), now)
    if key is None or key.agency != agency.code or key.holder != agency.head_contact:
        raise HutongError("HT-DIR-04", agency=agency.code)
    if key.use != codes_pb2.KEY_USE_OFFICER:
        raise HutongError("HT-DIR-04", agency=agency.code)
    return agency
