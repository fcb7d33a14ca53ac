"""What has happened to an item and what will, in one order of time. Pure.

What is proved stands as it was signed, whatever the hub says; the rest is the hub's word, and so are the clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hutong.client.directory import VerifiedDirectory
from hutong.kinds import kind_of
from hutong.v1 import casework_pb2, header_pb2
from liaison.items import Duty

if TYPE_CHECKING:
    from liaison.view import Opened


class Mark(StrEnum):
    """A line that is no statement: a moment that a clock or a ladder has set."""

    ACKNOWLEDGE_BY = "acknowledge_by"
    COMPLETE_BY = "complete_by"
    HELD_UNTIL = "held_until"
    NEXT_STEP = "next_step"


@dataclass(frozen=True)
class Event:
    """One line of the timeline. ``kind`` is a kind's number, or 0 for a ``mark``.

    ``proved``: checked here against signature and log; everything else is what the hub says.
    """

    at: int
    index: int
    kind: int
    agency: str
    contact: str
    contact_name: str
    message_id: bytes = b""
    title: str = ""
    proved: bool = False
    acting_for: str = ""
    """代理: the contact in whose place it was signed, with the name."""
    principal_name: str = ""
    mark: Mark | None = None
    header: header_pb2.Header | None = field(default=None, repr=False)
    """What was signed, where it is proved."""
    duty: Duty | None = field(default=None, repr=False)
    """Whose clock it is, for a mark."""


def timeline(
    hub: casework_pb2.GetItemResponse,
    opened: Iterable[Opened],
    duties: Sequence[Duty],
    directory: VerifiedDirectory,
) -> list[Event]:
    """The statements of the item and the moments that are still to come, earliest first."""
    proved = {each.header.message_id: each for each in opened}
    events = [_proved(each, directory) for each in proved.values()]
    events += [_told(each, directory) for each in hub.statements if each.message_id not in proved]
    newest = max((event.index for event in events), default=0)
    events += [_mark(newest, mark, at, duty) for duty in duties for mark, at in _moments(duty)]
    return sorted(events, key=lambda event: (event.at, event.index))


def _proved(each: Opened, directory: VerifiedDirectory) -> Event:
    sender = each.header.sender
    return Event(
        at=each.recorded_at,
        index=each.index,
        kind=kind_of(each.header).number,
        agency=sender.agency,
        contact=sender.contact,
        contact_name=_name(sender.contact, directory),
        message_id=each.header.message_id,
        title=each.title,
        proved=True,
        acting_for=sender.acting_for,
        principal_name=_name(sender.acting_for, directory),
        header=each.header,
    )


def _told(each: casework_pb2.StatementSummary, directory: VerifiedDirectory) -> Event:
    return Event(
        at=each.recorded_at,
        index=each.index,
        kind=each.kind,
        agency=each.agency,
        contact=each.contact,
        contact_name=_name(each.contact, directory),
        message_id=each.message_id,
    )


def _moments(duty: Duty) -> Iterable[tuple[Mark, int]]:
    """What is to come on an open obligation; a deadline that nobody has met yet stands there too."""
    record = duty.record
    if not duty.open:
        return
    if duty.pending:
        yield Mark.ACKNOWLEDGE_BY, record.acknowledge_by
    if record.complete_by:
        yield Mark.COMPLETE_BY, record.complete_by
    if duty.held:
        yield Mark.HELD_UNTIL, record.held_until
    if duty.told_at > duty.now and not duty.held:
        yield Mark.NEXT_STEP, duty.told_at


def _mark(index: int, mark: Mark, at: int, duty: Duty) -> Event:
    record = duty.record
    return Event(at, index, 0, record.agency, record.owner, duty.owner_name, mark=mark, duty=duty)


def _name(contact: str, directory: VerifiedDirectory) -> str:
    return directory.contact_name(contact) if contact else ""
