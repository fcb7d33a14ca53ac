"""The one recorder: a thread that takes what has gathered, decides it, and makes it durable in one transaction.

What arrives during a commit forms the next batch; an idle hub answers at once. The order of durability:
under the head lock read the head → decide → write → sign the note for exactly this (size, root) → COMMIT → answers. A
note that was not committed is never released, so no size is ever released with two roots.

``batch()`` is durable once it returns. Where it raises, the head is looked at again: a COMMIT that failed may have
persisted anyway.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from audit.log.growth import Frontier, TileData
from audit.log.reader import TileTree
from hub.clock import Clock
from hub.recorder import seal
from hub.recorder.judge import Judge
from hub.recorder.load import load
from hub.recorder.recent import RecentTiles
from hub.recorder.record import record
from hub.recorder.work import Admitted, Answer, Decided, Line, Work
from hub.standing import Standing
from hub.state.database import reading, writing
from hub.state.log import StoredLog, append
from hub.state.records import load_directory, newest_directory_index
from hutong.directory.records import Directory
from hutong.edge import refusal_of
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note, Sign, VerifierKey
from hutong.proofs.tree import leaf_hash
from hutong.v1 import entry_pb2
from rules.records import Recorded

_log = structlog.get_logger("hub.recorder")
_NEVER = (IntegrityError, DataError)
"""What the database will not take another time either: its cause must not take those of its batch with it."""
Reach = Callable[[str], None]


def _nowhere(_point: str) -> None:
    """Where the commit path is; crash tests put something here."""


def _nobody() -> None:
    """Nobody waits for notices."""


@dataclass(frozen=True)
class Head:
    """The newest durable state of the log."""

    frontier: Frontier
    note: Note | None
    recorded_at: int


@dataclass
class _Commit:
    """How far one batch has come."""

    before: Head | None = None
    decided: Decided = field(default_factory=Decided)
    directory: Directory = field(default_factory=Directory)
    tiles: list[TileData] = field(default_factory=list)
    head: Head | None = None
    began: bool = False
    """Whether COMMIT may have been sent."""


@dataclass
class Recorder:
    """Owns the log head of one hub process."""

    engine: Engine
    judge: Judge
    standing: Standing
    clock: Clock
    key: VerifierKey
    sign: Sign
    batch_limit: int
    queue_limit: int
    """Most pieces of work that may wait, and about how many bytes."""
    queue_bytes: int
    on_commit: Callable[[frozenset[str], bool], None]
    """Called after each commit with the agencies that got deliveries, and whether the directory has moved."""
    on_fatal: Callable[[HutongError], None]
    on_notices: Callable[[], None] = _nobody
    """Called after each commit that left notices to be sent."""
    reach: Reach = _nowhere
    _queue: queue.SimpleQueue[Work | None] = field(default_factory=queue.SimpleQueue)
    _taken: Sequence[Work] = ()
    """Taken from the queue and not yet answered."""
    _waiting: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _head: Head | None = None
    _stopped: bool = False
    _failed: HutongError | None = None

    def start(self) -> None:
        """Take the head from the database and begin."""
        self._recent = RecentTiles(self.engine)
        self._tree = TileTree(self._recent)
        self._head = self._read_head()
        self._thread = threading.Thread(target=self._guard, name="recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what has been handed in, then end."""
        with self._turn:
            self._stopped = True
            self._queue.put(None)
        self._thread.join()

    def submit(self, work: Work) -> None:
        """Hand in work; its answer is set on its loop once durable. HT-QTA-01 when too much is waiting."""
        with self._turn:
            if self._stopped:
                raise HutongError("HT-SYS-01", why="the hub is stopping")
            if self._queue.qsize() >= self.queue_limit or self._waiting > self.queue_bytes:
                raise HutongError("HT-QTA-01", seconds=1)
            self._waiting += work.size
            self._queue.put(work)

    @property
    def size(self) -> int:
        """Durable entries."""
        return self._head.frontier.size if self._head else 0

    def _guard(self) -> None:
        """A hub whose recorder has ended must not look as if it served."""
        try:
            self._run()
        except Exception as error:
            _log.exception("the recorder ended in the unforeseen")
            fatal = self._fatal(f"the recorder ended: {type(error).__name__}")
            self._abandon(fatal)

    def _abandon(self, error: HutongError) -> None:
        """Answer all that was handed in: whoever waits for it, as the clock engine does, would keep the hub up."""
        with self._turn:
            left = list(self._taken)
            while not self._queue.empty():
                left += filter(None, [self._queue.get_nowait()])
        for work in left:
            if work.answer is not None:
                _set_on(work.answer.get_loop(), [(work.answer, seal_refusal(error))])

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            works = [first]
            while len(works) < self.batch_limit:
                try:
                    work = self._queue.get_nowait()
                except queue.Empty:
                    break
                if work is None:
                    self._queue.put(None)
                    break
                works.append(work)
            self._taken = works
            with self._turn:
                self._waiting -= sum(work.size for work in works)
            self._handle(works)

    def _handle(self, works: list[Work]) -> None:
        """Answer ``works`` whatever happens. Where the unforeseen took a batch down, each of its works is tried alone:
        none of them can stand in the way of the others for ever."""
        try:
            answers = self.batch(works)
        except HutongError as error:
            answers = [seal_refusal(error) for _ in works]
        except Exception:
            unforeseen = HutongError("HT-SYS-02")
            _log.exception("a batch ended in the unforeseen", trace_id=unforeseen.trace_id, works=len(works))
            if len(works) > 1:
                for work in works:
                    self._handle([work])
                return
            answers = [seal_refusal(unforeseen)]
        _release(works, answers)

    def batch(self, works: list[Work]) -> list[entry_pb2.Outcome]:
        """Decide and record ``works``; their outcomes in order, all durable.

        HT-SYS-01: send again, because nothing was recorded, or because nobody could tell or say what was. HT-SYS-03:
        log and database disagree, the hub stops.
        """
        if self._failed is not None:
            raise self._failed
        commit = _Commit()
        try:
            head = self._commit(works, commit)
        except HutongError:
            raise
        except Exception as error:
            if not commit.began and (isinstance(error, _NEVER) or not isinstance(error, SQLAlchemyError)):
                raise
            head = self._after_failure(commit, error)
        try:
            return self._settle(commit, head)
        except Exception as error:
            # Durable all the same: whoever sends again gets the receipt.
            trouble = HutongError("HT-SYS-01", why="it was recorded, but the receipt could not be made")
            _log.exception("a batch was recorded, but not answered", trace_id=trouble.trace_id)
            raise trouble from error

    def _commit(self, works: list[Work], commit: _Commit) -> Head | None:
        """One transaction; the head after it, None when there was nothing new to record."""
        with writing(self.engine) as connection:
            before = commit.before = self._current(connection)
            now = max(self.clock.now(), before.recorded_at)
            loaded = load(connection, works, self.standing.directory)
            decided = self.judge.batch(loaded, works, before.frontier.size, now, self.standing.permit)
            commit.decided, commit.directory = decided, loaded.state.directory
            if not decided.lines:
                return None
            frontier, commit.tiles = before.frontier.append([leaf_hash(line.entry) for line in decided.lines])
            checkpoint = Checkpoint(self.key.name, frontier.size, frontier.root)
            note = checkpoint.signed(self.key, self.sign)
            row = {"size": frontier.size, "root": frontier.root, "note": str(note), "recorded_at": now}
            append(connection, before.frontier.size, [line.entry for line in decided.lines], commit.tiles, row)
            record(connection, decided)
            # A crash up to here leaves nothing: the transaction is rolled back, no note has left this function.
            self.reach("before-commit")
            commit.head, commit.began = Head(frontier, note, now), True
        # A crash from here on leaves a durable batch whose clients have no receipt; they send again and get it.
        self.reach("after-commit")
        return commit.head

    def _after_failure(self, commit: _Commit, error: Exception) -> Head:
        """The head, if the batch is there although its commit raised; HT-SYS-01 when it is not, or nobody can tell."""
        _log.error("a commit raised", error=type(error).__name__, began=commit.began)
        if commit.head is None or not commit.began:
            raise HutongError("HT-SYS-01", why="the database did not take it") from error
        try:
            persisted = self._persisted(commit.head, commit.before)
        except SQLAlchemyError as unknown:
            # Whatever it is, it is found under the lock by the next batch (_current).
            self._head = None
            raise HutongError("HT-SYS-01", why="the database cannot say whether it took it") from unknown
        if not persisted:
            raise HutongError("HT-SYS-01", why="the database did not take it") from error
        return commit.head

    def _settle(self, commit: _Commit, head: Head | None) -> list[entry_pb2.Outcome]:
        """After the commit: memory follows the database, then the answers, then everybody who waits."""
        decided = commit.decided
        if head is None:
            return self._answers(decided, None)
        self._head = head
        self._recent.take(commit.tiles)
        moved = commit.directory is not self.standing.directory
        self.standing.move_to(commit.directory)
        try:
            answers = self._answers(decided, head)
            self.reach("before-answer")
        finally:
            self.on_commit(frozenset(a for line in decided.lines for a in line.deliver_to), moved)
            if any(line.notify for line in decided.lines):
                self.on_notices()
        return answers

    def _read_head(self) -> Head:
        with reading(self.engine) as connection:
            return _head(connection)

    def _current(self, connection: Connection) -> Head:
        """The head under the lock. Where it is not the one in memory (another process, a commit whose end nobody saw),
        the directory may not be either: both are read anew, the directory where something about it was recorded."""
        stored = StoredLog(connection).head()
        size = stored.size if stored else 0
        if self._head is None or self._head.frontier.size != size:
            newest = newest_directory_index(connection, self._head.frontier.size if self._head else 0)
            self._head = _head(connection)
            if newest > self.standing.directory.index:
                self.standing.move_to(load_directory(connection, newest))
            self.on_commit(frozenset(), True)
        elif stored and self._head.frontier.root != stored.root:
            raise self._fatal(f"size {size} has another root in the database than in memory")
        return self._head

    def _persisted(self, expected: Head, before: Head | None) -> bool:
        """After a COMMIT that raised: whether the batch is there all the same. Anything else than all or nothing stops
        the hub."""
        found = self._read_head().frontier
        if (found.size, found.root) == (expected.frontier.size, expected.frontier.root):
            return True
        if before is not None and (found.size, found.root) == (before.frontier.size, before.frontier.root):
            return False
        raise self._fatal(f"after a failed commit the log has size {found.size}")

    def _fatal(self, why: str) -> HutongError:
        error = HutongError("HT-SYS-03", why=why)
        self._stopped, self._failed = True, error
        self.on_fatal(error)
        return error

    def _answers(self, decided: Decided, head: Head | None) -> list[entry_pb2.Outcome]:
        made = seal.Receipts(self._tree, head.frontier.size, str(head.note)) if head else None
        return [self._answer(work, answer, made) for work, answer in decided.answers]

    def _answer(
        self, work: Work, answer: Line | Recorded | HutongError | None, made: seal.Receipts | None
    ) -> entry_pb2.Outcome:
        outcome = entry_pb2.Outcome()
        if isinstance(work, Admitted):
            outcome.message_id = work.opened.header.message_id
        error = answer if isinstance(answer, HutongError) else None
        receipt: entry_pb2.Receipt | None = None
        if isinstance(answer, Line) and made is not None:
            receipt = made.receipt(answer.index, answer.entry)
            error = answer.refusal
        elif isinstance(answer, Recorded):
            receipt, params = self._stored(answer)
            error = HutongError(answer.refusal, **params) if answer.refusal else None
        if error is not None:
            outcome.refusal.CopyFrom(refusal_of(error, receipt))
        elif receipt is not None:
            outcome.receipt.CopyFrom(receipt)
        return outcome

    def _stored(self, answer: Recorded) -> tuple[entry_pb2.Receipt, dict[str, str]]:
        """The receipt that was given then, and what the sentences of a refusal were filled in with."""
        with reading(self.engine) as connection:
            log = StoredLog(connection)
            params = log.refusal_params(answer.index) if answer.refusal else {}
            return stored_receipt(log, self._tree, answer.index), params


