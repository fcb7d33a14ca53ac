"""Where notices go: the card of the newest nomination, and nothing when that was erased."""

from __future__ import annotations

import pytest

from hub.notices.addresses import Addresses, addresses
from hub.recorder.record import erase
from hub.state.database import reading, writing
from hutong.v1 import envelope_pb2
from tests.hub.notices.conftest import Office


def found(office: Office, contact: str) -> Addresses:
    with reading(office.engine) as connection:
        return addresses(connection, office.town.directory, contact)


def test_the_newest_nomination_counts(office: Office) -> None:
    house = office.town.houses["police"]
    office.nominated("police", house.head, email="old@police.test", webhook="https://police.test/old")
    office.nominated("police", house.liaison, email="liaison@police.test")
    office.nominated("police", house.head, email="new@police.test")
    office.nominated("police", house.head, "HT-PRM-01", email="refused@police.test")
    assert found(office, house.head) == Addresses("new@police.test", "")
    assert found(office, house.liaison) == Addresses("liaison@police.test", "")
    assert found(office, house.second) == Addresses()


def test_an_erased_card_is_not_replaced_by_an_older_one(office: Office) -> None:
    head = office.town.houses["police"].head
    office.nominated("police", head, email="old@police.test")
    newest = office.nominated("police", head, email="new@police.test")
    with writing(office.engine) as connection:
        erase(connection, newest)
    assert found(office, head) == Addresses()


def test_only_the_contact_s_own_agency_speaks_for_it(office: Office) -> None:
    head = office.town.houses["police"].head
    office.nominated("market", head, email="thief@market.test")
    assert found(office, head) == Addresses()
    assert found(office, "c0000deadbeef") == Addresses()


def test_what_is_no_card(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    head = office.town.houses["police"].head
    monkeypatch.setattr(
        "tests.hub.notices.conftest.make_disclosure", lambda card: envelope_pb2.Disclosure(card=b"\xff\xff")
    )
    office.nominated("police", head, email="x@police.test")
    assert found(office, head) == Addresses()


def test_they_show_nothing_of_themselves() -> None:
    shown = f"{Addresses('head@police.test', 'https://police.test/hook')!r}"
    assert "police" not in shown
