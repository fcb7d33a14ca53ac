"""The directory as the client folds it itself, from statements that carry their signatures and proofs.

The hub only transports: each statement's signature is checked with keys that came before it in the log, each entry with
an inclusion proof, and the agency's first key with the fingerprint that its registration names. A swapped key shows.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError

from hutong.catalogue import Lang, default_lang, say
from hutong.client.trust import Trust
from hutong.directory.decide import decide
from hutong.directory.records import PLACES, Agency, Directory, Key, Record
from hutong.directory.signers import hub_keys, signing_key
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.sealing.disclosure import disclosed_digest
from hutong.signing import dsse
from hutong.v1 import codes_pb2, directory_pb2, entry_pb2, envelope_pb2, header_pb2
from hutong.worktime.notices import government

_OFFICES = (
    codes_pb2.CONTACT_ROLE_HEAD,
    codes_pb2.CONTACT_ROLE_COORDINATOR,
    codes_pb2.CONTACT_ROLE_LIAISON,
    codes_pb2.CONTACT_ROLE_DEPUTY,
    codes_pb2.CONTACT_ROLE_AUDITOR,
)
_AHEAD_MS = 5 * 60 * 1000
"""How far a sender's clock may be before the hub's when a statement is recorded."""


@dataclass(frozen=True)
class Proved:
    """A statement whose place in the log and whose signatures hold, with the directory as its entry found it."""

    index: int
    entry: entry_pb2.Entry
    header: header_pb2.Header
    then: Directory


@dataclass
class VerifiedDirectory:
    """Directory records with the cards (names, posts) that were disclosed beside them.

    Every version of a record stays, because old signatures are judged by the directory as of recording; keys carry
    their own times and are never bound twice.
    """

    origin: str
    trust: Trust
    records: Directory = field(default_factory=Directory)
    agency_cards: dict[str, directory_pb2.AgencyCard] = field(default_factory=dict)
    contact_cards: dict[str, directory_pb2.ContactCard] = field(default_factory=dict)
    calendar_cards: dict[tuple[str, int], directory_pb2.CalendarCard] = field(default_factory=dict)
    """By region and year, as the records have them."""
    channel_cards: dict[bytes, directory_pb2.ChannelCard] = field(default_factory=dict)
    """Addresses of the own agency's channels, by the channel's id."""
    withheld: dict[int, str] = field(default_factory=dict)
    """Entries of rosters that the hub kept to itself, with the agency that said them."""
    next_index: int = 0
    """Where the next ``ListStatements`` starts."""
    refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever fetches what is new: each statement is folded once and in order."""
    bound_by: dict[str, str] = field(default_factory=dict)
    """Key id → the key id that signed its binding."""
    _moves: list[tuple[int, int]] = field(default_factory=list)
    """Index and hub time of every directory entry."""
    _versions: dict[tuple[str, Any], list[tuple[int, Record]]] = field(default_factory=dict)
    """By place and key in ``records``: each record that stood there, with the index from which on. Of all but keys."""
    _as_of: tuple[int, int, Directory] | None = None

    def take(self, evidence: entry_pb2.Evidence) -> None:
        """Fold one more statement in; HT-DIR-16 when it does not hold."""
        if not evidence.HasField("envelope"):
            self._pass_over(evidence.receipt)
            return
        try:
            proved = self.prove(evidence.receipt, evidence.envelope)
            header, index, now = proved.header, proved.index, proved.entry.recorded_at
            if index < self.next_index:
                raise HutongError("HT-DIR-16", why=f"entry {index} came out of order")
            changes = decide(self.records, header, index, now)
        except HutongError as error:
            if error.code == "HT-DIR-16":
                raise
            raise HutongError("HT-DIR-16", why=str(error), trace_id=error.trace_id) from error
        for record in changes:
            if isinstance(record, Key):
                self.bound_by.setdefault(record.keyid, header.signers[0].keyid)
            else:
                place, key = PLACES[type(record)]
                self._versions.setdefault((place, getattr(record, key)), []).append((index, record))
        self._move(changes, index, now)
        self._disclose(header, evidence)

    def _pass_over(self, receipt: entry_pb2.Receipt) -> None:
        """A statement about duty of which the hub shows the entry alone, as it does to platforms; HT-DIR-16.

        Whether this client is one of these is for ``check_withheld``, once the directory says so. Keys and contacts
        cannot be held back like this: the entry, which is in the log, says what kind of statement it is about.
        """
        try:
            entry, proof = self.trust.believe_entry(receipt)
        except HutongError as error:
            raise HutongError("HT-DIR-16", why=str(error), trace_id=error.trace_id) from error
        kind = by_number().get(entry.kind)
        if entry.event != entry_pb2.ENTRY_EVENT_RECORDED or kind is None or not kind.roster or not entry.agencies:
            raise HutongError("HT-DIR-16", why=f"the statement of entry {proof.index} is kept back")
        if proof.index < self.next_index:
            raise HutongError("HT-DIR-16", why=f"entry {proof.index} came out of order")
        self.withheld[proof.index] = entry.agencies[0]
        self._move((), proof.index, entry.recorded_at)

    def check_withheld(self, agency: str) -> None:
        """HT-DIR-16 where something was kept back from ``agency`` that is its own, or of a time in which it was no
        platform. What was said before it ceased to be one for the last time stays closed to it.
        """
        until = self._platform_until(agency)
        for index, said_by in self.withheld.items():
            if index >= until or said_by == agency:
                raise HutongError("HT-DIR-16", why=f"the statement of entry {index} is kept back")

    def _platform_until(self, agency: str) -> int:
        """The entry by which ``agency`` ceased to be a platform; beyond all while it is one, 0 if it never was."""
        until, was = 0, False
        for index, record in self._versions.get(("agencies", agency), []):
            is_one = isinstance(record, Agency) and record.type == codes_pb2.AGENCY_TYPE_PLATFORM
            until, was = index if was and not is_one else until, is_one
        return self.next_index if was else until

    def _move(self, changes: Iterable[Record], index: int, now: int) -> None:
        self.records = self.records.with_records(changes, index + 1)
        self.next_index = index + 1
        self._moves.append((index, now))

    def prove(self, receipt: entry_pb2.Receipt, envelope: envelope_pb2.Envelope) -> Proved:
        """Receipt, time and signatures of a statement, judged by the directory as of recording.

        Whether the kind wants those signers is for ``rules.parties.check_sender``. HT-LOG-…, HT-CLI-12, HT-SIG-…,
        HT-HDR-04 when it does not hold. This directory must reach as far as the entry says.
        """
        entry, proof = self.trust.believe(receipt, envelope)
        header = header_pb2.Header.FromString(envelope.payload)
        if entry.event != entry_pb2.ENTRY_EVENT_RECORDED:
            raise HutongError("HT-CLI-12", why="the receipt is for a refusal")
        if not header.issued_at - _AHEAD_MS <= entry.recorded_at < header.expires_at:
            raise HutongError("HT-CLI-12", why=f"entry {proof.index} is recorded outside its statement's time")
        then, hub = self._found_by(proof.index, entry), hub_keys(self.trust.policy, self.origin)
        at = entry.recorded_at
        dsse.verify(envelope, header, lambda keyid: signing_key(then, header, keyid, at, hub))
        return Proved(proof.index, entry, header, then)

    def _found_by(self, index: int, entry: entry_pb2.Entry) -> Directory:
        """The directory that the entry at ``index`` was recorded under. An entry that names an older one, or an hour
        before the newest's, could bring back a key that was withdrawn."""
        before = bisect_left(self._moves, (index, 0))
        newest, since = self._moves[before - 1] if before else (-1, 0)
        if entry.directory_index > newest + 1:
            raise HutongError("HT-CLI-12", why=f"the directory that the hub serves ends before {entry.directory_index}")
        if entry.directory_index < newest + 1:
            raise HutongError("HT-CLI-12", why=f"entry {index} passes over the directory's entry {newest}")
        if entry.recorded_at < since:
            raise HutongError("HT-CLI-12", why=f"entry {index} is older than the directory's entry {newest}")
        return self.as_of(entry.directory_index)

    def as_of(self, index: int) -> Directory:
        """The directory as the entry at ``index`` found it (keys revoked since then say so by their time)."""
        if self.records.index <= index:
            return self.records
        if self._as_of and self._as_of[:2] == (index, self.next_index):
            return self._as_of[2]
        held: dict[str, Any] = {place: {} for place, _ in PLACES.values()}
        held["keys"] = {key.keyid: key for key in self.records.keys.values() if key.order < index}
        for (place, key), versions in self._versions.items():
            for since, version in versions:
                if since < index:
                    held[place][key] = version
        found = Directory(**held, index=index)
        self._as_of = (index, self.next_index, found)
        return found

    def known_at(self, at: int) -> Directory:
        """The directory as it was at the hub's time ``at`` (ms): what was known then, as far as it is known here."""
        moved = bisect_right(self._moves, at, key=lambda move: move[1])
        return self.as_of(self._moves[moved - 1][0] + 1 if moved else 0)

    def _disclose(self, header: header_pb2.Header, evidence: entry_pb2.Evidence) -> None:
        """Keep the card if it is the one that the statement commits to; an erased one is simply not there."""
        if not evidence.HasField("disclosure"):
            return
        disclosure = evidence.disclosure
        if disclosed_digest(disclosure.salt, disclosure.card) != header.disclosed_sha256:
            raise HutongError("HT-DIR-16", why="a disclosed card is not the one that was signed")
        try:
            self._keep_card(header, disclosure.card)
        except DecodeError:
            # The agency's own doing, signed as it is; its people go without names, and nobody else is held up.
            return

    def _keep_card(self, header: header_pb2.Header, card: bytes) -> None:
        if header.WhichOneof("kind") == "agency_registered":
            self.agency_cards[header.agency_registered.agency] = directory_pb2.AgencyCard.FromString(card)
        elif header.WhichOneof("kind") == "contact_nominated":
            self.contact_cards[header.contact_nominated.contact] = directory_pb2.ContactCard.FromString(card)
        elif header.WhichOneof("kind") == "calendar_published":
            said = header.calendar_published
            self.calendar_cards[government(said.region), said.year] = directory_pb2.CalendarCard.FromString(card)
        elif header.WhichOneof("kind") == "channel_named":
            self.channel_cards[header.message_id] = directory_pb2.ChannelCard.FromString(card)

    def foreign_keys(self, agency: str, own: Iterable[str]) -> list[Key]:
        """The keys of ``agency`` that are neither among ``own`` nor were bound by one of these, or by one bound so."""
        trusted, foreign = set(own), []
        for key in sorted(self.records.keys.values(), key=lambda key: key.order):
            if key.agency != agency or key.keyid in trusted:
                continue
            if self.bound_by[key.keyid] in trusted:
                trusted.add(key.keyid)
            else:
                foreign.append(key)
        return foreign

    def agency_name(self, code: str, lang: Lang) -> str:
        """The agency's name in ``lang``; its code when none is disclosed."""
        card = self.agency_cards.get(code)
        return (card.name_zh if lang == "zh" else card.name_en) or code if card else code

    def contact_name(self, contact: str, lang: Lang | None = None) -> str:
        """The person's name; by office in ``lang`` when none is disclosed ("liaison of police"), and never an id alone.
        Empty for no contact."""
        card, known = self.contact_cards.get(contact), self.records.contacts.get(contact)
        if card and card.name:
            return card.name
        if known is None:
            return say("contact-unknown", lang, id=contact) if contact else ""
        said = lang or default_lang()
        role = say(f"code.contact_role.{_role(known.roles)}", said)
        return say("contact-by-office", said, agency=self.agency_name(known.agency, said), role=role)


def _role(roles: Iterable[int]) -> str:
    """The role that says most of a person's office."""
    held = set(roles)
    found = next((role for role in _OFFICES if role in held), codes_pb2.CONTACT_ROLE_LIAISON)
    return codes_pb2.ContactRole.Name(found).removeprefix("CONTACT_ROLE_").lower()
