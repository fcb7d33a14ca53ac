"""An officer at work: everything that the command line and the desk do goes through here.

The profile gives the identity, the hub the facts and clocks, the agency's own node the opened bodies. Every statement
is checked by the hub's own rules before the signing key is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hutong.catalogue import Lang, default_lang
from hutong.client.directory import VerifiedDirectory
from hutong.client.hub import Accepted, HubClient, checked
from hutong.client.joining import now_ms
from hutong.client.refusals import Refused
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.v1 import casework_pb2
from liaison import held, ids, items, letters, preflight, reading
from liaison.held import Held
from liaison.items import Duty
from liaison.matter import Matter
from liaison.node import NodeClient
from liaison.posting import Draft, Posting
from liaison.reach import expected
from liaison.timeline import timeline
from liaison.view import ItemView
from rules.duty import answers
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies

__all__ = ["Draft", "Inbox", "KeySource", "Office", "unlocked"]

KeySource = Callable[[Profile], SigningKey]
"""Gives the signing key when it is first needed; a person is asked for the PIN then."""
_LIST_LIMIT = 1000


def unlocked(profile: Profile) -> SigningKey:
    """The key source of profiles without a PIN."""
    return profile.signing_key()


@dataclass(frozen=True)
class Inbox:
    """Obligations in the order in which they want to be done."""

    duties: list[Duty]
    untitled: HutongError | None
    """Why the agency's node could not be asked for titles."""
    ids: dict[bytes, str] = field(default_factory=dict)
    """The short id of every item, by which ``Office.resolve`` finds it again."""
    handovers: tuple[casework_pb2.Handover, ...] = ()
    """What colleagues have offered to the reader and the reader has not answered."""


