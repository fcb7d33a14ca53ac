"""线下实证: five methods, each answered; what they came to; the report that climbs level by level."""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import case_codes_pb2, codes_pb2, header_pb2
from rules.casework.docket import LEDGERED, docket_of, handled, outcome
from rules.casework.thresholds import check_coherent
from rules.duty import Owners
from rules.opening import opening
from rules.outcome import Outcome
from rules.records import Item
from rules.state import State

VERIFYING = case_codes_pb2.DOCKET_STAGE_VERIFYING
VERIFIED = case_codes_pb2.DOCKET_STAGE_VERIFIED
REPORTED = case_codes_pb2.DOCKET_STAGE_REPORTED
DONE = case_codes_pb2.METHOD_STATE_DONE
NOT_APPLICABLE = case_codes_pb2.METHOD_STATE_NOT_APPLICABLE


def method_answered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """One method: done, not applicable, or waiting on an agency. What was done by an inquiry has an answer to it."""
    item, duty = handled(state, header, now)
    docket = docket_of(state, item.id, duty.agency, LEDGERED, VERIFYING)
    said = header.method_answered
    if said.waiting_on and said.waiting_on not in state.directory.agencies:
        raise HutongError("HT-DIR-01", agency=said.waiting_on)
    if said.about_item:
        _check_inquiry(state, said.about_item, header.sender.agency, done=said.state == DONE)
    place = said.method - 1
    methods = (*docket.methods[:place], said.state, *docket.methods[place + 1 :])
    waiting = (*docket.waiting_on[:place], said.waiting_on, *docket.waiting_on[place + 1 :])
    return outcome(item, header, owners, duty, replace(docket, stage=VERIFYING, methods=methods, waiting_on=waiting))


def _check_inquiry(state: State, item: bytes, agency: str, *, done: bool) -> None:
    """``item`` is an inquiry of ``agency``; and answered, where the method is said to be done by it."""
    inquiry = state.items.get(item)
    if inquiry is None or inquiry.from_agency != agency or inquiry.kind != kinds()["inquiry"].number:
        raise HutongError("HT-CSW-03")
    if done and not any(duty.reported_at for duty in state.obligations_of(item)):
        raise HutongError("HT-CSW-04")


def open_methods(methods: tuple[int, ...]) -> list[str]:
    """The names of the methods that are unanswered or wait on somebody, in their order."""
    return [
        case_codes_pb2.VerificationMethod.Name(number).removeprefix("VERIFICATION_METHOD_")  # type: ignore[arg-type]
        for number, answer in enumerate(methods, 1)
        if answer not in (DONE, NOT_APPLICABLE)
    ]


def verified(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """What the methods came to. The facts carry the rules that the proposed tier goes by."""
    item, duty = handled(state, header, now)
    docket = docket_of(state, item.id, duty.agency, VERIFYING)
    if missing := open_methods(docket.methods):
        raise HutongError("HT-CSW-05", methods=", ".join(missing))
    said = header.verified
    check_coherent(said)
    found = replace(
        docket, stage=VERIFIED, finding=said.finding, tier_proposed=said.tier_proposed, verified_at=now, fresh=False
    )
    return outcome(item, header, owners, duty, found)


def verification_reported(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """及时汇报: up one level. Opens an item; the report says what the docket, or the report below, has found."""
    said = header.verification_reported
    about = state.items.get(said.about_item)
    to = [to for to in header.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO]
    if len(to) != 1:
        raise HutongError("HT-HDR-01", field="recipients", rule="exactly one ROLE_TO, the superior")
    duty = state.obligations.get((said.about_item, header.sender.agency))
    if about is None or duty is None:
        raise HutongError("HT-CSW-06")
    opened = opening(state, header, owners, now)
    if about.kind == kinds()["verification_reported"].number:
        return opened
    docket = docket_of(state, about.id, duty.agency, VERIFIED, REPORTED)
    if (said.finding, said.tier_proposed) != (docket.finding, docket.tier_proposed):
        raise HutongError("HT-CSW-07")
    reported = replace(docket, stage=REPORTED, reported_at=docket.reported_at or now)
    return replace(opened, changes=(*opened.changes, reported))


def is_report(item: Item) -> bool:
    """Whether ``item`` is a report on its way up."""
    return item.kind == kinds()["verification_reported"].number
