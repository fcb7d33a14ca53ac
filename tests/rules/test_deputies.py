"""代理 and 值班 in the rules: who acts for whom, what a deputy may not sign, and whose a new obligation is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.duties import Absence, Delegation, Override, Roster
from hutong.kinds import kinds
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from rules.parties import check_sender
from rules.whom import told
from tests.cases import Case
from tests.towns import NOW, SYSTEM, Town, contact_id, recipient

HOUR = 3_600_000
DAY = 24 * HOUR
DEPUTY = codes_pb2.CONTACT_ROLE_DEPUTY


def town(*more: Any) -> Town:
    """Each agency's second contact is its deputy; the police's acts for liaison and head, for a day from NOW."""
    made = Town.make()
    records: list[Any] = [
        replace(made.directory.contacts[house.second], roles=(DEPUTY,), desks=()) for house in made.houses.values()
    ]
    police = made.houses["police"]
    for number, principal in enumerate((police.liaison, police.head), 1):
        keyid = police.key(principal).keyid
        given = (bytes([number] * 16), "police", principal, police.second, NOW, NOW + DAY, keyid, 50 + number)
        records.append(Delegation(*given))
    made.directory = made.directory.with_records([*records, *more])
    return made


@pytest.fixture
def case() -> Case:
    return Case(town())


def acting(header: header_pb2.Header, principal: str) -> header_pb2.Header:
    header.sender.acting_for = principal
    return header


def test_what_a_deputy_signs_is_the_principals_act(case: Case) -> None:
    police = case.town.houses["police"]
    item = case.lead()
    case.say(acting(case.by("police", "acknowledged", item, police.second), police.liaison))
    assert case.duty(item).owner == police.liaison
    assert case.refused(case.completed(item, contact=police.second)) == "HT-DTY-09", "in the deputy's own name"
    case.say(acting(case.completed(item, contact=police.second), police.liaison))
    assert case.duty(item).state == casework_pb2.OBLIGATION_STATE_CLOSED


def test_a_deputy_opens_an_item_for_the_principal() -> None:
    case = Case(town())
    police = case.town.houses["police"]
    lead = acting(case.town.lead("police", to=["market"], contact=police.second), police.liaison)
    case.say(lead)
    assert case.state.items[lead.message_id].from_contact == police.liaison


def test_the_heads_deputy_forces_the_ladder_and_another_does_not(case: Case) -> None:
    police = case.town.houses["police"]
    item = case.lead(urgency=codes_pb2.URGENCY_ROUTINE)

    def forced() -> header_pb2.Header:
        facts = kinds_pb2.EscalationForced(agency="police")
        return case.by("police", "escalation_forced", item, police.second, facts=facts)

    assert case.refused(forced()) == "HT-DTY-38"
    assert case.refused(acting(forced(), police.liaison)) == "HT-DTY-38"
    case.say(acting(forced(), police.head))


def without(case: Case, at: int, principal: str, by: str = "") -> str:
    """The code by which an acknowledgement for ``principal`` is refused at ``at``."""
    police = case.town.houses["police"]
    item = case.lead()
    case.now = at
    return case.refused(acting(case.by("police", "acknowledged", item, by or police.second), principal))


def test_without_a_delegation_in_force_nobody_acts_for_anybody(case: Case) -> None:
    police, market = case.town.houses["police"], case.town.houses["market"]
    assert without(case, NOW + DAY, police.liaison) == "HT-DLG-01", "it is over"
    assert without(case, NOW, police.second) == "HT-DLG-01", "for oneself"
    assert without(case, NOW, police.second, by=police.liaison) == "HT-DLG-01", "the other way round"
    assert without(case, NOW, market.liaison) == "HT-DLG-01", "for another agency's"
    assert without(case, NOW, police.liaison, by=police.head) == "HT-DLG-01", "not even the head, who assigns"
    assert without(case, NOW, contact_id(0xFFF)) == "HT-DLG-01", "for nobody"


@pytest.mark.parametrize("who", ["principal", "deputy"])
def test_a_delegation_ends_with_the_term_of_either(case: Case, who: str) -> None:
    police = case.town.houses["police"]
    gone = police.liaison if who == "principal" else police.second
    ended = replace(case.state.directory.contacts[gone], term_to=NOW + HOUR)
    case.state.directory = case.state.directory.with_records([ended])
    code = without(case, NOW + HOUR, police.liaison)
    assert code == ("HT-DLG-01" if who == "principal" else "HT-DIR-02")


@pytest.mark.parametrize("what", ["role", "principal's role", "principal's key", "head"])
def test_a_delegation_is_worth_nothing_once_what_it_rests_on_is_gone(case: Case, what: str) -> None:
    """Whoever is no deputy any more acts for nobody, and nobody acts for who could not let anybody act."""
    police, directory = case.town.houses["police"], case.state.directory
    people, coordinator = directory.contacts, codes_pb2.CONTACT_ROLE_COORDINATOR
    changed: dict[str, Any] = {
        "role": replace(people[police.second], roles=(codes_pb2.CONTACT_ROLE_LIAISON,)),
        "principal's role": replace(people[police.liaison], roles=(coordinator,)),
        "principal's key": replace(directory.officer_keys(police.liaison)[0], not_after=NOW + HOUR),
        "head": replace(directory.agencies["police"], head_contact=police.liaison),
    }
    principal = police.head if what == "head" else police.liaison
    item = case.lead()
    case.state.directory = directory.with_records([changed[what]])
    case.now = NOW + HOUR
    assert case.refused(acting(case.by("police", "acknowledged", item, police.second), principal)) == "HT-DLG-01"


def test_a_head_whose_key_has_run_out_is_acted_for(case: Case) -> None:
    """The head is one ex officio."""
    police, directory = case.town.houses["police"], case.state.directory
    item = case.lead()
    case.state.directory = directory.with_records([replace(directory.officer_keys(police.head)[0], not_after=NOW)])
    case.say(acting(case.by("police", "acknowledged", item, police.second), police.head))
    assert case.duty(item).owner == police.head


def test_the_deputys_own_key_signs(case: Case) -> None:
    police = case.town.houses["police"]
    item = case.lead()
    header = acting(case.by("police", "acknowledged", item, police.second), police.liaison)
    header.signers[0].keyid = police.key(police.liaison).keyid
    assert case.refused(header) == "HT-SIG-05"


@pytest.mark.parametrize("name", sorted(kinds()))
def test_which_kinds_a_deputy_may_sign_at_all(name: str) -> None:
    """Nothing that is signed in person, nothing about the directory, nothing of the hub's or a system's."""
    kind, made = kinds()[name], town()
    police = made.houses["police"]
    header = acting(made.header(name, "police", police.second), police.liaison)
    try:
        check_sender(made.directory, header, kind, NOW)
    except Exception as error:
        code = getattr(error, "code", "")
    else:
        code = ""
    if kind.hub_only:
        assert code == "HT-SIG-05"
    elif kind.in_person or kind.directory:
        assert code == "HT-DLG-02"
    else:
        assert code == ("HT-SIG-05" if name == "delivered" else "")


def test_what_is_signed_in_person() -> None:
    """Decisions about others' time, work and place are nobody's but the principal's."""
    personal = {name for name, kind in kinds().items() if kind.in_person}
    given = {"extension_decided", "reviewed", "assigned", "supervision"}
    of_casework = {"transfer_made", "filing_decided", "reconsideration_asked", "jurisdiction_designated"}
    assert personal == given | of_casework | {"handover_offered", "handover_answered", "handover_withdrawn"}


