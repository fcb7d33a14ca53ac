"""An officer at work: everything that the command line and the desk do goes through here.

The profile gives the identity, the hub the facts and clocks, the agency's own node the opened bodies. Every statement
is checked by the hub's own rules before the signing key is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from hutong.catalogue import Lang, default_lang
from hutong.client.directory import VerifiedDirectory
from hutong.client.hub import Accepted, HubClient, checked
from hutong.client.joining import now_ms
from hutong.client.refusals import Refused, retryable
from hutong.client.trust import entry_of
from hutong.client.writing import Author, Letter, write
from hutong.errors import Category, HutongError
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.v1 import casework_pb2, header_pb2, node_pb2
from hutong.v1.envelope_pb2 import Submission
from liaison import items, letters, preflight
from liaison.attach import upload
from liaison.items import Duty
from liaison.matter import Matter
from liaison.node import NodeClient
from liaison.view import ItemView, Opened, timeline, verified
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies

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


@dataclass(frozen=True)
class Draft:
    """The statements of one act as they would be signed: letters, the header that each would get, files to attach."""

    letters: tuple[Letter, ...]
    headers: tuple[header_pb2.Header, ...]
    files: tuple[Path, ...] = ()


class Office:
    """One officer, one hub. Made by ``Office.open``."""

    def __init__(self, hub: HubClient, node: NodeClient | None, key_source: KeySource) -> None:
        self.hub = hub
        self.profile = hub.profile
        self._node = node
        self._key_source = key_source
        self._known: list[bytes] | None = None
        self._asked: Permit | None = None
        self.acting_for = ""
        """代理: the contact in whose place this office acts; empty: in its own name."""

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

    def contact_names(self) -> dict[str, str]:
        """Every contact's name by id, of those whose names are disclosed."""
        return {contact: card.name for contact, card in self.directory.contact_cards.items() if card.name}

    @property
    def sender(self) -> preflight.Sender:
        """In whose name this office signs."""
        return preflight.Sender(self.profile.origin, self.profile.agency, self.profile.contact, self.acting_for)

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
        return list((await checked(self.hub.casework.ListObligations(request))).obligations)

    async def inbox(self, *, outgoing: bool = False, ended: bool = False, due: int | None = None) -> Inbox:
        """What waits for this agency (or what it waits for), least time left first; ``due`` in milliseconds."""
        records = await self.obligations(outgoing=outgoing, ended=ended)
        titles, untitled = await self._titles() if records else ({}, None)
        now = items.hub_now(now_ms(), records)
        duties = [self._duty(record, now, titles.get(record.item_id, "")) for record in records]
        chosen = duties if due is None else items.due_within(duties, due)
        return Inbox(items.by_urgency(chosen), untitled, items.short_ids(await self._known_items()) if chosen else {})

    async def resolve(self, text: str) -> bytes:
        """The item that ``text`` means, among all that this agency has or has sent."""
        if len(text.strip().replace("-", "")) == 32:
            return items.resolve(text, ())
        return items.resolve(text, await self._known_items())

    async def _known_items(self) -> list[bytes]:
        """All items that this agency had or had sent when first asked, ended or not."""
        if self._known is None:
            own = await self.obligations(ended=True)
            sent = await self.obligations(outgoing=True, ended=True)
            self._known = [record.item_id for record in (*own, *sent)]
        return self._known

    async def item(self, item: bytes) -> Matter:
        """The item as one may act on it: the hub's word held against the opening statement, where the agency's node
        has it. HT-DTY-01; HT-EVD-01."""
        known = await self._said(item)
        opening = await self._opening(item)
        return Matter.of(known, opening.header if opening else None)

    async def duties(self, item: bytes) -> list[Duty]:
        """The item's obligations, one an agency."""
        return self._duties(await self._said(item))

    async def show(self, item: bytes, *, receipt: bool = True) -> ItemView:
        """The item with its opened bodies; the owner's first look at them is receipted (Seen) unless told not to."""
        known = await self._said(item)
        opened, unopened = await self._opened(item)
        opening = next((each for each in opened if each.header.message_id == item), None)
        matter = Matter.of(known, opening.header if opening else None)
        owed = bool(receipt and opening and opening.body and self._unseen(self._duties(known)))
        if owed:
            await self.send(self.draft([letters.seen(matter)], matter))
            known = await self._said(item)
        duties = self._duties(known)
        events = timeline(known.statements, duties, opened, self.directory)
        return ItemView(matter, duties, events, opened, unopened, owed)

    def draft(
        self,
        drafted: Sequence[Letter],
        matter: Matter | None = None,
        files: Sequence[Path] = (),
    ) -> Draft:
        """The statements of one act, checked by the hub's own rules; nothing is signed. ``files`` go with the first."""
        state, permit, now = preflight.state_of(self.directory.records, matter), self._permit(), now_ms()
        headers = tuple(preflight.check(letter, self.sender, state, permit, now) for letter in drafted)
        return Draft(tuple(drafted), headers, tuple(files))

    async def send(self, draft: Draft) -> list[Accepted]:
        """Sign all of ``draft``, keep it, then send one statement after the other until the hub has decided each.

        A crash in between leaves the kept ones to ``resume``. HT-CLI-39 when the hub did not answer.
        """
        first, *rest = draft.letters
        signed = [self._sign(letter) for letter in (await self._with_files(first, draft.files), *rest)]
        return await self._deliver(signed)

    async def resume(self) -> list[tuple[bytes, Accepted | Refused]]:
        """Send again, byte for byte, what an interruption left without an answer; what the hub said to each."""
        said = [each async for each in self.hub.resume()]
        if said:
            await self.hub.refresh_directory()
        return said

    async def dispatch(self, letter: Letter, key: SigningKey | None = None) -> Accepted:
        """Sign ``letter`` and send it until the hub has decided; the receipt is verified."""
        (accepted,) = await self._deliver([self._sign(letter, key)])
        return accepted

    def _permit(self) -> Permit:
        """The hub's policies, asked over the directory as it is now."""
        if self._asked is None or self._asked.directory is not self.directory.records:
            self._asked = Permit(Policies.shipped(), self.directory.records)
        return self._asked

    def _sign(self, letter: Letter, key: SigningKey | None = None) -> Submission:
        profile = self.profile
        signer = key or self.key
        author = Author(profile.origin, profile.agency, profile.contact, signer, acting_for=self.acting_for)
        return write(letter, author, self.directory.records, profile.next_sequence(), now_ms())

    async def _deliver(self, signed: Sequence[Submission]) -> list[Accepted]:
        ids = [self.hub.keep(submission) for submission in signed]
        done: list[Accepted] = []
        try:
            for submission in signed:
                done.append(await self.hub.send(submission))
        except Refused:
            # What was to follow a statement that the hub refused must not go out by itself later.
            for message_id in ids[len(done) :]:
                self.profile.forget_sent(message_id)
            raise
        except HutongError as error:
            if retryable(error):
                raise HutongError("HT-CLI-39", id=ids[len(done)].hex()) from error
            raise
        return done

    async def _with_files(self, letter: Letter, files: Sequence[Path]) -> Letter:
        if not files or letter.body is None:
            return letter
        return replace(letter, attachments=await upload(self.hub, files, letter.body))

    async def _titles(self) -> tuple[dict[bytes, str], HutongError | None]:
        try:
            return {entry.message_id: entry.title for entry in await self.node().entries()}, None
        except HutongError as error:
            return {}, _only_absent(error)

    async def _said(self, item: bytes) -> casework_pb2.GetItemResponse:
        """What the hub says of it; HT-DTY-01. HT-CLI-15 where that is about something else."""
        known = await checked(self.hub.casework.GetItem(casework_pb2.GetItemRequest(item_id=item)))
        if not known.obligations or known.item_id != item:
            raise HutongError("HT-CLI-15", item=item.hex())
        return known

    async def _opening(self, item: bytes) -> Opened | None:
        """The statement that opened ``item``; None while the agency's node does not hold it, or cannot be asked."""
        try:
            answer = await self.node().open(item)
        except HutongError as error:
            if error.code != "HT-NFD-01":
                _only_absent(error)
            return None
        opened = await self._verified(answer)
        return opened if opened.header.message_id == item else None

    async def _opened(self, item: bytes) -> tuple[list[Opened], HutongError | None]:
        try:
            entries = await self.node().entries(item)
            answers = [await self.node().open(each) for each in dict.fromkeys(entry.message_id for entry in entries)]
        except HutongError as error:
            return [], _only_absent(error)
        opened = [await self._verified(answer) for answer in answers]
        return sorted(opened, key=lambda each: each.index), None

    async def _verified(self, answer: node_pb2.OpenResponse) -> Opened:
        await self.hub.catch_up(entry_of(answer.entry.receipt).directory_index)
        return verified(answer, self.directory)

    def _duties(self, known: casework_pb2.GetItemResponse) -> list[Duty]:
        now = items.hub_now(now_ms(), known.obligations)
        return [self._duty(record, now) for record in known.obligations]

    def _duty(self, record: casework_pb2.Obligation, now: int, title: str = "") -> Duty:
        return Duty(record, now, self.directory.contact_name(record.owner), title)

    def _unseen(self, duties: Sequence[Duty]) -> bool:
        """Whether the caller owns an open obligation here and has not looked at it before."""
        mine = (d for d in duties if d.open and d.record.owner == self.profile.contact)
        return any(not duty.record.seen_at for duty in mine)


def _only_absent(error: HutongError) -> HutongError:
    """``error`` if it only says that there is no node to ask; anything else is raised."""
    if error.category is Category.UNAVAILABLE or error.code == "HT-CLI-28":
        return error
    raise error
