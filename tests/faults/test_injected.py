"""Faults on the commit path, one at a time, under load: receipts given are in the log, none twice, no size with two
roots; the hub goes on, or stops where it must."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from hub.recorder import recorder, seal
from hub.state import database
from hutong.client.hub import Accepted, persistent
from hutong.errors import HutongError
from hutong.v1 import header_pb2

pytestmark = pytest.mark.faults


def failure(what: str) -> OperationalError:
    return OperationalError("COMMIT", {}, sqlite3.OperationalError(what))


class Injected:
    """Takes the place of what the recorder calls; each fault strikes at most ``left`` times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, hub: Any) -> None:
        self.recorder = hub.server._recorder
        self.patch, self.struck, self.left = monkeypatch, 0, 0

    def strike(self) -> bool:
        if self.left and threading.current_thread() is self.recorder._thread:
            self.left -= 1
            self.struck += 1
            return True
        return False

    def writing(self, before: Any = None, instead_of_commit: Any = None, after: Any = None) -> None:
        """Replace the transaction: raise before it, instead of its COMMIT (rolled back), or after its COMMIT."""

        @contextmanager
        def faulty(engine: Engine) -> Iterator[Connection]:
            strikes = self.strike()
            if strikes and before:
                raise before
            with database.writing(engine) as connection:
                yield connection
                if strikes and instead_of_commit:
                    raise instead_of_commit
            if strikes and after:
                raise after

        self.patch.setattr(recorder, "writing", faulty)

    def blind(self, times: int) -> None:
        """Let the look after a failed commit fail too."""
        left = [times]

        @contextmanager
        def faulty(engine: Engine) -> Iterator[Connection]:
            if self.struck and left[0]:
                left[0] -= 1
                raise failure("disk I/O error")
            with database.reading(engine) as connection:
                yield connection

        self.patch.setattr(recorder, "reading", faulty)

    def reach(self, point: str) -> None:
        def reached(name: str) -> None:
            if name == point and self.strike():
                raise RuntimeError(f"injected at {point}")

        self.patch.setattr(self.recorder, "reach", reached)

    def raising(self, owner: Any, name: str, error: Exception) -> None:
        real = getattr(owner, name)

        def faulty(*args: Any, **more: Any) -> Any:
            if self.strike():
                raise error
            return real(*args, **more)

        self.patch.setattr(owner, name, faulty)


def disk_full(injected: Injected) -> None:
    """For real: SQLite may not grow any more while the fault lasts."""

    @contextmanager
    def faulty(engine: Engine) -> Iterator[Connection]:
        strikes = injected.strike()
        with database.writing(engine) as connection:
            if strikes:
                connection.exec_driver_sql("PRAGMA max_page_count=1")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("PRAGMA max_page_count=1073741823")

    injected.patch.setattr(recorder, "writing", faulty)


FAULTS: dict[str, Any] = {
    "database locked": lambda i: i.writing(before=failure("database is locked")),
    "disk full": disk_full,
    "exception before COMMIT": lambda i: i.reach("before-commit"),
    "COMMIT raises, nothing persisted": lambda i: i.writing(instead_of_commit=failure("disk I/O error")),
    "COMMIT raises, persisted anyway": lambda i: i.writing(after=failure("disk I/O error")),
    "COMMIT raises oddly, persisted anyway": lambda i: i.writing(after=RuntimeError("odd")),
    "COMMIT raises, nothing persisted, nobody can look": lambda i: (
        i.writing(instead_of_commit=failure("disk I/O error")),
        i.blind(1),
    ),
    "COMMIT raises, persisted anyway, nobody can look": lambda i: (
        i.writing(after=failure("disk I/O error")),
        i.blind(1),
    ),
    "exception after COMMIT": lambda i: i.reach("after-commit"),
    "exception while answers are made": lambda i: i.raising(seal.Receipts, "receipt", RuntimeError("injected")),
    "exception before answers are given": lambda i: i.reach("before-answer"),
    "exception while waking streams": lambda i: i.raising(i.recorder, "on_commit", RuntimeError("injected")),
    "exception while recording": lambda i: i.raising(recorder, "record", RuntimeError("injected")),
    "exception while loading": lambda i: i.raising(recorder, "load", failure("disk I/O error")),
}


async def load(world: Any, ledger: Any, count: int) -> list[str]:
    """Send much at once, singly and in batches, as patient clients do; the codes of what was refused on the way."""
    client = await world.client(world.market.liaison.profile)
    troubles: list[str] = []

    def kept(submission: Any, receipt: Any) -> None:
        ledger.keep(header_pb2.Header.FromString(submission.envelope.payload).message_id, receipt)

    async def one(submission: Any) -> None:
        async def attempt() -> Any:
            try:
                return await client.submit(submission)
            except HutongError as error:
                troubles.append(error.code)
                raise

        async def insist() -> None:
            while True:
                try:
                    return kept(submission, (await persistent(attempt, 30)).receipt)
                except HutongError as error:
                    # Not for sending again by itself; a person who tries again must get through all the same.
                    assert error.code == "HT-SYS-02"

        await insist()
        # A repeat gets the same receipt; the last strike may fall on it.
        await insist()

    async def batch(submissions: list[Any]) -> None:
        while submissions:
            answers = await client.submit_batch(submissions)
            again = []
            for submission, answer in zip(submissions, answers, strict=True):
                if isinstance(answer, Accepted):
                    kept(submission, answer.receipt)
                else:
                    troubles.append(answer.code)
                    again.append(submission)
            submissions = again

    made = [await world.lead() for _ in range(count)]
    half = count // 2
    await asyncio.gather(*(one(s) for s in made[:half]), batch(made[half:]))
    return troubles


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Any]:
    from tests.worlds import close, make_world

    world = make_world(tmp_path_factory.mktemp("injected"), loop)
    yield world
    close(world)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", list(FAULTS))
