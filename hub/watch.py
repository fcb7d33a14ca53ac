"""The hub checks itself: one thread follows the hub's own log through the independent checker (audit/review/duty.py).

It reads what auditors would get and trusts nothing else of the hub. It signs nothing and stops nobody: what it finds is
logged and counted. What was decided by other rules than this program's (an upgraded hub) is folded and not judged.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from google.protobuf.message import DecodeError
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from audit.review.duty import DutyCheck
from hub import oversight
from hub.clock import Clock
from hub.faults import Faults
from hub.scorecards import KeptScorecards
from hub.state import tables
from hub.state.database import reading
from hub.state.log import StoredLog
from hub.state.records import table_of
from hutong.errors import HutongError
from hutong.proofs.policy import Policy
from hutong.v1.entry_pb2 import Entry
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.header_pb2 import Header
from rules.data import DIGEST

_log = structlog.get_logger("hub.watch")
_ENTRIES = table_of(tables.EntryRow)
_STATEMENTS = table_of(tables.StatementRow)
_PAGE = 100
_PAUSE = 3.0
"""A pause is so many times as long as the page before it took: the watch has a quarter of a processor at the most."""


@dataclass(frozen=True, slots=True)
class _Line:
    index: int
    entry: bytes
    envelope: bytes


class Watch:
    """``look`` follows the log to its head once; ``start`` has a thread look every ``seconds``."""

    def __init__(self, engine: Engine, policy: Policy, clock: Clock, seconds: float, folder: Path) -> None:
        """``folder`` is told what was found (oversight.py)."""
        self._engine, self._clock, self._seconds, self._folder = engine, clock, seconds, folder
        self.cards = KeptScorecards(clock.now())
        self.cards.watching = bool(seconds)
        self.faults = Faults()
        self._check = DutyCheck(policy, self.cards)
        self._position = self._unjudged = self._told = self._head_at = 0
        with reading(engine) as connection:
            self._size_at_start = _size(connection)
        self._looking, self._stopping = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin, unless no watch is wanted."""
        if self._seconds:
            self._thread.start()

    def stop(self) -> None:
        """End after the statement under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Follow the log to its head, then ask what is overdue; may also be called at once, from any thread."""
        with self._looking:
            self._follow()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            now = self._clock.now()
            with reading(self._engine) as connection:
                size = _size(connection)
                lines = _page(connection, self._position)
            if not lines:
                self._at_head(now, size)
                return
            begun = time.monotonic()
            with self.cards.turn:
                self._judge_page(lines)
                self.cards.entries, self.cards.size = self._position, size
                self.cards.faults, self.cards.judged_from = self.faults.count, self._unjudged
            if self._position < size:
                self._stopping.wait((time.monotonic() - begun) * _PAUSE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except (SQLAlchemyError, OSError) as error:
                _log.error("the watch could not read or write and tries again", error=type(error).__name__)
            except Exception as error:
                # Whatever broke the checker, the hub goes on; what was half folded is no ground to judge by.
                self._end(error)
                return
            self._stopping.wait(self._seconds)

    def _end(self, error: Exception) -> None:
        """Say where it broke; an error's own words may hold what no log should."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        _log.error("the watch has ended", index=self._position, error=type(error).__name__, where=where)
        with self.cards.turn:
            self.cards.watching = False
        try:
            self._write(self._clock.now(), "ended")
        except OSError as unwritten:
            _log.error("the end of the watch could not be written down", error=type(unwritten).__name__)

    def _judge_page(self, lines: list[_Line]) -> None:
        for line in lines:
            if self._stopping.is_set():
                return
            while self._position < line.index:
                self.faults.take(HutongError("HT-LOG-25", index=self._position, file="database"))
                self._position += 1
            for fault in self._judge(line):
                self.faults.take(fault)
            self._position += 1
            # Python would hand the interpreter over every 5 ms only; whoever waits for it goes first.
            time.sleep(0)

    def _judge(self, line: _Line) -> Iterator[HutongError]:
        """The faults of one entry that are judged."""
        try:
            entry = Entry.FromString(line.entry)
            envelope = Envelope.FromString(line.envelope)
            header = Header.FromString(envelope.payload)
        except DecodeError:
            yield HutongError("HT-LOG-27", index=line.index, file="database")
            return
        if self._is_foreign(line.index, entry):
            self._unjudged = line.index + 1
        for fault in self._check(line.index, entry, envelope, header):
            if line.index >= self._unjudged and self._is_judged(fault.params.get("item") or header.item_id.hex()):
                yield fault

    def _is_foreign(self, index: int, entry: Entry) -> bool:
        """Whether other rules than this program's decided it, or, before this program came, another calendar."""
        if entry.rules_sha256 != DIGEST:
            return True
        known = self._check.state.directory.timekeeping.digest
        return index < self._size_at_start and entry.calendar_sha256 != known

    def _is_judged(self, item: str) -> bool:
        """Whether the item (hex, if any) was opened after what is not judged: its clocks are this program's."""
        opened = self._check.state.statements.get(bytes.fromhex(item))
        return opened is None or opened.index >= self._unjudged

    def _at_head(self, now: int, size: int) -> None:
        """Everything up to ``now`` has been seen. Asked is what was overdue at the look before already: a hub that has
        just started, or whose clock was moved, has had time to say it."""
        while self._position < size:
            self.faults.take(HutongError("HT-LOG-25", index=self._position, file="database"))
            self._position += 1
        with self.cards.turn:
            self.cards.turn_to(now)
            self.cards.entries, self.cards.size, self.cards.ready = self._position, size, True
        if self._unjudged > self._told:
            self._told = self._unjudged
            _log.warning("entries decided by another version of rules or calendar are not judged", before=self._told)
        if self._head_at:
            overdue = self._check.overdue(self._head_at)
            self.faults.unsaid(fault for fault in overdue if self._is_judged(fault.params["item"]))
        self._head_at = now
        self.cards.faults, self.cards.judged_from = self.faults.count, self._unjudged
        self._write(now, "at_head")

    def _write(self, now: int, state: str) -> None:
        """What ``hutong hub status`` shows of the watch."""
        found = {
            "state": state,
            "at": now,
            "entries": self._position,
            "judged_from": self._unjudged,
            "faults": self.faults.count,
            "newest_faults": list(self.faults.newest),
            "worst_lateness_ms": self._check.worst,
        }
        oversight.write(self._folder, found)


def _size(connection: Connection) -> int:
    head = StoredLog(connection).head()
    return head.size if head else 0


def _page(connection: Connection, start: int) -> list[_Line]:
    query = (
        select(_ENTRIES.c.index, _ENTRIES.c.entry, _STATEMENTS.c.envelope)
        .join(_STATEMENTS, _STATEMENTS.c.index == _ENTRIES.c.index)
        .where(_ENTRIES.c.index >= start)
        .order_by(_ENTRIES.c.index)
        .limit(_PAGE)
    )
    return [_Line(int(row[0]), bytes(row[1]), bytes(row[2])) for row in connection.execute(query)]
