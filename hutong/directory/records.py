"""What the directory holds: immutable records, times in milliseconds since 1970 (UTC)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

from hutong.directory.book import Book
from hutong.directory.duties import Absence, Channel, Delegation, DutyRecord, Override, Roster, Swap
from hutong.directory.roster import on_duty
from hutong.directory.timekeeping import Timekeeping
from hutong.v1 import codes_pb2

HUB_AGENCY = "hub"
"""In whose name the hub speaks; no agency bears it."""
FOREVER = 1 << 62
"""The end of a term that nobody has set."""
GRACE_MS = 7 * 24 * 3600 * 1000
"""How long a replaced opening key is still accepted."""


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency as last registered. ``desks`` maps a desk's code to the regions it handles (none: all).

    ``mandated``: a government has it press the agencies of its region, though it stands above none of them.
    """

    code: str
    type: int
    level: int
    region: str
    parent: str
    desks: tuple[tuple[str, tuple[str, ...]], ...]
    head_contact: str
    head_keyid: str
    since: int
    mandated: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A named contact; ``order`` is the log index of the nomination, so that "the first liaison" has one meaning."""

    id: str
    agency: str
    roles: tuple[int, ...]
    desks: tuple[str, ...]
    term_from: int
    term_to: int
    order: int

    def in_force(self, now: int) -> bool:
        """Whether the term covers ``now``."""
        return self.term_from <= now < self.term_to


@dataclass(frozen=True, slots=True)
class Key:
    """A key bound by the agency's head. ``holder`` is a contact id, or empty for the agency itself."""

    keyid: str
    agency: str
    holder: str
    use: int
    algorithm: int
    spki: bytes
    not_before: int
    not_after: int
    desk: str
    order: int
    revoked_at: int = 0

    def in_force(self, now: int) -> bool:
        """Whether the key may be used at ``now``; its holder's term is another question."""
        return self.not_before <= now < self.not_after and not (self.revoked_at and self.revoked_at <= now)


@dataclass(frozen=True, slots=True)
class Mandate:
    """A contact's standing leave for the agency's system to submit these kinds (field numbers) from one source."""

    id: bytes
    agency: str
    contact: str
    kinds: tuple[int, ...]
    source: int
    until: int
    keyid: str
    """The key that signed it: where that is compromised, the mandate ends with it."""


@dataclass(frozen=True, slots=True)
class PublishedCalendar:
    """One government's days for one year as last published (``region`` empty: the nation); days as ``2031-01-23``."""

    region: str
    year: int
    version: int
    off: tuple[str, ...]
    worked: tuple[str, ...]
    order: int

    @property
    def place(self) -> tuple[str, int]:
        """What a later one takes the place of."""
        return self.region, self.year


@dataclass(frozen=True, slots=True)
class AgencyHours:
    """Working hours that an agency's head has set: stretches in minutes of the day, on days as ``2031-01-23``, within
    days of each year as ``06-01``; empty where there is no bound. ``order`` is the log index."""

    id: bytes
    agency: str
    stretches: tuple[tuple[int, int], ...]
    valid_from: str
    valid_to: str
    season_from: str
    season_to: str
    order: int


Record: TypeAlias = Agency | Contact | Key | Mandate | DutyRecord | PublishedCalendar | AgencyHours
PLACES: dict[type[Any], tuple[str, str]] = {
    Agency: ("agencies", "code"),
    Contact: ("contacts", "id"),
    Key: ("keys", "keyid"),
    Mandate: ("mandates", "id"),
    Roster: ("rosters", "id"),
    Override: ("overrides", "id"),
    Swap: ("swaps", "id"),
    Absence: ("absences", "id"),
    Delegation: ("delegations", "id"),
    Channel: ("channels", "id"),
    PublishedCalendar: ("calendars", "place"),
    AgencyHours: ("hours", "id"),
}
"""Every type of record: the mapping of ``Directory`` that holds it, and the field by which it is found there."""


