"""Receipts and duty: delivered, seen, acknowledged (签收), completed (办结), reviewed (复核), erased.

Each obligation has one owner throughout. Who is no longer in force owns nothing: ``current`` is asked first everywhere,
and with it the obligation stands with the head, whether or not the hub has come to say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hutong.directory.records import Contact
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from rules import ladder
from rules.outcome import Outcome
from rules.records import Item, Obligation
from rules.state import State
from rules.whom import fell_at

Owners = Mapping[str, Contact]
PENDING = casework_pb2.OBLIGATION_STATE_PENDING
_WATCHED = (
    casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
    casework_pb2.OBLIGATION_STATE_IN_PROGRESS,
    casework_pb2.OBLIGATION_STATE_REPORTED,
    casework_pb2.OBLIGATION_STATE_REDIRECTED,
)
_WORKED_ON = (*_WATCHED[:3], casework_pb2.OBLIGATION_STATE_ON_HOLD)
_NOT_NOW: dict[int, str] = {
    PENDING: "HT-DTY-04",
    casework_pb2.OBLIGATION_STATE_IN_REVIEW: "HT-DTY-15",
    casework_pb2.OBLIGATION_STATE_REDIRECTED: "HT-DTY-16",
}


def person(header: header_pb2.Header) -> str:
    """The contact whose act it is: the sender, or the one in whose place a deputy acts."""
    return header.sender.acting_for or header.sender.contact


def item_of(state: State, header: header_pb2.Header) -> Item:
    """The item that ``header`` belongs to, if its sender is a party to it."""
    item = state.items.get(header.item_id)
    if item is None or header.sender.agency not in item.parties:
        raise HutongError("HT-DTY-01")
    return item


def current(state: State, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` as it stands now: with the head, as a breach, when its owner is no longer in force.

    The head's time to go on begins when the owner was none any more, however late the hub came to say so; a ladder that
    was begun after that goes on as it is.
    """
    at = fell_at(state.directory, duty, now)
    if not duty.open or not at:
        return duty
    head = state.directory.agencies[duty.agency].head_contact
    fell = replace(duty, owner=head, breach=True, moved=duty.moved + 1)
    begun = ladder.watched(state.directory, item, fell, at)
    return begun if duty.state in _WATCHED and begun.attention_by > duty.attention_by else fell


def obligation_of(state: State, item: Item, agency: str, kind: str, now: int) -> Obligation:
    """The obligation of ``agency`` on ``item``, still open, as it stands now."""
    duty = state.obligations.get((item.id, agency))
    if duty is None:
        raise HutongError("HT-DTY-02", kind=kind)
    if not duty.open:
        raise HutongError("HT-DTY-03", how=_ended(duty), owner=duty.owner, closed_at=duty.closed_at)
    return current(state, item, duty, now)


def _ended(duty: Obligation) -> str:
    """How, by the name of its word in the catalogue."""
    state = casework_pb2.ObligationState.ValueType(duty.state)
    return casework_pb2.ObligationState.Name(state).removeprefix("OBLIGATION_STATE_").lower()


def open_obligation(state: State, item: Item, header: header_pb2.Header, now: int) -> Obligation:
    """The sender's own obligation on ``item``, still open."""
    return obligation_of(state, item, header.sender.agency, str(header.WhichOneof("kind")), now)


def own_obligation(state: State, item: Item, header: header_pb2.Header, now: int) -> Obligation:
    """``open_obligation``, not taken on yet, or ``worked_on`` by the sending contact; HT-DTY-09 names the owner."""
    duty = open_obligation(state, item, header, now)
    return duty if duty.state == PENDING else worked_on(state, item, header, now)


def worked_on(state: State, item: Item, header: header_pb2.Header, now: int) -> Obligation:
    """The sending contact's own obligation, taken on and neither passed on nor up for review."""
    duty = owned(open_obligation(state, item, header, now), header)
    if duty.state not in _WORKED_ON:
        raise HutongError(_NOT_NOW[duty.state])
    return replace(duty, breach=False)


def off_hold(duty: Obligation, now: int) -> Obligation:
    """``duty`` at work again where it was on hold: what of the hold was not used goes back."""
    if not duty.held_until:
        return duty
    return replace(ladder.shifted(duty, -max(0, duty.held_until - now)), held_until=0)


def reported(state: State, item: Item, duty: Obligation, now: int) -> Obligation:
    """``duty`` on which its owner has reported (已反馈): a hold ends, and whoever watches for inaction begins anew."""
    said = replace(
        off_hold(duty, now), state=casework_pb2.OBLIGATION_STATE_REPORTED, reported_at=duty.reported_at or now
    )
    return ladder.watched(state.directory, item, said, now)


