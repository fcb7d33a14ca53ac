"""Who owns, and which keys to seal to: the directory's two questions, with hypothesis against a plain reading."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hutong.directory.records import FOREVER, GRACE_MS, Agency, Contact, Directory, Key
from hutong.v1 import codes_pb2
from tests.towns import NOW, Town, contact_id

TOWN = Town.make()
POLICE = TOWN.houses["police"]
LIAISON, HEAD = codes_pb2.CONTACT_ROLE_LIAISON, codes_pb2.CONTACT_ROLE_HEAD


def test_the_one_who_is_named_or_nobody() -> None:
    directory = TOWN.directory
    named = directory.owner_for("police", POLICE.second, "", NOW)
    assert named is not None and named.id == POLICE.second
    assert directory.owner_for("police", contact_id(0xFFF), "", NOW) is None
    assert directory.owner_for("police", TOWN.houses["market"].liaison, "", NOW) is None
    assert directory.owner_for("nobody", "", "", NOW) is None


def test_the_desks_own_liaison_then_the_first_then_the_head() -> None:
    directory = TOWN.directory
    order = []
    for desk in ("fraud", "north", ""):
        found = directory.owner_for("police", "", desk, NOW)
        order.append(found.id if found else None)
    assert order == [POLICE.second, POLICE.liaison, POLICE.liaison]
    for gone in (POLICE.liaison, POLICE.second):
        directory = directory.with_records([replace(directory.contacts[gone], term_to=NOW)])
    last = directory.owner_for("police", "", "fraud", NOW)
    assert last is not None and last.id == POLICE.head


contacts = st.builds(
    lambda number, role, desks, start, length: Contact(
        contact_id(number), "town", (role,), tuple(desks), NOW + start, NOW + start + length, number
    ),
    st.integers(1, 200),
    st.sampled_from([LIAISON, codes_pb2.CONTACT_ROLE_DEPUTY]),
    st.lists(st.sampled_from(["d1", "d2"]), max_size=2, unique=True),
    st.integers(-5, 5),
    st.integers(1, 8),
)


@given(people=st.lists(contacts, max_size=8, unique_by=lambda c: c.id), desk=st.sampled_from(["", "d1", "d2"]))
def test_there_is_always_an_owner_and_always_in_force(people: list[Contact], desk: str) -> None:
    head = Contact(contact_id(999), "town", (HEAD,), (), 0, FOREVER, 0)
    agency = Agency("town", 1, 1, "100000", "", (("d1", ()), ("d2", ())), head.id, "0" * 64, 0)
    directory = Directory().with_records([agency, head, *people])
    owner = directory.owner_for("town", "", desk, NOW)
    assert owner is not None and owner.in_force(NOW)
    able = [
        c for c in people if c.in_force(NOW) and LIAISON in c.roles and (not desk or not c.desks or desk in c.desks)
    ]
    if able:
        assert owner in able
        assert owner == min(able, key=lambda c: (desk not in c.desks, c.order))
    else:
        assert owner == head


def key(order: int, start: int, end: int, revoked: int = 0, desk: str = "") -> Key:
    return Key(f"{order:064x}", "town", "", codes_pb2.KEY_USE_OPENING, 3, b"", start, end, desk, order, revoked)


def accepted(keys: list[Key], now: int, desk: str = "") -> list[int]:
    directory = Directory().with_records(keys)
    return [k.order for k in directory.sealing_keys("town", codes_pb2.KEY_USE_OPENING, desk, now)]


def test_a_replaced_key_is_accepted_for_seven_more_days() -> None:
    keys = [key(1, 0, FOREVER), key(2, NOW, FOREVER)]
    assert accepted(keys, NOW - 1) == [1]
    assert accepted(keys, NOW) == [2, 1]
    assert accepted(keys, NOW + GRACE_MS - 1) == [2, 1]
    assert accepted(keys, NOW + GRACE_MS) == [2]


def test_a_revoked_or_ended_key_is_not() -> None:
    assert accepted([key(1, 0, FOREVER), key(2, NOW, FOREVER, revoked=NOW + 1)], NOW + 2) == [1]
    assert accepted([key(1, 0, FOREVER, revoked=NOW), key(2, NOW, FOREVER)], NOW + 2) == [2]
    assert accepted([key(1, 0, NOW)], NOW) == []


def test_a_desks_keys_shut_out_the_agencys() -> None:
    keys = [key(1, 0, FOREVER), key(2, 0, FOREVER, desk="d1")]
    assert accepted(keys, NOW, "d1") == [2]
    assert accepted(keys, NOW, "d2") == accepted(keys, NOW) == [1]


def test_a_change_makes_a_new_directory_and_leaves_the_old_one() -> None:
    before = TOWN.directory
    after = before.with_records([replace(before.agencies["police"], region="440000")], 77)
    assert before.agencies["police"].region == "100000" and after.agencies["police"].region == "440000"
    assert (after.index, before.index) == (77, TOWN.directory.index)
