"""Which instants are shown as 暂定: 2027 has no notice yet, 2026 has one."""

from __future__ import annotations

from typing import Any

from hub.services import shown
from hutong.directory.records import PublishedCalendar
from hutong.v1 import codes_pb2, kinds_pb2
from rules import ladder, provisional
from tests.cases import Case, at, local
from tests.towns import Town, recipient

TOWN = Town.make()
POLICE = TOWN.houses["police"]
DAY = 86_400_000
NOTICE = PublishedCalendar("", 2027, 1, ("2027-01-01",), (), 5)


def marks(case: Case, item: bytes) -> tuple[bool, bool, bool]:
    """Of 签收, of 办结, and of the next step."""
    directory, known, duty = case.state.directory, case.state.items[item], case.duty(item)
    due = ladder.due(directory, known, duty, duty.next_at)
    assert due
    found = (
        provisional.acknowledge_by(directory, known, duty),
        provisional.complete_by(directory, known, duty),
        provisional.step(directory, known, duty, due),
    )
    seen = shown.obligation(directory, known, duty)
    assert found[:2] == (seen.acknowledge_by_provisional, seen.complete_by_provisional)
    return found


def taken(day: str, **more: Any) -> tuple[Case, bytes]:
    case = Case(TOWN, at(day))
    item = case.lead(**more)
    case.acknowledged(item)
    return case, item


def test_what_is_counted_into_a_year_without_a_notice_is_marked() -> None:
    case, item = taken("2026-10-09T16:30")
    assert marks(case, item) == (False, False, False)
    case, item = taken("2026-12-24T10:00")
    assert local_year(case.duty(item).complete_by) == 2027
    assert marks(case, item) == (False, True, False)
    case.tick(at("2026-12-31T12:00"))
    case.say(case.by("police", "progressed", item, facts=kinds_pb2.Progressed(step=1)))
    assert marks(case, item) == (False, True, True)
    case.now = at("2026-12-31T16:00")
    late = case.lead()
    assert marks(case, late)[0]
    case.state.apply([NOTICE], case.index)
    assert marks(case, item) == marks(case, late) == (False, False, False), "the notice has come"


def test_what_hangs_on_no_holiday_is_not() -> None:
    case, item = taken("2026-12-31T23:50", urgency=codes_pb2.URGENCY_FLASH)
    assert local_year(case.duty(item).complete_by) == 2027
    assert marks(case, item) == (False, False, False), "by the clock on the wall"
    case, item = taken("2026-12-24T10:00")
    until = case.duty(item).complete_by + DAY
    case.say(case.by("police", "extension_asked", item, facts=kinds_pb2.ExtensionAsked(until=until, reason=1)))
    granted = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_decided", item, POLICE.head, facts=granted))
    case.say(case.by("market", "extension_decided", item, facts=granted, to=["police"]))
    assert not marks(case, item)[1], "a day that somebody has named"
    held = kinds_pb2.Held(until=case.now + 10 * DAY, reason=1)
    case.say(case.by("police", "held", item, facts=held))
    assert not marks(case, item)[2], "nor is the end of a hold"


def test_a_review_is_marked_by_the_calendar_of_whoever_makes_it() -> None:
    case = Case(TOWN, at("2026-12-30T10:00"))
    header = TOWN.header("supervision", "market", to=[recipient("police")])
    case.say(header)
    case.acknowledged(header.message_id)
    case.say(case.completed(header.message_id))
    assert marks(case, header.message_id)[2]


def local_year(ms: int) -> int:
    return int(local(ms)[:4])
