"""稳妥善后: people go home and arrive, whoever handed the lead over hears of it, and only then the docket closes."""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import case_codes_pb2, codes_pb2, header_pb2
from rules.casework.disposition import AFTERMATH
from rules.casework.docket import docket_of, handled, outcome
from rules.casework.records import Repatriation
from rules.duty import Owners, item_of, reported, to_originator, worked_on
from rules.opening import opening
from rules.outcome import Outcome
from rules.state import State

_S = case_codes_pb2


def repatriated(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """遣返: so many people to one receiving place."""
    said = header.repatriated
    agency = header.sender.agency
    docket = docket_of(state, said.about_item, agency, _S.DOCKET_STAGE_DISPOSED, AFTERMATH)
    to = [to.agency for to in header.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO]
    if len(to) != 1:
        raise HutongError("HT-HDR-01", field="recipients", rule="exactly one ROLE_TO, the receiving place")
    opened = opening(state, header, owners, now)
    going = Repatriation(bytes(header.message_id), docket.item, agency, to[0], said.persons)
    return replace(opened, changes=(*opened.changes, going, replace(docket, stage=AFTERMATH)))


def repatriation_confirmed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """How many arrived so far: never fewer than were confirmed, never more than left."""
    item = item_of(state, header)
    going = state.casework.repatriations.get((item.id,))
    if going is None or header.sender.agency != going.to_agency:
        raise HutongError("HT-CSW-29")
    duty = worked_on(state, item, header, now)
    arrived = header.repatriation_confirmed.persons
    if not going.arrived <= arrived <= going.persons:
        raise HutongError("HT-CSW-30", sent=going.persons, arrived=going.arrived)
    changes = (
        reported(state, item, duty, now),
        replace(going, arrived=arrived, confirmed_at=now),
    )
    return Outcome(changes=changes, deliver_to=to_originator(item, header, owners))


def fed_back(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """反馈 to whoever handed the lead over, with the finding of the docket."""
    item, duty = handled(state, header, now)
    docket = docket_of(state, item.id, duty.agency)
    said = header.feedback
    found = docket.finding or (_S.FINDING_UNSUBSTANTIATED if docket.discarded_for else 0)
    tiers = [one.tier for one in state.casework.dispositions_of(item.id, duty.agency)]
    if said.finding != found or said.tier != max(tiers, default=0):
        raise HutongError("HT-CSW-07")
    to_originator(item, header, owners)
    return outcome(item, header, owners, reported(state, item, duty, now), replace(docket, feedback_at=now))
