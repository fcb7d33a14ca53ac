"""Every branch of the directory's decisions: what is put in place, and what is refused with which code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.decide import decide
from hutong.directory.records import FOREVER, Agency, Contact, Key, Mandate
from hutong.errors import HutongError
from hutong.sealing.keys import OpeningKey
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from tests.towns import NOW, SYSTEM, Town, contact_id, number

INDEX = 1000
TOWN = Town.make()
MARKET, POLICE = TOWN.houses["market"], TOWN.houses["police"]
NEW = contact_id(0xABC)


def by_head(kind: str, facts: Any, agency: str = "market") -> header_pb2.Header:
    return TOWN.header(kind, agency, TOWN.houses[agency].head, facts=facts)


def by_liaison(kind: str, facts: Any) -> header_pb2.Header:
    return TOWN.header(kind, "market", facts=facts)


def records(header: header_pb2.Header, town: Town = TOWN, now: int = NOW) -> tuple[Any, ...]:
    return decide(town.directory, header, INDEX, now)


def code(header: header_pb2.Header, town: Town = TOWN, now: int = NOW) -> str:
    with pytest.raises(HutongError) as caught:
        records(header, town, now)
    return caught.value.code


def registered(code: str = "customs", **more: Any) -> kinds_pb2.AgencyRegistered:
    given: dict[str, Any] = {"type": 8, "level": 1, "region": "100000", "head_contact": NEW, "head_keyid": "0" * 64}
    return kinds_pb2.AgencyRegistered(agency=code, **given | more)


def registration(**more: Any) -> header_pb2.Header:
    header = header_pb2.Header(sender=header_pb2.Sender(agency="hub"))
    header.agency_registered.CopyFrom(registered(**more))
    return header


def nominated(**more: Any) -> kinds_pb2.ContactNominated:
    given: dict[str, Any] = {"contact": NEW, "roles": [1], "term_from": NOW, "term_to": NOW + 10}
    return kinds_pb2.ContactNominated(**given | more)


def mandate(**more: Any) -> kinds_pb2.StandingMandate:
    given: dict[str, Any] = {"kinds": [number("lead")], "source": 1, "until": NOW + 1}
    return kinds_pb2.StandingMandate(**given | more)


REFUSED: dict[str, tuple[str, Callable[[], header_pb2.Header]]] = {
    "register under the hub's own name": ("HT-HDR-01", lambda: registration(code="hub")),
    "register under an unknown parent": ("HT-DIR-01", lambda: registration(parent="nobody")),
    "register as one's own superior": ("HT-DIR-01", lambda: registration(parent="customs")),
    "register a ring of superiors": ("HT-DIR-07", lambda: registration(code="police", parent="police")),
    "register with another agency's contact as head": (
        "HT-DIR-05",
        lambda: registration(head_contact=POLICE.liaison),
    ),
    "bind by a liaison": (
        "HT-DIR-04",
        lambda: by_liaison("key_bound", TOWN.bound("market", SigningKey.generate(), 1, MARKET.liaison)),
    ),
    "bind a key that is bound": (
        "HT-DIR-06",
        lambda: by_head("key_bound", TOWN.bound("market", MARKET.key(MARKET.liaison), 1, MARKET.liaison)),
    ),
    "bind another agency's key": (
        "HT-DIR-06",
        lambda: by_head("key_bound", TOWN.bound("market", POLICE.key(POLICE.liaison), 1, MARKET.liaison)),
    ),
    "bind for a contact who is not in force": (
        "HT-DIR-02",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 1, NEW)),
    ),
    "bind for another agency's contact": (
        "HT-DIR-02",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 1, POLICE.liaison)),
    ),
    "bind with another agency's proof": (
        "HT-DIR-09",
        lambda: by_head("key_bound", TOWN.bound("police", SigningKey.generate(), 1, MARKET.liaison)),
    ),
    "bind without proof": (
        "HT-DIR-09",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 1, MARKET.liaison, possession=b"")),
    ),
    "bind for a desk that does not exist": (
        "HT-DIR-08",
        lambda: by_head("key_bound", TOWN.bound("market", OpeningKey.generate(), 3, desk="nowhere")),
    ),
    "bind an officer's key to nobody": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 1)),
    ),
    "bind the system's key to a contact": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 2, MARKET.liaison)),
    ),
    "bind an opening key to a contact": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", OpeningKey.generate(), 3, MARKET.liaison)),
    ),
    "bind a signing key for opening": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 3)),
    ),
    "bind an opening key for signing": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", OpeningKey.generate(), 2)),
    ),
    "bind an opening key with a proof": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", OpeningKey.generate(), 3, possession=b"text")),
    ),
    "bind for TLS what TLS cannot use": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 6, MARKET.liaison)),
    ),
    "bind a signing key to a desk": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", SigningKey.generate(), 2, desk="fraud")),
    ),
    "bind with a term that ends before it starts": (
        "HT-DIR-10",
        lambda: by_head("key_bound", TOWN.bound("market", OpeningKey.generate(), 3, not_after=NOW)),
    ),
    "bind an opening key of small order": (
        "HT-SIG-07",
        lambda: by_head(
            "key_bound",
            TOWN.bound("market", OpeningKey.generate(), 3, spki=OpeningKey.generate().spki[:12] + bytes(32)),
        ),
    ),
    "revoke a key that is not there": (
        "HT-SIG-04",
        lambda: by_head("key_revoked", kinds_pb2.KeyRevoked(keyid="0" * 64)),
    ),
    "revoke another agency's key": (
        "HT-SIG-04",
        lambda: by_head("key_revoked", kinds_pb2.KeyRevoked(keyid=POLICE.key(POLICE.liaison).keyid)),
    ),
    "revoke a colleague's key": (
        "HT-DIR-04",
        lambda: by_liaison("key_revoked", kinds_pb2.KeyRevoked(keyid=MARKET.key(MARKET.second).keyid)),
    ),
    "revoke the agency's key as a liaison": (
        "HT-DIR-04",
        lambda: by_liaison("key_revoked", kinds_pb2.KeyRevoked(keyid=MARKET.key("").keyid)),
    ),
    "nominate by a liaison": ("HT-DIR-04", lambda: by_liaison("contact_nominated", nominated())),
    "nominate another agency's contact": (
        "HT-DIR-05",
        lambda: by_head("contact_nominated", nominated(contact=POLICE.liaison)),
    ),
    "nominate for no time": ("HT-DIR-11", lambda: by_head("contact_nominated", nominated(term_to=NOW))),
    "nominate for a desk that does not exist": (
        "HT-DIR-08",
        lambda: by_head("contact_nominated", nominated(desks=["fraud", "nowhere"])),
    ),
    "nominate a second head": ("HT-DIR-12", lambda: by_head("contact_nominated", nominated(roles=[3]))),
    "nominate the head as something else": (
        "HT-DIR-12",
        lambda: by_head("contact_nominated", nominated(contact=MARKET.head)),
    ),
    "withdraw by a liaison": (
        "HT-DIR-04",
        lambda: by_liaison("contact_withdrawn", kinds_pb2.ContactWithdrawn(contact=MARKET.second)),
    ),
    "withdraw somebody who is not there": (
        "HT-DIR-02",
        lambda: by_head("contact_withdrawn", kinds_pb2.ContactWithdrawn(contact=NEW)),
    ),
    "withdraw another agency's contact": (
        "HT-DIR-02",
        lambda: by_head("contact_withdrawn", kinds_pb2.ContactWithdrawn(contact=POLICE.liaison)),
    ),
    "withdraw oneself as head": (
        "HT-DIR-12",
        lambda: by_head("contact_withdrawn", kinds_pb2.ContactWithdrawn(contact=MARKET.head)),
    ),
    "mandate a kind that must be signed in person": (
        "HT-DIR-13",
        lambda: by_liaison("standing_mandate", mandate(kinds=[number("lead"), number("acknowledged")])),
    ),
    "mandate a kind that does not exist": (
        "HT-DIR-13",
        lambda: by_liaison("standing_mandate", mandate(kinds=[999])),
    ),
    "mandate that is over": ("HT-DIR-11", lambda: by_liaison("standing_mandate", mandate(until=NOW))),
    "mandate by the system": (
        "HT-SIG-05",
        lambda: TOWN.header("standing_mandate", "market", facts=mandate(), role=SYSTEM),
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused(name: str) -> None:
    wanted, make = REFUSED[name]
    assert code(make()) == wanted


def test_two_signers_are_no_head() -> None:
    header = by_head("contact_nominated", nominated())
    header.signers.append(by_liaison("contact_nominated", nominated()).signers[0])
    assert code(header) == "HT-SIG-05"


def test_registration_names_a_head_ex_officio() -> None:
    agency, head = records(registration(desks=[kinds_pb2.Desk(code="d1", regions=["110000"])], parent="police"))
    assert isinstance(agency, Agency) and agency.desks == (("d1", ("110000",)),) and agency.since == NOW
    assert head == Contact(NEW, "customs", (codes_pb2.CONTACT_ROLE_HEAD,), (), NOW, FOREVER, INDEX)


def test_a_later_registration_keeps_the_head_or_ends_the_old_ones_term() -> None:
    (again,) = records(registration(code="market", head_contact=MARKET.head, region="440000"))
    assert again.region == "440000"
    agency, old, new = records(registration(code="market", head_contact=NEW))
    assert (agency.head_contact, old.id, old.term_to, new.id) == (NEW, MARKET.head, NOW, NEW)
    _, left, promoted = records(registration(code="market", head_contact=MARKET.liaison))
    assert (left.id, promoted.id, promoted.roles) == (MARKET.head, MARKET.liaison, (codes_pb2.CONTACT_ROLE_HEAD,))


def test_what_a_replaced_head_let_others_do_in_his_name_ends_with_him() -> None:
    """A mandate like a delegation, though the next head makes a liaison of the last one; others' stand."""
    mandates = [
        Mandate(bytes([number] * 16), "market", who, (100,), 1, FOREVER, MARKET.key(who).keyid)
        for number, who in enumerate((MARKET.head, MARKET.liaison))
    ]
    town = Town(TOWN.directory.with_records(mandates), TOWN.houses)
    changed = records(registration(code="market", head_contact=NEW), town)
    assert [record for record in changed if isinstance(record, Mandate)] == [replace(mandates[0], until=NOW)]


