"""Whom a step of a ladder reaches at one instant: by office, never by a list that somebody forgot to renew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hutong.directory.records import Contact, Directory
from hutong.v1 import codes_pb2
from rules.records import Item, Obligation
from rules.relation import PRESSING, relation, superiors


def can_act(directory: Directory, contact: Contact, now: int) -> bool:
    """Whether ``contact`` is in force and holds a signing key in force: nobody else can take anything on."""
    return directory.can_act(contact, now)


def fallen(directory: Directory, duty: Obligation, now: int) -> int:
    """Why the owner of ``duty`` is none any more, a FallCause; 0 while the owner is one, as the head is ex officio."""
    if duty.owner == directory.agencies[duty.agency].head_contact:
        return 0
    return out_of_force(directory, directory.contacts[duty.owner], now)


def fell_at(directory: Directory, duty: Obligation, now: int) -> int:
    """From when on, until ``now``, the owner of ``duty`` has been none without a break; 0 while the owner is one.

    The end of the term or of the last key in force, told by the directory alone, whenever somebody came to look; not
    before the head to whom it falls was one.
    """
    if not fallen(directory, duty, now):
        return 0
    owner = directory.contacts[duty.owner]
    moments = {owner.term_from, owner.term_to}
    for key in directory.officer_keys(owner.id):
        moments |= {key.not_before, key.not_after, key.revoked_at}
    since = now
    for at in sorted((at for at in moments if 0 < at <= now), reverse=True):
        if not out_of_force(directory, owner, at):
            break
        since = at
    head = directory.contacts[directory.agencies[duty.agency].head_contact]
    return min(max(since, head.term_from), now)


def lapsed(directory: Directory, now: int) -> frozenset[str]:
    """Every contact who can own nothing any more at ``now``."""
    return frozenset(who.id for who in directory.contacts.values() if out_of_force(directory, who, now))


def out_of_force(directory: Directory, owner: Contact, now: int) -> int:
    """Why ``owner`` can own nothing any more, a FallCause; 0 for who can.

    Who has never held a key is not fallen but has not begun: the ladder goes on to others.
    """
    if not owner.in_force(now):
        return codes_pb2.FALL_CAUSE_TERM_ENDED
    keys = directory.officer_keys(owner.id)
    if not keys or any(key.in_force(now) for key in keys):
        return 0
    begun = any(key.not_before <= now for key in keys)
    coming = any(key.not_before > now and not key.revoked_at for key in keys)
    return 0 if coming and not begun else codes_pb2.FALL_CAUSE_NO_KEY


def told(directory: Directory, item: Item, duty: Obligation, who: str, now: int) -> tuple[Contact, ...]:
    """The contacts that a step for ``who`` reaches now, each able to act; empty where there is nobody.

    What is said to an owner who is none any more was due before the fall: it counts as it would have reached him then.
    """
    fell = fell_at(directory, duty, now) if who == "owner" else 0
    at = fell - 1 if fell else now
    found = dict.fromkeys(_WHO[who](directory, item, duty, at))
    return tuple(contact for contact in found if can_act(directory, contact, at))


def _owner(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterator[Contact]:
    yield directory.contacts[duty.owner]


def _deputy(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterable[Contact]:
    """The first deputy who is there, can act and is not the owner."""
    others = (c for c in _with_role(directory, duty.agency, codes_pb2.CONTACT_ROLE_DEPUTY) if c.id != duty.owner)
    return [contact for contact in others if _there(directory, contact, now)][:1]


def _head(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterator[Contact]:
    """The head; where that one cannot act, the head of the nearest superior who can."""
    for agency in (duty.agency, *superiors(directory, duty.agency)):
        head = directory.contacts[directory.agencies[agency].head_contact]
        yield head
        if can_act(directory, head, now):
            return


def _coordinator(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterable[Contact]:
    """The first coordinator who is there: of the nearest superior that has one, else of whoever opened the item."""
    for agency in (*superiors(directory, duty.agency), item.from_agency):
        for contact in _with_role(directory, agency, codes_pb2.CONTACT_ROLE_COORDINATOR):
            if _there(directory, contact, now):
                return [contact]
    return []


def _there(directory: Directory, contact: Contact, now: int) -> bool:
    """Whether ``contact`` can act and is not away. Owners and heads are told wherever they are: it stays their duty."""
    return can_act(directory, contact, now) and not directory.book.absent(contact.id, now)


def _superior(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterator[Contact]:
    """The head; and the requester who may press it, or else the head of the nearest superior."""
    yield from _head(directory, item, duty, now)
    above = superiors(directory, duty.agency)
    if relation(directory, item.from_agency, duty.agency) in PRESSING:
        requester = directory.contacts[item.from_contact]
        there = can_act(directory, requester, now)
        yield requester if there else directory.contacts[directory.agencies[item.from_agency].head_contact]
    elif above:
        yield directory.contacts[directory.agencies[above[0]].head_contact]


def _requester(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterator[Contact]:
    yield directory.contacts[item.from_contact]


def _requester_head(directory: Directory, item: Item, duty: Obligation, now: int) -> Iterator[Contact]:
    yield directory.contacts[directory.agencies[item.from_agency].head_contact]


def _with_role(directory: Directory, agency: str, role: int) -> Iterator[Contact]:
    """The agency's contacts in that role, first nominated first."""
    return (contact for contact in directory.contacts_of(agency) if role in contact.roles)


_WHO: dict[str, Callable[[Directory, Item, Obligation, int], Iterable[Contact]]] = {
    "owner": _owner,
    "deputy": _deputy,
    "head": _head,
    "coordinator": _coordinator,
    "superior": _superior,
    "requester": _requester,
    "requester_head": _requester_head,
}
