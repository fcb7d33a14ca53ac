"""What a hub claims: its whole state as canonical JSON, made alike by the hub and by whoever replays its log."""

from __future__ import annotations

import json
from collections.abc import Iterable

from hutong.directory.records import PLACES, Agency, PublishedCalendar
from rules.outcome import as_plain
from rules.records import Record
from rules.state import State


def claims(state: State, origin: str, size: int) -> bytes:
    """Items, duties, papers, casework and the hub's calendars after ``size`` entries of ``origin``; UTF-8,
    keys sorted, a record a line."""
    records: list[Record] = [
        *state.items.values(),
        *state.obligations.values(),
        *state.handovers.values(),
        *state.approvals.values(),
        *state.casework.records(),
        *state.directory.calendars.values(),
    ]
    return _document({"origin": origin, "size": size}, records)


def directory_of(state: State) -> dict[str, bytes]:
    """Agency code → its registration and what its statements put in the directory, in the form of ``claims``."""
    found: dict[str, list[Record]] = {code: [agency] for code, agency in state.directory.agencies.items()}
    for kind, (place, _) in PLACES.items():
        for record in getattr(state.directory, place).values() if kind not in (Agency, PublishedCalendar) else ():
            found[record.agency].append(record)
    return {code: _document({"agency": code}, records) for code, records in sorted(found.items())}


def _document(head: dict[str, object], records: Iterable[Record]) -> bytes:
    lines = sorted(_line(as_plain(record)) for record in records)
    body = ",\n".join(lines)
    return f'{{"about":{_line(head)},"records":[\n{body}\n]}}\n'.encode()


def _line(plain: dict[str, object]) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
