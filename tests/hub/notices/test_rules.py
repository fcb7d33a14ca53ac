"""Whom a statement of the hub's own is told to, and when a notice is tried again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notices.outbox import MAIL, WEBHOOK
from hub.notices.rules import TRIES, pause, told
from hutong.directory.duties import Channel
from hutong.directory.records import Contact
from hutong.identifiers.ids import new_message_id
from hutong.v1 import codes_pb2, header_pb2
from tests.cases import Case
from tests.towns import Town


@pytest.fixture
def case() -> Case:
    """Everybody can be reached by mail."""
    made = Case(Town.make())
    channels = [serving(contact, MAIL) for contact in made.state.directory.contacts.values()]
    made.state.directory = made.state.directory.with_records(channels)
    return made


def serving(contact: Contact, kind: int, **more: Any) -> Channel:
    return replace(Channel(new_message_id(), contact.agency, contact.id, kind, 1, 1, b"c", 1, 1), **more)


def first(case: Case, kind: str, item: bytes) -> header_pb2.Header:
    """The hub's next statement of ``kind`` about ``item``, in the state in which it is made."""
    while True:
        case.now = max(case.now, case.duty(item).next_at)
        header = case._next()
        assert header is not None
        if header.WhichOneof("kind") == kind:
            return header
        case.say(header)


def names(case: Case, header: header_pb2.Header) -> list[str]:
    found = told(case.state, header, case.now)
    assert all(case.state.directory.contacts[each.contact].agency == each.agency for each in found)
    return [each.contact for each in found]


def test_a_certificate_goes_to_the_silent_agency_s_head_and_to_who_asked(case: Case) -> None:
    header = first(case, "non_response", case.lead())
    assert names(case, header) == [case.town.houses["police"].head, case.town.houses["market"].liaison]


def test_where_who_asked_has_left_his_head_hears_it(case: Case) -> None:
    header = first(case, "non_response", case.lead())
    asked = case.state.directory.contacts[case.town.houses["market"].liaison]
    case.state.directory = case.state.directory.with_records([replace(asked, term_to=case.now)])
    assert names(case, header) == [case.town.houses["police"].head, case.town.houses["market"].head]


def test_a_step_goes_to_those_whom_it_names(case: Case) -> None:
    item = case.lead()
    nobody = first(case, "escalated", item)
    assert nobody.escalated.to == codes_pb2.ESCALATION_TARGET_DEPUTY and names(case, nobody) == []
    case.say(nobody)
    head = first(case, "escalated", item)
    assert names(case, head) == list(head.escalated.told) == [case.town.houses["police"].head]


def test_a_fall_goes_to_the_head_on_whom_it_falls(case: Case) -> None:
    item = case.lead()
    owner = case.state.directory.contacts[case.duty(item).owner]
    case.state.directory = case.state.directory.with_records([replace(owner, term_to=case.now)])
    header = case._next()
    assert header is not None and header.WhichOneof("kind") == "ownership_fell"
    assert names(case, header) == [case.town.houses["police"].head]


def test_no_drill_and_no_other_statement_is_told(case: Case) -> None:
    header = first(case, "non_response", case.lead())
    header.facts.drill = True
    assert names(case, header) == []
    assert names(case, case.town.lead()) == []


@given(st.integers(1, 100))
def test_pauses_grow_to_an_hour_and_end(tries: int) -> None:
    wait = pause(tries)
    assert (wait is None) == (tries >= TRIES)
    if wait is not None:
        assert 60_000 <= wait <= 3_600_000
        later = pause(tries + 1)
        assert later is None or later in (2 * wait, 3_600_000)


def test_every_kind_of_channel_that_serves_is_used_once(case: Case) -> None:
    header = first(case, "non_response", case.lead())
    head = case.state.directory.contacts[case.town.houses["police"].head]
    unconfirmed, replaced = serving(head, WEBHOOK, confirmed_at=0), serving(head, MAIL, ended_at=1)
    case.state.directory = case.state.directory.with_records([unconfirmed, replaced])
    assert [each.channel for each in told(case.state, header, case.now) if each.contact == head.id] == [MAIL]
    case.state.directory = case.state.directory.with_records([replace(unconfirmed, confirmed_at=1)])
    assert [each.channel for each in told(case.state, header, case.now) if each.contact == head.id] == [MAIL, WEBHOOK]


def test_who_has_no_channel_is_not_told_beside_the_inbox() -> None:
    case = Case(Town.make())
    assert names(case, first(case, "non_response", case.lead())) == []
