"""What each statement about duty, absence, delegation and channels may change in the directory, and who may say so.

As ``hutong.directory.decide``, of which this is a part: pure, signatures verified before. Whoever a roster, an override
or a swap puts on duty must be able to act then; nothing takes effect before it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from hutong.directory.authority import head_agency, own_key
from hutong.directory.duties import Absence, Channel, Delegation, DutyRecord, Override, Roster, Swap
from hutong.directory.plan import holds
from hutong.directory.records import Agency, Directory
from hutong.directory.roster import Cause, unable
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2

CONFIRM_MS = 24 * 3600 * 1000
"""How long the code of a channel's test can be shown."""
_SHORTEST_MINUTES = 15

Ended = TypeVar("Ended", Absence, Delegation)
Records = tuple[DutyRecord, ...]


def _publish(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    agency = head_agency(directory, header, now)
    _check_desk(agency, said.desk)
    _check_term(said.begins, said.ends, now)
    if bool(said.contacts) != bool(said.shift_minutes):
        raise HutongError("HT-HDR-01", field="roster_published.shift_minutes", rule="a length with contacts only")
    if said.contacts and said.shift_minutes < _SHORTEST_MINUTES:
        raise HutongError("HT-HDR-01", field="roster_published.shift_minutes", rule=f"at least {_SHORTEST_MINUTES}")
    for contact in dict.fromkeys(said.contacts):
        # Away for a while one may be in the course of a roster; its gaps say so.
        _check_able(directory, agency.code, contact, max(said.begins, now), passes=Cause.ABSENT)
    return (
        Roster(
            id=header.message_id,
            agency=agency.code,
            desk=said.desk,
            begins=said.begins,
            ends=said.ends,
            contacts=tuple(said.contacts),
            shift_minutes=said.shift_minutes,
            temporary=said.temporary,
            since=now,
            order=index,
        ),
    )


def _override(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    agency = head_agency(directory, header, now)
    _check_desk(agency, said.desk)
    _check_term(said.begins, said.ends, now)
    if said.replaces == said.contact:
        raise HutongError("HT-HDR-01", field="duty_overridden.replaces", rule="another contact, or nobody")
    begins = max(said.begins, now)
    _check_able(directory, agency.code, said.contact, begins)
    if said.replaces and _contact_agency(directory, said.replaces) != agency.code:
        raise HutongError("HT-DIR-02", agency=agency.code, contact=said.replaces)
    made = Override(header.message_id, agency.code, said.desk, begins, said.ends, said.contact, said.replaces, index)
    return (made,)


def _offer_swap(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    own_key(directory, header, now)
    agency = directory.agencies[header.sender.agency]
    _check_desk(agency, said.desk)
    if said.other == header.sender.contact:
        raise HutongError("HT-HDR-01", field="swap_offered.other", rule="another contact")
    offer = Swap(
        id=header.message_id,
        agency=agency.code,
        desk=said.desk,
        offerer=header.sender.contact,
        begins=said.begins,
        ends=said.ends,
        other=said.other,
        other_begins=said.other_begins,
        other_ends=said.other_ends,
        order=index,
    )
    _check_swap(directory, offer, now)
    return (offer,)


def _answer_swap(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    own_key(directory, header, now)
    offer = directory.swaps.get(said.offer)
    if offer is None or offer.agency != header.sender.agency:
        raise HutongError("HT-ROS-03")
    taken_back = header.sender.contact == offer.offerer and not said.accepted
    if header.sender.contact != offer.other and not taken_back:
        raise HutongError("HT-ROS-04", other=offer.other)
    if offer.answered_at:
        raise HutongError("HT-ROS-05")
    if said.accepted:
        _check_swap(directory, offer, now)
    return (replace(offer, answered_at=now, answer_order=index, accepted=said.accepted),)


def _check_swap(directory: Directory, swap: Swap, now: int) -> None:
    """Both stretches are to come, each held by whoever gives it, and each taken by one who can act then."""
    stretches = (
        (swap.begins, swap.ends, swap.offerer, swap.other),
        (swap.other_begins, swap.other_ends, swap.other, swap.offerer),
    )
    for begins, ends, gives, takes in stretches:
        if begins < now or begins >= ends:
            raise HutongError("HT-DIR-11")
        if not holds(directory, swap.agency, swap.desk, gives, begins, ends):
            raise HutongError("HT-ROS-02", contact=gives)
        _check_able(directory, swap.agency, takes, begins)


def _absent(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    if header.sender.contact == said.contact:
        own_key(directory, header, now)
    else:
        head_agency(directory, header, now)
    agency = header.sender.agency
    if said.earlier:
        held = directory.absences.get(said.earlier)
        if held is None or (held.agency, held.contact) != (agency, said.contact):
            raise HutongError("HT-ROS-06")
        return (_earlier_end(held, said, now),)
    if directory.contact_of(agency, said.contact, now) is None:
        raise HutongError("HT-DIR-02", agency=agency, contact=said.contact)
    _check_term(said.begins, said.ends, now)
    return (Absence(header.message_id, agency, said.contact, max(said.begins, now), said.ends, index),)


def _delegate(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    signer, agency = own_key(directory, header, now), header.sender.agency
    if said.earlier:
        held = directory.delegations.get(said.earlier)
        if held is None or (held.agency, held.deputy) != (agency, said.deputy):
            raise HutongError("HT-DLG-05")
        if header.sender.contact not in (held.principal, directory.agencies[agency].head_contact):
            raise HutongError("HT-DLG-04", principal=held.principal)
        return (_earlier_end(held, said, now),)
    principal = directory.contacts[header.sender.contact]
    deputy = directory.contact_of(agency, said.deputy, now)
    if not directory.may_delegate(principal, now):
        raise HutongError("HT-DLG-03", contact=principal.id)
    if deputy is None or codes_pb2.CONTACT_ROLE_DEPUTY not in deputy.roles or deputy == principal:
        raise HutongError("HT-DLG-06", agency=agency, contact=said.deputy)
    _check_term(said.begins, said.ends, now)
    return (
        Delegation(
            id=header.message_id,
            agency=agency,
            principal=principal.id,
            deputy=deputy.id,
            begins=max(said.begins, now),
            # A term that is given anew revives no delegation of the one before.
            ends=min(said.ends, principal.term_to, deputy.term_to),
            keyid=signer.keyid,
            order=index,
        ),
    )


def _name_channel(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    own_key(directory, header, now)
    sender = header.sender
    return (Channel(header.message_id, sender.agency, sender.contact, said.kind, now, index),)


def _test_channel(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    channel = directory.channels.get(said.channel)
    if channel is None or channel.agency != said.agency:
        raise HutongError("HT-CHN-01")
    if channel.tested_at or directory.contact_of(channel.agency, channel.contact, now) is None:
        raise HutongError("HT-CHN-02")
    return (replace(channel, challenge_sha256=said.challenge_sha256, tested_at=now),)


def _confirm_channel(directory: Directory, header: header_pb2.Header, said: Any, index: int, now: int) -> Records:
    own_key(directory, header, now)
    channel = directory.channels.get(said.channel)
    if channel is None or channel.contact != header.sender.contact:
        raise HutongError("HT-CHN-01")
    if channel.confirmed_at or not channel.tested_at:
        raise HutongError("HT-CHN-03")
    if now >= channel.tested_at + CONFIRM_MS:
        raise HutongError("HT-CHN-04")
    if sha256(said.code).digest() != channel.challenge_sha256:
        raise HutongError("HT-CHN-05")
    before = (
        replace(each, ended_at=now)
        for each in directory.book.channels[channel.contact]
        if each.kind == channel.kind and each.serves
    )
    return *before, replace(channel, confirmed_at=now)


def _check_desk(agency: Agency, desk: str) -> None:
    if desk and desk not in dict(agency.desks):
        raise HutongError("HT-DIR-08", desk=desk, agency=agency.code)


def _check_term(begins: int, ends: int, now: int) -> None:
    if not begins or ends <= max(begins, now):
        raise HutongError("HT-DIR-11")


def _check_able(directory: Directory, agency: str, contact: str, at: int, passes: Cause | None = None) -> None:
    """HT-ROS-01 for somebody who could not act on duty at ``at``; ``passes`` is no hindrance."""
    cause = unable(directory, agency, contact, at)
    if cause is not None and cause is not passes:
        raise HutongError("HT-ROS-01", contact=contact)


def _contact_agency(directory: Directory, contact: str) -> str:
    found = directory.contacts.get(contact)
    return found.agency if found else ""


def _earlier_end(held: Ended, said: Any, now: int) -> Ended:
    """``held``, over at the end that is said, or now where that has passed; it must come before its own."""
    ends = max(said.ends, now)
    if said.begins or ends >= held.ends:
        raise HutongError("HT-DIR-11")
    return replace(held, ends=ends)


DUTY: dict[str, Callable[[Directory, header_pb2.Header, Any, int, int], Records]] = {
    "roster_published": _publish,
    "duty_overridden": _override,
    "swap_offered": _offer_swap,
    "swap_answered": _answer_swap,
    "absence_declared": _absent,
    "delegation_given": _delegate,
    "channel_named": _name_channel,
    "channel_tested": _test_channel,
    "channel_confirmed": _confirm_channel,
}
