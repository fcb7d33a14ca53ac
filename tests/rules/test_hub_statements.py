"""What the hub itself says: the same bytes for whoever derives them, and only when it is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from rules.clocks import acknowledge_by
from rules.decide import Statement, decide
from rules.outcome import Outcome
from rules.records import Item, Obligation, Recorded
from rules.state import State
from tests.towns import NOW, ORIGIN, Town

TOWN = Town.make()
KEYID = "a" * 64
ITEM = Item(b"i" * 16, 100, "market", TOWN.houses["market"].liaison, 1, ("market", "police"), NOW - 1000, False)
DUTY = Obligation(ITEM.id, "police", TOWN.houses["police"].liaison, 1, NOW - 1000, NOW)
LEAD = Recorded(ITEM.id, b"d" * 32, 7, 100, "market", ITEM.from_contact, ITEM.id, ("police",), NOW - 1000)


def state(duty: Obligation = DUTY, lead: Recorded = LEAD) -> State:
    return State(TOWN.directory, {ITEM.id: ITEM}, {(ITEM.id, "police"): duty}, {lead.message_id: lead})


def said(header: header_pb2.Header, before: State, now: int = NOW) -> Outcome:
    return decide(before, Statement(header, bytes(32), kind_of(header)), 9, now)


def silence(duty: Obligation = DUTY) -> header_pb2.Header:
    return hub_statements.non_response(ORIGIN, KEYID, ITEM, duty, NOW)


def test_silence_is_certified_once_it_is_due() -> None:
    outcome = said(silence(), state())
    assert outcome.changes == (replace(DUTY, non_response=True),)
    assert outcome.deliver_to == ("market", "police")
    with pytest.raises(HutongError) as caught:
        said(silence(), state(), NOW - 1)
    assert caught.value.code == "HT-DTY-10"


@pytest.mark.parametrize(
    "change",
    [
        {"non_response": True},
        {"state": casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED},
        {"state": casework_pb2.OBLIGATION_STATE_CLOSED},
    ],
)
def test_what_is_no_silence_is_not_certified(change: dict[str, int]) -> None:
    with pytest.raises(HutongError) as caught:
        said(silence(), state(replace(DUTY, **change)))  # type: ignore[arg-type]
    assert caught.value.code == "HT-DTY-10"


def test_the_certificate_says_which_silence_it_is() -> None:
    never = silence().non_response
    assert (never.form, never.delivered_at) == (codes_pb2.NON_RESPONSE_FORM_NEVER_FETCHED, 0)
    reached = silence(replace(DUTY, delivered_at=NOW - 5)).non_response
    assert reached.form == codes_pb2.NON_RESPONSE_FORM_DELIVERED_NOT_ACKNOWLEDGED
    assert (reached.delivered_at, reached.owner, reached.due_at) == (NOW - 5, DUTY.owner, NOW)


def test_every_byte_follows_from_the_cause() -> None:
    makers: list[Callable[[], header_pb2.Header]] = [
        silence,
        lambda: hub_statements.erased(ORIGIN, KEYID, LEAD, b"o" * 16, 2, NOW),
        lambda: hub_statements.registration(
            ORIGIN, KEYID, kinds_pb2.AgencyRegistered(agency="x"), b"h" * 32, b"r" * 16, NOW
        ),
    ]
    for make in makers:
        assert make().SerializeToString(deterministic=True) == make().SerializeToString(deterministic=True)
    assert len({make().message_id for make in makers}) == 3
    other = replace(DUTY, agency="banking")
    assert silence(other).message_id != silence().message_id


def test_erasing_tells_everybody_who_had_it_once() -> None:
    header = hub_statements.erased(ORIGIN, KEYID, LEAD, b"o" * 16, codes_pb2.ERASURE_REASON_RECALLED, NOW)
    outcome = said(header, state())
    assert (outcome.erases, outcome.deliver_to) == (LEAD.message_id, ("market", "police"))
    with pytest.raises(HutongError) as caught:
        said(header, state(lead=replace(LEAD, erased=True)))
    assert caught.value.code == "HT-DTY-11"
    for lead in (replace(LEAD, refusal="HT-PRM-01"), replace(LEAD, message_id=b"x" * 16)):
        with pytest.raises(HutongError) as caught:
            said(header, state(lead=lead))
        assert caught.value.code == "HT-DTY-07"


def at(text: str) -> int:
    import datetime as dt

    return int(dt.datetime.fromisoformat(text + "+08:00").timestamp() * 1000)


@pytest.mark.parametrize(
    ("urgency", "start", "end"),
    [
        (codes_pb2.URGENCY_FLASH, "2026-10-03T03:00", "2026-10-03T03:30"),
        (codes_pb2.URGENCY_URGENT, "2026-09-30T16:00", "2026-10-08T09:30"),
        (codes_pb2.URGENCY_URGENT, "2026-10-12T12:30", "2026-10-12T16:00"),
        (codes_pb2.URGENCY_ROUTINE, "2026-09-30T16:00", "2026-10-08T16:00"),
        (codes_pb2.URGENCY_ROUTINE, "2026-10-09T16:30", "2026-10-10T16:30"),
        (codes_pb2.URGENCY_ROUTINE, "2027-01-04T10:00", "2027-01-05T10:00"),
    ],
)
def test_when_an_acknowledgement_is_due(urgency: int, start: str, end: str) -> None:
    assert acknowledge_by(urgency, at(start)) == at(end)
