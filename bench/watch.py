"""What the hub's own checker keeps in memory for each statement, and what it costs: ``python -m bench.watch``.

A log is made in memory: leads, some of them acknowledged, progressed, completed and read, the rest left open.
Then the checker with its scorecards (hub/watch.py) is told of all of it. Memory is what Python has allocated since
(tracemalloc), after a collection; time is of the processor, in a run of its own without tracemalloc.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

from audit.review.duty import DutyCheck
from hub.scorecards import KeptScorecards
from hutong.v1 import header_pb2, kinds_pb2
from hutong.v1.entry_pb2 import Entry
from hutong.v1.envelope_pb2 import Envelope
from tests.chronicle import Chronicle
from tests.towns import NOW

LEADS = 400
SECOND_MS, DAY_MS = 1000, 24 * 3600 * 1000


def history(leads: int, closed: float) -> Chronicle:
    """So many leads, a second apart, of which that part is closed within its time."""
    log = Chronicle(NOW)
    for number in range(leads):
        log.now += SECOND_MS
        item = log.lead()
        if number >= leads * closed:
            continue
        log.acknowledged(item)
        log.say(log.by("police", "progressed", item, facts=kinds_pb2.Progressed(step=1)))
        log.say(log.completed(item))
        log.say(log.by("market", "seen", item, to=["police"]))
    return log


def kept(log: Chronicle, days_later: int = 0) -> tuple[int, DutyCheck]:
    """Bytes that the check holds after ``log``, and the check; after so many days without any news."""
    lines = [(entry.SerializeToString(), envelope.SerializeToString()) for entry, envelope in log.lines]
    gc.collect()
    tracemalloc.start()
    cards = KeptScorecards(NOW)
    check = DutyCheck(log.policy, cards)
    _feed(check, lines)
    cards.turn_to(log.now + days_later * DAY_MS)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size, check


def spent(log: Chronicle) -> float:
    """Seconds of the processor for all of ``log``."""
    lines = [(entry.SerializeToString(), envelope.SerializeToString()) for entry, envelope in log.lines]
    check = DutyCheck(log.policy, KeptScorecards(NOW))
    began = time.process_time()
    _feed(check, lines)
    return time.process_time() - began


def _feed(check: DutyCheck, lines: list[tuple[bytes, bytes]]) -> None:
    for index, (entry, envelope) in enumerate(lines):
        parsed = Envelope.FromString(envelope)
        header = header_pb2.Header.FromString(parsed.payload)
        faults = list(check(index, Entry.FromString(entry), parsed, header))
        assert not faults, faults


def rows() -> Iterator[dict[str, Any]]:
    """One for each share of closed items; what is loaded and remembered once is there before anything is measured."""
    kept(history(10, 0.5))
    for name, closed in (("all closed", 1.0), ("half closed", 0.5), ("all open", 0.0)):
        log = history(LEADS, closed)
        statements = len(log.lines)
        size, _ = kept(log)
        later, _ = kept(log, 70)
        yield {
            "name": name,
            "statements": statements,
            "bytes_a_statement": round(size / statements),
            "bytes_a_statement_70_days_later": round(later / statements),
            "microseconds_a_statement": round(spent(log) / statements * 1_000_000),
        }


def main() -> None:
    """One line of JSON for each."""
    for row in rows():
        print(json.dumps(row))


if __name__ == "__main__":
    sys.exit(main())
