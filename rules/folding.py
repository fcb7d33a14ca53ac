"""One statement folded into the state, and what it did to obligations: for whoever watches a log being replayed."""

from __future__ import annotations

from dataclasses import dataclass

from hutong.kinds import Kind
from hutong.v1 import header_pb2, options_pb2
from rules.decide import Statement, recorded
from rules.outcome import Outcome
from rules.parties import contact_concerned
from rules.records import Obligation
from rules.state import State


@dataclass(frozen=True, slots=True)
class Folded:
    """The statement of entry ``index``, recorded or refused at ``at`` (ms)."""

    index: int
    at: int
    header: header_pb2.Header
    kind: Kind
    changed: tuple[tuple[Obligation | None, Obligation], ...]
    """Each obligation that it changed, before and after; None: it laid it."""
    refusal: str = ""
    concerned: str = ""
    """Whose open obligations it was about (READS_OWNED)."""


def fold(state: State, statement: Statement, outcome: Outcome, index: int, now: int, refusal: str = "") -> Folded:
    """Move ``state`` on by ``statement``, decided with ``outcome`` at entry ``index`` and hub time ``now`` (ms)."""
    owned = options_pb2.READS_OWNED in statement.kind.reads
    concerned = contact_concerned(state.directory, statement.header) if owned else ""
    obligations = [change for change in outcome.changes if isinstance(change, Obligation)]
    changed = tuple((_before(state, duty), duty) for duty in obligations)
    # An id serves once: what a repeat says is no news of the first.
    if statement.header.message_id not in state.statements:
        state.remember(recorded(statement, index, now, refusal))
    state.apply(outcome.changes, index)
    if outcome.erases:
        state.erase(outcome.erases)
    return Folded(index, now, statement.header, statement.kind, changed, refusal, concerned)


def _before(state: State, duty: Obligation) -> Obligation | None:
    """The obligation that ``duty`` takes the place of; None where it is a new one, though an earlier one has ended."""
    known = state.obligations.get((duty.item, duty.agency))
    return known if known is not None and (known.open or not duty.open) else None
