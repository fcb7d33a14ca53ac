"""What each directory statement may change, and who may say so: keys are the agency's word, not the hub's.

Pure: ``decide(directory, header, index, now)`` returns the records that take the place of older ones, or raises. The
hub calls it when recording, clients when they fold the directory themselves; signatures have been verified before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hutong.directory import calendars
from hutong.directory.authority import head_agency, officer_key, own_key
from hutong.directory.decide_duty import DUTY
from hutong.directory.duties import Delegation
from hutong.directory.records import FOREVER, HUB_AGENCY, Agency, Contact, Directory, Key, Mandate, Record, withdrawn
from hutong.errors import HutongError
from hutong.kinds import by_number, kind_of
from hutong.sealing.keys import check_opening_key
from hutong.signing import possession
from hutong.signing.keys import PublicKey, keyid
from hutong.v1 import codes_pb2, header_pb2

_OPENING = (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY)
_HELD_BY_CONTACT = (codes_pb2.KEY_USE_OFFICER, codes_pb2.KEY_USE_HEAD_RECOVERY)
_OUT_OF_HAND = (codes_pb2.REVOCATION_REASON_COMPROMISED, codes_pb2.REVOCATION_REASON_LOST)
_NOT_OPENING = (codes_pb2.ALGORITHM_ED25519, codes_pb2.ALGORITHM_ECDSA_P256)


def decide(directory: Directory, header: header_pb2.Header, index: int, now: int) -> tuple[Record, ...]:
    """The records that ``header`` puts in place when recorded at ``index``; HutongError HT-DIR-… when it may not."""
    name = kind_of(header).name
    if header.sender.acting_for:
        raise HutongError("HT-DLG-02", kind=name)
    return _DECIDE[name](directory, header, getattr(header, name), index, now)


def _register(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    if said.agency == HUB_AGENCY:
        raise HutongError("HT-HDR-01", field="agency_registered.agency", rule=f"{HUB_AGENCY} is the hub itself")
    if said.parent and said.parent not in directory.agencies:
        raise HutongError("HT-DIR-01", agency=said.parent)
    if _is_ancestor(directory, said.agency, said.parent):
        raise HutongError("HT-DIR-07", agency=said.agency)
    held = directory.contacts.get(said.head_contact)
    if held is not None and held.agency != said.agency:
        raise HutongError("HT-DIR-05", contact=said.head_contact)
    agency = Agency(
        code=said.agency,
        type=said.type,
        level=said.level,
        region=said.region,
        parent=said.parent,
        desks=tuple((desk.code, tuple(desk.regions)) for desk in said.desks),
        head_contact=said.head_contact,
        head_keyid=said.head_keyid,
        since=now,
        mandated=said.mandated_office,
    )
    before = directory.agencies.get(said.agency)
    left: tuple[Record, ...] = ()
    if before is not None and before.head_contact != said.head_contact:
        # What the office has said, rosters and nominations, stands; what a person let others do in that person's name
        # ends with the person, until the next head lets them anew.
        old = before.head_contact
        left = (
            withdrawn(directory.contacts[old], now),
            *_ended(directory, now, lambda mandate: mandate.contact == old),
            *_taken_back(directory, now, lambda each: old in (each.principal, each.deputy)),
        )
    if held is not None and held.in_force(now) and codes_pb2.CONTACT_ROLE_HEAD in held.roles:
        return agency, *left
    head = Contact(said.head_contact, said.agency, (codes_pb2.CONTACT_ROLE_HEAD,), (), now, FOREVER, index)
    return agency, *left, head


def _is_ancestor(directory: Directory, agency: str, parent: str) -> bool:
    """Whether ``agency`` stands above ``parent`` already (or is it): a ring of superiors is refused."""
    seen: set[str] = set()
    while parent and parent not in seen:
        if parent == agency:
            return True
        seen.add(parent)
        above = directory.agencies.get(parent)
        parent = above.parent if above else ""
    return False


def _bind(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    agency = directory.agencies.get(header.sender.agency)
    if agency is None:
        raise HutongError("HT-DIR-01", agency=header.sender.agency)
    bound = keyid(said.spki)
    if bound in directory.keys:
        raise HutongError("HT-DIR-06", keyid=bound)
    _check_shape(said)
    if said.desk and said.desk not in dict(agency.desks):
        raise HutongError("HT-DIR-08", desk=said.desk, agency=agency.code)
    if said.use in _OPENING:
        check_opening_key(said.spki)
    else:
        key = PublicKey.from_spki(said.spki, said.algorithm)
        message = possession.possession_message(header.origin, agency.code, said.holder, said.use, said.spki)
        if not key.verify(message, said.possession):
            raise HutongError("HT-DIR-09", keyid=bound)
    if not _may_bind(directory, header, agency, said, bound, now):
        raise HutongError("HT-DIR-04", agency=agency.code)
    if said.holder and directory.contact_of(agency.code, said.holder, now) is None:
        raise HutongError("HT-DIR-02", agency=agency.code, contact=said.holder)
    key_record = Key(
        keyid=bound,
        agency=agency.code,
        holder=said.holder,
        use=said.use,
        algorithm=said.algorithm,
        spki=said.spki,
        not_before=said.not_before,
        not_after=said.not_after,
        desk=said.desk,
        order=index,
    )
    return (key_record,)


def _check_shape(said: Any) -> None:
    """A key's use, holder, algorithm and term fit together."""
    opening = said.use in _OPENING
    fits = (
        said.not_before < said.not_after
        and bool(said.holder) >= (said.use in _HELD_BY_CONTACT)
        and not (said.holder and (opening or said.use == codes_pb2.KEY_USE_AGENCY_SYSTEM))
        and (said.algorithm == codes_pb2.ALGORITHM_X25519 if opening else said.algorithm in _NOT_OPENING)
        and not (said.use == codes_pb2.KEY_USE_TLS and said.algorithm != codes_pb2.ALGORITHM_ECDSA_P256)
        and not (said.desk and not opening)
        and not (said.possession and opening)
    )
    if not fits:
        raise HutongError("HT-DIR-10")


