"""What is to be told to whom, put together from the log and the directory at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from hub.notices.addresses import addresses
from hub.notices.outbox import MAIL, Notice
from hub.notices.wording import Said
from hub.services.parties import header_at
from hub.state import tables
from hub.state.records import table_of
from hutong.directory.records import Directory
from hutong.errors import HutongError

_ITEMS = table_of(tables.ItemRow)


@dataclass(frozen=True)
class Letter:
    """A notice's cause, the contact it is for, when it was made (milliseconds since 1970), and what it says."""

    cause: bytes
    contact: str
    made_at: int
    said: Said


def written(connection: Connection, directory: Directory, notice: Notice, now: int) -> tuple[str, Letter]:
    """The address, empty where the contact has this channel not but another, and the letter.

    HT-NTC-02 where nothing is known by which the contact could be reached, HT-NTC-09 where he is none any more.
    """
    contact = directory.contacts.get(notice.contact)
    if contact is None or not contact.in_force(now):
        raise HutongError("HT-NTC-09")
    found = addresses(connection, directory, notice.contact)
    # The row for mail stands for the contact: of one who has no address at all it is the one that fails.
    if notice.channel == MAIL and not (found.mail or found.webhook):
        raise HutongError("HT-NTC-02")
    return found.at(notice.channel), Letter(notice.cause, notice.contact, notice.made_at, _said(connection, notice))


def _said(connection: Connection, notice: Notice) -> Said:
    if not notice.index:
        return Said(None)
    header = header_at(connection, notice.index)
    kind = connection.execute(select(_ITEMS.c.kind).where(_ITEMS.c.id == header.item_id)).scalar_one()
    return Said(header, notice.index, kind)