def owned(duty: Obligation, header: header_pb2.Header) -> Obligation:
    """``duty``, if it is the sending contact's; HT-DTY-09 otherwise."""
    if duty.owner != person(header):
        raise HutongError("HT-DTY-09", owner=duty.owner)
    return duty


def to_addressed(item: Item, header: header_pb2.Header, owners: Owners) -> tuple[str, ...]:
    """Who gets it: the recipients, all of them parties, if there are any, and the sender's own agency for its file."""
    outside = [agency for agency in owners if agency not in item.parties]
    if outside:
        raise HutongError("HT-DTY-06", agency=outside[0])
    return (header.sender.agency, *(a for a in owners if a != header.sender.agency))


def to_parties(item: Item, header: header_pb2.Header, owners: Owners) -> tuple[str, ...]:
    """``to_addressed``, at least one other party where there is one."""
    alone = item.parties == (header.sender.agency,)
    if not alone and not any(agency != header.sender.agency for agency in owners):
        raise HutongError("HT-HDR-01", field="recipients", rule="at least one other party of the item")
    return to_addressed(item, header, owners)


def to_originator(item: Item, header: header_pb2.Header, owners: Owners) -> tuple[str, ...]:
    """``to_parties``, the one who opened the item among them."""
    if item.from_agency not in (*owners, header.sender.agency):
        raise HutongError("HT-HDR-01", field="recipients", rule=f"addressed to {item.from_agency}, who opened the item")
    return to_parties(item, header, owners)


def unasked(duty: Obligation) -> Obligation:
    """``duty`` without the extension that was asked for."""
    return replace(
        duty, extension_stage=0, extension_until=0, extension_since=0, extension_request=b"", extension_asked_by=""
    )


def delivered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The recipient's system has the bytes. Starts organisational clocks where it reports the item's own opening."""
    item = item_of(state, header)
    about = state.statements.get(header.in_reply_to)
    if about is None or about.refusal or header.sender.agency not in about.recipients:
        raise HutongError("HT-DTY-07")
    if by_number()[about.kind].receipt:
        raise HutongError("HT-DTY-12")
    if about.digest != header.delivered.statement_sha256:
        raise HutongError("HT-DTY-08")
    if (about.item or about.message_id) != item.id or about.agency not in owners:
        raise HutongError("HT-DTY-07")
    duty = state.obligations.get((item.id, header.sender.agency))
    changes: tuple[Obligation, ...] = ()
    if duty is not None and not duty.delivered_at and _laid_by(state, item, duty, about.message_id):
        reached = replace(duty, delivered_at=now)
        changes = (ladder.received(state.directory, item, reached, now) if duty.open else reached,)
    return Outcome(changes=changes, deliver_to=to_parties(item, header, owners))


def _laid_by(state: State, item: Item, duty: Obligation, statement: bytes) -> bool:
    """Whether ``statement`` laid ``duty``: the item's opening, or the redirect by which it was passed on."""
    if not duty.redirected_from:
        return statement == item.id
    about = state.statements[statement]
    return about.agency == duty.redirected_from and by_number()[about.kind].name == "redirect"


