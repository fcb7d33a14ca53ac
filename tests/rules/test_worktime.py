"""Working time is state of the log: each count goes by what was on record then, and what was counted stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from hutong.worktime.calendar import DIGEST
from rules.claims import claims, directory_of
from rules.clocks import after, provisional, span
from rules.decide import Statement
from rules.entries import entry_of
from rules.outcome import Outcome
from tests import calendars
from tests.calendars import by_head, hours, notice
from tests.cases import Case, at, local
from tests.towns import ORIGIN, Town

TOWN = Town.make()
WEDNESDAY = at("2026-12-30T10:00")


class Told(Case):
    """A case that can be told again from the beginning."""

    def __init__(self, now: int = WEDNESDAY) -> None:
        super().__init__(TOWN, now)
        self.said: list[tuple[header_pb2.Header, int]] = []
        self.orders = 0

    def say(self, header: header_pb2.Header) -> Outcome:
        outcome = super().say(header)
        self.said.append((header, self.now))
        return outcome

    def publish(self, said: kinds_pb2.CalendarPublished) -> None:
        self.orders += 1
        self.say(calendars.calendar(said, self.orders.to_bytes(16, "big"), self.now))

    def replayed(self) -> Case:
        case = Case(TOWN, 0)
        for header, now in self.said:
            case.now = now
            case.say(header)
        return case

    def everything(self) -> tuple[bytes, dict[str, bytes]]:
        return everything(self)


def everything(case: Case) -> tuple[bytes, dict[str, bytes]]:
    return claims(case.state, ORIGIN, case.index), directory_of(case.state)


def holiday(version: int = 1, **more: Any) -> kinds_pb2.CalendarPublished:
    """New Year's Day of 2027, a Friday, and the Monday after it, worked for on the Sunday before that."""
    off = [dt.date(2027, 1, 1), dt.date(2027, 1, 4)]
    return notice(2027, off, [dt.date(2027, 1, 3)], version=version, **more)


def test_a_late_notice_moves_no_deadline_that_stands() -> None:
    case = Told()
    item = case.lead()
    case.acknowledged(item)
    before = case.duty(item)
    assert local(before.complete_by) == "2027-01-13T10:00", "ten working days, by weekdays alone"
    case.publish(holiday())
    assert case.duty(item) == before
    later = case.lead()
    case.acknowledged(later)
    # Friday and Monday are off, Sunday is worked: one day later.
    assert local(case.duty(later).complete_by) == "2027-01-14T10:00"


def test_the_steps_that_follow_are_counted_by_the_new_notice() -> None:
    """What a ladder has ahead of it is counted when its step is taken; the time that it leads to stays."""
    early, late = Told(), Told()
    items = [case.lead() for case in (early, late)]
    late.publish(holiday())
    for case, item in zip((early, late), items, strict=True):
        case.now = at("2026-12-31T17:00")
        case.acknowledged(item)
    watched = [local(case.duty(item).attention_by) for case, item in zip((early, late), items, strict=True)]
    assert watched == ["2027-01-05T17:00", "2027-01-06T17:00"], "three working days from the acknowledgement"


def test_an_agency_counts_by_its_own_hours_once_they_are_set() -> None:
    case = Told(at("2026-10-12T09:00"))
    first = case.lead(urgency=codes_pb2.URGENCY_URGENT)
    case.say(by_head(TOWN, hours((600, 1000))))
    second = case.lead(urgency=codes_pb2.URGENCY_URGENT)
    assert [local(case.duty(item).acknowledge_by) for item in (first, second)] == [
        "2026-10-12T11:00",
        "2026-10-12T12:00",
    ]
    assert local(after(case.state.directory, "market", case.now, span("acknowledge", "urgent"))) == "2026-10-12T11:00"