def test_a_ring_of_three_is_found() -> None:
    town = Town.make()
    for child, parent in (("police", "market"), ("banking", "police")):
        changed = records(registration(code=child, parent=parent, head_contact=TOWN.houses[child].head), TOWN)
        town.directory = town.directory.with_records(changed[:1])
    header = registration(code="market", parent="banking", head_contact=MARKET.head)
    assert code(header, town) == "HT-DIR-07"


@pytest.mark.parametrize(
    ("use", "holder", "key"),
    [
        (codes_pb2.KEY_USE_OFFICER, MARKET.liaison, SigningKey.generate()),
        (codes_pb2.KEY_USE_OFFICER, MARKET.liaison, SigningKey.generate(codes_pb2.ALGORITHM_ECDSA_P256)),
        (codes_pb2.KEY_USE_OFFICER, MARKET.head, SigningKey.generate()),
        (codes_pb2.KEY_USE_HEAD_RECOVERY, MARKET.head, SigningKey.generate()),
        (codes_pb2.KEY_USE_AGENCY_SYSTEM, "", SigningKey.generate()),
        (codes_pb2.KEY_USE_TLS, MARKET.liaison, SigningKey.generate(codes_pb2.ALGORITHM_ECDSA_P256)),
        (codes_pb2.KEY_USE_TLS, "", SigningKey.generate(codes_pb2.ALGORITHM_ECDSA_P256)),
        (codes_pb2.KEY_USE_OPENING, "", OpeningKey.generate()),
        (codes_pb2.KEY_USE_OPENING_RECOVERY, "", OpeningKey.generate()),
    ],
)
def test_the_head_binds_every_kind_of_key(use: int, holder: str, key: Any) -> None:
    (bound,) = records(by_head("key_bound", TOWN.bound("market", key, use, holder)))
    assert isinstance(bound, Key)
    assert (bound.keyid, bound.agency, bound.holder, bound.use, bound.order) == (
        key.keyid,
        "market",
        holder,
        use,
        INDEX,
    )


