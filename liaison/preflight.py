"""What the hub would say, asked before anything is signed: the contract's field rules, its policies (``rules.permit``)
and its decisions (``rules.decide``), over the verified directory and the items as their parties see them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hutong.client.writing import LIFETIME_MS, Letter, heading
from hutong.contract import validate
from hutong.directory.records import Directory, Key
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, options_pb2
from liaison.matter import Matter
from rules.decide import Statement, decide
from rules.outcome import Outcome
from rules.permit.permit import Permit
from rules.records import Approval, Handover, Item, Obligation, Recorded
from rules.state import State


@dataclass(frozen=True)
class Sender:
    """In whose name it will be signed."""

    origin: str
    agency: str
    contact: str
    acting_for: str = ""


@dataclass(frozen=True)
class Known:
    """What the hub has told of the state, as far as a statement is decided over it."""

    matters: Sequence[Matter] = ()
    owned: Sequence[casework_pb2.Obligation] = ()
    """Obligations of the own agency that a statement about people is decided over."""
    handovers: Sequence[casework_pb2.Handover] = ()


def check(letter: Letter, sender: Sender, state: State, permit: Permit, now: int) -> header_pb2.Header:
    """The header that ``letter`` would get at ``now`` (ms), as ``decided``."""
    return decided(letter, sender, state, permit, now)[0]


def decided(
    letter: Letter, sender: Sender, state: State, permit: Permit, now: int
) -> tuple[header_pb2.Header, Outcome]:
    """The header that ``letter`` would get at ``now`` (ms), and what the hub would decide; HutongError with the hub's
    own code where it would refuse.

    ``state`` goes on with what an item's statement changes, so that the next letter of the same act finds it: an
    inquiry is answered and then closed. ``permit`` is over the directory of ``state``.
    HT-PRM-03: one may not ask this; by which rule, and what is lawful. HT-CLI-30: the sender has no signing key in the
    log. HT-DIR-15: there is nothing to seal to.
    """
    directory = state.directory
    header = draft(letter, sender, permit, now)
    kind = kinds()[letter.kind]
    outcome = decide(state, Statement(header, b"", kind), directory.index, now)
    if not kind.directory:
        state.apply(outcome.changes, directory.index)
    if letter.body is not None:
        for agency, desk in [(to.agency, to.desk) for to in letter.to] + [(sender.agency, "")]:
            for use in (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY):
                if not directory.sealing_keys(agency, use, desk, now):
                    raise HutongError("HT-DIR-15", agency=agency)
    return header, outcome


def draft(letter: Letter, sender: Sender, permit: Permit, now: int) -> header_pb2.Header:
    """The header that ``letter`` would get at ``now``, held against contract and policies alone: for statements about
    what the sender may not see."""
    header = _header(letter, sender, own_key(permit.directory, sender, now), now)
    if not header.recipients and kinds()[letter.kind].opens_item:
        raise HutongError("HT-HDR-01", field="recipients", rule="at least one ROLE_TO")
    validate(header, "HT-HDR-01")
    permit.statement(header, kinds()[letter.kind])
    return header


def own_key(directory: Directory, sender: Sender, now: int) -> Key:
    """The sender's newest signing key in force; HT-CLI-30 when there is none."""
    held = [
        key
        for key in directory.keys.values()
        if (key.agency, key.holder, key.use) == (sender.agency, sender.contact, codes_pb2.KEY_USE_OFFICER)
        and directory.key_in_force(key.keyid, now)
    ]
    if not held:
        raise HutongError("HT-CLI-30", contact=sender.contact)
    return max(held, key=lambda key: key.order)


def state_of(directory: Directory, known: Known, own: str) -> State:
    """The hub's state as far as ``own``, a party, has been told it."""
    state = State(directory)
    for matter in known.matters:
        state.keep(item_of(matter))
        for duty in matter.hub.obligations:
            _check_owner(directory, duty)
            state.obligations[matter.item, duty.agency] = obligation_of(matter.item, duty)
        for said in matter.hub.statements:
            state.remember(_recorded(said, matter.item))
        state.approvals |= {paper.id: _approval(paper, matter.item, own) for paper in matter.hub.approvals}
    for duty in known.owned:
        state.obligations.setdefault((duty.item_id, duty.agency), obligation_of(duty.item_id, duty))
    state.handovers |= {each.id: _handover(each, own) for each in known.handovers}
    return state


def item_of(matter: Matter) -> Item:
    """The item as the hub keeps it. Its mark, by which a second one is recognised, concerns openings only."""
    return Item(
        id=matter.item,
        kind=matter.kind,
        from_agency=matter.originator,
        from_contact=matter.opener,
        urgency=matter.urgency,
        parties=matter.parties,
        opened_at=min(duty.available_at for duty in matter.hub.obligations),
        drill=matter.drill,
    )


def obligation_of(item: bytes, duty: casework_pb2.Obligation) -> Obligation:
    """The obligation as the hub keeps it: it shows all of it under the same names."""
    return Obligation(item=item, **_same(Obligation, duty, {"item"}))


def _check_owner(directory: Directory, duty: casework_pb2.Obligation) -> None:
    """HT-EVD-01 for an owner whom nobody has nominated there."""
    owner = directory.contacts.get(duty.owner)
    if duty.agency not in directory.agencies or owner is None or owner.agency != duty.agency:
        raise HutongError("HT-EVD-01", field="owner")


def _recorded(said: casework_pb2.StatementSummary, item: bytes) -> Recorded:
    """As much of a statement as whatever refers to it is decided by."""
    same = {name: getattr(said, name) for name in ("message_id", "index", "kind", "agency", "contact", "recorded_at")}
    return Recorded(digest=b"", item=item, recipients=(), **same)


def _approval(paper: casework_pb2.PaperApproval, item: bytes, own: str) -> Approval:
    return Approval(item=item, agency=own, **_same(Approval, paper, {"item", "agency"}))


def _handover(offer: casework_pb2.Handover, own: str) -> Handover:
    return Handover(agency=own, **_same(Handover, offer, {"agency"}))


def _same(record: Any, message: Any, but: Iterable[str]) -> dict[str, Any]:
    """What ``message`` shows of a ``record`` under the same names."""
    repeated = {field.name for field in message.DESCRIPTOR.fields if field.is_repeated}
    found = {field.name: getattr(message, field.name) for field in fields(record) if field.name not in but}
    return {name: tuple(value) if name in repeated else value for name, value in found.items()}


def _header(letter: Letter, sender: Sender, key: Key, now: int) -> header_pb2.Header:
    """The one that will be signed, but for what only sealing and signing can know."""
    said = header_pb2.Sender(agency=sender.agency, contact=sender.contact, acting_for=sender.acting_for)
    algorithm = codes_pb2.Algorithm.ValueType(key.algorithm)
    signer = header_pb2.Signer(role=options_pb2.SIGNER_ROLE_OFFICER, keyid=key.keyid, algorithm=algorithm)
    header = heading(letter, said, signer, origin=sender.origin, now=now, lifetime=LIFETIME_MS)
    header.nonce, header.client_sequence = bytes(32), 1
    return header