def test_no_system_acts_for_anybody() -> None:
    made = town()
    police = made.houses["police"]
    for name in ("lead", "delivered"):
        header = acting(made.header(name, "police", police.second, role=SYSTEM), police.liaison)
        with pytest.raises(Exception, match="HT-DLG-02"):
            check_sender(made.directory, header, kinds()[name], NOW)


@pytest.mark.parametrize(
    ("entered", "for_whom", "checked", "as_whom", "code"),
    [
        ("second", "", "second", "", "HT-DTY-30"),
        ("second", "", "second", "head", "HT-DTY-30"),
        ("second", "", "liaison", "", "HT-DTY-30"),
        ("head", "", "second", "liaison", "HT-DTY-30"),
        ("head", "", "second", "head", "HT-DTY-30"),
        ("second", "head", "head", "", "HT-DTY-30"),
        ("second", "head", "second", "", "HT-DTY-30"),
        ("second", "", "head", "", ""),
        ("head", "", "second", "", ""),
    ],
)
def test_four_eyes_are_those_of_two_persons_and_of_two_principals(
    case: Case, entered: str, for_whom: str, checked: str, as_whom: str, code: str
) -> None:
    """Neither whoever has entered a paper, nor the owner who wants it, checks it by another's hand or in another's
    name."""
    police = case.town.houses["police"]
    people = {name: getattr(police, name) for name in ("head", "liaison", "second")} | {"": ""}
    item = case.lead()
    case.acknowledged(item)
    facts = kinds_pb2.ExtensionAsked(until=case.duty(item).complete_by + DAY, reason=1)
    case.say(case.by("police", "extension_asked", item, facts=facts))
    paper = kinds_pb2.ApprovalRecorded(
        subject=codes_pb2.APPROVAL_SUBJECT_EXTENSION,
        granted=True,
        number_sha256=b"n" * 32,
        document_sha256=b"d" * 32,
        decided_on="2026-10-12",
        post=codes_pb2.APPROVAL_POST_PRINCIPAL,
    )
    entry = acting(case.by("police", "approval_recorded", item, people[entered], facts=paper), people[for_whom])
    case.say(entry)
    given = {"facts": kinds_pb2.ApprovalChecked(agrees=True), "in_reply_to": entry.message_id}
    check = acting(case.by("police", "approval_checked", item, people[checked], **given), people[as_whom])
    if code:
        assert case.refused(check) == code
    else:
        case.say(check)
    record = case.state.approvals[bytes(entry.message_id)]
    assert (record.entered_by, record.entered_for) == (people[entered], people[for_whom])
    assert (record.checked_by, record.checked_for) == ("" if code else people[checked], "")


