"""Who sends and who receives: the checks that every statement passes before its kind is looked at.

No statement without a named contact at both ends (the hub's own have none at theirs).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import cast

from google.protobuf.message import Message

from hutong.directory.records import HUB_AGENCY, Contact, Directory
from hutong.errors import HutongError
from hutong.identifiers.divisions import is_division
from hutong.kinds import Kind, facts_of
from hutong.v1 import codes_pb2, header_pb2, options_pb2
from rules.data import CODES
from rules.state import State

_PARAGRAPHS = 20
_DATES = (
    "received_on",
    "period_from",
    "period_to",
    "approved_on",
    "decided_on",
    "done_on",
    "reported_on",
    "rectify_by",
    "lasts_until",
)


def check_sender(directory: Directory, header: header_pb2.Header, kind: Kind, now: int) -> None:
    """The sender exists, the contact is in force, and the signers are those that the kind wants, all in force."""
    if kind.hub_only:
        _check_hub(header)
        return
    if header.sender.agency not in directory.agencies:
        raise HutongError("HT-DIR-01", agency=header.sender.agency)
    if directory.contact_of(header.sender.agency, header.sender.contact, now) is None:
        raise HutongError("HT-DIR-02", agency=header.sender.agency, contact=header.sender.contact or "–")
    _check_deputy(directory, header, kind, now)
    if not _binds_first_key(directory, header):
        for signer in header.signers:
            _check_signer(directory, header, signer, now)
    _check_roles(directory, header, kind, now)


def _check_hub(header: header_pb2.Header) -> None:
    """What only the hub may say is said in its name and by its role; its signature was verified with the log's key."""
    roles = {signer.role for signer in header.signers}
    sender = header.sender
    nobody = not (sender.contact or sender.acting_for)
    if sender.agency != HUB_AGENCY or not nobody or roles != {options_pb2.SIGNER_ROLE_HUB}:
        raise HutongError("HT-SIG-05", needed="HUB")


def _check_deputy(directory: Directory, header: header_pb2.Header, kind: Kind, now: int) -> None:
    """代理: only an officer acts for another, under a delegation in force, and not in what is signed in person."""
    sender = header.sender
    if not sender.acting_for:
        return
    if kind.directory or kind.in_person or _by_system(header):
        raise HutongError("HT-DLG-02", kind=kind.name)
    if directory.delegation(sender.agency, sender.acting_for, sender.contact, now) is None:
        raise HutongError("HT-DLG-01", principal=sender.acting_for)


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
    if not (_by_system(header) and kind.mandatable):
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


def _by_system(header: header_pb2.Header) -> bool:
    """Whether the agency's system signed, and nobody else."""
    return {signer.role for signer in header.signers} == {options_pb2.SIGNER_ROLE_AGENCY_SYSTEM}


def check_recipients(directory: Directory, header: header_pb2.Header, kind: Kind, now: int) -> dict[str, Contact]:
    """Each recipient agency with the contact whose duty it becomes; HT-DIR-01, -03 or -08 where there is none.

    What the hub says makes nobody's duty, and nobody can keep it from being said: its recipients need only exist.
    """
    owners: dict[str, Contact] = {}
    for to in header.recipients:
        agency = directory.agencies.get(to.agency)
        if agency is None:
            raise HutongError("HT-DIR-01", agency=to.agency)
        if to.agency in owners:
            raise HutongError("HT-HDR-01", field="recipients", rule=f"{to.agency} stands twice")
        if kind.hub_only:
            continue
        if to.desk and to.desk not in dict(agency.desks):
            raise HutongError("HT-DIR-08", desk=to.desk, agency=to.agency)
        owner = directory.owner_for(to.agency, to.contact, to.desk, now)
        if owner is not None and to.contact and _lays(kind) and not directory.can_act(owner, now):
            owner = None
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


def _lays(kind: Kind) -> bool:
    """Whether a contact who is named gets something to do by it: nobody without a signing key in force can."""
    return kind.obliges or kind.name in ("redirect", "assigned", "handover_offered")


def check_unaddressed(header: header_pb2.Header) -> None:
    """A directory statement is for all: it names no recipients, items or cases (whose codes nobody would check)."""
    for field in ("recipients", "item_id", "case_id", "in_reply_to", "mandate_id", "facts"):
        given = header.HasField("facts") if field == "facts" else bool(getattr(header, field))
        if given:
            raise HutongError("HT-HDR-01", field=field, rule="empty in a statement about the directory")


