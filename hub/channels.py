"""Testing the channels that contacts name, and where a contact's notices go: addresses stand in disclosures only.

A test is a row first, then the hub's statement, then a message: after a crash in between the next look goes on where
the row says. The code leaves the database once it was sent.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from hashlib import sha256

import structlog
from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from hub.clock import Clock
from hub.recorder.work import HubTask
from hub.standing import Standing
from hub.state import roster_tables, tables
from hub.state.database import reading, writing
from hub.state.records import table_of
from hutong.directory.decide_duty import CONFIRM_MS
from hutong.directory.duties import Channel
from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.identifiers.ids import hub_statement_id
from hutong.v1 import codes_pb2, directory_pb2, envelope_pb2, header_pb2
from rules import hub_statements
from rules.state import State

_log = structlog.get_logger("hub.channels")
_TESTS = table_of(roster_tables.ChannelTestRow)
_STATEMENTS = table_of(tables.StatementRow)
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 10_000, 3_600_000

Send = Callable[[int, str, bytes], None]
"""Sends a code (16 bytes) over a channel's kind (codes.proto ChannelKind) to an address. HutongError: not sent; it is
tried again."""


@dataclass(frozen=True, repr=False)
class Reachable:
    """A confirmed channel with its address, which shows in no log."""

    channel: Channel
    address: str


def reachable(connection: Connection, directory: Directory, contact: str) -> list[Reachable]:
    """Where notices for ``contact`` may go beside the inbox, in the order of naming; an erased address is none."""
    serving = (each for each in directory.book.channels.get(contact, ()) if each.serves)
    found = ((each, address_of(connection, each.id)) for each in serving)
    return [Reachable(channel, address) for channel, address in found if address]


def address_of(connection: Connection, channel: bytes) -> str:
    """The address that was disclosed with a channel's naming; empty once it was erased."""
    query = select(_STATEMENTS.c.disclosure).where(_STATEMENTS.c.message_id == channel, tables.FIRST)
    held = connection.execute(query).scalar()
    if held is None:
        return ""
    card = envelope_pb2.Disclosure.FromString(held).card
    return directory_pb2.ChannelCard.FromString(card).address


@dataclass
class ChannelTests:
    """Looks after the channels that wait for their test. ``say`` returns once what the hub says is durable."""

    engine: Engine
    standing: Standing
    clock: Clock
    origin: str
    keyid: str
    say: Callable[[HubTask], None]
    send: Send
    kinds: Collection[int] = tuple(codes_pb2.ChannelKind.values())
    """Those that this hub can send to. Others wait until it can: a test is good for a day from when it is said."""
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    def look(self) -> None:
        """Begin the tests of channels newly named, and go on with those that are due; nothing while a look is under
        way, which may wait for another server."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            self._look()
        finally:
            self._turn.release()

    def _look(self) -> None:
        now = self.clock.now()
        self._begin(now)
        due = select(_TESTS).where(_TESTS.c.next_at > 0, _TESTS.c.next_at <= now).order_by(_TESTS.c.made_at)
        with reading(self.engine) as connection:
            rows = connection.execute(due).mappings().all()
        for row in rows:
            try:
                self._go_on(row, now)
            except HutongError as error:
                self._later(row, now)
                _log.warning("a channel's test could not be sent yet", code=error.code, attempts=row["attempts"] + 1)

    def _begin(self, now: int) -> None:
        channels = self.standing.directory.channels.values()
        waiting = [each.id for each in channels if not each.tested_at and each.kind in self.kinds]
        if not waiting:
            return
        with reading(self.engine) as connection:
            known = set(connection.execute(select(_TESTS.c.channel)).scalars())
        rows = [
            {
                "channel": channel,
                "cause": secrets.token_bytes(16),
                "code": secrets.token_bytes(16),
                "made_at": now,
                "attempts": 0,
                "next_at": now,
            }
            for channel in waiting
            if channel not in known
        ]
        if rows:
            with writing(self.engine) as connection:
                connection.execute(insert(_TESTS), rows)

    def _go_on(self, row: RowMapping, now: int) -> None:
        channel = self.standing.directory.channels[row["channel"]]
        if channel.kind not in self.kinds:
            return
        with reading(self.engine) as connection:
            address = address_of(connection, channel.id)
        gone = self.standing.directory.contact_of(channel.agency, channel.contact, now) is None
        if gone or not address or now >= row["made_at"] + CONFIRM_MS:
            self._finish(channel.id)
            _log.warning("a channel's test was given up", attempts=row["attempts"])
            return
        if not channel.tested_at:
            self.say(self._statement(channel, row["cause"], row["code"]))
        self.send(channel.kind, address, row["code"])
        self._finish(channel.id)

    def _statement(self, channel: Channel, cause: bytes, code: bytes) -> HubTask:
        challenge = sha256(code).digest()

        def make(state: State, now: int) -> header_pb2.Header | None:
            known = state.directory.channels[channel.id]
            if known.tested_at:
                return None
            return hub_statements.channel_tested(self.origin, self.keyid, known, challenge, cause, now)

        return HubTask(make, statements=(hub_statement_id(self.origin, cause, 0),))

    def _finish(self, channel: bytes) -> None:
        self._change(channel, next_at=0, code=b"")

    def _later(self, row: RowMapping, now: int) -> None:
        pause = min(_FIRST_PAUSE_MS << min(row["attempts"], 16), _LONGEST_PAUSE_MS)
        self._change(row["channel"], attempts=row["attempts"] + 1, next_at=now + pause)

    def _change(self, channel: bytes, **values: object) -> None:
        with writing(self.engine) as connection:
            connection.execute(update(_TESTS).where(_TESTS.c.channel == channel).values(**values))
