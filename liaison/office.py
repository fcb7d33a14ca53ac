"""An officer at work: everything that the command line and the desk do goes through here.

The profile gives the identity, the hub the facts and clocks, the agency's own node the opened bodies. Every statement
is checked by the hub's own rules before the signing key is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from hutong.catalogue import Lang, default_lang
from hutong.client.directory import VerifiedDirectory
from hutong.client.hub import Accepted, HubClient, checked
from hutong.client.joining import now_ms
from hutong.client.writing import Author, Letter, write
from hutong.errors import Category, HutongError
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from liaison import items, letters, preflight
from liaison.attach import upload
from liaison.items import Duty
from liaison.node import NodeClient
from liaison.papers.answer import Addition, Answer
from liaison.papers.opening import Opening
from liaison.preview import Field, preview
from liaison.view import ItemView, Opened, timeline, verified

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


class Office:
    """One officer, one hub. Made by ``Office.open``."""

    def __init__(self, hub: HubClient, node: NodeClient | None, key_source: KeySource) -> None:
        self.hub = hub
        self.profile = hub.profile
        self._node = node
        self._key_source = key_source

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

    @property
    def sender(self) -> preflight.Sender:
        """In whose name this office signs."""
        return preflight.Sender(self.profile.origin, self.profile.agency, self.profile.contact)

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
        return Inbox(items.by_urgency(chosen), untitled)

    async def resolve(self, text: str) -> bytes:
        """The item that ``text`` means, among all that this agency has or has sent."""
        if len(text.strip().replace("-", "")) == 32:
            return items.resolve(text, ())
        own = await self.obligations(ended=True)
        sent = await self.obligations(outgoing=True, ended=True)
        return items.resolve(text, [record.item_id for record in (*own, *sent)])

    async def item(self, item: bytes) -> casework_pb2.GetItemResponse:
        """What the hub knows of it; HT-DTY-01."""
        known = await checked(self.hub.casework.GetItem(casework_pb2.GetItemRequest(item_id=item)))
        if not known.obligations or known.item_id != item:
            raise HutongError("HT-CLI-11", status="GetItem", why="not the item asked for, or one without an obligation")
        return known

    async def duties(self, item: bytes) -> list[Duty]:
        """The item's obligations, one an agency."""
        return self._duties(await self.item(item))

    async def show(self, item: bytes, *, receipt: bool = True) -> ItemView:
        """The item with its opened bodies; the owner's first look at them is receipted (Seen) unless told not to."""
        known = await self.item(item)
        opened, unopened = await self._opened(item)
        duties = self._duties(known)
        events = timeline(known.statements, duties, opened, self.directory)
        view = ItemView(item, known.obligations[0].kind, duties, events, opened, unopened)
        if receipt and view.opening and view.opening.body and self._unseen(duties):
            await self.send(letters.seen(known), known)
            view.receipt_sent = True
        return view

    async def acknowledge(self, item: bytes, *, dry_run: bool = False) -> Accepted | None:
        """签收: take the obligation on."""
        known = await self.item(item)
        return await self.send(letters.acknowledged(known), known, dry_run=dry_run)

    async def reply(self, item: bytes, paper: Answer, *, dry_run: bool = False) -> list[Accepted]:
        """Answer: an inquiry's reply, the closing, or one after the other. Nothing is sent unless all of it may be."""
        known = await self.item(item)
        first, *rest = letters.answers(known, paper)
        for letter in (first, *rest):
            self.check(letter, known)
        if dry_run:
            return []
        first = await self._with_files(first, paper.files)
        return [await self.dispatch(letter) for letter in (first, *rest)]

    async def return_(
        self, item: bytes, reason: codes_pb2.ReasonCode.ValueType, text: str = "", *, dry_run: bool = False
    ) -> Accepted | None:
        """退回 with a reason; ``text`` is sealed."""
        known = await self.item(item)
        return await self.send(letters.returned(known, reason, text), known, dry_run=dry_run)

    async def supplement(self, item: bytes, paper: Addition, *, dry_run: bool = False) -> Accepted | None:
        """More material, to every other party that has or laid an obligation."""
        known = await self.item(item)
        letter = letters.supplement(known, paper, self.profile.agency)
        self.check(letter, known)
        return None if dry_run else await self.dispatch(await self._with_files(letter, paper.files))

    async def send_opening(self, paper: Opening) -> Accepted:
        """A lead or an inquiry. The receipt's entry names the message id, which is the item's id."""
        self.check(paper.letter())
        refs = await upload(self.hub, paper.files, paper.body)
        return await self.dispatch(paper.letter(refs))

    def preview(self, paper: Opening) -> list[Field]:
        """Who would see which field; the paper has passed the hub's rules then."""
        letter = paper.letter()
        return preview(letter, self.check(letter), paper.files)

    def check(self, letter: Letter, known: casework_pb2.GetItemResponse | None = None) -> header_pb2.Header:
        """What the hub would say to ``letter``; nothing is signed."""
        state = preflight.state_of(self.directory.records, known)
        return preflight.check(letter, self.sender, state, now_ms())

    async def send(
        self, letter: Letter, known: casework_pb2.GetItemResponse | None = None, *, dry_run: bool = False
    ) -> Accepted | None:
        """Check, then sign and send; None for a dry run."""
        self.check(letter, known)
        return None if dry_run else await self.dispatch(letter)

    async def dispatch(self, letter: Letter, key: SigningKey | None = None) -> Accepted:
        """Sign ``letter`` and send it until the hub has decided; the receipt is verified."""
        profile = self.profile
        author = Author(profile.origin, profile.agency, profile.contact, key or self.key)
        return await self.hub.send(write(letter, author, self.directory.records, profile.next_sequence(), now_ms()))

    async def _with_files(self, letter: Letter, files: Sequence[Path]) -> Letter:
        if not files or letter.body is None:
            return letter
        return replace(letter, attachments=await upload(self.hub, files, letter.body))

    async def _titles(self) -> tuple[dict[bytes, str], HutongError | None]:
        try:
            return {entry.message_id: entry.title for entry in await self.node().entries()}, None
        except HutongError as error:
            return {}, _only_absent(error)

    async def _opened(self, item: bytes) -> tuple[list[Opened], HutongError | None]:
        try:
            entries = await self.node().entries(item)
            answers = [await self.node().open(entry.message_id) for entry in entries]
        except HutongError as error:
            return [], _only_absent(error)
        opened = [
            verified(answer.entry, answer.body if answer.HasField("body") else None, self.directory)
            for answer in answers
        ]
        return sorted(opened, key=lambda each: each.index), None

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