def check_leave(state: State, header: header_pb2.Header) -> None:
    """Who leaves of their own accord has handed over first; HT-DTY-42. Any other withdrawal is immediate."""
    said = header.contact_withdrawn
    if header.WhichOneof("kind") == "contact_withdrawn" and said.voluntary and (owned := state.owned_by(said.contact)):
        raise HutongError("HT-DTY-42", contact=said.contact, count=len(owned))


def contact_concerned(directory: Directory, header: header_pb2.Header) -> str:
    """Whose open obligations ``header`` is about (READS_OWNED): of who leaves, loses a key, hands over, or is head no
    more by it. ``directory`` is the one before."""
    match header.WhichOneof("kind"):
        case "agency_registered":
            before, said = directory.agencies.get(header.agency_registered.agency), header.agency_registered
            return before.head_contact if before and before.head_contact != said.head_contact else ""
        case "contact_withdrawn":
            return header.contact_withdrawn.contact
        case "key_revoked":
            key = directory.keys.get(header.key_revoked.keyid)
            return key.holder if key else ""
        case _:
            return header.sender.contact


def about_item(header: header_pb2.Header) -> bytes:
    """The other item that a statement is about; empty for kinds that are about none."""
    return bytes(getattr(facts_of(header), "about_item", b""))


def items_named(header: header_pb2.Header, kind: Kind) -> set[bytes]:
    """Ids of the items that a decision about ``header`` looks at."""
    named = {header.case_id, about_item(header)}
    if kind.reads & {options_pb2.READS_ITEM, options_pb2.READS_OBLIGATIONS}:
        named.add(header.item_id)
    return named - {b""}


def check_references(state: State, header: header_pb2.Header, kind: Kind) -> None:
    """Ids point at something that the sender takes part in, and stand only where the kind has a use for them.

    An id is 16 bytes that the hub shows to everybody who audits: one that nobody checks could be 16 bytes of text. A
    case bears the id of the item that it began with, so that a stranger to it cannot count it up.
    """
    if kind.opens_item and header.item_id:
        raise HutongError("HT-HDR-01", field="item_id", rule="empty in a statement that opens an item")
    for name, given in (("case_id", header.case_id), ("about_item", about_item(header))):
        named = state.items.get(given)
        if given and (named is None or header.sender.agency not in named.parties):
            raise HutongError("HT-DTY-13", field=name)
    for given in items_named(header, kind):
        named = state.items.get(given)
        if named is None or header.sender.agency not in named.parties:
            continue
        if named.drill != header.facts.drill:
            raise HutongError("HT-DTY-44")
    answers = options_pb2.READS_IN_REPLY_TO in kind.reads or header.in_reply_to == header.item_id
    if header.in_reply_to and not (answers or kind.hub_only):
        raise HutongError("HT-HDR-01", field="in_reply_to", rule=f"the item, or empty, in {kind.name}")
    if header.mandate_id and not _by_system(header):
        raise HutongError("HT-HDR-01", field="mandate_id", rule="empty where an officer signs")
    if header.facts.dedup_key and not kind.opens_item:
        raise HutongError("HT-HDR-01", field="facts.dedup_key", rule="empty but in a statement that opens an item")
    if header.facts.campaign_id:
        raise HutongError("HT-HDR-01", field="facts.campaign_id", rule="empty: no campaign is on record")


def check_codes(header: header_pb2.Header) -> None:
    """Regions and dates exist, and legal-basis codes name an article and paragraph that rules/data/codes.toml knows."""
    for region in (*header.facts.occurrence_regions, header.facts.handling_region):
        if region and not is_division(region):
            raise HutongError("HT-HDR-01", field="facts", rule=f"{region} is no division of GB/T 2260")
    for name, given in _dates(facts_of(header)):
        try:
            date.fromisoformat(given)
        except ValueError as error:
            raise HutongError("HT-HDR-01", field=name, rule="a day of the calendar, YYYY-MM-DD") from error
    for code in header.legal_basis:
        law, year, article, *paragraph = code.split("-")
        known = CODES["laws"].get(f"{law}-{year}")
        plain = not article.startswith("0") and all(1 <= int(p) <= _PARAGRAPHS and p[0] != "0" for p in paragraph)
        if known is None or not plain or not 1 <= int(article) <= known["articles"]:
            raise HutongError("HT-HDR-01", field="legal_basis", rule=f"{code} is no article of a known law")


def _dates(facts: Message) -> Iterator[tuple[str, str]]:
    """The dates of a kind's facts that are given, with their fields' names."""
    for field, value in facts.ListFields():
        if field.name in _DATES:
            yield field.name, value
        elif field.message_type is not None and field.name == "approval":
            yield from _dates(value)
