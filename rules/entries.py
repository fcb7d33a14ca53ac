"""What the log says of a statement (hutong.v1.Entry): made by the hub, and made once more by whoever replays."""

from __future__ import annotations

from collections.abc import Container, Iterable, MutableMapping

from hutong.v1 import entry_pb2
from rules.data import DIGEST
from rules.decide import Statement
from rules.outcome import Outcome, digest
from rules.parties import items_named
from rules.state import State

GIVEN = frozenset({"certificate_sha256", "permitted_by", "policy_sha256"})
"""Fields that no log and no rule yields: by what certificate it came, under which policy."""


def entry_of(state: State, statement: Statement, outcome: Outcome, now: int, refusal: str = "") -> entry_pb2.Entry:
    """The entry of ``statement``, decided at ``now`` (ms) over ``state``, but for ``GIVEN`` and what ``count`` adds.

    ``refusal``: the code by which it was refused. Nobody has checked such a statement: only codes and ids that are on
    record may stand in the log for ever.
    """
    header = statement.header
    agencies = [header.sender.agency, *(to.agency for to in header.recipients)]
    contacts = [header.sender.contact, *(to.contact for to in header.recipients)]
    items = {header.item_id, header.case_id}
    if refusal:
        agencies = _known(agencies, state.directory.agencies)
        contacts = _known(contacts, state.directory.contacts)
        items &= items_named(header, statement.kind) & state.items.keys()
    return entry_pb2.Entry(
        version=1,
        event=entry_pb2.ENTRY_EVENT_REFUSED if refusal else entry_pb2.ENTRY_EVENT_RECORDED,
        message_id=header.message_id,
        statement_sha256=statement.digest,
        commitment=header.commitment,
        recorded_at=now,
        agencies=agencies,
        contacts=contacts,
        # A client submits in the name of its own agency only.
        submitter=header.sender.agency,
        keyids=[bytes.fromhex(signer.keyid) for signer in header.signers],
        client_sequence=header.client_sequence,
        case_id=header.case_id if header.case_id in items else b"",
        directory_index=state.directory.index,
        rules_sha256=DIGEST,
        calendar_sha256=state.directory.timekeeping.digest,
        outcome_sha256=digest(outcome),
        erased_index=state.statements[outcome.erases].index + 1 if outcome.erases else 0,
        kind=statement.kind.number,
        refusal=refusal,
        item_id=header.item_id if header.item_id in items else b"",
    )


def count(entry: entry_pb2.Entry, clients: MutableMapping[bytes, int], cases: MutableMapping[bytes, int]) -> None:
    """Add the gap in the client's counter and the place in the case, and move both on.

    ``clients``, ``cases``: last numbers by certificate and by case. The hub's own statements are no client's; a refused
    statement takes no place in a case.
    """
    certificate, given = entry.certificate_sha256, entry.client_sequence
    if certificate:
        # A renewed certificate goes on where the old one's counter stood, so its first number is no gap.
        last = clients.get(certificate, given - 1)
        entry.sequence_gap = max(0, given - last - 1)
        clients[certificate] = max(last, given)
    if entry.case_id and not entry.refusal:
        cases[entry.case_id] = entry.case_sequence = cases.get(entry.case_id, 0) + 1


def _known(codes: Iterable[str], known: Container[str]) -> list[str]:
    """``codes`` in their order, empty where ``known`` does not hold them."""
    return [code if code in known else "" for code in codes]
