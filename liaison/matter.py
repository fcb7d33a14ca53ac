"""An item as an officer may act on it: what signed statements prove of it, and what only the hub says. Pure.

Who opened an item, for whom, as what and how urgently stands in the statement that opened it; to whom it was passed
on, in a Redirect that an agency with the duty has signed. States, owners and clocks are the hub's word, and so is a
redirect that nobody has shown. Where the hub contradicts what is signed, nothing is shown and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import casework_pb2, codes_pb2, header_pb2

_TO, _CC = codes_pb2.RECIPIENT_ROLE_TO, codes_pb2.RECIPIENT_ROLE_CC


@dataclass(frozen=True)
class Matter:
    """One item. Made by ``of``."""

    hub: casework_pb2.GetItemResponse
    """What the hub says; at least one obligation."""
    kind: int
    originator: str
    """The agency that opened it, to which receipts and answers go."""
    opener: str
    """The contact there."""
    urgency: codes_pb2.Urgency.ValueType
    drill: bool
    parties: tuple[str, ...]
    """Sender, recipients, and whoever else has an obligation as the hub says: what it will decide by."""
    named: frozenset[str]
    """The agencies that signed statements name as parties: to nobody else anything is sealed."""
    proved: bool
    """Whether ``kind``, ``originator``, ``opener``, ``urgency`` and ``drill`` stand in the statement that opened it."""

    @property
    def item(self) -> bytes:
        """Its id."""
        return self.hub.item_id

    @cached_property
    def duties(self) -> Mapping[str, casework_pb2.Obligation]:
        """The obligations by agency, as the hub shows them."""
        return {duty.agency: duty for duty in self.hub.obligations}

    @property
    def obliged(self) -> tuple[str, ...]:
        """The agencies with an obligation; once statements name parties, only those among them."""
        return tuple(agency for agency in self.duties if agency in self.named or not self.named)

    @staticmethod
    def of(
        hub: casework_pb2.GetItemResponse,
        opening: header_pb2.Header | None,
        redirects: Sequence[header_pb2.Header] = (),
    ) -> Matter:
        """What ``hub`` says of an item, held against the verified headers of its ``opening`` and of its ``redirects``;
        HT-EVD-01 where they differ."""
        if opening is None:
            return _unproved(hub, redirects)
        passed = _passed_on(_addressed(opening), redirects)
        _agree(hub, opening, passed)
        named = dict.fromkeys((opening.sender.agency, *(to.agency for to in opening.recipients), *passed))
        parties = dict.fromkeys((*named, *(duty.agency for duty in hub.obligations)))
        return Matter(
            hub=hub,
            kind=kind_of(opening).number,
            originator=opening.sender.agency,
            opener=opening.sender.contact,
            urgency=opening.urgency,
            drill=opening.facts.drill,
            parties=tuple(parties),
            named=frozenset(named),
            proved=True,
        )


def _unproved(hub: casework_pb2.GetItemResponse, redirects: Sequence[header_pb2.Header]) -> Matter:
    """The hub's word; whoever has a redirect knows at least whom that names, the one who opened the item among them."""
    first = hub.obligations[0]
    named = {each.sender.agency for each in redirects} | {to.agency for each in redirects for to in each.recipients}
    copied = [{to.agency for to in each.recipients if to.role == _CC} for each in redirects]
    if any(first.from_agency not in each for each in copied):
        raise HutongError("HT-EVD-01", field="from_agency")
    senders = (statement.agency for statement in hub.statements if statement.agency)
    parties = dict.fromkeys((first.from_agency, *(duty.agency for duty in hub.obligations), *senders, *sorted(named)))
    return Matter(
        hub=hub,
        kind=first.kind,
        originator=first.from_agency,
        opener=first.from_contact,
        urgency=first.urgency,
        drill=first.drill,
        parties=tuple(parties),
        named=frozenset(named),
        proved=False,
    )


def _addressed(header: header_pb2.Header) -> set[str]:
    return {to.agency for to in header.recipients if to.role == _TO}


def _passed_on(addressed: set[str], redirects: Sequence[header_pb2.Header]) -> dict[str, str]:
    """Who was asked to take it on, and by whom: as far as the chain of signatures reaches back to the addressed."""
    passed: dict[str, str] = {}
    waiting = list(redirects)
    while found := [each for each in waiting if each.sender.agency in addressed | passed.keys()]:
        passed |= {agency: each.sender.agency for each in found for agency in _addressed(each)}
        waiting = [each for each in waiting if each not in found]
    return passed


def _agree(hub: casework_pb2.GetItemResponse, opening: header_pb2.Header, passed: Mapping[str, str]) -> None:
    """HT-EVD-01 unless everything that ``hub`` says of the item can be so."""
    kind, duties = kind_of(opening), hub.obligations
    agrees = {
        "kind": kind.opens_item and {duty.kind for duty in duties} == {kind.number},
        "from_agency": {duty.from_agency for duty in duties} == {opening.sender.agency},
        "from_contact": {duty.from_contact for duty in duties} == {opening.sender.contact},
        "urgency": {duty.urgency for duty in duties} == {opening.urgency},
        "drill": {duty.drill for duty in duties} == {opening.facts.drill},
        "recipients": _laid(hub, opening, passed),
    }
    for field, same in agrees.items():
        if not same:
            raise HutongError("HT-EVD-01", field=field)


def _laid(hub: casework_pb2.GetItemResponse, opening: header_pb2.Header, passed: Mapping[str, str]) -> bool:
    """Whether those whom the hub calls obliged can be those whom the statements oblige.

    A redirect that was not shown here is the hub's word. An addressed agency has no obligation only where it has an
    open one on the same matter (去重), which only an opening that bears a mark can say.
    """
    addressed, by = _addressed(opening), {duty.agency: duty.redirected_from for duty in hub.obligations}
    from_nowhere = any(not giver and agency not in addressed for agency, giver in by.items())
    missing = (addressed - by.keys() and not opening.facts.dedup_key) or passed.keys() - by.keys()
    otherwise = any(by[agency] != giver for agency, giver in passed.items() if agency in by)
    return len(by) == len(hub.obligations) and not (from_nowhere or missing or otherwise)
