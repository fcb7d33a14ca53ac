"""``decide``: the one place where a statement turns into changes, for the hub as for whoever replays the log.

A statement has passed signature and permission before; here stand the rules that depend on the state. Refusals are
HutongError; everything else is an Outcome. ``check_new`` comes first: between the two the hub asks what no log holds
(permission, wraps, attachments).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from sys import intern

from hutong.directory.decide import decide as decide_directory
from hutong.errors import HutongError
from hutong.kinds import Kind
from hutong.v1 import header_pb2
from rules import duty, flow, handovers, moves, paper, redirects, steps, terms
from rules.casework import (
    aftermath,
    closing,
    disposition,
    docket,
    jurisdiction,
    measures,
    transfer,
    verification,
)
from rules.hub_statements import check_derived
from rules.outcome import Outcome
from rules.parties import check_codes, check_leave, check_recipients, check_references, check_sender, check_unaddressed
from rules.records import Recorded
from rules.state import State

_AHEAD_MS = 5 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the core sees it: what it says, its digest, and its kind."""

    header: header_pb2.Header
    digest: bytes
    kind: Kind


def check_new(state: State, header: header_pb2.Header, now: int) -> None:
    """An id serves once (HT-IDN-01), and in its statement's own time: HT-TIM-01 too early, HT-TIM-02 too late."""
    if header.message_id in state.statements:
        raise HutongError("HT-IDN-01")
    ahead = header.issued_at - now
    if ahead > _AHEAD_MS:
        raise HutongError("HT-TIM-01", ahead=ahead // 1000)
    if now >= header.expires_at:
        raise HutongError("HT-TIM-02", expired=header.expires_at)


def decide(state: State, statement: Statement, index: int, now: int) -> Outcome:
    """What recording ``statement`` at ``index`` and hub time ``now`` (ms) changes; HutongError when it is refused."""
    header, kind = statement.header, statement.kind
    check_sender(state.directory, header, kind, now)
    check_codes(header)
    if kind.directory:
        check_unaddressed(header)
        check_leave(state, header)
        outcome = Outcome(changes=decide_directory(state.directory, header, index, now))
    else:
        check_references(state, header, kind)
        owners = check_recipients(state.directory, header, kind, now)
        outcome = _DECIDE[kind.name](state, header, owners, now)
    if kind.hub_only:
        check_derived(state, header, statement.digest, now)
    return outcome


def recorded(statement: Statement, index: int, now: int, refusal: str = "") -> Recorded:
    """What is kept of ``statement`` once it is entry ``index``; ``refusal``: the code by which it was refused."""
    header, kind = statement.header, statement.kind
    return Recorded(
        message_id=header.message_id,
        digest=statement.digest,
        index=index,
        kind=kind.number,
        # Millions of statements name a few agencies and contacts.
        agency=intern(header.sender.agency),
        contact=intern(header.sender.contact),
        item=bytes(header.message_id if kind.opens_item else header.item_id),
        recipients=tuple(intern(to.agency) for to in header.recipients),
        recorded_at=now,
        refusal=refusal,
    )


_DECIDE: dict[str, Callable[..., Outcome]] = {
    "lead": flow.lead,
    "supplement": flow.supplement,
    "inquiry": flow.inquiry,
    "supervision": flow.supervision,
    "inquiry_reply": flow.inquiry_reply,
    "return": flow.return_,
    "delivered": duty.delivered,
    "seen": duty.seen,
    "acknowledged": duty.acknowledged,
    "completed": closing.completed,
    "reviewed": duty.reviewed,
    "erased": duty.erased,
    "redirect": redirects.redirect,
    "redirect_taken_back": redirects.redirect_taken_back,
    "assigned": moves.assigned,
    "handover_offered": handovers.handover_offered,
    "handover_answered": handovers.handover_answered,
    "handover_withdrawn": handovers.handover_withdrawn,
    "escalation_forced": moves.escalation_forced,
    "progressed": terms.progressed,
    "held": terms.held,
    "resumed": terms.resumed,
    "extension_asked": terms.extension_asked,
    "extension_decided": terms.extension_decided,
    "approval_recorded": terms.approval_recorded,
    "approval_checked": terms.approval_checked,
    "received_on_paper": paper.received_on_paper,
    "non_response": steps.non_response,
    "escalated": steps.escalated,
    "ownership_fell": steps.ownership_fell,
    "monitored": docket.monitored,
    "assessed": docket.assessed,
    "lead_linked": docket.linked,
    "method_answered": verification.method_answered,
    "verified": verification.verified,
    "verification_reported": verification.verification_reported,
    "disposed": disposition.disposed,
    "transfer_made": transfer.transfer_made,
    "transfer_received": transfer.transfer_received,
    "filing_decided": transfer.filing_decided,
    "reconsideration_asked": transfer.reconsideration_asked,
    "handed_back": transfer.handed_back,
    "property_handed_over": transfer.property_handed_over,
    "jurisdiction_disputed": jurisdiction.disputed,
    "jurisdiction_designated": jurisdiction.designated,
    "feedback": aftermath.fed_back,
    "repatriated": aftermath.repatriated,
    "repatriation_confirmed": aftermath.repatriation_confirmed,
    "measure_requested": measures.measure_requested,
    "measure_answered": measures.measure_answered,
    "stability_alerted": measures.stability_alerted,
    "circulated": measures.circulated,
    "recalled": measures.recalled,
    "destroyed": measures.destroyed,
}