def empty_town(head_key: SigningKey) -> Town:
    """A market agency that was only just registered."""
    town = Town.make()
    agency, head = records(registration(code="customs", head_keyid=head_key.keyid))
    town.directory = town.directory.with_records([agency, head])
    town.houses["customs"] = replace(town.houses["market"], code="customs", head=NEW, liaison=NEW, keys={NEW: head_key})
    return town


def test_the_first_head_key_signs_for_itself_and_only_the_one_that_was_compared() -> None:
    first, other = SigningKey.generate(), SigningKey.generate()
    town = empty_town(first)
    (bound,) = records(town.header("key_bound", "customs", facts=town.bound("customs", first, 1, NEW)), town)
    assert bound.keyid == first.keyid
    town.houses["customs"].keys[NEW] = other
    header = town.header("key_bound", "customs", facts=town.bound("customs", other, 1, NEW))
    assert code(header, town) == "HT-DIR-04"


def test_a_fingerprint_that_the_register_changes_later_opens_nothing() -> None:
    first, other = SigningKey.generate(), SigningKey.generate()
    town = empty_town(first)
    header = town.header("key_bound", "customs", facts=town.bound("customs", first, 1, NEW))
    town.directory = town.directory.with_records(records(header, town))
    for head in (NEW, contact_id(0xDEF)):
        renamed = registration(code="customs", head_contact=head, head_keyid=other.keyid)
        swapped = Town(town.directory.with_records(records(renamed, town)), town.houses)
        swapped.houses["customs"] = replace(town.houses["customs"], head=head, liaison=head, keys={head: other})
        bound = swapped.header("key_bound", "customs", facts=swapped.bound("customs", other, 1, head))
        assert code(bound, swapped) == "HT-DIR-04"


