"""The connector inwards: native file → drafts → signed statements in the outbox, each record once.

Records go into the outbox in groups, each in one transaction with its mark as processed. A crash anywhere leaves the
file in in/; taking it in again passes over every record that is marked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import structlog

from adapters.contract import Adapter
from adapters.draft import Conversion, DeadLetter, Draft
from adapters.runtime.arrivals import Arrivals, Verdict
from adapters.runtime.folder import Folder, shown
from adapters.runtime.link import Link
from adapters.runtime.matching import Matcher, OpenedInquiry
from adapters.runtime.outgoing import QUEUED, WAITING, Outgoing, Source
from adapters.runtime.pen import Pen
from adapters.runtime.places import place
from adapters.runtime.store import Store
from adapters.runtime.troubles import Letter, Troubles
from adapters.runtime.verdict import opened
from adapters.text import MAX_FILE_BYTES
from hutong.client.writing import Unsigned
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import envelope_pb2

_log = structlog.get_logger("adapters.node")
_GROUP = 200


@dataclass(frozen=True)
class _Ready:
    """A draft that may become a statement: where it comes from, and what it answers, if anything."""

    draft: Draft
    source: Source
    inquiry: Verdict | None = None


@dataclass
class Intake:
    """Takes files in, and carries out replays that were ordered."""

    link: Link
    store: Store
    folder: Folder
    arrivals: Arrivals
    outgoing: Outgoing
    troubles: Troubles
    pen: Pen
    adapter: Adapter | None
    clock: Callable[[], int]
    reach: Callable[[str], None]
    queued: Callable[[], None]

    def __post_init__(self) -> None:
        self._matcher = Matcher(self.adapter, self._local) if self.adapter else None

    async def step(self) -> bool:
        """Everything that lies in in/ or was ordered; files wait until the directory is known."""
        if not self.link.knows_directory:
            return False
        for letter in self.troubles.letters("ordered"):
            await self._replay(letter)
        if self.adapter is not None:
            for path in self.folder.waiting():
                await self._file(self.folder.claim(path))
        return False

    async def _file(self, path: Path) -> None:
        self.reach("claimed")
        try:
            data = await asyncio.to_thread(self.folder.read, path, MAX_FILE_BYTES)
        except HutongError as error:
            self.troubles.bury(DeadLetter.of("/", error), shown(path))
            whole = False
        else:
            whole = await self._take(data, shown(path))
        self.reach("taken-in")
        self.folder.settle(path, "done" if whole else "failed")
        self.reach("moved")

    async def _take(self, data: bytes, name: str, replayed: Letter | None = None) -> bool:
        """Convert and queue; whether every record became a statement (or had become one before)."""
        digest, until = sha256(data).digest(), self.troubles.newest
        conversion = await asyncio.to_thread(self._convert, data, name)
        dead = list(conversion.dead_letters)
        for at in range(0, max(1, len(conversion.drafts)), _GROUP):
            last = at + _GROUP >= len(conversion.drafts)
            ready, unfit = self._sort(conversion.drafts[at : at + _GROUP])
            dead += unfit
            async with self.link.writing:
                written, refused = await asyncio.to_thread(self._write, ready)
                dead += refused
                with self.store.transaction():
                    self.outgoing.keep_file(digest, name, data)
                    for one, submission in written:
                        state = QUEUED if self._may_go(one) else WAITING
                        self.outgoing.put(submission, state=state, source=one.source, file=digest)
                    if last:
                        self.troubles.settle(digest, until, dead)
                        self._finish(dead, name, digest, replayed)
            self.reach("group-stored")
            self.queued()
        _log.info("taken in", drafts=len(conversion.drafts), dead_letters=len(dead))
        return not dead

    def _finish(self, dead: Sequence[DeadLetter], name: str, digest: bytes, replayed: Letter | None) -> None:
        for letter in dead:
            self.troubles.bury(letter, name, digest)
        if replayed:
            self.troubles.mark(replayed.id, "replayed")
        self.outgoing.drop_files()

    def _convert(self, data: bytes, name: str) -> Conversion:
        assert self.adapter is not None  # noqa: S101 - without one nothing is taken in
        try:
            return self.adapter.convert(data, name=name, now=self._local())
        except Exception as error:  # an adapter from elsewhere that breaks its word must not stop the node
            failure = HutongError("HT-NOD-08", part="convert")
            _log.error("the adapter failed", trace_id=failure.trace_id, **place(error))
            return Conversion.refused("/", failure)

    def _sort(self, drafts: Sequence[Draft]) -> tuple[list[_Ready], list[DeadLetter]]:
        """Drafts that are new, each with the inquiry that it answers; dead letters for those that fit nowhere."""
        ready: dict[Source, _Ready] = {}
        dead: list[DeadLetter] = []
        inquiries: list[OpenedInquiry] | None = None
        for draft in drafts:
            source = Source.of(draft)
            if source in ready or self.outgoing.is_processed(source):
                continue
            try:
                if draft.kind not in kinds():
                    raise HutongError("HT-HDR-04")
                inquiry = None
                if not kinds()[draft.kind].opens_item:
                    inquiries = self._inquiries() if inquiries is None else inquiries
                    inquiry = self._match(draft, inquiries)
                ready[source] = _Ready(draft, source, inquiry)
            except HutongError as error:
                dead.append(DeadLetter.of(f"record {draft.source_record}", error))
        return list(ready.values()), dead

    def _write(self, ready: Sequence[_Ready]) -> tuple[list[tuple[_Ready, envelope_pb2.Submission]], list[DeadLetter]]:
        """Seal, with consecutive client sequence numbers, and sign the group at once."""
        if not ready:
            return [], []
        directory, now = self.link.directory.records, self.clock()
        sequence = self.link.profile.next_sequence(len(ready))
        drafted: list[tuple[_Ready, Unsigned]] = []
        dead: list[DeadLetter] = []
        for one in ready:
            try:
                drafted.append((one, self.pen.draft(one.draft, directory, sequence + len(drafted), now, one.inquiry)))
            except HutongError as error:
                dead.append(DeadLetter.of(f"record {one.draft.source_record}", error))
        signed = self.pen.sign([unsigned for _, unsigned in drafted])
        return [(one, submission) for (one, _), submission in zip(drafted, signed, strict=True)], dead

    def _may_go(self, one: _Ready) -> bool:
        """An answer before 签收 would be refused for good, so it waits for it."""
        return one.inquiry is None or self.arrivals.is_acknowledged(one.inquiry.item)

    def _match(self, draft: Draft, inquiries: Sequence[OpenedInquiry]) -> Verdict:
        if self._matcher is None or draft.kind != "inquiry_reply":
            raise HutongError("HT-NOD-05", kind=draft.kind)
        return self._matcher.find(draft, inquiries)

    def _inquiries(self) -> list[OpenedInquiry]:
        """Inquiries held, opened; one that no longer opens answers to nothing."""
        found = []
        profile = self.link.profile
        keys = profile.opening_keys()
        for arrival in self.arrivals.inquiries(profile.agency):
            try:
                body = opened(arrival, keys, profile.agency)
            except HutongError as error:
                _log.warning("does not open any more", index=arrival.index, code=error.code)
                continue
            header = arrival.header
            sender = self.link.directory.sender_type(header.sender.agency)
            found.append(OpenedInquiry(replace(arrival.verdict, drill=header.facts.drill), header, body, sender))
        return found

    async def _replay(self, letter: Letter) -> None:
        """Take the file of a dead letter in again, or ask again for what could not be written out."""
        kept = self.outgoing.file(letter.file) if letter.file else None
        if kept is not None and self.adapter is not None:
            await self._take(kept[1], kept[0], letter)
        elif letter.message_id and self.arrivals.get(letter.message_id):
            with self.store.transaction():
                self.arrivals.set_unrendered(letter.message_id, True)
                self.troubles.mark(letter.id, "replayed")
        self.queued()

    def _local(self) -> datetime:
        return datetime.fromtimestamp(self.clock() / 1000).astimezone()
