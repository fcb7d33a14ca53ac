"""管辖争议: two agencies that do not agree whose an item is, and the common superior that says so.

Measures for Complaints and Reports (2022), article 30: they settle it, or their common superior designates. Whoever
accepted the item last goes on with it meanwhile: no obligation moves by a dispute.
"""

from __future__ import annotations

from dataclasses import replace

from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2
from rules.casework.records import Dispute
from rules.duty import Owners, item_of, reported, to_originator, worked_on
from rules.opening import opening
from rules.outcome import Outcome
from rules.relation import superiors
from rules.state import State


def disputed(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """To one superior of both, by an agency that has the item or had it."""
    said = header.jurisdiction_disputed
    agency, other = header.sender.agency, getattr(said, "with")
    about = state.items.get(said.about_item)
    if about is None or agency not in about.parties or other not in about.parties or other == agency:
        raise HutongError("HT-CSW-06")
    to = [to.agency for to in header.recipients if to.role == codes_pb2.RECIPIENT_ROLE_TO]
    common = set(superiors(state.directory, agency)) & set(superiors(state.directory, other))
    if len(to) != 1 or to[0] not in common:
        raise HutongError("HT-CSW-25", with_=other)
    opened = opening(state, header, owners, now)
    dispute = Dispute(bytes(header.message_id), about.id, agency, other, to[0])
    return replace(opened, changes=(*opened.changes, dispute))


def designated(state: State, header: header_pb2.Header, owners: Owners, now: int) -> Outcome:
    """指定管辖: one of the two. It is for them to pass the item on accordingly, each by a statement of its own."""
    item = item_of(state, header)
    dispute = state.casework.disputes.get((item.id,))
    if dispute is None:
        raise HutongError("HT-CSW-26")
    duty = worked_on(state, item, header, now)
    agency = header.jurisdiction_designated.agency
    if agency not in (dispute.agency, dispute.other):
        raise HutongError("HT-CSW-27", agency=dispute.agency, other=dispute.other)
    changes = (
        reported(state, item, duty, now),
        replace(dispute, designated=agency, designated_at=now),
    )
    return Outcome(changes=changes, deliver_to=to_originator(item, header, owners))
