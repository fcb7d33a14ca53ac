"""What an auditor sees of calendars that the hub bent."""

from __future__ import annotations

import datetime as dt

from audit.review.calendars import Calendars, Contradiction
from audit.review.duty import DutyCheck
from hutong.v1 import kinds_pb2
from rules import hub_statements
from tests.calendars import announced, notice
from tests.cases import at
from tests.chronicle import Chronicle
from tests.towns import ORIGIN

NEXT = dt.date(2026, 11, 3)


def publish(log: Chronicle, said: kinds_pb2.CalendarPublished) -> int:
    """The index of the entry."""
    log.say(hub_statements.calendar(ORIGIN, log.keyid, said, b"h" * 32, bytes([log.index]) * 16, log.now))
    return log.index - 1


def seen(log: Chronicle) -> list[Contradiction]:
    calendars = Calendars()
    check = DutyCheck(log.policy, calendars)
    faults = [fault.code for line in log.fed() for fault in check(*line)]
    assert set(faults) <= {"HT-RPL-05"}, "the log is in order all the same"
    return calendars.contradictions


def test_what_the_state_council_said_contradicts_nothing() -> None:
    log = Chronicle(at("2026-10-12T09:30"))
    publish(log, announced(2026))
    publish(log, notice(2041, [dt.date(2041, 3, 1)]))
    publish(log, notice(2026, [NEXT], region="450000"))
    assert seen(log) == []


def test_a_holiday_that_nobody_announced_is_shown_also_once_it_is_taken_back() -> None:
    log = Chronicle(at("2026-10-12T09:30"))
    bent, mended = kinds_pb2.CalendarPublished(), kinds_pb2.CalendarPublished()
    bent.CopyFrom(announced(2026))
    mended.CopyFrom(announced(2026))
    bent.off[:] = sorted([*bent.off, NEXT.isoformat()])
    index = publish(log, bent)
    mended.version = 2
    publish(log, mended)
    assert seen(log) == [Contradiction(index, "", 2026, 1, 1, NEXT.isoformat())]
