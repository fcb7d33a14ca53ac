"""What people say about duty: rosters, stand-ins, swaps, absences, delegations, channels; each as a draft to be looked
at, then sent (``Office.send``). And how ids and names that they type are understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from google.protobuf.message import Message

from hutong.catalogue import say
from hutong.client.joining import now_ms
from hutong.client.writing import Letter
from hutong.directory.duties import Absence, Channel, Delegation, Swap
from hutong.directory.plan import shift_at
from hutong.errors import HutongError
from hutong.identifiers.addresses import is_mailbox, is_webhook
from hutong.v1 import codes_pb2, directory_pb2, kinds_pb2
from liaison import people
from liaison.ids import resolve
from liaison.office import Draft, Office
from liaison.papers.roster import RosterPaper
from liaison.reading import moment
from liaison.words import short

R = TypeVar("R", Absence, Channel, Delegation, Swap)
_FITS = {codes_pb2.CHANNEL_KIND_MAIL: is_mailbox, codes_pb2.CHANNEL_KIND_WEBHOOK: is_webhook}
_CODE = re.compile(r"[0-9a-f]{32}")
_NO_ID = ("HT-CLI-23", "HT-CLI-24")


def publication(office: Office, paper: RosterPaper) -> Draft:
    """值班表 as the paper has it. Only the head may."""
    said = kinds_pb2.RosterPublished(
        desk=paper.desk,
        begins=paper.begins,
        ends=paper.ends,
        contacts=[person(office, each) for each in paper.contacts],
        shift_minutes=paper.shift_minutes,
        temporary=paper.temporary,
    )
    return _draft(office, "roster_published", said)


def override(office: Office, desk: str, begins: int, ends: int, contact: str, replaces: str) -> Draft:
    """替班. Only the head may."""
    said = kinds_pb2.DutyOverridden(
        desk=desk,
        begins=begins,
        ends=ends,
        contact=person(office, contact),
        replaces=person(office, replaces) if replaces else "",
    )
    return _draft(office, "duty_overridden", said)


def offer(office: Office, desk: str, mine: int, other: str, theirs: int) -> Draft:
    """换班: the shift of one's own around the instant ``mine`` (ms), for the other's around ``theirs``. HT-ROS-02
    where one of the two is nobody's shift by a roster of this desk."""
    agency, records = office.profile.agency, office.directory.records
    colleague = person(office, other)
    begins, ends = shift_at(records, agency, desk, mine) or _nobodys(office.profile.contact)
    other_begins, other_ends = shift_at(records, agency, desk, theirs) or _nobodys(colleague)
    said = kinds_pb2.SwapOffered(
        desk=desk, begins=begins, ends=ends, other=colleague, other_begins=other_begins, other_ends=other_ends
    )
    return _draft(office, "swap_offered", said)


def answer(office: Office, swap: str, *, accepted: bool) -> Draft:
    """A swap accepted or declined; one's own is taken back by declining."""
    known = _id(swap, (each.id for each in swaps(office)), "HT-ROS-03")
    return _draft(office, "swap_answered", kinds_pb2.SwapAnswered(offer=known, accepted=accepted))


def absence(office: Office, contact: str, begins: int, ends: int) -> Draft:
    """Somebody ("": oneself) is away. Where that meets an absence already declared, a note says so, and what both
    cover."""
    who = _oneself(office, contact)
    draft = _draft(office, "absence_declared", kinds_pb2.AbsenceDeclared(contact=who, begins=begins, ends=ends))
    known, whole = met((each for each in absences(office) if each.contact == who), begins, ends)
    if not known:
        return draft
    spans = say("list-comma").join(_span(each.begins, each.ends) for each in known)
    name = office.directory.contact_name(who)
    return replace(draft, notes=(say("absent-overlaps", name=name, known=spans, whole=_span(*whole)),))


def met(known: Iterable[Absence], begins: int, ends: int) -> tuple[list[Absence], tuple[int, int]]:
    """Those of ``known`` that the stretch meets, by itself or through others, in order of time; and what all of it
    covers without a break (ms)."""
    found: list[Absence] = []
    for each in sorted(known, key=lambda absence: absence.begins):
        if each.begins <= ends and each.ends >= begins:
            found.append(each)
            begins, ends = min(begins, each.begins), max(ends, each.ends)
    return found, (begins, ends)


def _span(begins: int, ends: int) -> str:
    return say("time-span", begins=moment(begins), ends=moment(ends))


def back(office: Office, absence: str, at: int) -> Draft:
    """An absence is over at ``at`` (ms) already; one that has not begun and is over now never was. HT-ROS-11."""
    known = _id(absence, (each.id for each in absences(office)), "HT-ROS-06")
    held = office.directory.records.absences[known]
    _check_earlier(at, held.ends)
    said = kinds_pb2.AbsenceDeclared(contact=held.contact, ends=at, earlier=known)
    return _draft(office, "absence_declared", said)


