"""One way of saying who is meant, and of calling somebody whose name is not at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hutong.client.directory import VerifiedDirectory
from hutong.client.trust import Trust
from hutong.directory.records import Contact
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, directory_pb2
from liaison.people import card, find
from tests.towns import NOW, ORIGIN, Town

TOWN = Town.make()
HEAD, LIAISON = TOWN.houses["police"].head, TOWN.houses["police"].liaison
COMING = Contact("cabcdefabcdef", "police", (codes_pb2.CONTACT_ROLE_DEPUTY,), (), NOW + 1000, NOW + 2000, 99)


def directory(**names: str) -> VerifiedDirectory:
    """The town with one colleague to come; ``names`` are disclosed, by contact's id."""
    made = VerifiedDirectory(ORIGIN, Trust.__new__(Trust), TOWN.directory.with_records([COMING], 100))
    made.agency_cards["police"] = directory_pb2.AgencyCard(name_zh="市公安局", name_en="City Police")
    for contact, name in names.items():
        made.contact_cards[contact] = directory_pb2.ContactCard(name=name, post="科长")
    return made


def code(known: VerifiedDirectory, said: str, *, ever: bool = False) -> str:
    try:
        return find(known, "police", said, NOW, ever=ever).contact.id
    except HutongError as error:
        return error.code


def test_who_is_meant() -> None:
    known = directory(**{HEAD: "赵四", LIAISON: "Wang", COMING.id: "赵四"})
    for said in ("赵四", " 赵四 ", HEAD):
        assert code(known, said) == HEAD, "whoever is in force comes first"
    assert code(known, "wang", ever=True) == LIAISON
    for said in ("cabc", COMING.id, COMING.id[:6]):
        assert (code(known, said), code(known, said, ever=True)) == ("HT-CLI-61", COMING.id)
    assert code(known, "cab", ever=True) == "HT-CLI-61", "too little of an id"
    both = directory(**{HEAD: "赵四", LIAISON: "赵四"})
    with pytest.raises(HutongError) as several:
        find(both, "police", "赵四", NOW)
    assert several.value.code == "HT-CLI-62" and set(several.value.params["contacts"].split()) == {HEAD, LIAISON}


def test_who_has_no_name_is_called_by_office() -> None:
    known = directory(**{HEAD: "赵四"})
    assert known.contact_name(HEAD, "zh") == "赵四"
    assert (known.contact_name(LIAISON, "zh"), known.contact_name(LIAISON, "en")) == (
        "市公安局 联络员",
        "liaison of City Police",
    )
    several = replace(COMING, roles=(codes_pb2.CONTACT_ROLE_LIAISON, codes_pb2.CONTACT_ROLE_HEAD))
    known.records = known.records.with_records([several], 101)
    assert known.contact_name(COMING.id, "en") == "head of City Police"
    for who in (HEAD, LIAISON, COMING.id):
        shown = card(known, who)
        assert who in shown and shown != who
    assert card(known, "c0") != "c0"
