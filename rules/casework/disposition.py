"""多措处置: one decision about each party of a docket, by tier (A, B, C may stand side by side)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import case_codes_pb2, case_kinds_pb2, codes_pb2, header_pb2
from hutong.worktime.calendar import ZONE
from hutong.worktime.statutory import limits
from rules.casework.docket import docket_of, handled, outcome
from rules.casework.records import Disposition, Docket
from rules.casework.verification import REPORTED, VERIFIED
from rules.duty import Owners
from rules.outcome import Outcome
from rules.state import State

DISPOSED = case_codes_pb2.DOCKET_STAGE_DISPOSED
AFTERMATH = case_codes_pb2.DOCKET_STAGE_AFTERMATH
PRINCIPALS = (codes_pb2.APPROVAL_POST_PRINCIPAL, codes_pb2.APPROVAL_POST_ACTING_PRINCIPAL)
"""正职负责人或者主持工作的负责人: nobody else approves a transfer (TSC-2020 article 5)."""
_PROVEN = (case_codes_pb2.FINDING_CONFIRMED, case_codes_pb2.FINDING_OTHER_VIOLATION)
_OF_TIER = {
    case_codes_pb2.TIER_B: case_codes_pb2.DISPOSITION_STEP_PENALTY,
    case_codes_pb2.TIER_C: case_codes_pb2.DISPOSITION_STEP_TRANSFER,
}
_APPROVED = (
    case_codes_pb2.DISPOSITION_STEP_TRANSFER,
    case_codes_pb2.DISPOSITION_STEP_PENALTY,
    case_codes_pb2.DISPOSITION_STEP_NAMED_WARNING,
)


def disposed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """A decision about one party; it stands in the place of an earlier one about the same, but no penalty in that of a
    transfer (article 11)."""
    item, duty = handled(state, header, now)
    docket = docket_of(state, item.id, duty.agency, VERIFIED, REPORTED, DISPOSED, AFTERMATH)
    said = header.disposed
    _check_steps(docket, said)
    _check_approval(said, header)
    _check_days(said, now)
    before = state.casework.dispositions.get((item.id, duty.agency, said.party))
    if before is not None:
        _check_superseding(state, before, said)
    made = Disposition(
        item=item.id,
        agency=duty.agency,
        party=said.party,
        tier=said.tier,
        steps=tuple(sorted(said.steps)),
        statement=bytes(header.message_id),
        decided_on=said.decided_on,
        decided_at=now,
        late=_late(said),
        superseded=before.superseded + 1 if before else 0,
    )
    stage = docket.stage if docket.stage == AFTERMATH else DISPOSED
    moved = replace(docket, stage=stage, disposed_at=docket.disposed_at or now)
    return outcome(item, header, owners, duty, made, replace(moved, fresh=_still_owed(state, moved, made)))


def _check_steps(docket: Docket, said: case_kinds_pb2.Disposed) -> None:
    """The steps are those of the tier, and the tier one that the finding bears: HT-CSW-12, HT-CSW-11."""
    for tier, step in _OF_TIER.items():
        if (said.tier == tier) != (step in said.steps):
            raise HutongError("HT-CSW-12", tier=case_codes_pb2.Tier.Name(said.tier)[-1])
    if said.tier != case_codes_pb2.TIER_A and docket.finding not in _PROVEN:
        raise HutongError("HT-CSW-11")


def _check_approval(said: case_kinds_pb2.Disposed, header: header_pb2.Header) -> None:
    """What needs the approval of the principal has it, with the law that it goes by: HT-CSW-13."""
    if not set(said.steps) & set(_APPROVED):
        return
    approved = said.HasField("approval") and said.approver
    if not approved or (said.tier == case_codes_pb2.TIER_C and said.approver not in PRINCIPALS):
        raise HutongError("HT-CSW-13")
    if not header.legal_basis:
        raise HutongError("HT-HDR-01", field="legal_basis", rule="a decision under approval cites its law")


def _check_days(said: case_kinds_pb2.Disposed, now: int) -> None:
    today = dt.datetime.fromtimestamp(now / 1000, ZONE).date()
    if dt.date.fromisoformat(said.decided_on) > today:
        raise HutongError("HT-HDR-01", field="disposed.decided_on", rule="today or earlier")
    if (said.tier == case_codes_pb2.TIER_C) != bool(said.reported_on):
        raise HutongError("HT-HDR-01", field="disposed.reported_on", rule="where a transfer is decided, and only there")
    if said.reported_on > said.decided_on:
        raise HutongError("HT-HDR-01", field="disposed.reported_on", rule="not after the decision")
    if said.rectify_by and said.rectify_by < said.decided_on:
        raise HutongError("HT-HDR-01", field="disposed.rectify_by", rule="not before the decision")


def _late(said: case_kinds_pb2.Disposed) -> bool:
    """Whether the principal took longer than the law gives: days, the first not counted."""
    if not said.reported_on:
        return False
    days = limits()["transfer-decision"].span.amount
    took = dt.date.fromisoformat(said.decided_on) - dt.date.fromisoformat(said.reported_on)
    return took.days > days


def _check_superseding(state: State, before: Disposition, said: case_kinds_pb2.Disposed) -> None:
    """A transfer that the police have, or have filed, is not replaced (HT-CSW-14), nor one that was never made."""
    if before.tier != case_codes_pb2.TIER_C or said.tier == case_codes_pb2.TIER_C:
        return
    transfer = state.casework.transfers.get((before.transfer,))
    if transfer is None or not (transfer.refused or transfer.handed_back_at):
        raise HutongError("HT-CSW-14")


def _still_owed(state: State, docket: Docket, made: Disposition) -> bool:
    """Whether a party whose transfer came back still has no fresh disposition."""
    if not docket.fresh:
        return False
    others = state.casework.dispositions_of(docket.item, docket.agency)
    return any(came_back(state, one) for one in others if one.party != made.party)


def came_back(state: State, disposition: Disposition) -> bool:
    """Whether what ``disposition`` transferred was not filed or handed back, so that another one is owed."""
    transfer = state.casework.transfers.get((disposition.transfer,))
    return transfer is not None and (transfer.refused or transfer.handed_back_at > 0)