def delegation(office: Office, deputy: str, begins: int, ends: int) -> Draft:
    """委托代理 by the caller."""
    said = kinds_pb2.DelegationGiven(deputy=person(office, deputy), begins=begins, ends=ends)
    return _draft(office, "delegation_given", said)


def taken_back(office: Office, delegation: str, at: int) -> Draft:
    """A delegation ends at ``at`` (ms) already. HT-ROS-11."""
    known = _id(delegation, (each.id for each in delegations(office)), "HT-DLG-05")
    held = office.directory.records.delegations[known]
    _check_earlier(at, held.ends)
    said = kinds_pb2.DelegationGiven(deputy=held.deputy, ends=at, earlier=known)
    return _draft(office, "delegation_given", said)


def channel(office: Office, kind: codes_pb2.ChannelKind.ValueType, address: str) -> Draft:
    """A way of being told; the hub sends a code to ``address``, and ``confirmation`` shows it. HT-CHN-06."""
    if not _FITS[kind](address.strip()):
        raise HutongError("HT-CHN-06", kind=short(codes_pb2.ChannelKind, kind))
    card = directory_pb2.ChannelCard(address=address.strip()).SerializeToString()
    return _draft(office, "channel_named", kinds_pb2.ChannelNamed(kind=kind), card=card)


def confirmation(office: Office, code: str, channel: str = "") -> Draft:
    """``code`` as it was received, for the channel named or else the one whose test was sent last. HT-CHN-01: there is
    none; HT-CHN-07: it is not 32 hexadecimal digits."""
    digits = re.sub(r"[\s-]", "", code).lower()
    if not _CODE.fullmatch(digits):
        raise HutongError("HT-CHN-07", digits=sum(each in "0123456789abcdef" for each in digits))
    waiting = [each for each in channels(office) if each.tested_at and not each.confirmed_at]
    if channel:
        known = _id(channel, (each.id for each in channels(office)), "HT-CHN-01")
    elif waiting:
        known = max(waiting, key=lambda each: each.tested_at).id
    else:
        raise HutongError("HT-CHN-01")
    return _draft(office, "channel_confirmed", kinds_pb2.ChannelConfirmed(channel=known, code=bytes.fromhex(digits)))


def swaps(office: Office) -> list[Swap]:
    """The agency's swaps that are to come, newest first."""
    now = now_ms()
    return _own(office, (s for s in office.directory.records.swaps.values() if max(s.ends, s.other_ends) > now))


def absences(office: Office) -> list[Absence]:
    """The agency's absences that are not over, newest first."""
    now = now_ms()
    return _own(office, (a for a in office.directory.records.absences.values() if a.ends > max(now, a.begins)))


def delegations(office: Office) -> list[Delegation]:
    """The agency's delegations that are not over, newest first."""
    now = now_ms()
    return _own(office, (d for d in office.directory.records.delegations.values() if d.ends > max(now, d.begins)))


def channels(office: Office) -> list[Channel]:
    """The caller's own channels that were not replaced, newest first."""
    held = office.directory.records.book.channels.get(office.profile.contact, ())
    return _own(office, (each for each in held if not each.ended_at))


def person(office: Office, said: str) -> str:
    """The id of the colleague whom ``said`` names, as ``people.find``; duty is planned ahead, so also of one whose term
    has not begun."""
    return people.find(office.directory, office.profile.agency, said, office.now, ever=True).contact.id


def _check_earlier(at: int, ends: int) -> None:
    if at >= ends:
        raise HutongError("HT-ROS-11", ends=ends)


def _oneself(office: Office, said: str) -> str:
    return person(office, said) if said else office.profile.contact


def _nobodys(contact: str) -> tuple[int, int]:
    raise HutongError("HT-ROS-02", contact=contact)


def _id(text: str, known: Iterable[bytes], code: str) -> bytes:
    """The one of ``known`` that ``text`` means, by its last digits; ``code`` where it is none or not one alone."""
    try:
        return resolve(text, tuple(known))
    except HutongError as error:
        if error.code not in _NO_ID:
            raise
        raise HutongError(code) from error


def _own(office: Office, records: Iterable[R]) -> list[R]:
    mine = (each for each in records if each.agency == office.profile.agency)
    return sorted(mine, key=lambda each: -each.order)


def _draft(office: Office, kind: str, said: Message, card: bytes = b"") -> Draft:
    return office.draft([Letter(kind, said, purpose=codes_pb2.PURPOSE_ADMINISTRATION, card=card)])