@dataclass(frozen=True)
class Directory:
    """The whole directory at one position of the log; a change makes a new one and leaves this one as it was."""

    agencies: Mapping[str, Agency] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    mandates: Mapping[bytes, Mandate] = field(default_factory=dict)
    calendars: Mapping[tuple[str, int], PublishedCalendar] = field(default_factory=dict)
    """By region and year."""
    hours: Mapping[bytes, AgencyHours] = field(default_factory=dict)
    rosters: Mapping[bytes, Roster] = field(default_factory=dict)
    overrides: Mapping[bytes, Override] = field(default_factory=dict)
    swaps: Mapping[bytes, Swap] = field(default_factory=dict)
    absences: Mapping[bytes, Absence] = field(default_factory=dict)
    delegations: Mapping[bytes, Delegation] = field(default_factory=dict)
    channels: Mapping[bytes, Channel] = field(default_factory=dict)
    index: int = 0
    """Index of the newest directory entry plus one; 0 when there is none."""

    def with_records(self, records: Iterable[Record], index: int | None = None) -> Directory:
        """This directory with ``records`` put in place of those with the same key."""
        changed: dict[str, dict[Any, Any]] = {}
        for record in records:
            place, key = PLACES[type(record)]
            held = changed.setdefault(place, dict(getattr(self, place)))
            held[getattr(record, key)] = record
        moved: dict[str, Any] = {place: MappingProxyType(held) for place, held in changed.items()}
        return replace(self, index=self.index if index is None else index, **moved)

    @cached_property
    def timekeeping(self) -> Timekeeping:
        """How each agency counts its time by what is on record here."""
        return Timekeeping(self.agencies, self.calendars.values(), self.hours.values())

    def contact_of(self, agency: str, contact: str, now: int) -> Contact | None:
        """The contact ``contact`` of ``agency``, if in force."""
        found = self.contacts.get(contact)
        return found if found and found.agency == agency and found.in_force(now) else None

    def key_in_force(self, keyid: str, now: int) -> Key | None:
        """The key, if it and its holder's term are in force."""
        key = self.keys.get(keyid)
        if key is None or not key.in_force(now):
            return None
        if key.holder and self.contact_of(key.agency, key.holder, now) is None:
            return None
        return key

    def can_act(self, contact: Contact, at: int) -> bool:
        """Whether ``contact`` is in force at ``at`` and holds a signing key in force: nobody else takes anything on."""
        return contact.in_force(at) and any(key.in_force(at) for key in self.officer_keys(contact.id))

    def may_delegate(self, contact: Contact, at: int) -> bool:
        """Whether ``contact`` can let a deputy act at ``at``: the head ex officio, a liaison who can act."""
        if self.agencies[contact.agency].head_contact == contact.id:
            return contact.in_force(at)
        return codes_pb2.CONTACT_ROLE_LIAISON in contact.roles and self.can_act(contact, at)

    def delegation(self, agency: str, principal: str, deputy: str, at: int) -> Delegation | None:
        """The delegation under which ``deputy`` acts for ``principal`` at ``at``; none is worth more than what it rests
        on: a principal who could give it then, and one who is a deputy then."""
        gives, acts = self.contact_of(agency, principal, at), self.contact_of(agency, deputy, at)
        if gives is None or acts is None or codes_pb2.CONTACT_ROLE_DEPUTY not in acts.roles:
            return None
        held = self.book.delegations.get((principal, deputy), ())
        found = next((each for each in reversed(held) if each.covers(at)), None)
        return found if found and self.may_delegate(gives, at) else None

    @cached_property
    def book(self) -> Book:
        """The duty records, laid out as they are asked for."""
        return Book.of(self)

    def sealing_keys(self, agency: str, use: int, desk: str, now: int) -> tuple[Key, ...]:
        """The opening keys of that use to which a body for ``agency`` may be sealed, the one to choose first.

        A desk's own keys shut out the agency's. A key whose successor came into force less than seven days ago is still
        accepted, because the news may not have reached the sender; a revoked one never is.
        """
        held = self._opening.get((agency, use, desk)) or self._opening.get((agency, use, ""), ())
        newest_first = [key for key in held if not key.revoked_at and key.not_before <= now]
        accepted = [key for key in newest_first[:1] if key.in_force(now)]
        for key, successor in zip(newest_first[1:], newest_first, strict=False):
            if now < min(successor.not_before, key.not_after) + GRACE_MS:
                accepted.append(key)
        return tuple(accepted)

    @cached_property
    def _opening(self) -> dict[tuple[str, int, str], tuple[Key, ...]]:
        """Opening keys by agency, use and desk, newest first."""
        places: dict[tuple[str, int, str], list[Key]] = {}
        for key in sorted(self.keys.values(), key=lambda key: -key.order):
            if key.use in (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY):
                places.setdefault((key.agency, key.use, key.desk), []).append(key)
        return {place: tuple(keys) for place, keys in places.items()}

    def contacts_of(self, agency: str) -> tuple[Contact, ...]:
        """Everybody ever nominated by ``agency``, first nominated first."""
        return self._contacts_by_agency.get(agency, ())

    def officer_keys(self, contact: str) -> tuple[Key, ...]:
        """The keys with which ``contact`` signs or has signed, in or out of force."""
        return self._officer_keys.get(contact, ())

    @cached_property
    def _contacts_by_agency(self) -> dict[str, tuple[Contact, ...]]:
        found: dict[str, list[Contact]] = {}
        for contact in sorted(self.contacts.values(), key=lambda contact: contact.order):
            found.setdefault(contact.agency, []).append(contact)
        return {agency: tuple(contacts) for agency, contacts in found.items()}

    @cached_property
    def _officer_keys(self) -> dict[str, tuple[Key, ...]]:
        found: dict[str, list[Key]] = {}
        for key in sorted(self.keys.values(), key=lambda key: key.order):
            if key.use == codes_pb2.KEY_USE_OFFICER:
                found.setdefault(key.holder, []).append(key)
        return {holder: tuple(keys) for holder, keys in found.items()}

    def owner_for(self, agency: str, contact: str, desk: str, now: int) -> Contact | None:
        """Whose duty it becomes: the contact named, else whoever is on duty, else who stands in (roster.py).

        None for an unknown agency, or when a contact was named who is not in force (nobody is put in silently).
        """
        if agency not in self.agencies:
            return None
        if not contact:
            watch = on_duty(self, agency, desk, now)
            contact = watch.contact or watch.instead
        return self.contact_of(agency, contact, now)


def withdrawn(contact: Contact, now: int) -> Contact:
    """``contact`` with the term ended at ``now``."""
    return replace(contact, term_to=min(contact.term_to, now))
