"""A hub's database with people who can be reached, and a sender over it whose clock the test moves."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hub.admission.quota import RefusalQuota
from hub.notices import outbox
from hub.notices.carrying import Carrier
from hub.notices.mail import MailServer
from hub.notices.outbox import MAIL, WEBHOOK, Notice
from hub.notices.sender import Sender
from hub.notices.webhook import Webhooks
from hub.recorder.judge import Judge
from hub.recorder.record import record
from hub.recorder.work import Decided, DueTask, Line, Loaded
from hub.state.database import migrate, open_engine, reading, writing
from hub.state.records import put
from hutong.directory.duties import Channel
from hutong.directory.records import Record
from hutong.kinds import kind_of
from hutong.sealing.disclosure import make_disclosure
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import directory_pb2, kinds_pb2
from rules.decide import Statement, recorded
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from tests.cases import Case
from tests.receivers import Mailbox, Receiver
from tests.towns import NOW, ORIGIN, Town

POLICIES = Policies.shipped()
SENDER = "hub@hutong.test"


@dataclass
class Hand:
    """A clock that stands until it is moved."""

    time: int = NOW

    def now(self) -> int:
        return self.time


@dataclass
class Office:
    """The database, the case that its statements are about, and what people have disclosed."""

    folder: Path
    town: Town = field(default_factory=Town.make)
    clock: Hand = field(default_factory=Hand)
    key: SigningKey = field(default_factory=SigningKey.generate)

    def __post_init__(self) -> None:
        shutil.copy(_empty(), self.folder / "hub.sqlite")
        self.engine = open_engine(f"sqlite:///{self.folder / 'hub.sqlite'}")
        self.case = Case(self.town)
        self.index = 100

    def reached_by(self, agency: str, contact: str, address: str, kind: int = MAIL) -> bytes:
        """A channel of ``contact`` that was named and confirmed; the message id of its naming."""
        facts = kinds_pb2.ChannelNamed(kind=kind)  # type: ignore[arg-type]
        header = self.town.header("channel_named", agency, contact, facts=facts)
        self.index += 1
        envelope = dsse.sign(header.SerializeToString(deterministic=True), [self.key])
        kept = recorded(Statement(header, dsse.statement_digest(envelope), kind_of(header)), self.index, NOW)
        card = directory_pb2.ChannelCard(address=address).SerializeToString()
        disclosed = make_disclosure(card).SerializeToString()
        line = Line(
            index=self.index, entry=b"", recorded=kept, envelope=envelope.SerializeToString(), disclosure=disclosed
        )
        self.keep([line])
        channel = Channel(header.message_id, agency, contact, kind, NOW, self.index, b"c" * 32, NOW, NOW)
        self.change(channel)
        return channel.id

    def change(self, *records: Record) -> None:
        """The directory with ``records`` put in place."""
        self.town.directory = self.case.state.directory = self.town.directory.with_records(records)

    def keep(self, lines: Sequence[Line]) -> None:
        with writing(self.engine) as connection:
            record(connection, Decided(lines=list(lines)))

    def lead(self, **more: Any) -> bytes:
        """An item of market's that police owes an answer to; its id."""
        item = self.case.lead(**more)
        with writing(self.engine) as connection:
            put(connection, [self.case.state.items[item], self.case.duty(item)])
        return item

    def due(self, item: bytes, *, at: int = 0) -> list[Line]:
        """What the hub says about ``item`` by ``at`` (its next step), decided by the recorder's own judge."""
        self.clock.time = at or self.case.duty(item).next_at
        judge = Judge(ORIGIN, self.key, POLICIES, RefusalQuota(3), missing=lambda header: "")
        loaded = Loaded(self.case.state, {}, {})
        permit = Permit(POLICIES, self.town.directory)
        decided = judge.batch(loaded, [DueTask(item, "police")], self.index + 1, self.clock.time, permit)
        self.index += len(decided.lines)
        return decided.lines

    def certified(self, **more: Any) -> Line:
        """A lead that nobody takes up, and the hub's certificate, kept: told to police's head and to who asked."""
        certificate = self.due(self.lead(**more))[0]
        self.keep([certificate])
        return certificate

    def notices(self) -> list[Notice]:
        with reading(self.engine) as connection:
            return outbox.listed(connection)[::-1]

    def mails(self) -> list[Notice]:
        return [notice for notice in self.notices() if notice.channel == MAIL]

    def sender(self, carriers: dict[int, Carrier] | None = None, reach: Callable[[str], None] | None = None) -> Sender:
        given = {"reach": reach} if reach else {}
        return Sender(
            engine=self.engine,
            directory=lambda: self.town.directory,
            clock=self.clock,
            carriers=carriers or {},
            seconds=60,
            **given,
        )

    def mail(self, mailbox: Mailbox, **more: Any) -> MailServer:
        given = {"host": "127.0.0.1", "port": mailbox.port, "tls": "none", "sender": SENDER, "name": "hub.test"} | more
        return MailServer(**given)  # type: ignore[arg-type]

    def carriers(self, mailbox: Mailbox | None = None, receiver: Receiver | None = None) -> dict[int, Carrier]:
        found: dict[int, Carrier] = {MAIL: self.mail(mailbox)} if mailbox else {}
        hosts = [receiver.host] if receiver else []
        return found | {WEBHOOK: Webhooks(ORIGIN, self.key, hosts, plain_on_loopback=True)}


@cache
def _empty() -> Path:
    """A database of this schema, made once."""
    folder = Path(tempfile.mkdtemp(prefix="hutong-test-"))
    atexit.register(shutil.rmtree, folder)
    migrate(f"sqlite:///{folder / 'hub.sqlite'}")
    return folder / "hub.sqlite"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def reached(office: Office) -> Office:
    """The office, with confirmed mailboxes of police's head and market's liaison."""
    police, market = office.town.houses["police"], office.town.houses["market"]
    office.reached_by("police", police.head, "head@police.test")
    office.reached_by("market", market.liaison, "liaison@market.test")
    return office
