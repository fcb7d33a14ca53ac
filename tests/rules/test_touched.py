"""What a late change touches: the clocks that it would let end at another time, and no others."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.directory.calendars import hours_set, published
from hutong.directory.records import AgencyHours, PublishedCalendar
from hutong.v1 import codes_pb2, kinds_pb2
from rules.touched import touched
from tests.calendars import calendar, hours, notice
from tests.cases import Case, at, local
from tests.towns import Town

TOWN = Town.make()
WEDNESDAY = at("2026-12-30T10:00")
FRIDAY, MONDAY = dt.date(2027, 1, 1), dt.date(2027, 1, 4)
DAY_MS = 86_400_000


def change(case: Case, said: kinds_pb2.CalendarPublished | None = None) -> PublishedCalendar:
    """New Year's Day of 2027 and the Monday after it off, unless ``said`` is something else."""
    return published(case.state.directory, said or notice(2027, [FRIDAY, MONDAY]), 0)


def found(case: Case, by: PublishedCalendar | AgencyHours | None = None) -> list[tuple[str, str, str, str]]:
    """Agency, clock, and when it ends and would end."""
    duties = [(case.state.items[duty.item], duty) for duty in case.state.obligations.values()]
    listed = touched(case.state.directory, by or change(case), duties)
    return [(one.agency, one.clock, local(one.stands), local(one.would_be)) for one in listed]


def taken(case: Case, **more: object) -> bytes:
    item = case.lead(**more)
    case.acknowledged(item)
    return item


def test_an_obligation_that_waits_for_its_acknowledgement() -> None:
    case = Case(TOWN, at("2026-12-31T10:00"))
    case.lead()
    assert found(case) == [("police", "acknowledge", "2027-01-01T10:00", "2027-01-05T10:00")]


def test_one_that_is_worked_on() -> None:
    case = Case(TOWN, WEDNESDAY)
    taken(case)
    assert found(case) == [("police", "complete", "2027-01-13T10:00", "2027-01-15T10:00")]


def test_one_that_was_delivered_and_not_acknowledged_has_both_clocks() -> None:
    case = Case(TOWN, at("2026-12-31T10:00"))
    item = case.lead()
    statement = case.state.statements[item]
    facts = kinds_pb2.Delivered(statement_sha256=statement.digest, result=codes_pb2.OPENING_RESULT_OPENED)
    case.say(TOWN.header("delivered", "police", role=2, facts=facts, item_id=item, in_reply_to=item, to=["market"]))
    assert [(clock, would) for _, clock, _, would in found(case)] == [
        ("acknowledge", "2027-01-05T10:00"),
        ("complete", "2027-01-18T10:00"),
    ]


def test_a_review_is_counted_in_the_time_of_whoever_reviews() -> None:
    case = Case(TOWN, WEDNESDAY)
    opened = TOWN.header("supervision", "market", to=["police"])
    case.say(opened)
    item = bytes(opened.message_id)
    case.acknowledged(item)
    case.say(case.completed(item))
    assert [(agency, clock, would) for agency, clock, _, would in found(case)] == [
        ("market", "review", "2027-01-06T10:00")
    ]


def test_what_no_notice_can_touch() -> None:
    """Wall clocks, what is closed, what ends before the days named."""
    flash = Case(TOWN, at("2026-12-31T17:00"))
    taken(flash, urgency=codes_pb2.URGENCY_FLASH)
    assert found(flash) == []
    closed = Case(TOWN, WEDNESDAY)
    closed.say(closed.completed(taken(closed)))
    assert found(closed) == []
    before = Case(TOWN, at("2026-10-12T10:00"))
    taken(before)
    assert found(before) == []


def test_another_regions_notice_touches_nobody_here() -> None:
    case = Case(TOWN, WEDNESDAY)
    taken(case)
    regional = notice(2027, [FRIDAY, MONDAY], region="450000")
    assert found(case, change(case, regional)) == []
    moved = replace(case.state.directory.agencies["police"], region="450100")
    case.state.directory = case.state.directory.with_records([moved])
    assert len(found(case, change(case, regional))) == 1


