"""What one agency can do for another (协助执行), what is told to many (通报), and what is called back (撤回)."""

from __future__ import annotations

from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import case_codes_pb2, header_pb2
from rules.duty import Owners, item_of, reported, to_originator, worked_on
from rules.opening import opening
from rules.outcome import Outcome
from rules.state import State

_NOTHING = (case_codes_pb2.MEASURE_RESULT_REFUSED, case_codes_pb2.MEASURE_RESULT_NOTHING_TO_EXECUTE)


def measure_requested(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """A measure is asked for under a law; to whom which may go stands in the policies."""
    if not header.legal_basis:
        raise HutongError("HT-HDR-01", field="legal_basis", rule="a measure cites the law that it rests on")
    return opening(state, header, owners, now)


def measure_answered(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """What was executed; the counts agree with the result."""
    said = header.measure_answered
    _check_kind(state, header, "measure_requested")
    if (said.result in _NOTHING) != (said.executed == 0) or bool(said.executed_at) != bool(said.executed):
        raise HutongError("HT-HDR-01", field="measure_answered.executed", rule="a count and a time where something was")
    if said.executed_at > now:
        raise HutongError("HT-HDR-01", field="measure_answered.executed_at", rule="now or earlier")
    return _reported(state, header, owners, now)


def stability_alerted(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """涉稳预警 to the territorial government."""
    return opening(state, header, owners, now)


def circulated(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """通报: told to those addressed, and nothing is owed."""
    told = tuple(agency for agency in owners if agency != header.sender.agency)
    if not told:
        raise HutongError("HT-HDR-01", field="recipients", rule="at least one other agency")
    return Outcome(deliver_to=(header.sender.agency, *told))


def recalled(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """撤回 of a statement of one's own, from those who had it."""
    about = state.statements.get(header.in_reply_to)
    if about is None or about.refusal or about.agency != header.sender.agency:
        raise HutongError("HT-DTY-07")
    strangers = [agency for agency in owners if agency not in about.recipients]
    if strangers:
        raise HutongError("HT-CSW-28", agency=strangers[0])
    return opening(state, header, owners, now)


def destroyed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """销毁回执, by the contact who acknowledged the recall."""
    _check_kind(state, header, "recalled")
    return _reported(state, header, owners, now)


def _check_kind(state: State, header: header_pb2.Header, kind: str) -> None:
    if item_of(state, header).kind != kinds()[kind].number:
        raise HutongError("HT-DTY-02", kind=str(header.WhichOneof("kind")))


def _reported(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The owner has reported on the item: 已反馈."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    return Outcome(changes=(reported(state, item, duty, now),), deliver_to=to_originator(item, header, owners))
