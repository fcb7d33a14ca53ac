"""``decide``: the one place where a statement turns into changes, for the hub as for whoever replays the log.

A statement has passed signature and permission before; here stand the rules that depend on the state. Refusals are
HutongError; everything else is an Outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hutong.directory.decide import decide as decide_directory
from hutong.kinds import Kind
from hutong.v1 import header_pb2
from rules import duty, flow
from rules.outcome import Outcome
from rules.parties import check_codes, check_recipients, check_sender, check_unaddressed
from rules.state import State


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the core sees it: what it says, its digest, and its kind."""

    header: header_pb2.Header
    digest: bytes
    kind: Kind


def decide(state: State, statement: Statement, index: int, now: int) -> Outcome:
    """What recording ``statement`` at ``index`` and hub time ``now`` (ms) changes; HutongError when it is refused."""
    header, kind = statement.header, statement.kind
    check_sender(state.directory, header, kind, now)
    check_codes(header)
    if kind.directory:
        check_unaddressed(header)
        return Outcome(changes=decide_directory(state.directory, header, index, now))
    owners = check_recipients(state.directory, header, now)
    return _DECIDE[kind.name](state, header, owners, now)


_DECIDE: dict[str, Callable[..., Outcome]] = {
    "lead": flow.lead,
    "supplement": flow.supplement,
    "inquiry": flow.inquiry,
    "inquiry_reply": flow.inquiry_reply,
    "return": flow.return_,
    "delivered": duty.delivered,
    "seen": duty.seen,
    "acknowledged": duty.acknowledged,
    "completed": duty.completed,
    "non_response": duty.non_response,
    "erased": duty.erased,
}
