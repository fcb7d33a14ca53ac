"""An obligation's two clocks: rules/data/clocks.toml, counted by hutong/worktime in the recipient agency's time: by the
calendars and hours on record at that moment. What was counted stands on the obligation, whatever is published later.

Instants are whole milliseconds since 1970 (UTC), so that every replay comes to the same ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hutong.directory.records import Directory
from hutong.kinds import by_number
from hutong.v1 import codes_pb2
from hutong.worktime.span import Span, Unit
from hutong.worktime.statutory import limits
from rules.data import CLOCKS

PRACTICE = "practice"
"""The rule of a completion time that no law sets."""
DRILL = "drill"
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_NAMES: dict[int, str] = {
    codes_pb2.URGENCY_FLASH: "flash",
    codes_pb2.URGENCY_URGENT: "urgent",
    codes_pb2.URGENCY_ROUTINE: "routine",
}


def span_of(given: Mapping[str, Any]) -> Span:
    """The span that a row of the table sets."""
    return Span(given["amount"], Unit(given["unit"]))


_SPANS: dict[str, dict[str, Span]] = {
    clock: {name: span_of(row) for name, row in CLOCKS[clock].items() if isinstance(row, dict)}
    for clock in ("acknowledge", "complete", "progress", "push", "extension", "hold", "handover", "supplement")
}
_STATUTORY: dict[tuple[str, int], str] = {
    (row["kind"], codes_pb2.AgencyType.Value(f"AGENCY_TYPE_{row['to'].upper()}")): row["limit"]
    for row in CLOCKS["statutory"]
}
EXTENSIONS: int = CLOCKS["extension"]["times"]
"""How often a time that no law sets can be extended."""
HOLDS: int = CLOCKS["hold"]["times"]
"""How often an obligation can be put on hold."""


def pace(urgency: int, drill: bool) -> str:
    """Which row of each table an item goes by."""
    return DRILL if drill else _NAMES[urgency]


def span(clock: str, pace: str) -> Span:
    """How long ``clock`` ("acknowledge", "complete", "progress", "push", "extension") gives at ``pace``, or "hold" and
    "handover" at "most"."""
    return _SPANS[clock][pace]


def after(directory: Directory, agency: str, start: int, span: Span) -> int:
    """The instant at which ``span`` from ``start`` is over, in the working time of ``agency``."""
    due = directory.timekeeping.of(agency).due(_EPOCH + start * _MILLISECOND, span)
    return (due - _EPOCH) // _MILLISECOND


def provisional(directory: Directory, agency: str, start: int, by: int) -> bool:
    """Whether a deadline counted in working time from ``start`` to ``by`` (ms) is 暂定: a day between them stands in a
    year whose notice is neither known nor published, so that one which comes later may tell another."""
    first, last = (_EPOCH + at * _MILLISECOND for at in (start, by))
    return directory.timekeeping.of(agency).provisional(first, last)


def worked(directory: Directory, agency: str, start: int, end: int) -> int:
    """How many milliseconds of the working time of ``agency`` lie between two instants."""
    since, until = (_EPOCH + at * _MILLISECOND for at in (start, end))
    return directory.timekeeping.of(agency).worked(since, until) // _MILLISECOND


def acknowledge_by(directory: Directory, agency: str, pace: str, available_at: int) -> int:
    """The instant by which an item of this ``pace``, available to ``agency`` since then, wants its 签收."""
    return after(directory, agency, available_at, span("acknowledge", pace))


def completion(directory: Directory, agency: str, kind: int, pace: str) -> tuple[str, Span]:
    """The rule by which ``agency`` has to complete an item of that kind (field number), and its span.

    The rule is the id of a statutory limit, or ``PRACTICE``. A drill starts no clock of the law.
    """
    limit = _STATUTORY.get((by_number()[kind].name, directory.agencies[agency].type))
    if limit is None or pace == DRILL:
        return PRACTICE, span("complete", pace)
    return limit, limits()[limit].span


def given(rule: str, pace: str) -> Span:
    """How long the rule of a completion time (``Obligation.complete_rule``) gives at ``pace``."""
    return span("complete", pace) if rule == PRACTICE else limits()[rule].span


def extension(rule: str, pace: str) -> tuple[Span | None, int]:
    """By how much a time set by ``rule`` can be extended at most, and how often; None: not at all."""
    if rule == PRACTICE:
        return span("extension", pace), EXTENSIONS
    return limits()[rule].extension, 1


def is_granted_by_office(rule: str) -> bool:
    """Whether a law names the only office that may extend a time set by ``rule``."""
    return rule != PRACTICE and limits()[rule].extended_by is not None
