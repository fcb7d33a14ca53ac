"""An item as an officer may act on it: what its opening statement proves, and what only the hub says. Pure.

Who opened an item, for whom, as what and how urgently stands in a signed statement; states, owners and clocks are the
hub's word. Where the two contradict each other nothing is shown and nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import casework_pb2, codes_pb2, header_pb2


@dataclass(frozen=True)
class Matter:
    """One item. Made by ``of``."""

    hub: casework_pb2.GetItemResponse
    """What the hub says; at least one obligation."""
    kind: int
    originator: str
    """The agency that opened it, to which receipts and answers go."""
    urgency: codes_pb2.Urgency.ValueType
    parties: tuple[str, ...]
    """Sender and recipients; without proof those of whom the hub says so."""
    proved: bool
    """Whether ``kind``, ``originator``, ``urgency``, ``parties`` and who is obliged come from the opening statement."""

    @property
    def item(self) -> bytes:
        """Its id."""
        return self.hub.item_id

    @property
    def obliged(self) -> tuple[str, ...]:
        """The agencies with an obligation."""
        return tuple(duty.agency for duty in self.hub.obligations)

    @staticmethod
    def of(hub: casework_pb2.GetItemResponse, opening: header_pb2.Header | None) -> Matter:
        """What ``hub`` says of an item, held against the verified header of its ``opening``; HT-EVD-01."""
        first = hub.obligations[0]
        if opening is None:
            senders = (statement.agency for statement in hub.statements if statement.agency)
            parties = dict.fromkeys((first.from_agency, *(duty.agency for duty in hub.obligations), *senders))
            return Matter(hub, first.kind, first.from_agency, first.urgency, tuple(parties), False)
        addressed = {to.agency for to in opening.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO}
        kind = kind_of(opening)
        agrees = {
            "kind": kind.opens_item and {duty.kind for duty in hub.obligations} == {kind.number},
            "from_agency": {duty.from_agency for duty in hub.obligations} == {opening.sender.agency},
            "urgency": {duty.urgency for duty in hub.obligations} == {opening.urgency},
            "recipients": sorted(duty.agency for duty in hub.obligations) == sorted(addressed),
        }
        for field, same in agrees.items():
            if not same:
                raise HutongError("HT-EVD-01", field=field)
        parties = dict.fromkeys((opening.sender.agency, *(to.agency for to in opening.recipients)))
        return Matter(hub, kind.number, opening.sender.agency, opening.urgency, tuple(parties), True)
