"""Whom a statement of the hub's own is told to beside its delivery, and when a notice is tried again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hutong.directory.records import Contact
from hutong.v1 import header_pb2
from rules.state import State

TRIES = 8
"""After so many a notice has failed, about two hours after the first."""
_FIRST_MS = 60_000
_LONGEST_MS = 3_600_000


def told(state: State, header: header_pb2.Header, now: int) -> tuple[Contact, ...]:
    """The contacts to whom ``header``, recorded at ``now``, goes as a notice; nobody in a drill.

    A step of a ladder goes to those whom it names; a certificate of silence to the silent agency's head and to whoever
    opened the item; a fall to the head on whom it falls.
    """
    if header.facts.drill:
        return ()
    contacts = state.directory.contacts
    match header.WhichOneof("kind"):
        case "escalated":
            return tuple(dict.fromkeys(contacts[each] for each in header.escalated.told))
        case "non_response":
            return tuple(dict.fromkeys(_certified(state, header, now)))
        case "ownership_fell":
            return (contacts[header.ownership_fell.head],)
        case _:
            return ()


def _certified(state: State, header: header_pb2.Header, now: int) -> Iterator[Contact]:
    directory, item = state.directory, state.items[header.item_id]
    yield directory.contacts[directory.agencies[header.non_response.agency].head_contact]
    asked = directory.contacts[item.from_contact]
    # Who has left is not written to any more; the other agency's head then hears it in his place.
    yield asked if asked.in_force(now) else directory.contacts[directory.agencies[item.from_agency].head_contact]


def pause(tries: int) -> int | None:
    """Milliseconds until the next try after ``tries`` in vain: a minute, doubling up to an hour; None: given up."""
    return None if tries >= TRIES else min(_FIRST_MS << (tries - 1), _LONGEST_MS)
