"""What opens an item: who takes part in it, and who owes something from then on."""

from __future__ import annotations

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import codes_pb2, header_pb2
from rules.duty import Owners, person
from rules.moves import laid
from rules.outcome import Outcome
from rules.records import Item
from rules.state import State


def opening(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """What opens an item: one obligation for each agency addressed, but for one that is busy with the same matter.

    A lead may be addressed to its own agency: what it found itself is owed by a named contact too.
    """
    addressed = [to for to in header.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO]
    if not addressed:
        raise HutongError("HT-HDR-01", field="recipients", rule="at least one ROLE_TO")
    own = [to.agency for to in addressed] == [header.sender.agency] and header.WhichOneof("kind") == "lead"
    if header.sender.agency in owners and not own:
        raise HutongError(
            "HT-HDR-01", field="recipients", rule="the sender is no recipient, but of a lead for it alone"
        )
    parties = tuple(dict.fromkeys((header.sender.agency, *owners)))
    item = Item(
        id=header.message_id,
        kind=kind_of(header).number,
        from_agency=header.sender.agency,
        from_contact=person(header),
        urgency=header.urgency,
        parties=parties,
        opened_at=now,
        drill=header.facts.drill,
        dedup_key=header.facts.dedup_key,
    )
    # 去重: while one obligation on the same matter is open, an agency gets no second one; but what is more urgent, of
    # another kind, or no drill is another matter.
    busy = {duty.agency for duty in state.same_matter(item) if duty.open and _covers(state.items[duty.item], item)}
    obligations = (laid(state, item, to.agency, owners[to.agency].id, now) for to in addressed if to.agency not in busy)
    return Outcome(changes=(item, *obligations), deliver_to=parties)


def _covers(earlier: Item, later: Item) -> bool:
    """Whether an open obligation on ``earlier`` asks for all that one on ``later`` would."""
    alike = (earlier.kind, earlier.drill) == (later.kind, later.drill)
    return alike and earlier.urgency >= later.urgency
