"""What is to be told to whom, put together from the log and the directory at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from hub.channels import reachable
from hub.notices.outbox import Notice
from hub.notices.wording import Said
from hub.services.parties import header_at
from hub.state import tables
from hub.state.records import table_of
from hutong.directory.records import Directory
from hutong.errors import HutongError

_ITEMS = table_of(tables.ItemRow)


@dataclass(frozen=True)
class Letter:
    """What caused it (16 bytes), the contact it is for (empty where the address alone counts), when it was made
    (milliseconds since 1970), and what it says."""

    cause: bytes
    contact: str
    made_at: int
    said: Said


def written(connection: Connection, directory: Directory, notice: Notice, now: int) -> tuple[str, Letter]:
    """The address and the letter. HT-NTC-02 where the contact has this channel no longer, or its address was erased;
    HT-NTC-09 where he is no contact in force any more."""
    contact = directory.contacts.get(notice.contact)
    if contact is None or not contact.in_force(now):
        raise HutongError("HT-NTC-09")
    found = addresses(connection, directory, notice.contact).get(notice.channel)
    if found is None:
        raise HutongError("HT-NTC-02")
    return found, Letter(notice.cause, notice.contact, notice.made_at, _said(connection, notice))


def addresses(connection: Connection, directory: Directory, contact: str) -> dict[int, str]:
    """Where notices to ``contact`` go, by the kind of channel: the confirmed ones, looked up each time and kept
    nowhere, so that with the erasure of what disclosed an address it is gone."""
    return {each.channel.kind: each.address for each in reachable(connection, directory, contact)}


def _said(connection: Connection, notice: Notice) -> Said:
    if not notice.index:
        return Said(None)
    header = header_at(connection, notice.index)
    kind = connection.execute(select(_ITEMS.c.kind).where(_ITEMS.c.id == header.item_id)).scalar_one()
    return Said(header, notice.index, kind)