def test_the_recovery_key_binds_the_heads_successor_and_nothing_else() -> None:
    recovery, lost = SigningKey.generate(), MARKET.key(MARKET.head)
    held = Key(recovery.keyid, "market", MARKET.head, 5, recovery.algorithm, recovery.spki, 1, FOREVER, "", 9)
    gone = replace(TOWN.directory.keys[lost.keyid], revoked_at=NOW - 1)
    house = replace(MARKET, keys=MARKET.keys | {MARKET.head: recovery})
    town = Town(TOWN.directory.with_records([held, gone]), TOWN.houses | {"market": house})
    successor = SigningKey.generate()
    header = town.header("key_bound", "market", MARKET.head, facts=town.bound("market", successor, 1, MARKET.head))
    assert records(header, town)[0].keyid == successor.keyid
    for facts in (town.bound("market", successor, 1, MARKET.liaison), town.bound("market", OpeningKey.generate(), 3)):
        assert code(town.header("key_bound", "market", MARKET.head, facts=facts), town) == "HT-DIR-04"
    named = town.header("contact_nominated", "market", MARKET.head, facts=nominated())
    assert code(named, town) == "HT-DIR-04"


def test_a_revoked_head_key_does_nothing_more() -> None:
    gone = replace(TOWN.directory.keys[MARKET.key(MARKET.head).keyid], revoked_at=NOW)
    town = Town(TOWN.directory.with_records([gone]), TOWN.houses)
    assert code(by_head("contact_nominated", nominated()), town) == "HT-DIR-04"


