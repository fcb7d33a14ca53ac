"""Who sends and who receives: the checks that every statement passes before its kind is looked at.

No statement without a named contact at both ends (the hub's own have none at theirs).
"""

from __future__ import annotations

from typing import cast

from hutong.directory.records import HUB_AGENCY, Contact, Directory
from hutong.errors import HutongError
from hutong.kinds import Kind, facts_of
from hutong.v1 import codes_pb2, header_pb2, options_pb2
from rules.data import CODES


def check_sender(directory: Directory, header: header_pb2.Header, kind: Kind, now: int) -> None:
    """The sender exists, the contact is in force, and the signers are those that the kind wants, all in force."""
    if kind.hub_only:
        _check_hub(header)
        return
    if header.sender.agency not in directory.agencies:
        raise HutongError("HT-DIR-01", agency=header.sender.agency)
    if directory.contact_of(header.sender.agency, header.sender.contact, now) is None:
        raise HutongError("HT-DIR-02", agency=header.sender.agency, contact=header.sender.contact or "–")
    if not _binds_first_key(directory, header):
        for signer in header.signers:
            _check_signer(directory, header, signer, now)
    _check_roles(directory, header, kind, now)


def _check_hub(header: header_pb2.Header) -> None:
    """What only the hub may say is said in its name and by its role; its signature was verified with the log's key."""
    roles = {signer.role for signer in header.signers}
    if header.sender.agency != HUB_AGENCY or header.sender.contact or roles != {options_pb2.SIGNER_ROLE_HUB}:
        raise HutongError("HT-SIG-05", needed="HUB")


def _binds_first_key(directory: Directory, header: header_pb2.Header) -> bool:
    """The head's first key signs for itself, so it is in no directory yet (hutong/directory/decide.py looks at it)."""
    agency = directory.agencies[header.sender.agency]
    return (
        header.WhichOneof("kind") == "key_bound"
        and len(header.signers) == 1
        and header.signers[0].keyid == agency.head_keyid
        and agency.head_keyid not in directory.keys
    )


def _check_signer(directory: Directory, header: header_pb2.Header, signer: header_pb2.Signer, now: int) -> None:
    key = directory.key_in_force(signer.keyid, now)
    if key is None or key.agency != header.sender.agency:
        raise HutongError("HT-SIG-04", keyid=signer.keyid)
    if signer.role == options_pb2.SIGNER_ROLE_OFFICER:
        officers = (codes_pb2.KEY_USE_OFFICER, codes_pb2.KEY_USE_HEAD_RECOVERY)
        if key.use not in officers or key.holder != header.sender.contact:
            raise HutongError("HT-SIG-05", needed="OFFICER")
        if key.use == codes_pb2.KEY_USE_HEAD_RECOVERY and header.WhichOneof("kind") not in ("key_bound", "key_revoked"):
            raise HutongError("HT-SIG-05", needed="OFFICER")
    elif signer.role == options_pb2.SIGNER_ROLE_AGENCY_SYSTEM:
        if key.use != codes_pb2.KEY_USE_AGENCY_SYSTEM:
            raise HutongError("HT-SIG-05", needed="AGENCY_SYSTEM")
    else:
        raise HutongError("HT-SIG-05", needed="OFFICER / AGENCY_SYSTEM")


def _check_roles(directory: Directory, header: header_pb2.Header, kind: Kind, now: int) -> None:
    """Every role that the kind requires signed; a system alone only under a mandate."""
    roles = {signer.role for signer in header.signers}
    missing = set(kind.required_signers) - roles
    if not missing:
        return
    by_system = roles == {options_pb2.SIGNER_ROLE_AGENCY_SYSTEM} and kind.mandatable
    if not by_system:
        role = cast(options_pb2.SignerRole.ValueType, min(missing))
        raise HutongError("HT-SIG-05", needed=options_pb2.SignerRole.Name(role).removeprefix("SIGNER_ROLE_"))
    mandate = directory.mandates.get(header.mandate_id)
    source = getattr(facts_of(header), "source", None)
    if (
        mandate is None
        or (mandate.agency, mandate.contact) != (header.sender.agency, header.sender.contact)
        or kind.number not in mandate.kinds
        or mandate.until <= now
        or (source is not None and source != mandate.source)
    ):
        raise HutongError("HT-DIR-14")


def check_recipients(directory: Directory, header: header_pb2.Header, now: int) -> dict[str, Contact]:
    """Each recipient agency with the contact whose duty it becomes; HT-DIR-01, -03 or -08 where there is none."""
    owners: dict[str, Contact] = {}
    for to in header.recipients:
        agency = directory.agencies.get(to.agency)
        if agency is None:
            raise HutongError("HT-DIR-01", agency=to.agency)
        if to.agency in owners:
            raise HutongError("HT-HDR-01", field="recipients", rule=f"{to.agency} stands twice")
        if to.desk and to.desk not in dict(agency.desks):
            raise HutongError("HT-DIR-08", desk=to.desk, agency=to.agency)
        owner = directory.owner_for(to.agency, to.contact, to.desk, now)
        if owner is None:
            instead = directory.owner_for(to.agency, "", to.desk, now)
            raise HutongError(
                "HT-DIR-03",
                agency=to.agency,
                contact=to.contact,
                instead=instead.id if instead else agency.head_contact,
            )
        owners[to.agency] = owner
    return owners


def check_unaddressed(header: header_pb2.Header) -> None:
    """A directory statement is for all: it names no recipients, items or cases (whose codes nobody would check)."""
    for field in ("recipients", "item_id", "case_id", "in_reply_to", "facts"):
        given = header.HasField("facts") if field == "facts" else bool(getattr(header, field))
        if given:
            raise HutongError("HT-HDR-01", field=field, rule="empty in a statement about the directory")


def check_codes(header: header_pb2.Header) -> None:
    """Legal-basis codes name a law and an article that rules/data/codes.toml knows."""
    for code in header.legal_basis:
        law, year, article = code.split("-")[:3]
        known = CODES["laws"].get(f"{law}-{year}")
        if known is None or not 1 <= int(article) <= known["articles"]:
            raise HutongError("HT-HDR-01", field="legal_basis", rule=f"{code} is no article of a known law")
