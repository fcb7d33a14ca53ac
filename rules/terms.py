"""How an owner goes on with an obligation; progress (办理), hold (挂起), more time (延期), paper (补录)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from hutong.worktime.calendar import ZONE
from rules import ladder
from rules.clocks import HOLDS, PRACTICE, after, extension, is_granted_by_office, pace, span
from rules.duty import Owners, item_of, obligation_of, off_hold, person, to_originator, to_parties, unasked, worked_on
from rules.outcome import Outcome
from rules.records import BY_HEAD, BY_ORIGINATOR, Approval, Item, Obligation
from rules.state import State

_IN_PROGRESS = casework_pb2.OBLIGATION_STATE_IN_PROGRESS
_ON_HOLD = casework_pb2.OBLIGATION_STATE_ON_HOLD


def progressed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """办理中: the owner has done something; whoever watches for inaction begins anew."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    if duty.state == _ON_HOLD:
        raise HutongError("HT-DTY-19")
    going = duty if duty.state == casework_pb2.OBLIGATION_STATE_REPORTED else replace(duty, state=_IN_PROGRESS)
    watched = ladder.watched(state.directory, item, going, now)
    return Outcome(changes=(watched,), deliver_to=to_originator(item, header, owners))


def held(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """挂起 until a day: nobody is reminded, and a time that no law sets moves on by as long."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    until = header.held.until
    if duty.state == _ON_HOLD:
        raise HutongError("HT-DTY-19")
    if duty.holds >= HOLDS:
        raise HutongError("HT-DTY-43", times=HOLDS)
    if duty.complete_by and now >= duty.complete_by:
        raise HutongError("HT-DTY-45")
    latest = after(state.directory, duty.agency, now, span("hold", "most"))
    if not now < until <= latest:
        raise HutongError("HT-DTY-20", latest=latest, days=span("hold", "most").amount)
    resting = ladder.on_hold(replace(duty, state=_ON_HOLD, held_until=until, holds=duty.holds + 1), until)
    changed = ladder.shifted(resting, until - now)
    return Outcome(changes=(changed,), deliver_to=to_originator(item, header, owners))


def resumed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The owner goes on earlier than the hold says; the time not used goes back."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    if duty.state != _ON_HOLD:
        raise HutongError("HT-DTY-21")
    changed = going_on(state, item, off_hold(duty, now), now)
    return Outcome(changes=(changed,), deliver_to=to_originator(item, header, owners))


def going_on(state: State, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` after a hold."""
    return ladder.watched(state.directory, item, replace(duty, state=_IN_PROGRESS, held_until=0), now)


def extension_asked(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """延期申请 by the owner, before the time is over; within what the law or practice allows."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    until = header.extension_asked.until
    if duty.state == _ON_HOLD:
        raise HutongError("HT-DTY-19")
    if not duty.complete_by:
        raise HutongError("HT-DTY-22")
    if now >= duty.complete_by:
        raise HutongError("HT-DTY-23")
    if duty.extension_stage:
        raise HutongError("HT-DTY-24")
    most, times = extension(duty.complete_rule, pace(item.urgency, item.drill))
    if most is None or duty.extensions >= times:
        raise HutongError("HT-DTY-25", times=times if most else 0)
    latest = after(state.directory, duty.agency, duty.complete_by, most)
    if not duty.complete_by < until <= latest:
        raise HutongError("HT-DTY-26", latest=latest)
    # Two people: what the head asks for, or for the head's own, whoever opened the item decides instead.
    heads = state.directory.agencies[duty.agency].head_contact in (duty.owner, header.sender.contact)
    if heads and is_granted_by_office(duty.complete_rule):
        raise HutongError("HT-DTY-62")
    asked = replace(
        duty,
        extension_until=until,
        extension_stage=BY_ORIGINATOR if heads else BY_HEAD,
        extension_since=now,
        extension_request=bytes(header.message_id),
        extension_asked_by=header.sender.contact,
    )
    return Outcome(changes=(asked,), deliver_to=to_originator(item, header, owners))


def extension_decided(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The head's word; and where no law but the sender set the time, then the word of whoever opened the item."""
    item = item_of(state, header)
    said = header.extension_decided
    duty = obligation_of(state, item, said.agency, "extension_decided", now)
    _check_decider(state, item, duty, header)
    changed = _decided(state, item, duty, said.granted, now)
    return Outcome(changes=(changed,), deliver_to=_told(item, header, owners))


def _told(item: Item, header: header_pb2.Header, owners: Owners) -> tuple[str, ...]:
    """What an agency decides about its own obligation reaches whoever opened the item."""
    own = header.sender.agency != item.from_agency
    return to_originator(item, header, owners) if own else to_parties(item, header, owners)


def _check_decider(state: State, item: Item, duty: Obligation, header: header_pb2.Header) -> None:
    head = state.directory.agencies[duty.agency].head_contact
    if not duty.extension_stage:
        raise HutongError("HT-DTY-27")
    if duty.extension_stage == BY_HEAD and header.sender.contact != head:
        raise HutongError("HT-DTY-28", who=head)
    if duty.extension_stage == BY_ORIGINATOR and header.sender.agency != item.from_agency:
        raise HutongError("HT-DTY-28", who=item.from_agency)


def _decided(state: State, item: Item, duty: Obligation, granted: bool, now: int) -> Obligation:
    """``duty`` after a decision at its stage. HT-DTY-61: nobody grants what is one's own or what one has asked for."""
    if not granted:
        return unasked(duty)
    head = state.directory.agencies[duty.agency].head_contact
    if duty.extension_stage == BY_HEAD:
        if head in (duty.owner, duty.extension_asked_by):
            raise HutongError("HT-DTY-61")
        if duty.complete_rule == PRACTICE:
            return replace(duty, extension_stage=BY_ORIGINATOR, extension_since=now)
    overran = duty.runs_out_at if duty.runs_out_at < now else duty.overran_at
    longer = replace(unasked(duty), extensions=duty.extensions + 1, overran_at=overran)
    # A hold may have moved the time beyond what was asked for: nothing that is granted takes time away.
    return ladder.timed(state.directory, item, longer, max(duty.extension_until, duty.complete_by), now)


def approval_recorded(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The head's decision is on paper, and a contact of the agency enters it. It waits for a second pair of eyes."""
    item = item_of(state, header)
    said = header.approval_recorded
    duty = obligation_of(state, item, header.sender.agency, "approval_recorded", now)
    if duty.extension_stage != BY_HEAD:
        raise HutongError("HT-DTY-27")
    today = dt.datetime.fromtimestamp(now / 1000, ZONE).date()
    decided_on = dt.date.fromisoformat(said.decided_on)
    opened_on = dt.datetime.fromtimestamp(item.opened_at / 1000, ZONE).date()
    if not opened_on <= decided_on <= today:
        rule = "no day before the item was opened, and none to come"
        raise HutongError("HT-HDR-01", field="approval_recorded.decided_on", rule=rule)
    entered = Approval(
        id=header.message_id,
        item=item.id,
        agency=duty.agency,
        subject=said.subject,
        granted=said.granted,
        decided_on=said.decided_on,
        late=decided_on < today,
        entered_by=header.sender.contact,
        entered_for=header.sender.acting_for,
        entered_at=now,
        request=duty.extension_request,
    )
    return Outcome(changes=(entered,), deliver_to=_told(item, header, owners))


def approval_checked(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """Another contact of the agency has compared entry and paper; where they agree the head's decision takes effect.

    Other than whoever entered it and the owner who wants it, by hand as by name: a deputy is no second pair of eyes for
    the principal, nor the principal for the deputy.
    """
    item = item_of(state, header)
    agrees = header.approval_checked.agrees
    entered = state.approvals.get(header.in_reply_to)
    if entered is None or (entered.item, entered.agency) != (item.id, header.sender.agency):
        raise HutongError("HT-DTY-07")
    if entered.checked_by:
        raise HutongError("HT-DTY-29")
    duty = obligation_of(state, item, entered.agency, "approval_checked", now)
    checking = {header.sender.contact, person(header)}
    if checking & {entered.entered_by, entered.entered_for, duty.owner}:
        raise HutongError("HT-DTY-30")
    checked = replace(entered, checked_by=header.sender.contact, checked_for=header.sender.acting_for, agrees=agrees)
    if not agrees:
        return Outcome(changes=(checked,), deliver_to=_told(item, header, owners))
    # An entry decides the request that it was made about, and no later one.
    waits = duty.extension_stage == BY_HEAD and duty.extension_request == entered.request
    if entered.subject != codes_pb2.APPROVAL_SUBJECT_EXTENSION or not waits:
        raise HutongError("HT-DTY-27")
    changes = (checked, _decided(state, item, duty, entered.granted, now))
    return Outcome(changes=changes, deliver_to=_told(item, header, owners))
