"""A hub node without its front door: recorder and clock engine over a real database, by a town's directory and keys.

Nodes on the same database are one hub's: they sign with one key. What the town says is handed to the recorder as
admission would, and what the hub has said is read from the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from audit.log.reader import TileTree
from hub.admission.identify import Peer
from hub.admission.open import Opened
from hub.admission.quota import RefusalQuota
from hub.clockwork import Clockwork
from hub.home import verifier_key
from hub.recorder.judge import Judge
from hub.recorder.recorder import Recorder
from hub.recorder.work import Admitted, HubTask
from hub.saying import Saying
from hub.standing import Standing
from hub.state.database import migrate, open_engine, reading, writing
from hub.state.log import StoredLog
from hub.state.records import load_all, newest_directory_index, put
from hutong.identifiers.ids import hub_statement_id
from hutong.kinds import kind_of
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, entry_pb2, envelope_pb2, header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from rules import hub_statements
from rules.permit.policy_set import Policies
from rules.records import Obligation
from tests.towns import NOW, ORIGIN, Town

POLICIES = Policies.shipped()
_LIFETIME_MS = 24 * 3600 * 1000
HUB_KEY = SigningKey.generate(codes_pb2.ALGORITHM_ED25519)


@dataclass
class SetClock:
    """A clock that a test sets."""

    at: int = NOW

    def now(self) -> int:
        return self.at


class Death(BaseException):
    """What takes a node away in the middle; nothing of the hub catches it."""


class Node:
    """One node; ``close`` it."""

    def __init__(self, url: str, town: Town, loop: asyncio.AbstractEventLoop, clock: SetClock, name: str, page: int):
        self.town, self.clock, self.loop = town, clock, loop
        self.engine = open_engine(url)
        self.wall = SetClock()
        self.fatal: list[Exception] = []
        with reading(self.engine) as connection:
            self.standing = Standing.load(connection, POLICIES, newest_directory_index(connection))
        judge = Judge(
            origin=ORIGIN,
            key=HUB_KEY,
            policies=POLICIES,
            quota=RefusalQuota(1000),
            missing=lambda header: "",
        )
        self.recorder = Recorder(
            engine=self.engine,
            judge=judge,
            standing=self.standing,
            clock=clock,
            key=verifier_key(ORIGIN, HUB_KEY),
            sign=HUB_KEY.sign,
            batch_limit=500,
            queue_limit=20_000,
            queue_bytes=1 << 27,
            on_commit=lambda agencies, moved: None,
            on_fatal=self.fatal.append,
        )
        self.saying = Saying(self.recorder, loop)
        self.clockwork = self.engine_of(name, page)
        self.recorder.start()

    def engine_of(self, name: str, page: int = 500) -> Clockwork:
        """Another clock engine over the same recorder; of the same name, it is the node after a restart."""
        return Clockwork(self.engine, self.saying, self.standing, self.clock, name, self.wall.now, page)

    def close(self) -> None:
        self.recorder.stop()
        self.engine.dispose()

    def say(self, *headers: header_pb2.Header) -> list[entry_pb2.Outcome]:
        """Hand ``headers`` in at once, dated now; what the hub answers."""

        async def hand_in() -> list[entry_pb2.Outcome]:
            works = [self._admitted(header) for header in headers]
            for work in works:
                self.recorder.submit(work)
            return list(await asyncio.gather(*(work.answer for work in works)))

        return asyncio.run_coroutine_threadsafe(hand_in(), self.loop).result(60)

    def accepted(self, *headers: header_pb2.Header) -> list[int]:
        """``say``; each must be recorded. Their indexes."""
        outcomes = self.say(*headers)
        assert all(outcome.HasField("receipt") for outcome in outcomes), outcomes
        ids = [header.message_id for header in headers]
        places = {header.message_id: index for index, header in self.log()}
        return [places[one] for one in ids]

    def register(self, said: kinds_pb2.AgencyRegistered) -> None:
        """As an operator's order does."""
        cause = bytes(15) + b"1"

        def make(_state: Any, now: int) -> header_pb2.Header:
            return hub_statements.registration(ORIGIN, HUB_KEY.keyid, said, bytes(32), cause, now)

        statement_id = hub_statement_id(ORIGIN, cause, 0)
        self.saying.say(HubTask(make, statements=(statement_id,), agency=said.agency))

    def _admitted(self, header: header_pb2.Header) -> Admitted:
        header.issued_at, header.expires_at = self.clock.at, self.clock.at + _LIFETIME_MS
        envelope = dsse.sign(header.SerializeToString(), [SigningKey.generate()])
        opened = Opened(envelope_pb2.Submission(envelope=envelope), header, kind_of(header))
        peer = Peer(header.sender.agency, header.sender.contact, b"c" * 32)
        answer = self.loop.create_future()
        return Admitted(
            opened, dsse.statement_digest(envelope), peer, "by", self.standing.directory.index, answer, None
        )

    def lead(self, **more: Any) -> bytes:
        """A lead of market to police; its item."""
        header = self.town.lead(**more)
        self.accepted(header)
        return bytes(header.message_id)

    def by(self, agency: str, kind: str, item: bytes = b"", contact: str = "", **more: Any) -> header_pb2.Header:
        """A header about ``item``, to market (or ``to``)."""
        given: dict[str, Any] = {"to": ["market"], "item_id": item} | more
        return self.town.header(kind, agency, contact, **given)

    def log(self) -> list[tuple[int, header_pb2.Header]]:
        """All statements with their indexes."""
        with reading(self.engine) as connection:
            rows = connection.execute(text('SELECT "index", envelope FROM statements ORDER BY "index"')).all()
        return [(row[0], header_pb2.Header.FromString(Envelope.FromString(row[1]).payload)) for row in rows]

    def said(self, item: bytes | None = None) -> list[str]:
        """What the hub has said about ``item`` (or everything), short and in order."""
        return [
            short(header)
            for _, header in self.log()
            if header.sender.agency == "hub" and item in (None, header.item_id)
        ]

    def duty(self, item: bytes, agency: str = "police") -> Obligation:
        """The obligation as it stands in the database."""
        with reading(self.engine) as connection:
            return next(o for o in load_all(connection, Obligation) if (o.item, o.agency) == (item, agency))

    def claims(self) -> list[tuple[str, int, int]]:
        """Node, step and lease of every claim."""
        with reading(self.engine) as connection:
            rows = connection.execute(text("SELECT node, step, lease_until FROM step_claims ORDER BY node, step"))
            return [(row[0], row[1], row[2]) for row in rows]

    def change(self, statement: str, **values: Any) -> None:
        """Do something to the database that the hub would not."""
        with writing(self.engine) as connection:
            connection.execute(text(statement), values)

    def check(self) -> list[int]:
        """One statement once; every note that was ever signed is on the one history. The sizes of the batches."""
        with reading(self.engine) as connection:
            log = StoredLog(connection)
            notes = connection.execute(text("SELECT size, root, note FROM batches ORDER BY size")).all()
            tree = TileTree(log)
            for size, root, note in notes:
                seen = Checkpoint.parse(Note.parse(note.encode()).text)
                assert (seen.size, seen.root) == (size, root) == (size, tree.root(size))
            assert len(list(log.entries(0, notes[-1][0]))) == notes[-1][0]
        ids = [header.message_id for _, header in self.log()]
        assert len(set(ids)) == len(ids)
        return [size for size, _, _ in notes]