POLICE = Town.make().houses["police"]
"""For the ids of its people, which are the same in every town."""


def roster(*contacts: str, desk: str = "") -> Roster:
    return Roster(desk.encode().ljust(16, b"r"), "police", desk, NOW, NOW + 7 * DAY, contacts, 24 * 60, False, NOW, 90)


def test_a_new_obligation_is_whose_shift_it_is() -> None:
    """The hub names the contact by the roster at the moment of recording; who is named stays named."""
    case = Case(town(roster(POLICE.second, POLICE.liaison), roster(POLICE.head, desk="fraud")))
    for day, owner in enumerate((POLICE.second, POLICE.liaison, POLICE.second)):
        case.now = NOW + day * DAY
        assert case.duty(case.lead()).owner == owner
        assert case.duty(case.lead(to=[recipient("police", desk="fraud")])).owner == POLICE.head
        assert case.duty(case.lead(to=[recipient("police", desk="north")])).owner == owner
        assert case.duty(case.lead(to=[recipient("police", POLICE.liaison)])).owner == POLICE.liaison


def test_a_redirected_item_goes_to_whoever_is_on_duty_there() -> None:
    case = Case(town(roster(POLICE.second)))
    banking = case.town.houses["banking"]
    item = case.lead(to=["banking"])
    case.acknowledged(item, "banking", banking.liaison)
    to = ["police", recipient("market", role=2)]
    case.say(case.by("banking", "redirect", item, banking.liaison, facts=kinds_pb2.Redirect(reason=1), to=to))
    assert case.duty(item).owner == POLICE.second


def test_who_is_away_gets_nothing_new_and_keeps_what_is_theirs() -> None:
    case = Case(town())
    item = case.lead()
    away = Absence(b"a" * 16, "police", POLICE.liaison, NOW + HOUR, NOW + 30 * DAY, 91)
    case.state.directory = case.state.directory.with_records([away])
    case.now = NOW + HOUR
    assert case.duty(case.lead()).owner == POLICE.head, "there is no other liaison"
    assert case.duty(item).owner == POLICE.liaison
    case.acknowledged(item, contact=POLICE.liaison)
    assert case.duty(item).owner == POLICE.liaison


def test_an_override_puts_the_stand_in_in_charge() -> None:
    case = Case(town(roster(POLICE.liaison), Override(b"o" * 16, "police", "", NOW, NOW + 1, POLICE.head, "", 92)))
    assert case.duty(case.lead()).owner == POLICE.head
    case.now = NOW + 1
    assert case.duty(case.lead()).owner == POLICE.liaison


@pytest.mark.parametrize("who", ["deputy", "coordinator"])
def test_a_step_of_the_ladder_passes_over_the_absent(who: str) -> None:
    role = codes_pb2.ContactRole.Value(f"CONTACT_ROLE_{who.upper()}")
    case = Case(town())
    item = case.lead()
    agency = "police" if who == "deputy" else "market"
    first, second = case.town.houses[agency].second, case.town.houses[agency].head
    people = [replace(case.state.directory.contacts[each], roles=(role,)) for each in (first, second)]
    case.state.directory = case.state.directory.with_records(people)

    def reached(now: int) -> list[str]:
        directory = case.state.directory
        return [each.id for each in told(directory, case.state.items[item], case.duty(item), who, now)]

    # First nominated first; the head was before the second contact.
    assert reached(NOW) == [second]
    for number, contact in enumerate((second, first), 1):
        away = Absence(bytes([number] * 16), agency, contact, NOW + HOUR, NOW + 2 * HOUR, 93)
        case.state.directory = case.state.directory.with_records([away])
        assert reached(NOW + HOUR) == ([first] if contact == second else [])
    assert reached(NOW + 2 * HOUR) == [second]


@pytest.mark.parametrize("who", ["owner", "head"])
def test_owner_and_head_are_told_wherever_they_are(who: str) -> None:
    case = Case(town())
    item = case.lead()
    contact = POLICE.liaison if who == "owner" else POLICE.head
    away = Absence(b"a" * 16, "police", contact, NOW, NOW + DAY, 93)
    case.state.directory = case.state.directory.with_records([away])
    found = told(case.state.directory, case.state.items[item], case.duty(item), who, NOW)
    assert [each.id for each in found] == [contact]