def test_one_revokes_ones_own_key_and_the_head_anyones() -> None:
    mine = MARKET.key(MARKET.liaison).keyid
    for header in (
        by_liaison("key_revoked", kinds_pb2.KeyRevoked(keyid=mine)),
        by_head("key_revoked", kinds_pb2.KeyRevoked(keyid=mine)),
        by_head("key_revoked", kinds_pb2.KeyRevoked(keyid=MARKET.key("").keyid)),
    ):
        (key,) = records(header)
        assert key.revoked_at == NOW and not key.in_force(NOW)


def test_revoking_again_keeps_the_first_time() -> None:
    header = by_head("key_revoked", kinds_pb2.KeyRevoked(keyid=MARKET.key(MARKET.liaison).keyid))
    town = Town(TOWN.directory.with_records(records(header)), TOWN.houses)
    (again,) = records(header, town, NOW + 5)
    assert again.revoked_at == NOW


def test_a_nomination_renewed_keeps_its_place_in_the_order() -> None:
    (fresh,) = records(by_head("contact_nominated", nominated(desks=["fraud"])))
    assert (fresh.order, fresh.desks, fresh.term_to) == (INDEX, ("fraud",), NOW + 10)
    (renewed,) = records(by_head("contact_nominated", nominated(contact=MARKET.liaison)))
    assert renewed.order == TOWN.directory.contacts[MARKET.liaison].order


def test_whoever_is_withdrawn_loses_every_key_at_once() -> None:
    header = by_head("contact_withdrawn", kinds_pb2.ContactWithdrawn(contact=MARKET.liaison))
    contact, *keys = records(header)
    assert contact.term_to == NOW and [key.keyid for key in keys] == [MARKET.key(MARKET.liaison).keyid]
    after = TOWN.directory.with_records([contact, *keys])
    assert after.contact_of("market", MARKET.liaison, NOW) is None
    assert after.key_in_force(MARKET.key(MARKET.liaison).keyid, NOW) is None
    assert after.key_in_force(MARKET.key(MARKET.liaison).keyid, NOW - 1) is not None, "old signatures stay good"


def test_a_mandate_carries_its_contact() -> None:
    header = by_liaison("standing_mandate", mandate())
    (made,) = records(header)
    key = header.signers[0].keyid
    assert made == Mandate(header.message_id, "market", MARKET.liaison, (number("lead"),), 1, NOW + 1, key)


def test_a_mandate_ends_with_its_contact_and_with_a_key_out_of_hand_and_not_with_a_replaced_one() -> None:
    (made,) = records(by_liaison("standing_mandate", mandate()))
    town = TOWN.with_mandate(made)
    keyid = MARKET.key(MARKET.liaison).keyid

    def ended(kind: str, facts: Any) -> list[Any]:
        return [record for record in records(by_head(kind, facts), town) if isinstance(record, Mandate)]

    for name in ("COMPROMISED", "LOST"):
        reason = codes_pb2.RevocationReason.Value(f"REVOCATION_REASON_{name}")
        assert ended("key_revoked", kinds_pb2.KeyRevoked(keyid=keyid, reason=reason)) == [replace(made, until=NOW)]
    replaced = kinds_pb2.KeyRevoked(keyid=keyid, reason=codes_pb2.REVOCATION_REASON_SUPERSEDED)
    assert ended("key_revoked", replaced) == []
    assert ended("contact_withdrawn", kinds_pb2.ContactWithdrawn(contact=MARKET.liaison)) == [replace(made, until=NOW)]


def test_no_term_leaves_an_agency_without_its_head() -> None:
    roles = [codes_pb2.CONTACT_ROLE_HEAD]
    facts = kinds_pb2.ContactNominated(contact=MARKET.head, roles=roles, term_from=NOW + 10, term_to=NOW + 20)
    (head,) = records(by_head("contact_nominated", facts))
    assert head.in_force(NOW) and head.term_to == FOREVER
