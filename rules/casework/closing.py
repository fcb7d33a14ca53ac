"""办结: an obligation on a lead, a transfer or any other item ends when nothing of its casework is open any more."""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import case_codes_pb2, codes_pb2, header_pb2
from rules import duty as duties
from rules.casework.disposition import came_back
from rules.casework.docket import stage_name
from rules.casework.records import Docket
from rules.casework.verification import REPORTED, VERIFIED, open_methods
from rules.duty import Owners, item_of, worked_on
from rules.outcome import Outcome
from rules.records import Item, Obligation
from rules.state import State

_S = case_codes_pb2
_ENDED = (_S.DOCKET_STAGE_DISCARDED, _S.DOCKET_STAGE_DISPOSED, _S.DOCKET_STAGE_AFTERMATH)
_NOTHING_FOUND = (_S.FINDING_UNSUBSTANTIATED, _S.FINDING_NO_JURISDICTION)


def completed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """办结 as ``rules.duty`` has it, and with it the docket is closed."""
    item = item_of(state, header)
    dockets = close(state, item, worked_on(state, item, header, now))
    done = duties.completed(state, header, owners, now)
    return replace(done, changes=(*done.changes, *dockets))


def close(state: State, item: Item, duty: Obligation) -> tuple[Docket, ...]:
    """What 办结 of ``duty`` does to its docket; HutongError while anything of it is open.

    No docket closes with an open method, an unanswered feedback, a party without its disposition, a transfer that the
    police have not decided on, property that was not handed over, or people who have not arrived.
    """
    _check_transfer(state, item, duty)
    docket = state.casework.dockets.get((item.id, duty.agency))
    if docket is None:
        if _wants_docket(state, item, duty):
            raise HutongError("HT-CSW-31")
        return ()
    _check_stage(docket)
    _check_parties(state, docket)
    _check_people(state, docket)
    if item.from_agency != duty.agency and not docket.feedback_at:
        raise HutongError("HT-CSW-32", agency=item.from_agency)
    return (replace(docket, stage=_S.DOCKET_STAGE_CLOSED),)


def _wants_docket(state: State, item: Item, duty: Obligation) -> bool:
    """Whether the agency has to keep a ledger of ``item``: market regulation of every lead (Opinions, part 2)."""
    market = state.directory.agencies[duty.agency].type == codes_pb2.AGENCY_TYPE_MARKET
    return market and item.kind == kinds()["lead"].number


def _check_stage(docket: Docket) -> None:
    if docket.stage in _ENDED:
        return
    if docket.stage in (VERIFIED, REPORTED) and docket.finding in _NOTHING_FOUND:
        return
    if docket.stage == _S.DOCKET_STAGE_VERIFYING:
        raise HutongError("HT-CSW-05", methods=", ".join(open_methods(docket.methods)) or "–")
    raise HutongError("HT-CSW-33", stage=stage_name(docket.stage))


def _check_parties(state: State, docket: Docket) -> None:
    """Every party has a disposition that stands, and what was to be transferred is with the police for good."""
    for one in state.casework.dispositions_of(docket.item, docket.agency):
        transfer = state.casework.transfers.get((one.transfer,))
        if one.tier == _S.TIER_C and transfer is None:
            raise HutongError("HT-CSW-34", party=one.party)
        if transfer is not None and one.tier == _S.TIER_C and transfer.waits:
            raise HutongError("HT-CSW-35", party=one.party)
        if came_back(state, one):
            raise HutongError("HT-CSW-36", party=one.party)
    if docket.fresh:
        raise HutongError("HT-CSW-36", party=0)


def _check_people(state: State, docket: Docket) -> None:
    for going in state.casework.repatriations_of(docket.item, docket.agency):
        duty = state.obligations.get((going.id, going.to_agency))
        if going.arrived < going.persons and (duty is None or duty.open):
            raise HutongError("HT-CSW-37", missing=going.persons - going.arrived)


def _check_transfer(state: State, item: Item, duty: Obligation) -> None:
    """On a transfer: its sender has supplied what was missing and handed the property over; the police have decided."""
    transfer = state.casework.transfers.get((item.id,))
    if transfer is None:
        return
    if duty.agency != transfer.from_agency:
        if transfer.waits:
            raise HutongError("HT-CSW-38")
    elif transfer.missing:
        raise HutongError("HT-CSW-39", parts=len(transfer.missing))
    elif transfer.filed and transfer.with_property and not transfer.property_at:
        raise HutongError("HT-CSW-40")