def _may_bind(directory: Directory, header: header_pb2.Header, agency: Agency, said: Any, bound: str, now: int) -> bool:
    """The head's key binds any key, the first head key itself, the recovery key a lost head key's successor.

    First means first: whoever keeps the register could otherwise name another fingerprint later and put another key in
    the head's place.
    """
    signer = officer_key(header)
    for_head = said.holder == agency.head_contact and said.use == codes_pb2.KEY_USE_OFFICER
    if for_head and signer == bound == agency.head_keyid:
        held = (k for k in directory.keys.values() if k.agency == agency.code and k.use == codes_pb2.KEY_USE_OFFICER)
        return next(held, None) is None
    key = directory.key_in_force(signer, now)
    if key is None or key.agency != agency.code or key.holder != agency.head_contact:
        return False
    if key.use == codes_pb2.KEY_USE_HEAD_RECOVERY:
        return bool(for_head)
    return key.use == codes_pb2.KEY_USE_OFFICER


def _revoke(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    key = directory.keys.get(said.keyid)
    if key is None or key.agency != header.sender.agency:
        raise HutongError("HT-SIG-04", keyid=said.keyid)
    signer = directory.key_in_force(officer_key(header), now)
    own = signer is not None and key.holder != "" and signer.agency == key.agency and signer.holder == key.holder
    if not own:
        head_agency(directory, header, now)
    # What a thief may have signed ends with the key; a key that was only replaced leaves its holder's word standing.
    stolen = said.reason in _OUT_OF_HAND
    ended: tuple[Record, ...] = (
        *_ended(directory, now, lambda mandate: stolen and mandate.keyid == key.keyid),
        *_taken_back(directory, now, lambda delegation: stolen and delegation.keyid == key.keyid),
    )
    # Said again it changes nothing; the record is given all the same, because the directory moves with each statement.
    return (key if key.revoked_at else replace(key, revoked_at=now), *ended)


def _ended(directory: Directory, now: int, which: Callable[[Mandate], bool]) -> tuple[Mandate, ...]:
    """The mandates in force that ``which`` picks, ended now."""
    found = (m for m in directory.mandates.values() if m.until > now and which(m))
    return tuple(replace(mandate, until=now) for mandate in sorted(found, key=lambda m: m.id))


def _taken_back(directory: Directory, now: int, which: Callable[[Delegation], bool]) -> tuple[Delegation, ...]:
    """The delegations that ``which`` picks and that are not over, ended now."""
    found = (each for each in directory.delegations.values() if each.ends > now and which(each))
    return tuple(replace(each, ends=now) for each in sorted(found, key=lambda each: each.id))


def _nominate(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    agency = head_agency(directory, header, now)
    held = directory.contacts.get(said.contact)
    if held is not None and held.agency != agency.code:
        raise HutongError("HT-DIR-05", contact=said.contact)
    if said.term_from >= said.term_to:
        raise HutongError("HT-DIR-11")
    unknown = set(said.desks) - set(dict(agency.desks))
    if unknown:
        raise HutongError("HT-DIR-08", desk=min(unknown), agency=agency.code)
    is_head = said.contact == agency.head_contact
    if is_head != (codes_pb2.CONTACT_ROLE_HEAD in said.roles):
        raise HutongError("HT-DIR-12", contact=said.contact)
    order = held.order if held else index
    # The head is contact ex officio: no slip of the pen in a term leaves an agency without anybody.
    begins = min(held.term_from if held else now, now) if is_head else said.term_from
    # A term is ended from now on: what its holder has owned till then was the holder's.
    ends = max(said.term_to, min(held.term_to, now)) if held else said.term_to
    named = Contact(
        id=said.contact,
        agency=agency.code,
        roles=tuple(said.roles),
        desks=tuple(said.desks),
        term_from=begins,
        term_to=FOREVER if is_head else ends,
        order=order,
    )
    return named, *_undelegated(directory, named, now)


def _undelegated(directory: Directory, named: Contact, now: int) -> tuple[Delegation, ...]:
    """The delegations by or to ``named``, as far as they went beyond what ``named`` is from now on: no role and no term
    that is given anew later revives one."""
    gives = {codes_pb2.CONTACT_ROLE_HEAD, codes_pb2.CONTACT_ROLE_LIAISON} & set(named.roles)
    acts = codes_pb2.CONTACT_ROLE_DEPUTY in named.roles
    ends = max(now, named.term_to)
    changed = []
    for each in directory.delegations.values():
        if named.id in (each.principal, each.deputy):
            stands = gives if named.id == each.principal else acts
            last = min(each.ends, ends if stands else now)
            if now < each.ends != last:
                changed.append(replace(each, ends=last))
    return tuple(sorted(changed, key=lambda each: each.id))


def _withdraw(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    agency = head_agency(directory, header, now)
    held = directory.contact_of(agency.code, said.contact, now)
    if held is None:
        raise HutongError("HT-DIR-02", agency=agency.code, contact=said.contact)
    if said.contact == agency.head_contact:
        raise HutongError("HT-DIR-12", contact=said.contact)
    keys = (k for k in directory.keys.values() if k.holder == held.id and not k.revoked_at)
    revoked = (replace(k, revoked_at=now) for k in sorted(keys, key=lambda k: k.order))
    return (
        withdrawn(held, now),
        *revoked,
        *_ended(directory, now, lambda mandate: mandate.contact == held.id),
        *_taken_back(directory, now, lambda delegation: held.id in (delegation.principal, delegation.deputy)),
    )


def _mandate(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    signer = own_key(directory, header, now)
    known = by_number()
    wrong = [number for number in said.kinds if number not in known or not known[number].mandatable]
    if wrong:
        raise HutongError("HT-DIR-13", kind=wrong[0])
    if said.until <= now:
        raise HutongError("HT-DIR-11")
    return (
        Mandate(
            id=header.message_id,
            agency=header.sender.agency,
            contact=header.sender.contact,
            kinds=tuple(said.kinds),
            source=said.source,
            until=said.until,
            keyid=signer.keyid,
        ),
    )


def _publish(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    return (calendars.published(directory, said, index),)


def _set_hours(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> tuple[Record, ...]:
    agency = head_agency(directory, header, now)
    return (calendars.hours_set(header.message_id, agency.code, said, index, now),)


_Decide = Callable[[Directory, header_pb2.Header, Any, int, int], tuple[Record, ...]]
_DECIDE: dict[str, _Decide] = {
    "agency_registered": _register,
    "key_bound": _bind,
    "key_revoked": _revoke,
    "contact_nominated": _nominate,
    "contact_withdrawn": _withdraw,
    "standing_mandate": _mandate,
    "calendar_published": _publish,
    "hours_set": _set_hours,
    **DUTY,
}
