"""The docket (台账) of an item at the agency that handles it: monitoring, assessment, joining a case."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import case_codes_pb2, casework_pb2, header_pb2
from hutong.worktime.calendar import ZONE
from rules import ladder
from rules.casework.records import Docket, Ledger
from rules.duty import Owners, item_of, to_addressed, worked_on
from rules.outcome import Outcome
from rules.records import Item, Obligation, Record
from rules.state import State

MONITORED = case_codes_pb2.DOCKET_STAGE_MONITORED
LEDGERED = case_codes_pb2.DOCKET_STAGE_LEDGERED


def handled(state: State, header: header_pb2.Header, now: int) -> tuple[Item, Obligation]:
    """The item of ``header`` and the sender's obligation on it, by the contact who owns it; the statement is a sign of
    progress, and whoever watches for inaction begins anew."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    if duty.state == casework_pb2.OBLIGATION_STATE_ON_HOLD:
        raise HutongError("HT-DTY-19")
    going = duty if duty.state == casework_pb2.OBLIGATION_STATE_REPORTED else _in_progress(duty)
    return item, ladder.watched(state.directory, item, going, now)


def _in_progress(duty: Obligation) -> Obligation:
    return replace(duty, state=casework_pb2.OBLIGATION_STATE_IN_PROGRESS)


def docket_of(state: State, item: bytes, agency: str, *stages: int) -> Docket:
    """The docket of ``item`` at ``agency``, at one of ``stages`` where any are given; HT-CSW-01 otherwise."""
    docket = state.casework.dockets.get((item, agency))
    if docket is None or (stages and docket.stage not in stages):
        raise HutongError("HT-CSW-01", stage=stage_name(docket.stage if docket else 0), needed=_names(stages))
    return docket


def stage_name(stage: int) -> str:
    """``LEDGERED``; ``RECEIVED`` while there is no docket."""
    if not stage:
        return "RECEIVED"
    return case_codes_pb2.DocketStage.Name(stage).removeprefix("DOCKET_STAGE_")  # type: ignore[arg-type]


def _names(stages: tuple[int, ...]) -> str:
    return " / ".join(map(stage_name, stages or (MONITORED, LEDGERED)))


def outcome(
    item: Item, header: header_pb2.Header, owners: Owners, *changes: Record, also: tuple[str, ...] = ()
) -> Outcome:
    """What a statement about a docket changes; it goes to the agency's own file and to the parties addressed."""
    told = dict.fromkeys((*to_addressed(item, header, owners), *also))
    return Outcome(changes=changes, deliver_to=tuple(told))


def monitored(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """线上监测: a risk index with its model's version; until it is assessed the newest counts."""
    item, duty = handled(state, header, now)
    docket = state.casework.dockets.get((item.id, duty.agency)) or Docket(item.id, duty.agency, MONITORED, now)
    if docket.stage != MONITORED:
        raise HutongError("HT-CSW-01", stage=stage_name(docket.stage), needed=_names((MONITORED,)))
    said = header.monitored
    indexed = replace(docket, risk_index=said.risk_index, model_version=said.model_version)
    return outcome(item, header, owners, duty, indexed)


def assessed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """研判: discarded, or into the ledger under the next number of the agency's year (China's time)."""
    item, duty = handled(state, header, now)
    docket = state.casework.dockets.get((item.id, duty.agency)) or Docket(item.id, duty.agency, MONITORED, now)
    if docket.stage != MONITORED:
        raise HutongError("HT-CSW-01", stage=stage_name(docket.stage), needed=_names((MONITORED,)))
    if not header.assessed.ledgered:
        reason = header.assessed.discarded_for
        discarded = replace(docket, stage=case_codes_pb2.DOCKET_STAGE_DISCARDED, discarded_for=reason)
        return outcome(item, header, owners, duty, discarded)
    year = dt.datetime.fromtimestamp(now / 1000, ZONE).year
    before = state.casework.ledgers.get((duty.agency, year), Ledger(duty.agency, year, 0))
    ledger = replace(before, last=before.last + 1)
    ledgered = replace(docket, stage=LEDGERED, year=year, number=ledger.last)
    return outcome(item, header, owners, duty, ledgered, ledger)


def linked(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """并案: an item that the sender handles joins the case that it handles (header.case_id)."""
    item, duty = handled(state, header, now)
    docket = docket_of(state, item.id, duty.agency)
    leading = state.casework.dockets.get((header.case_id, duty.agency))
    if leading is None or leading.item == item.id or leading.case:
        raise HutongError("HT-CSW-02")
    return outcome(item, header, owners, duty, replace(docket, case=header.case_id))