def test_a_time_that_an_extension_set_is_somebodys_word() -> None:
    case = Case(TOWN, WEDNESDAY)
    item = taken(case)
    duty = case.duty(item)
    until = duty.complete_by + 3 * DAY_MS
    asked = kinds_pb2.ExtensionAsked(until=until, reason=codes_pb2.EXTENSION_REASON_COMPLEX)
    case.say(case.by("police", "extension_asked", item, facts=asked))
    granted = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_decided", item, TOWN.houses["police"].head, facts=granted))
    assert [clock for _, clock, *_ in found(case)] == ["complete"], "not granted yet"
    case.say(case.by("market", "extension_decided", item, facts=granted, to=["police"]))
    assert case.duty(item).complete_by == until and found(case) == []


def test_what_a_hold_added_stays_added() -> None:
    case = Case(TOWN, WEDNESDAY)
    item = taken(case)
    held = kinds_pb2.Held(until=case.now + 3 * DAY_MS, reason=codes_pb2.HOLD_REASON_EXPERT_EXAMINATION)
    case.say(case.by("police", "held", item, facts=held))
    assert found(case) == [("police", "complete", "2027-01-16T10:00", "2027-01-18T10:00")]


def test_what_was_counted_by_the_change_already_is_not_touched() -> None:
    """Of two leads the second came after the notice; asked about it once more, only the first is another."""
    case = Case(TOWN, WEDNESDAY)
    taken(case)
    before = case.state.directory
    case.say(calendar(notice(2027, [FRIDAY, MONDAY]), now=case.now))
    second = taken(case)
    record = case.state.directory.calendars["", 2027]
    case.state.directory = before
    assert found(case, record) == [("police", "complete", "2027-01-13T10:00", "2027-01-15T10:00")]
    assert local(case.duty(second).complete_by) == "2027-01-15T10:00"


def test_taking_a_notice_back_touches_only_what_was_counted_by_it() -> None:
    case = Case(TOWN, WEDNESDAY)
    taken(case)
    case.say(calendar(notice(2027, [FRIDAY, MONDAY]), now=case.now))
    taken(case)
    back = change(case, notice(2027, version=2))
    assert found(case, back) == [("police", "complete", "2027-01-15T10:00", "2027-01-13T10:00")]


def test_hours_touch_what_is_counted_by_them() -> None:
    case = Case(TOWN, WEDNESDAY)
    case.lead(urgency=codes_pb2.URGENCY_URGENT)
    later = hours_set(b"h" * 16, "police", hours((660, 1080), valid_from="2026-12-30"), 5, case.now)
    assert found(case, later) == [("police", "acknowledge", "2026-12-30T12:00", "2026-12-30T13:00")]
    assert found(case, replace(later, agency="banking")) == []


@pytest.mark.parametrize("publishing", [False, True])
@given(start=st.integers(at("2026-12-01T00:00"), at("2027-02-01T00:00")), urgency=st.sampled_from([1, 2, 3]))
def test_nothing_is_listed_that_ends_as_it_stands(publishing: bool, start: int, urgency: int) -> None:
    """And once a change is on record, what is counted anew is what was listed as what it would be."""
    case = Case(TOWN, start)
    taken(case, urgency=urgency)
    case.lead(urgency=urgency)
    listed = found(case)
    assert all(stands != would for _, _, stands, would in listed)
    again = Case(TOWN, start)
    again.say(calendar(notice(2027, [FRIDAY, MONDAY]), now=start))
    taken(again, urgency=urgency)
    again.lead(urgency=urgency)
    assert found(again, replace(change(case), version=2)) == []
    (one, other), (done, waiting) = (tuple(each.state.obligations.values()) for each in (case, again))
    differing = {
        ("police", clock, local(was), local(now))
        for clock, was, now in (
            ("complete", one.complete_by, done.complete_by),
            ("acknowledge", other.acknowledge_by, waiting.acknowledge_by),
        )
        if was != now
    }
    assert set(listed) == differing