def seen(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The owner's client opened the item, or that of a contact of the agency that opened it one answer to it.

    The first time counts, of either.
    """
    item = item_of(state, header)
    if header.sender.agency == item.from_agency:
        return _answer_seen(state, item, header, owners, now)
    if header.in_reply_to not in (b"", item.id):
        raise HutongError("HT-HDR-01", field="in_reply_to", rule="the item, or empty, in seen from who owes")
    duty = owned(open_obligation(state, item, header, now), header)
    changes = () if duty.seen_at else (replace(duty, seen_at=now),)
    return Outcome(changes=changes, deliver_to=to_originator(item, header, owners))


def _answer_seen(state: State, item: Item, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The answer that ``header`` refers to has been opened, and nobody else's. HT-SCR-01 while nothing is reported at
    all, HT-DTY-63 for what is no answer to this item."""
    if not any(duty.reported_at for duty in state.obligations_of(item.id)):
        raise HutongError("HT-SCR-01")
    about = state.statements.get(header.in_reply_to)
    if about is None or about.refusal or about.item != item.id or not answers(item.kind, about.kind):
        raise HutongError("HT-DTY-63")
    duty = state.obligations[item.id, about.agency]
    changes = () if duty.answer_seen_at else (replace(duty, answer_seen_at=now),)
    return Outcome(changes=changes, deliver_to=to_agency(item, header, owners, about.agency))


def answers(opened: int, said: int) -> bool:
    """Whether a statement of the kind ``said`` reports on an item of the kind ``opened`` (numbers in the header)."""
    return by_number()[said].name in ("completed", by_number()[opened].answered_by)


def acknowledged(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """签收: the signing contact takes the obligation on, once. Who passed it on is rid of it with this."""
    item = item_of(state, header)
    duty = open_obligation(state, item, header, now)
    if duty.state != PENDING:
        raise HutongError("HT-DTY-05", owner=duty.owner, acknowledged_at=duty.acknowledged_at)
    taken = replace(
        duty,
        state=casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
        owner=person(header),
        acknowledged_at=duty.acknowledged_at or now,
        breach=False,
    )
    taken = ladder.watched(state.directory, item, ladder.received(state.directory, item, taken, now), now)
    before = _passed_on(state, taken)
    changes = (taken,) if before is None else (taken, passed_on(before, now))
    return Outcome(changes=changes, deliver_to=to_originator(item, header, owners))


def _passed_on(state: State, duty: Obligation) -> Obligation | None:
    """The obligation that waits for ``duty`` to be taken on."""
    before = state.obligations.get((duty.item, duty.redirected_from))
    return before if before and before.state == casework_pb2.OBLIGATION_STATE_REDIRECTED else None


def passed_on(duty: Obligation, now: int) -> Obligation:
    """``duty``, which another agency has taken on."""
    return ladder.over(replace(unasked(duty), state=casework_pb2.OBLIGATION_STATE_PASSED_ON, closed_at=now))


def given_back(state: State, item: Item, duty: Obligation, now: int) -> tuple[Obligation, ...]:
    """What a return of ``duty`` brings back to whoever had passed it on."""
    before = _passed_on(state, duty)
    if before is None:
        return ()
    back = replace(unasked(before), state=casework_pb2.OBLIGATION_STATE_IN_PROGRESS, redirected_to="")
    return (ladder.watched(state.directory, item, back, now),)


def completed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """办结 by the owner, after 签收 and the answer that the item's kind wants; subject to review if it wants that."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    kind = by_number()[item.kind]
    if kind.answered_by and not duty.reported_at:
        raise HutongError("HT-DTY-60")
    going = off_hold(duty, now)
    done = replace(unasked(going), outcome=header.completed.outcome, reported_at=duty.reported_at or now)
    if kind.reviewed:
        # What the opener has not decided counts up to here: it goes on from there if the opener hands the work back.
        waiting = replace(
            done, state=casework_pb2.OBLIGATION_STATE_IN_REVIEW, review_from=now, complete_by=going.runs_out_at
        )
        changed = ladder.reviewing(state.directory, item, waiting, now)
    else:
        changed = closed(done, now)
    return Outcome(changes=(changed,), deliver_to=to_originator(item, header, owners))


def closed(duty: Obligation, now: int) -> Obligation:
    """``duty``, done with."""
    return ladder.over(replace(unasked(duty), state=casework_pb2.OBLIGATION_STATE_CLOSED, closed_at=now))


def reviewed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """复核 by whoever opened the item: closed, or back to the owner with the time that the review took."""
    item = item_of(state, header)
    said = header.reviewed
    if header.sender.agency != item.from_agency:
        raise HutongError("HT-DTY-17", agency=item.from_agency)
    duty = obligation_of(state, item, said.agency, "reviewed", now)
    if duty.state != casework_pb2.OBLIGATION_STATE_IN_REVIEW:
        raise HutongError("HT-DTY-18")
    if said.accepted == (said.reason != codes_pb2.REASON_CODE_UNSPECIFIED):
        raise HutongError("HT-HDR-01", field="reviewed.reason", rule="a reason where it is handed back, and only there")
    if said.accepted:
        changed = closed(duty, now)
    else:
        back = replace(
            duty,
            state=casework_pb2.OBLIGATION_STATE_IN_PROGRESS,
            sent_back=duty.sent_back + 1,
            review_from=0,
            outcome=0,
        )
        lent = duty.complete_by + now - duty.review_from
        changed = ladder.timed(state.directory, item, ladder.watched(state.directory, item, back, now), lent, now)
    return Outcome(changes=(changed,), deliver_to=to_agency(item, header, owners, said.agency))


def to_agency(item: Item, header: header_pb2.Header, owners: Owners, agency: str) -> tuple[str, ...]:
    """``to_parties``, ``agency`` among them."""
    if agency not in owners and agency != header.sender.agency:
        raise HutongError("HT-HDR-01", field="recipients", rule=f"addressed to {agency}")
    return to_parties(item, header, owners)


def erased(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The body of an earlier statement is gone; whoever had it delivered is told."""
    about = state.statements.get(header.in_reply_to)
    if about is None or about.refusal:
        raise HutongError("HT-DTY-07")
    if about.erased:
        raise HutongError("HT-DTY-11")
    parties = (about.agency, *(a for a in about.recipients if a != about.agency))
    return Outcome(deliver_to=parties, erases=about.message_id)