def test_hours_are_an_agencys_and_calendars_the_hubs_in_what_the_hub_claims() -> None:
    case = Told()
    case.publish(holiday())
    case.say(by_head(TOWN, hours(valid_from="2026-12-31")))
    said, directory = case.everything()
    assert said.count(b'"record":"PublishedCalendar"') == 1 and b'"2027-01-03"' in said
    assert directory["police"].count(b'"record":"AgencyHours"') == 1
    assert b"AgencyHours" not in directory["market"] and b"PublishedCalendar" not in b"".join(directory.values())


def test_a_fold_with_a_late_notice_replays_to_the_byte() -> None:
    case = Told()
    first = case.lead()
    case.acknowledged(first)
    case.publish(holiday())
    case.lead()
    case.say(by_head(TOWN, hours((600, 1000), valid_from="2026-12-30")))
    case.lead()
    case.publish(holiday(version=2))
    case.tick(at("2027-01-20T10:00"))
    assert everything(case.replayed()) == case.everything()
    # Had the notice come before the first lead, its deadlines would be others.
    said = [case.said[2], *case.said[:2], *case.said[3:]]
    case.said = [entry for entry in said if not entry[0].WhichOneof("kind").startswith(("escal", "non_"))]
    assert everything(case.replayed()) != case.everything()


acts = st.lists(
    st.one_of(
        st.tuples(st.just("lead"), st.sampled_from([1, 2, 3])),
        st.tuples(st.just("acknowledged"), st.integers(0, 5)),
        st.tuples(st.just("published"), st.sampled_from([2026, 2027, 2028])),
        st.tuples(st.just("hours"), st.integers(420, 660)),
        st.tuples(st.just("wait"), st.integers(1, 6000)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(acts)
def test_whatever_is_published_when_it_replays_and_moves_nothing(chosen: list[tuple[str, int]]) -> None:
    case, items, versions = Told(), [], dict.fromkeys((2026, 2027, 2028), 0)
    for act, number in chosen:
        before = dict(case.state.obligations)
        match act:
            case "lead":
                items.append(case.lead(urgency=number))
            case "acknowledged" if items:
                try:
                    case.acknowledged(items[number % len(items)])
                except HutongError as error:
                    assert error.code == "HT-DTY-05"
            case "published":
                versions[number] += 1
                case.publish(notice(number, [dt.date(number, 1, 1), dt.date(number, 1, 4)], version=versions[number]))
                assert before == case.state.obligations
            case "hours":
                case.say(by_head(TOWN, hours((number, number + 400), valid_from=local(case.now)[:10])))
                assert before == case.state.obligations
            case "wait":
                case.tick(case.now + number * 60_000)
    assert everything(case.replayed()) == case.everything()


@pytest.mark.parametrize(
    ("start", "by", "wanted"),
    [
        ("2026-10-12T10:00", "2026-10-13T10:00", False),
        ("2026-12-30T10:00", "2026-12-31T17:30", False),
        ("2026-12-31T17:00", "2027-01-01T09:30", True),
        ("2027-03-01T10:00", "2027-03-02T10:00", True),
        ("2027-03-01T10:00", "2027-03-01T10:00", True),
    ],
)
def test_a_deadline_in_a_year_without_notice_is_provisional(start: str, by: str, wanted: bool) -> None:
    case = Told()
    assert provisional(case.state.directory, "police", at(start), at(by)) is wanted
    case.publish(holiday())
    assert not provisional(case.state.directory, "police", at(start), at(by)), "announced now"


def test_what_is_provisional_is_so_for_the_region_that_counts() -> None:
    """A region's own notice does not stand for the nation's."""
    case = Told()
    case.publish(holiday(region="450000"))
    assert provisional(case.state.directory, "police", at("2027-01-04T10:00"), at("2027-01-05T10:00"))


def test_the_calendar_in_force_is_in_every_entry() -> None:
    case, header = Told(), TOWN.lead()
    statement = Statement(header, b"d" * 32, kind_of(header))
    before = entry_of(case.state, statement, Outcome(), case.now)
    case.publish(holiday())
    later = entry_of(case.state, statement, Outcome(), case.now)
    assert before.calendar_sha256 == DIGEST
    assert later.calendar_sha256 == case.state.directory.timekeeping.digest != DIGEST
