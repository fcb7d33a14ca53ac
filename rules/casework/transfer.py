"""移送: a suspected crime on its way to the police and back (TSC-2020, to which the articles here belong).

Nobody refuses a transfer for a missing part: it is recorded, and the sender owes the supplement. Whatever comes back,
not filed or handed over, wants a fresh disposition of its parties.
"""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import case_codes_pb2, codes_pb2, header_pb2
from hutong.worktime.statutory import limits
from rules import ladder
from rules.casework.disposition import AFTERMATH
from rules.casework.docket import docket_of, handled
from rules.casework.records import Disposition, Docket, Transfer
from rules.clocks import PRACTICE, after, pace, span
from rules.duty import Owners, item_of, reported, to_originator, to_parties, worked_on
from rules.moves import laid
from rules.opening import opening
from rules.outcome import Outcome
from rules.records import Item, Obligation, Record
from rules.state import State

_TIER_C = case_codes_pb2.TIER_C
_PROPERTY = "property-handover"


def transfer_made(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """移送 to the police of the same level, of parties whose disposition in force is a transfer not carried out yet."""
    said = header.transfer_made
    agency = header.sender.agency
    docket = docket_of(state, said.about_item, agency, case_codes_pb2.DOCKET_STAGE_DISPOSED, AFTERMATH)
    to = _police(state, header)
    _check_officers(state, header, now)
    if case_codes_pb2.TRANSFER_PART_LETTER not in said.parts or set(said.parts) & set(said.not_existing):
        raise HutongError("HT-CSW-17")
    if not docket.opened_at <= said.approved_at <= now:
        raise HutongError("HT-HDR-01", field="transfer_made.approved_at", rule="since the docket was opened, until now")
    dispositions = [_untransferred(state, docket, party) for party in said.parties]
    every = range(1, len(case_codes_pb2.TransferPart.values()))
    made = Transfer(
        id=bytes(header.message_id),
        docket=docket.item,
        from_agency=agency,
        to_agency=to,
        parties=tuple(sorted(said.parties)),
        missing=tuple(part for part in every if part not in (*said.parts, *said.not_existing)),
        with_property=said.property,
        made_at=now,
        late=now > after(state.directory, agency, said.approved_at, limits()["transfer"].span),
    )
    opened = opening(state, header, owners, now)
    changes: list[Record] = [*opened.changes, made, *(replace(one, transfer=made.id) for one in dispositions)]
    if made.missing:
        changes.append(_owed(state, opened.changes[0], made, now))  # type: ignore[arg-type]
    return replace(opened, changes=tuple(changes))


def _police(state: State, header: header_pb2.Header) -> str:
    """The one agency it goes to: police, of the sender's level (article 5: 同级公安机关)."""
    to = [to.agency for to in header.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO]
    if len(to) != 1:
        raise HutongError("HT-HDR-01", field="recipients", rule="exactly one ROLE_TO, the police")
    agencies = state.directory.agencies
    if agencies[to[0]].level != agencies[header.sender.agency].level:
        raise HutongError("HT-CSW-15", agency=to[0])
    return to[0]


def _check_officers(state: State, header: header_pb2.Header, now: int) -> None:
    """At least two officers of the sender are in force (article 5: 专案组)."""
    for officer in header.transfer_made.officers:
        contact = state.directory.contacts.get(officer)
        if contact is None or contact.agency != header.sender.agency or not contact.in_force(now):
            raise HutongError("HT-CSW-16", contact=officer)


def _untransferred(state: State, docket: Docket, party: int) -> Disposition:
    found = state.casework.dispositions.get((docket.item, docket.agency, party))
    if found is None or found.tier != _TIER_C or found.transfer:
        raise HutongError("HT-CSW-18", party=party)
    return found


def _owed(state: State, item: Item, transfer: Transfer, now: int) -> Obligation:
    """What the sender owes on its own transfer: parts that are missing, or the property; by the contact who made it.

    Where it owed something here before and is done with that, the hub's numbers go on: none is used twice.
    """
    agency = transfer.from_agency
    before = state.obligations.get((item.id, agency))
    duty = replace(
        laid(state, item, agency, item.from_contact, now),
        delivered_at=now,
        received_at=now,
        steps=before.steps if before else 0,
    )
    if transfer.missing:
        speed = pace(item.urgency, item.drill)
        by = after(state.directory, agency, now, span("supplement", speed))
        return ladder.timed(state.directory, item, replace(duty, complete_rule=PRACTICE), by, now)
    by = after(state.directory, agency, now, limits()[_PROPERTY].span)
    return ladder.timed(state.directory, item, replace(duty, complete_rule=_PROPERTY), by, now)


def transfer_of(state: State, item: bytes) -> Transfer:
    """The transfer that ``item`` is; HT-CSW-19 where it is none."""
    found = state.casework.transfers.get((item,))
    if found is None:
        raise HutongError("HT-CSW-19")
    return found


def transfer_received(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """回执 (article 7): the police have it, and name the parts that they miss."""
    item, duty = handled(state, header, now)
    transfer = transfer_of(state, item.id)
    if header.sender.agency == transfer.from_agency:
        raise HutongError("HT-CSW-20", agency=transfer.to_agency)
    missing = tuple(sorted({*transfer.missing, *header.transfer_received.missing}))
    received = replace(transfer, received_at=transfer.received_at or now, missing=missing)
    changes: list[Record] = [duty, received]
    if missing and not _owes(state, transfer):
        changes.append(_owed(state, item, received, now))
    return Outcome(changes=tuple(changes), deliver_to=to_originator(item, header, owners))


def _owes(state: State, transfer: Transfer) -> bool:
    """Whether the sender has something open on its own transfer."""
    duty = state.obligations.get((transfer.id, transfer.from_agency))
    return duty is not None and duty.open


def parts_supplied(state: State, item: Item, header: header_pb2.Header) -> tuple[Record, ...]:
    """What a Supplement with parts changes: they are missing no longer."""
    parts = header.supplement.parts
    if not parts:
        return ()
    transfer = transfer_of(state, item.id)
    if header.sender.agency != transfer.from_agency:
        raise HutongError("HT-CSW-20", agency=transfer.from_agency)
    return (replace(transfer, missing=tuple(part for part in transfer.missing if part not in parts)),)


def filing_decided(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """立案 or 不予立案, on the transfer or on its reconsideration (articles 8 and 9)."""
    item = item_of(state, header)
    duty = worked_on(state, item, header, now)
    transfer, again = _decided_on(state, item)
    if header.sender.agency == transfer.from_agency:
        raise HutongError("HT-CSW-20", agency=transfer.to_agency)
    settled = transfer.reconsidered_at if again else transfer.decided_at
    if settled or transfer.filed or transfer.handed_back_at:
        raise HutongError("HT-CSW-21")
    said = header.filing_decided
    decided = replace(
        transfer,
        to_agency=header.sender.agency,
        decided_at=transfer.decided_at or now,
        reconsidered_at=now if again else transfer.reconsidered_at,
        filed=said.filed,
        reason=said.reason,
    )
    changes: list[Record] = [reported(state, item, duty, now), decided]
    changes += _came_back(state, decided) if decided.refused else _filed(state, decided, now)
    return Outcome(changes=tuple(changes), deliver_to=to_originator(item, header, owners))


def _decided_on(state: State, item: Item) -> tuple[Transfer, bool]:
    """The transfer that a decision on ``item`` is about, and whether it is a reconsideration."""
    again = state.casework.reconsidered_in(item.id)
    return (again, True) if again else (transfer_of(state, item.id), False)


def _came_back(state: State, transfer: Transfer) -> list[Record]:
    docket = state.casework.dockets[transfer.docket, transfer.from_agency]
    return [replace(docket, fresh=True)]


def _filed(state: State, transfer: Transfer, now: int) -> list[Record]:
    """Filed: nothing fresh is owed for it, and the property is (article 12)."""
    docket = state.casework.dockets[transfer.docket, transfer.from_agency]
    changes: list[Record] = [replace(docket, fresh=_others_back(state, transfer))]
    if transfer.with_property and not transfer.property_at and not _owes(state, transfer):
        changes.append(_owed(state, state.items[transfer.id], replace(transfer, missing=()), now))
    return changes


def _others_back(state: State, transfer: Transfer) -> bool:
    others = state.casework.transfers_of(transfer.docket, transfer.from_agency)
    back = [one for one in others if one.id != transfer.id and (one.refused or one.handed_back_at)]
    standing = {d.transfer for d in state.casework.dispositions_of(transfer.docket, transfer.from_agency)}
    return any(one.id in standing for one in back)


def reconsideration_asked(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """提请复议 of a refusal, once, within the law's time; to the procuratorate the same way (立案监督)."""
    transfer = transfer_of(state, header.reconsideration_asked.about_item)
    if header.sender.agency != transfer.from_agency:
        raise HutongError("HT-CSW-20", agency=transfer.from_agency)
    if not transfer.refused:
        raise HutongError("HT-CSW-22")
    since = transfer.reconsidered_at or transfer.decided_at
    rule = "supervision-proposal" if transfer.reconsidered_at else "reconsideration-request"
    latest = after(state.directory, transfer.from_agency, since, limits()[rule].span)
    if now > latest:
        raise HutongError("HT-CSW-23", latest=latest)
    opened = opening(state, header, owners, now)
    to_police = any(
        to.agency == transfer.to_agency and to.role == codes_pb2.RECIPIENT_ROLE_TO for to in header.recipients
    )
    if not to_police:
        return opened
    if transfer.reconsideration:
        raise HutongError("HT-CSW-21")
    return replace(opened, changes=(*opened.changes, replace(transfer, reconsideration=bytes(header.message_id))))


def handed_back(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """The police give a case to the administrative agency (articles 8, 10 and 13); where it had come from there, that
    docket owes a fresh disposition."""
    opened = opening(state, header, owners, now)
    about = header.handed_back.about_item
    if not about:
        return opened
    transfer = transfer_of(state, about)
    if (about, header.sender.agency) not in state.obligations or transfer.from_agency not in owners:
        raise HutongError("HT-CSW-20", agency=transfer.to_agency)
    if transfer.handed_back_at:
        raise HutongError("HT-CSW-21")
    back = replace(transfer, handed_back_at=now, filed=False, reason=header.handed_back.reason)
    return replace(opened, changes=(*opened.changes, back, *_came_back(state, back)))


def property_handed_over(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """涉案物品移交 (article 12), after the notice of filing."""
    item = item_of(state, header)
    transfer = transfer_of(state, item.id)
    if header.sender.agency != transfer.from_agency:
        raise HutongError("HT-CSW-20", agency=transfer.from_agency)
    if not transfer.filed or not transfer.with_property:
        raise HutongError("HT-CSW-24")
    done = replace(transfer, property_at=transfer.property_at or now)
    return Outcome(changes=(done,), deliver_to=to_parties(item, header, owners))


def is_transfer(item: Item) -> bool:
    """Whether ``item`` is a transfer."""
    return item.kind == kinds()["transfer_made"].number
