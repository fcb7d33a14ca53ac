"""When the hub recorded a statement, and when its sender had signed it: what a wrong clock looks like from the log."""

from __future__ import annotations

from typing import Any

import pytest

from audit.review.duty import DutyCheck
from audit.review.hubclock import ClockSummary, HubClock, Odd
from hutong.v1 import codes_pb2
from rules.folding import fold
from rules.outcome import Outcome
from tests.cases import at
from tests.chronicle import DAY, Chronicle
from tests.clocks import HOUR, MINUTE, SECOND, Clocks, leads
from tests.towns import recipient

MONDAY = at("2026-10-12T09:30")


def summary(log: Chronicle) -> ClockSummary:
    """What an auditor sees of ``log`` from its lead on; every entry must hold."""
    clock = HubClock()
    check = DutyCheck(log.policy, clock)
    faults = [str(fault) for line in log.fed() for fault in check(*line)]
    assert faults == []
    return clock.summary()


@pytest.fixture
def log() -> Clocks:
    return Clocks(MONDAY)


def of(found: ClockSummary, agency: str) -> Any:
    return next(each for each in found.agencies if each.agency == agency)


def test_clocks_that_agree(log: Clocks) -> None:
    leads(log, 20)
    found = summary(log)
    market = of(found, "market")
    assert (market.median, market.p99, market.most, market.before) == (SECOND, SECOND, SECOND, 0)
    assert market.statements == len([e for e, _ in log.lines if e.submitter == "market" and e.permitted_by != "hub"])
    assert found.named == () and found.shifts == ()
    assert found.as_dict()["agencies"][0]["agency"] == "banking"


def test_a_fast_clock_shows_in_everybody_elses_statements(log: Clocks) -> None:
    """The hub's clock gains two hours: every deadline comes two hours early, and nobody is that late at once."""
    leads(log, 6)
    began, log.skew = len(log.lines), 2 * HOUR
    log.now += 2 * HOUR
    leads(log, 10)
    log.skew = 0
    leads(log, 6, every=HOUR)
    found = summary(log)
    (shift,) = found.shifts
    assert shift.by == 2 * HOUR + SECOND and set(shift.agencies) == {"market", "banking"}
    assert (shift.statements, shift.since) == (10, log.lines[began][0].recorded_at)
    assert [odd.index for odd in found.named] == list(range(began, began + 10))
    assert {odd.by for odd in found.named} == {2 * HOUR + SECOND}
    assert of(found, "market").most == 2 * HOUR + SECOND and of(found, "market").median == SECOND


def test_a_slow_clock_shows_before_the_rules_refuse(log: Clocks) -> None:
    """The rules let a sender be five minutes ahead; two agencies that are so at once are not ahead by chance."""
    log.skew = -3 * MINUTE
    leads(log, 6)
    found = summary(log)
    (shift,) = found.shifts
    assert shift.by == -3 * MINUTE + SECOND and shift.statements == 6
    assert of(found, "banking").before == 3 and of(found, "market").least == -3 * MINUTE + SECOND
    assert {odd.by for odd in found.named} == {-3 * MINUTE + SECOND} and len(found.named) == 6


def test_what_a_slow_clock_refuses_counts_too(log: Clocks) -> None:
    """A statement refused as too early (HT-TIM-01) is an entry, and says the most of the clock."""
    log.skew = -HOUR
    header = log.town.lead()
    envelope, statement = log._signed(header)
    log._record(envelope, statement, Outcome(), "HT-TIM-01")
    fold(log.state, statement, Outcome(), log.index, log.now, "HT-TIM-01")
    log.index += 1
    found = summary(log)
    assert Odd(log.index - 1, "market", -HOUR + SECOND) in found.named


def test_one_agencys_clock_is_not_the_hubs(log: Clocks) -> None:
    """While one sends by courier, or has a wrong clock, the others agree with the hub."""
    for number in range(6):
        log.now += 2 * MINUTE
        log.delay = DAY // 2 if number % 2 else SECOND
        log.lead(agency="banking" if number % 2 else "market")
    found = summary(log)
    assert found.shifts == ()
    assert {odd.agency for odd in found.named} == {"banking"} and len(found.named) == 3
    assert of(found, "banking").most == DAY // 2 and of(found, "market").most == SECOND


def test_what_waited_for_a_hub_that_was_down_is_no_shift(log: Clocks) -> None:
    """Outboxes empty themselves at once when it is back, and what is signed then comes in its time."""
    leads(log, 4)
    log.now += 2 * HOUR
    for number in range(12):
        log.delay = 2 * HOUR - number * 5 * MINUTE
        log.now += SECOND
        log.lead(agency=("market", "banking")[number % 2])
    log.delay = SECOND
    leads(log, 4)
    found = summary(log)
    assert found.shifts == () and len(found.named) > 5


def test_the_hubs_own_statements_are_not_asked(log: Clocks) -> None:
    log.lead(urgency=codes_pb2.URGENCY_FLASH, to=[recipient("police")])
    log.tick(log.now + HOUR)
    assert "hub" not in {each.agency for each in summary(log).agencies}