def test_the_hub_goes_on(
    calm: Any, ledger: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, times: int
) -> None:
    injected = Injected(monkeypatch, calm.hub)
    FAULTS[name](injected)
    injected.left = times
    troubles = calm.run(load(calm, ledger, 30))
    assert 1 <= injected.struck <= times
    assert set(troubles) <= {"HT-SYS-01", "HT-SYS-02"}, troubles
    injected.patch.undo()
    calm.run(load(calm, ledger, 4))
    assert calm.hub.failure is None
    figures = ledger.check(calm.hub.home, tmp_path)
    assert figures["statements"] == 34


def test_one_statement_that_cannot_be_recorded_takes_nobody_with_it(
    calm: Any, ledger: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each time it is tried it fails; those in the same batch are recorded all the same."""

    async def story() -> None:
        client = await calm.client(calm.market.liaison.profile)
        made = [await calm.lead() for _ in range(20)]
        poison = header_pb2.Header.FromString(made[7].envelope.payload).message_id
        real = recorder.record

        def record(connection: Connection, decided: Any) -> None:
            if any(line.recorded.message_id == poison for line in decided.lines):
                raise OverflowError("Python int too large to convert to SQLite INTEGER")
            real(connection, decided)

        monkeypatch.setattr(recorder, "record", record)
        answers = await client.submit_batch(made)
        for place, answer in enumerate(answers):
            if place == 7:
                assert isinstance(answer, HutongError) and answer.code == "HT-SYS-02"
            else:
                assert isinstance(answer, Accepted)
                ledger.keep(answer.entry.message_id, answer.receipt)

    calm.run(story())
    assert ledger.check(calm.hub.home, tmp_path)["statements"] == 19


def test_a_revocation_in_a_commit_whose_end_nobody_saw_is_in_force(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Persisted, but the hub could not know: the directory in memory must not stay behind."""

    async def story() -> None:
        from hutong.client import joining
        from hutong.client.writing import Letter, write
        from hutong.v1 import codes_pb2, kinds_pb2

        head, liaison = world.market.head, world.market.liaison
        client = await world.client(head.profile)
        injected = Injected(monkeypatch, world.hub)
        injected.writing(after=failure("disk I/O error"))
        injected.blind(1)
        injected.left = 1
        revoked = kinds_pb2.KeyRevoked(keyid=liaison.key.keyid, reason=codes_pb2.REVOCATION_REASON_COMPROMISED)
        letter = Letter("key_revoked", revoked, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
        author = type(world.market.officer())(head.profile.origin, "market", head.contact, head.key)
        now = joining.now_ms()
        made = write(letter, author, client.directory.records, head.profile.next_sequence(), now)
        with pytest.raises(HutongError) as caught:
            await client.submit(made)
        assert caught.value.code == "HT-SYS-01" and injected.struck == 1
        late = await world.lead()
        node = await world.client(world.market.node)
        with pytest.raises(HutongError) as caught:
            await node.submit(late)
        assert caught.value.code == "HT-SIG-04"
        assert (await client.submit(made)).entry.message_id == letter.message_id

    world.run(story())


@pytest.mark.parametrize("how", ["another root", "a size that cannot be"])
def test_a_log_that_is_not_what_was_signed_stops_the_hub(world: Any, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    async def story() -> None:
        client = await world.client(world.market.liaison.profile)
        await client.submit(await world.lead())
        injected = Injected(monkeypatch, world.hub)
        if how == "another root":
            with database.writing(world.hub.engine) as connection:
                connection.execute(
                    text("UPDATE batches SET root = zeroblob(32) WHERE size = (SELECT max(size) FROM batches)")
                )
        else:
            real = recorder.Recorder._read_head
            odd = real(injected.recorder)

            def read_head(_self: Any) -> Any:
                return type(odd)(type(odd.frontier)(), None, 0)

            injected.writing(instead_of_commit=failure("disk I/O error"))
            monkeypatch.setattr(recorder.Recorder, "_read_head", read_head)
            injected.left = 1
        made = await world.lead()
        with pytest.raises(HutongError) as caught:
            await client.submit(made)
        assert caught.value.code in ("HT-SYS-03", "HT-CLI-10")
        monkeypatch.undo()
        with pytest.raises(HutongError) as caught:
            await client.submit(made)
        assert caught.value.code in ("HT-SYS-01", "HT-SYS-03", "HT-CLI-10"), "nothing more is recorded"

    world.run(story())
    world.hub._thread.join(30)
    assert isinstance(world.hub.failure, HutongError) and world.hub.failure.code == "HT-SYS-03"