def _head(connection: Connection) -> Head:
    log = StoredLog(connection)
    stored = log.head()
    if stored is None:
        return Head(Frontier(), None, 0)
    frontier = log.frontier(stored.size)
    if frontier.root != stored.root:
        raise HutongError("HT-SYS-03", why=f"the tiles of size {stored.size} do not give its signed root")
    return Head(frontier, Note.parse(stored.note.encode()), stored.recorded_at)


def stored_receipt(log: StoredLog, tree: TileTree, index: int) -> entry_pb2.Receipt:
    """The receipt that was given for ``index``: its own batch's note, and the proof to that size."""
    batch = log.batch_holding(index)
    if batch is None:
        raise HutongError("HT-NFD-01", what=f"entry {index}")
    entry = next(log.entries(index, index + 1))
    return seal.Receipts(tree, batch.size, batch.note).receipt(index, entry)


def seal_refusal(error: HutongError) -> entry_pb2.Outcome:
    """A refusal that is no entry."""
    return entry_pb2.Outcome(refusal=refusal_of(error))


def _release(works: Sequence[Work], outcomes: Sequence[entry_pb2.Outcome]) -> None:
    """Set the answers, one hop to each event loop for the whole batch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Answer, entry_pb2.Outcome]]] = {}
    for work, outcome in zip(works, outcomes, strict=True):
        if work.answer is not None:
            by_loop.setdefault(work.answer.get_loop(), []).append((work.answer, outcome))
    for loop, pairs in by_loop.items():
        _set_on(loop, pairs)


def _set_on(loop: asyncio.AbstractEventLoop, pairs: Sequence[tuple[Answer, entry_pb2.Outcome]]) -> None:
    try:
        loop.call_soon_threadsafe(_set_all, pairs)
    except RuntimeError:
        # The loop closed while we committed: its clients are gone and will send again.
        _log.info("answers without a listener", count=len(pairs))


def _set_all(pairs: Sequence[tuple[Answer, entry_pb2.Outcome]]) -> None:
    for answer, outcome in pairs:
        if not answer.done():
            answer.set_result(outcome)
