"""An agency's people: who they are, naming them, letting them go, and what the system may send in their name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from hutong.catalogue import say
from hutong.client import joining
from hutong.client.directory import VerifiedDirectory
from hutong.client.writing import Letter
from hutong.directory.records import FOREVER, Contact
from hutong.errors import HutongError
from hutong.identifiers.addresses import is_mailbox
from hutong.identifiers.addresses import phone as telephone
from hutong.kinds import kinds
from hutong.tls.files import read_text
from hutong.tls.profile import Profile
from hutong.tls.ticket import Ticket
from hutong.v1 import codes_pb2, directory_pb2, kinds_pb2
from hutong.worktime.calendar import ZONE
from liaison.office import Draft, Office

_LEAST = 4
"""Characters of an id that name a person."""


@dataclass(frozen=True)
class Person:
    """A named contact with the card that was disclosed; name and post are empty where none is, or it was erased."""

    contact: Contact
    name: str
    post: str
    signing_keys: tuple[str, ...]
    """Ids of the signing keys in force."""
    in_force: bool

    @property
    def until(self) -> int:
        """End of the term, ms; 0 for a term without end."""
        return 0 if self.contact.term_to >= FOREVER else self.contact.term_to


def people(directory: VerifiedDirectory, agency: str, now: int, *, everybody: bool = False) -> list[Person]:
    """The contacts of ``agency`` ("": of all) that are in force at ``now`` (ms), in order of their nomination."""
    records = directory.records
    keys: dict[str, list[str]] = {}
    for key in records.keys.values():
        if key.use == codes_pb2.KEY_USE_OFFICER and records.key_in_force(key.keyid, now):
            keys.setdefault(key.holder, []).append(key.keyid)
    found = []
    for contact in sorted(records.contacts.values(), key=lambda each: (each.agency, each.order)):
        card = directory.contact_cards.get(contact.id, directory_pb2.ContactCard())
        held = tuple(sorted(keys.get(contact.id, ())))
        if (not agency or contact.agency == agency) and (everybody or contact.in_force(now)):
            found.append(Person(contact, card.name, card.post, held, contact.in_force(now)))
    return found


def find(directory: VerifiedDirectory, agency: str, said: str, now: int, *, ever: bool = False) -> Person:
    """The one contact of ``agency`` whom ``said`` names: by name, or by the beginning of the id.

    In force; with ``ever``, where none in force fits, also of those whose term is over or to come. HT-CLI-61 for
    nobody; HT-CLI-62 for several, with the ids of those among whom to choose.
    """
    given = said.strip().casefold()
    found = _named(people(directory, agency, now), given)
    if ever and not found:
        found = _named(people(directory, agency, now, everybody=True), given)
    if not found:
        raise HutongError("HT-CLI-61", agency=agency)
    if len(found) > 1:
        raise HutongError("HT-CLI-62", contacts=" ".join(each.contact.id for each in found))
    return found[0]


def _named(among: Sequence[Person], given: str) -> list[Person]:
    exact = [each for each in among if given in (each.name.casefold(), each.contact.id)]
    return exact or [each for each in among if len(given) >= _LEAST and each.contact.id.startswith(given)]


def card(directory: VerifiedDirectory, contact: str) -> str:
    """The person in a few words: name and post, or office where nothing is disclosed; then the id."""
    if contact not in directory.records.contacts:
        return directory.contact_name(contact)
    post = directory.contact_cards.get(contact, directory_pb2.ContactCard()).post
    return say("contact-with-id", name=f"{directory.contact_name(contact)} {post}".rstrip(), id=contact)


def disclosed(name: str, post: str = "", phone: str = "", email: str = "") -> directory_pb2.ContactCard:
    """What a nomination tells of a person, the telephone in E.164. HT-IDF-07; HT-CHN-06 for what is no mailbox."""
    if email and not is_mailbox(email):
        raise HutongError("HT-CHN-06", kind="mail")
    number = telephone(phone) if phone else ""
    return directory_pb2.ContactCard(name=name, post=post, phone=number, email=email)


def check_nomination(
    office: Office,
    request: joining.JoinRequest,
    roles: Sequence[codes_pb2.ContactRole.ValueType],
    desks: Sequence[str],
) -> None:
    """What the hub would say to naming the person of ``request``; HT-CLI-41 for a person of another agency."""
    now = joining.now_ms()
    said = kinds_pb2.ContactNominated(
        contact=request.contact, roles=roles, desks=desks, term_from=now - 1, term_to=now + joining.TERM_MS
    )
    office.draft([_administrative("contact_nominated", said)])
    if request.agency != office.profile.agency:
        raise HutongError("HT-CLI-41", agency=request.agency)


async def nominate(
    office: Office,
    request: joining.JoinRequest,
    card: directory_pb2.ContactCard,
    roles: Sequence[codes_pb2.ContactRole.ValueType],
    desks: Sequence[str] = (),
) -> None:
    """明确具体联系人: name the person of ``request`` and bind the person's keys. Only the head may."""
    check_nomination(office, request, roles, desks)
    await joining.nominate(office.hub, office.key, request, card, roles, desks)


async def withdrawal(office: Office, said: str, *, voluntary: bool = False) -> Draft:
    """End the term of the person whom ``said`` names at once; the contact's keys lose force with it.

    HT-DTY-42: who leaves ``voluntary`` hands over first.
    """
    person = find(office.directory, office.profile.agency, said, office.now)
    facts = kinds_pb2.ContactWithdrawn(contact=person.contact.id, voluntary=voluntary)
    return office.draft([_administrative("contact_withdrawn", facts)], owned=await office.obligations())


def mandate(office: Office, names: Sequence[str], source: codes_pb2.LeadSource.ValueType, until: dt.date) -> Draft:
    """Let the agency's system send these kinds from ``source`` in the caller's name to the end of ``until`` (China's
    time); the statement's message id is the mandate's. HT-CLI-01 for a kind that cannot be mandated."""
    known = {kind.name: kind.number for kind in kinds().values() if kind.mandatable}
    for name in names:
        if name not in known:
            raise HutongError("HT-CLI-01", option="--kind", given=name, known=", ".join(known))
    end = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), ZONE)
    said = kinds_pb2.StandingMandate(
        kinds=[known[name] for name in names], source=source, until=int(end.timestamp() * 1000)
    )
    return office.draft([_administrative("standing_mandate", said)])


def invitation(profile: Profile) -> Ticket:
    """What tells an agency's own people where the hub is; there is no token in it."""
    return Ticket(
        origin=profile.origin,
        enrol_address=profile.enrol_address,
        address=profile.address,
        root_pem=profile.root_pem,
        policy=read_text(profile.path / "log.policy"),
        agency=profile.agency,
        token=b"",
    )


def _administrative(kind: str, facts: Message) -> Letter:
    return Letter(kind, facts, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
