"""Records of the pure core as the contract shows them to those who read (proto/hutong/v1/casework.proto)."""

from __future__ import annotations

from typing import Any

from hutong.directory.records import Directory
from hutong.v1 import casework_pb2, codes_pb2
from rules import ladder, provisional
from rules.records import Approval, Handover, Item, Obligation

_SAME = (
    "agency",
    "owner",
    "state",
    "available_at",
    "delivered_at",
    "seen_at",
    "acknowledged_at",
    "acknowledge_by",
    "closed_at",
    "outcome",
    "returned_for",
    "non_response",
    "complete_by",
    "complete_rule",
    "received_at",
    "received_on",
    "next_at",
    "held_until",
    "holds",
    "extension_until",
    "extension_stage",
    "extension_since",
    "extension_asked_by",
    "extensions",
    "overran_at",
    "redirected_to",
    "redirected_from",
    "breach",
    "red",
    "steps",
    "reported_at",
    "pushed_at",
    "extension_request",
    "answer_seen_at",
    "sent_back",
    "moved",
    "attention",
    "attention_by",
    "attention_at",
    "completion",
    "completion_at",
    "forced",
    "forced_at",
    "review_from",
    "forced_by_others",
)


def obligation(directory: Directory, item: Item, duty: Obligation) -> casework_pb2.Obligation:
    """``duty`` with what its item says, and the step that comes next: whom it would reach as things stand."""
    same: dict[str, Any] = {name: getattr(duty, name) for name in _SAME}
    shown = casework_pb2.Obligation(
        item_id=item.id,
        urgency=item.urgency,  # type: ignore[arg-type]
        from_agency=item.from_agency,
        from_contact=item.from_contact,
        kind=item.kind,
        drill=item.drill,
        acknowledge_by_provisional=provisional.acknowledge_by(directory, item, duty),
        complete_by_provisional=provisional.complete_by(directory, item, duty),
        **same,
    )
    step = ladder.telling(directory, item, duty)
    if step is not None:
        shown.told_at = step.at
        shown.told_at_provisional = provisional.step(directory, item, duty, step)
        shown.next_to = codes_pb2.EscalationTarget.Value(f"ESCALATION_TARGET_{step.step.who.upper()}")
        shown.next_form = step.form  # type: ignore[assignment]
        shown.next_contacts.extend(contact.id for contact in step.told)
    return shown


def handover(record: Handover, *, over: bool = False) -> casework_pb2.Handover:
    """A handover without the agency, which is the reader's own; ``over``: it has ended by itself."""
    return casework_pb2.Handover(
        id=record.id,
        giver=record.giver,
        taker=record.taker,
        items=record.items,
        leaving=record.leaving,
        offered_at=record.offered_at,
        answered_at=record.answered_at,
        accepted=record.accepted,
        ends_at=record.ends_at,
        withdrawn_at=record.withdrawn_at,
        over=over,
    )


def approval(record: Approval) -> casework_pb2.PaperApproval:
    """A decision on paper, without item and agency, which the reader has named."""
    return casework_pb2.PaperApproval(
        id=record.id,
        subject=record.subject,  # type: ignore[arg-type]
        granted=record.granted,
        decided_on=record.decided_on,
        late=record.late,
        entered_by=record.entered_by,
        entered_at=record.entered_at,
        request=record.request,
        checked_by=record.checked_by,
        agrees=record.agrees,
        entered_for=record.entered_for,
        checked_for=record.checked_for,
    )
