"""Leads and inquiries on their way: what opens an item, adds to it, answers it and hands it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hutong.directory.records import Contact
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from rules import ladder
from rules.casework.transfer import parts_supplied
from rules.duty import (
    given_back,
    item_of,
    own_obligation,
    person,
    reported,
    to_originator,
    to_parties,
    unasked,
    worked_on,
)
from rules.opening import opening
from rules.outcome import Outcome
from rules.state import State

Owners = Mapping[str, Contact]


def lead(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """A lead opens an item and names the offences suspected (or that none is known)."""
    if not header.facts.offences:
        raise HutongError("HT-HDR-01", field="facts.offences", rule="empty; OFFENCE_NONE_KNOWN is allowed")
    return opening(state, header, owners, now)


def inquiry(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """An inquiry opens an item of its own; an account inquiry without a legal basis is refused."""
    if header.inquiry.HasField("approval") and not header.legal_basis:
        raise HutongError("HT-HDR-01", field="legal_basis", rule="an inquiry under approval cites its law")
    return opening(state, header, owners, now)


def supervision(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """督办 opens an item of its own, closed by review."""
    return opening(state, header, owners, now)


def supplement(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """A party adds material; it goes to parties only."""
    item = item_of(state, header)
    changes = parts_supplied(state, item, header)
    return Outcome(changes=changes, deliver_to=to_parties(item, header, owners))


def inquiry_reply(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The agency asked answers, by the contact who has taken the inquiry on."""
    item = item_of(state, header)
    if by_number()[item.kind].answered_by != "inquiry_reply":
        raise HutongError("HT-DTY-02", kind="inquiry_reply")
    duty = worked_on(state, item, header, now)
    reply = header.inquiry_reply
    if reply.answered > reply.asked:
        raise HutongError("HT-HDR-01", field="inquiry_reply.answered", rule="more answered than asked")
    if (reply.extent == codes_pb2.REPLY_EXTENT_REFUSED) != (reply.refusal != codes_pb2.REASON_CODE_UNSPECIFIED):
        raise HutongError(
            "HT-HDR-01", field="inquiry_reply.refusal", rule="a refusal, and only a refusal, has a reason"
        )
    changes = (reported(state, item, duty, now),)
    return Outcome(changes=changes, deliver_to=to_originator(item, header, owners))


def return_(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """退回: the obligation ends with a reason, and the originator has the item back.

    By its owner once it has been taken on; before, by any contact of the agency, whose it is from then on.
    """
    item = item_of(state, header)
    duty = own_obligation(state, item, header, now)
    returned = replace(
        unasked(duty),
        owner=person(header),
        state=casework_pb2.OBLIGATION_STATE_RETURNED,
        returned_for=getattr(header, "return").reason,
        closed_at=now,
    )
    changes = (ladder.over(returned), *given_back(state, item, duty, now))
    # Whoever had passed it on learns of it too, also after the 签收 by which it was rid of it.
    told = dict.fromkeys((*to_originator(item, header, owners), *filter(None, [duty.redirected_from])))
    return Outcome(changes=changes, deliver_to=tuple(told))
