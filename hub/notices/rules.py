"""Whom a statement of the hub's own is told to beside its delivery, and when a notice is tried again. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hutong.directory.records import Contact, Directory
from hutong.v1 import header_pb2
from rules.duty import current
from rules.state import State

TRIES = 8
"""After so many a notice has failed, about two hours after the first."""
_FIRST_MS = 60_000
_LONGEST_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Told:
    """A contact of an agency, to be told by one channel (codes.proto ChannelKind)."""

    contact: str
    agency: str
    channel: int


def told(state: State, header: header_pb2.Header, now: int) -> tuple[Told, ...]:
    """Who gets ``header``, recorded at ``now``, as a notice, by each channel that serves; nobody in a drill.

    A step of a ladder goes to those whom it names; a certificate of silence to the silent agency's head, to whoever
    opened the item and to whoever passed it on; a fall to the head on whom it falls. Who has confirmed no channel finds
    it in the inbox alone.
    """
    if header.facts.drill:
        return ()
    concerned = dict.fromkeys(_concerned(state, header, now))
    return tuple(each for contact in concerned for each in by_channels(state.directory, contact))


def by_channels(directory: Directory, contact: Contact) -> tuple[Told, ...]:
    """``contact`` by each of the channels that serve, a kind once."""
    serving = (each.kind for each in directory.book.channels.get(contact.id, ()) if each.serves)
    return tuple(Told(contact.id, contact.agency, kind) for kind in sorted(set(serving)))


def _concerned(state: State, header: header_pb2.Header, now: int) -> Iterator[Contact]:
    contacts = state.directory.contacts
    match header.WhichOneof("kind"):
        case "escalated":
            # Who was owner when a late step was due, and has left since, is not written to any more.
            yield from (contacts[each] for each in header.escalated.told if contacts[each].in_force(now))
        case "non_response":
            yield from _certified(state, header, now)
        case "ownership_fell":
            yield contacts[header.ownership_fell.head]


def _certified(state: State, header: header_pb2.Header, now: int) -> Iterator[Contact]:
    directory, item = state.directory, state.items[header.item_id]
    yield directory.contacts[directory.agencies[header.non_response.agency].head_contact]
    asked = directory.contacts[item.from_contact]
    # Who has left is not written to any more; the other agency's head then hears it in his place.
    yield asked if asked.in_force(now) else directory.contacts[directory.agencies[item.from_agency].head_contact]
    silent = state.obligations[item.id, header.non_response.agency]
    if passed_on := state.obligations.get((item.id, silent.redirected_from)):
        yield directory.contacts[current(state, item, passed_on, now).owner]


def pause(tries: int) -> int | None:
    """Milliseconds until the next try after ``tries`` in vain: a minute, doubling up to an hour; None: given up."""
    return None if tries >= TRIES else min(_FIRST_MS << (tries - 1), _LONGEST_MS)