def short(header: header_pb2.Header) -> str:
    """``non_response``, ``head urge``, ``ownership_fell TERM_ENDED``."""
    kind = str(header.WhichOneof("kind"))
    if kind == "escalated":
        who = codes_pb2.EscalationTarget.Name(header.escalated.to).removeprefix("ESCALATION_TARGET_").lower()
        form = codes_pb2.EscalationForm.Name(header.escalated.form).removeprefix("ESCALATION_FORM_").lower()
        return f"{who} {form}{' last' if header.escalated.last else ''}"
    if kind == "ownership_fell":
        return f"fell {codes_pb2.FallCause.Name(header.ownership_fell.cause).removeprefix('FALL_CAUSE_')}"
    return kind


class Hub:
    """One database in a folder, and its nodes."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop, town: Town | None = None) -> None:
        self.url, self.loop, self.town = url, loop, town or Town.make()
        self.clock = SetClock()
        self.nodes: list[Node] = []
        migrate(url)
        engine = open_engine(url)
        directory = self.town.directory
        places: Sequence[Any] = (directory.agencies, directory.contacts, directory.keys, directory.mandates)
        with writing(engine) as connection:
            put(connection, (record for place in places for record in place.values()))
        engine.dispose()

    def node(self, name: str = "one", page: int = 500) -> Node:
        """A node on this database; all have one clock."""
        made = Node(self.url, self.town, self.loop, self.clock, name, page)
        self.nodes.append(made)
        return made

    def close(self) -> None:
        for node in self.nodes:
            node.close()


def opened(url: str, loop: asyncio.AbstractEventLoop, town: Town | None = None) -> Iterator[Hub]:
    """For fixtures: a hub, closed afterwards."""
    hub = Hub(url, loop, town)
    yield hub
    hub.close()