class Office:
    """One officer, one hub. Made by ``Office.open``."""

    def __init__(self, hub: HubClient, node: NodeClient | None, key_source: KeySource) -> None:
        self.hub = hub
        self.profile = hub.profile
        self._node = node
        self._key_source = key_source
        self._posting = Posting(hub, lambda: self.key)
        self._known: list[bytes] | None = None
        self._asked: Permit | None = None
        self._shown = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, profile: Profile, key_source: KeySource = unlocked) -> AsyncIterator[Office]:
        """An office whose directory is fetched and verified. HT-CLI-22: the profile is no named contact's.

        What was received is checked for lying on one history when it closes.
        """
        if not profile.contact:
            raise HutongError("HT-CLI-22")
        node = NodeClient(profile) if profile.config.node_address else None
        async with HubClient(profile, profile.policy) as hub:
            try:
                await hub.refresh_directory()
                yield cls(hub, node, key_source)
                await hub.settle()
            finally:
                if node:
                    await node.close()

    @property
    def directory(self) -> VerifiedDirectory:
        """Who is who."""
        return self.hub.directory

    def agency_names(self, lang: Lang | None = None) -> dict[str, str]:
        """Every agency's name by its code."""
        return {
            code: self.directory.agency_name(code, lang or default_lang()) for code in self.directory.records.agencies
        }

    def contact_names(self, *, offices: bool = False) -> dict[str, str]:
        """Names by contact's id, as far as they are disclosed; ``offices``: for people to read, of the others what they
        are."""
        if offices:
            return {contact: self.directory.contact_name(contact) for contact in self.directory.records.contacts}
        return {contact: card.name for contact, card in self.directory.contact_cards.items() if card.name}

    def names(self, lang: Lang | None = None) -> dict[str, str]:
        """Those, and every person's name or office, for ``liaison.reading``."""
        people = self.directory.records.contacts
        named = {reading.person(each): self.directory.contact_name(each, lang) for each in people}
        return self.agency_names(lang) | named

    @property
    def now(self) -> int:
        """The time to count by, ms: this machine's, unless the hub has shown that it is later there."""
        return max(now_ms(), self._shown)

    @property
    def sender(self) -> preflight.Sender:
        """In whose name this office signs."""
        return preflight.Sender(self.profile.origin, self.profile.agency, self.profile.contact, self.acting_for)

    @property
    def acting_for(self) -> str:
        """代理: the contact in whose place this office acts; empty: in its own name."""
        return self._posting.acting_for

    @acting_for.setter
    def acting_for(self, principal: str) -> None:
        self._posting.acting_for = principal

    @cached_property
    def key(self) -> SigningKey:
        """The officer's signing key; asks for the PIN the first time."""
        return self._key_source(self.profile)

    def node(self) -> NodeClient:
        """The agency's node; HT-CLI-28 when the profile names none."""
        if self._node is None:
            raise HutongError("HT-CLI-28")
        return self._node

    async def obligations(self, *, outgoing: bool = False, ended: bool = False) -> list[casework_pb2.Obligation]:
        """The hub's records, one's own or those laid on others."""
        request = casework_pb2.ListObligationsRequest(include_closed=ended, outgoing=outgoing, limit=_LIST_LIMIT)
        records: dict[tuple[bytes, str], casework_pb2.Obligation] = {}
        more = True
        while more:
            answer = await checked(self.hub.casework.ListObligations(request))
            records |= {(each.item_id, each.agency): each for each in answer.obligations}
            request.offset += len(answer.obligations)
            more = answer.more and bool(answer.obligations)
        self._shown = items.hub_now(self._shown, records.values())
        return list(records.values())

    async def handovers(self, *, answered: bool = False) -> list[casework_pb2.Handover]:
        """The handovers of one's own agency, newest first."""
        request = casework_pb2.ListHandoversRequest(include_answered=answered, limit=_LIST_LIMIT)
        return list((await checked(self.hub.casework.ListHandovers(request))).handovers)

    async def scorecard(self, period: str = "") -> casework_pb2.GetScorecardResponse:
        """One's own agency's figures of a week or month; empty: the present week. HT-SCR-02, -05, -06, -07."""
        return await checked(self.hub.casework.GetScorecard(casework_pb2.GetScorecardRequest(period=period)))

    async def inbox(
        self, *, outgoing: bool = False, ended: bool = False, due: int | None = None, mine: bool = False
    ) -> Inbox:
        """What waits for this agency (or what it waits for), least time left first; ``due`` in milliseconds, ``mine``
        for what the reader owns (or has opened)."""
        records = await self.obligations(outgoing=outgoing, ended=ended)
        if mine:
            own = self.profile.contact
            records = [each for each in records if own == (each.from_contact if outgoing else each.owner)]
        titles, untitled = await self._titles() if records else ({}, None)
        duties = [self._duty(record, titles.get(record.item_id, "")) for record in records]
        chosen = duties if due is None else items.due_within(duties, due)
        short = ids.short_ids(await self._known_items()) if chosen else {}
        offered = tuple(each for each in await self.handovers() if each.taker == self.profile.contact)
        return Inbox(items.by_urgency(chosen), untitled, short, offered)

    async def resolve(self, text: str) -> bytes:
        """The item that ``text`` means, among all that this agency has or has sent."""
        if len(text.strip().replace("-", "")) == 32:
            return ids.resolve(text, ())
        return ids.resolve(text, await self._known_items())

    async def _known_items(self) -> list[bytes]:
        """All items that this agency had or had sent when first asked, ended or not."""
        if self._known is None:
            own = await self.obligations(ended=True)
            sent = await self.obligations(outgoing=True, ended=True)
            self._known = [record.item_id for record in (*own, *sent)]
        return self._known

    async def item(self, item: bytes) -> Matter:
        """The item as one may act on it: the hub's word held against what the agency's node has of it, signed.
        HT-DTY-01; HT-EVD-01."""
        known = await self._said(item)
        return _matter(known, await held.hold(self.hub, self._node, item, whole=False))

    async def material(self, item: bytes) -> tuple[Matter, Held]:
        """The same with everything that the node holds of it, opened."""
        known = await self._said(item)
        found = await held.hold(self.hub, self._node, item, whole=True)
        return _matter(known, found), found

    async def duties(self, item: bytes) -> list[Duty]:
        """The item's obligations, one an agency."""
        return self._duties(await self._said(item))

    async def show(self, item: bytes, *, receipt: bool = True) -> ItemView:
        """The item with its opened bodies. The first look is receipted (Seen) unless told not to: the owner's at what
        came in, and that of whoever opened the item at what was reported on it."""
        matter, found = await self.material(item)
        first = self._first_look(matter, found) if receipt else []
        if first:
            await self.send(self.draft(first, matter))
            matter = _matter(await self._said(item), found)
        duties = self._duties(matter.hub)
        events = timeline(matter.hub, found.statements, duties, self.directory)
        return ItemView(matter, duties, events, found.statements, found.unasked, found.doubted, bool(first))

    def draft(
        self,
        drafted: Sequence[Letter],
        *matters: Matter,
        files: Sequence[Path] = (),
        owned: Sequence[casework_pb2.Obligation] = (),
        handovers: Sequence[casework_pb2.Handover] = (),
    ) -> Draft:
        """The statements of one act, checked by the hub's own rules; nothing is signed. ``files`` go with the first."""
        known = preflight.Known(matters, owned, handovers)
        state = preflight.state_of(self.directory.records, known, self.profile.agency)
        permit = self._permit()
        decided = [preflight.decided(letter, self.sender, state, permit, self.now) for letter in drafted]
        reaches = tuple(each for _, outcome in decided for each in expected(state, outcome))
        return Draft(tuple(drafted), tuple(header for header, _ in decided), tuple(files), reaches)

    def blind_draft(self, letter: Letter) -> Draft:
        """A statement about an item that the sender may not see: held against contract and policies, decided by the
        hub."""
        return Draft((letter,), (preflight.draft(letter, self.sender, self._permit(), self.now),))

    async def send(self, draft: Draft) -> list[Accepted]:
        """Sign and send all of ``draft``, as ``Posting.send``."""
        return self._heard(await self._posting.send(draft))

    async def resume(self) -> list[tuple[bytes, Accepted | Refused]]:
        """Send again what an interruption left without an answer; what the hub said to each."""
        return await self._posting.resume()

    async def dispatch(self, letter: Letter, key: SigningKey | None = None) -> Accepted:
        """Sign ``letter`` and send it until the hub has decided; the receipt is verified."""
        return self._heard([await self._posting.dispatch(letter, key)])[0]

    def _heard(self, accepted: list[Accepted]) -> list[Accepted]:
        self._shown = max([self._shown, *(each.entry.recorded_at for each in accepted)])
        return accepted

    def _permit(self) -> Permit:
        """The hub's policies, asked over the directory as it is now."""
        if self._asked is None or self._asked.directory is not self.directory.records:
            self._asked = Permit(Policies.shipped(), self.directory.records)
        return self._asked

    async def _titles(self) -> tuple[dict[bytes, str], HutongError | None]:
        """Titles by item: of what opened it, or of the redirect by which it came."""
        try:
            entries = await self.node().entries()
        except HutongError as error:
            return {}, held.only_absent(error)
        return held.titles(entries), None

    async def _said(self, item: bytes) -> casework_pb2.GetItemResponse:
        """What the hub says of it; HT-DTY-01. HT-CLI-15 where that is about something else."""
        known = await checked(self.hub.casework.GetItem(casework_pb2.GetItemRequest(item_id=item)))
        if not known.obligations or known.item_id != item:
            raise HutongError("HT-CLI-15", item=item.hex())
        self._shown = items.hub_now(self._shown, known.obligations)
        return known

    def _duties(self, known: casework_pb2.GetItemResponse) -> list[Duty]:
        return [self._duty(record) for record in known.obligations]

    def _duty(self, record: casework_pb2.Obligation, title: str = "") -> Duty:
        names = tuple(self.directory.contact_name(contact) for contact in record.next_contacts)
        return Duty(record, self.now, self.directory.contact_name(record.owner), title, names)

    def _unseen(self, duties: Iterable[Duty]) -> bool:
        """Whether the caller owns an open obligation here and has not looked at it before."""
        mine = (d for d in duties if d.open and d.record.owner == self.profile.contact)
        return any(not duty.record.seen_at for duty in mine)

    def _first_look(self, matter: Matter, found: Held) -> list[Letter]:
        """The receipts that this look owes: the owner's, or those of the agency that opened the item for each answer
        that it now has before it; none where somebody has looked before."""
        if found.opening is None or found.opening.body is None:
            return []
        if self._unseen(self._duties(matter.hub)):
            return [letters.seen(matter)]
        if self.profile.agency != matter.originator:
            return []
        unread = {each.agency for each in matter.hub.obligations if each.reported_at and not each.answer_seen_at}
        said = [each.header for each in found.statements if answers(matter.kind, kind_of(each.header).number)]
        there = {each.sender.agency: each.message_id for each in reversed(said)}
        return [letters.answer_seen(matter, agency, there[agency]) for agency in sorted(unread & there.keys())]


def _matter(known: casework_pb2.GetItemResponse, found: Held) -> Matter:
    opening = found.opening
    return Matter.of(known, opening.header if opening else None, found.redirects)
