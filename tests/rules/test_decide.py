"""Every branch of what a statement may do to items and obligations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hutong.directory.records import Mandate
from hutong.errors import HutongError
from hutong.identifiers.ids import new_message_id
from hutong.kinds import kind_of
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2, options_pb2
from rules.clocks import acknowledge_by
from rules.decide import Statement, check_new, decide, recorded
from rules.outcome import Outcome, digest
from rules.records import Item, Obligation
from tests import cases
from tests.towns import HUB, NOW, SYSTEM, Town, contact_id, number, recipient

TOWN = Town.make()
MARKET, POLICE, BANKING = (TOWN.houses[code] for code in ("market", "police", "banking"))
PENDING, ACKNOWLEDGED, REPORTED, CLOSED, RETURNED = (
    casework_pb2.OBLIGATION_STATE_PENDING,
    casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
    casework_pb2.OBLIGATION_STATE_REPORTED,
    casework_pb2.OBLIGATION_STATE_CLOSED,
    casework_pb2.OBLIGATION_STATE_RETURNED,
)
CC = codes_pb2.RECIPIENT_ROLE_CC


class Case(cases.Case):
    """A state over the town of this file, at its present."""

    def __init__(self, town: Town = TOWN) -> None:
        super().__init__(town)

    def inquiry(self, **more: Any) -> bytes:
        header = inquiry(**more)
        self.say(header)
        return bytes(header.message_id)

    def arrived(self, item: bytes, about: bytes, **facts: Any) -> header_pb2.Header:
        """``delivered`` with the digest that is on record."""
        return delivered(item, about, **{"statement_sha256": self.state.statements[about].digest} | facts)


def inquiry(**more: Any) -> header_pb2.Header:
    facts = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY, subjects=[kinds_pb2.SubjectCount(role=1, count=1)])
    return TOWN.header("inquiry", "market", **({"facts": facts, "to": ["police"]} | more))


def by_police(kind: str, item: bytes, contact: str = "", **more: Any) -> header_pb2.Header:
    given: dict[str, Any] = {"to": ["market"], "item_id": item} | more
    return TOWN.header(kind, "police", contact, **given)


def acknowledged(item: bytes, contact: str = "") -> header_pb2.Header:
    return by_police("acknowledged", item, contact)


def completed(item: bytes, contact: str = "") -> header_pb2.Header:
    facts = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
    return by_police("completed", item, contact, facts=facts)


def reply(item: bytes, **facts: Any) -> header_pb2.Header:
    given = {"extent": codes_pb2.REPLY_EXTENT_FULL, "asked": 2, "answered": 2} | facts
    return by_police("inquiry_reply", item, facts=kinds_pb2.InquiryReply(**given))


def returned(item: bytes, contact: str = "") -> header_pb2.Header:
    facts = kinds_pb2.Return(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
    return by_police("return", item, contact, facts=facts)


def delivered(item: bytes, about: bytes, **facts: Any) -> header_pb2.Header:
    given = {"statement_sha256": bytes(32), "result": codes_pb2.OPENING_RESULT_OPENED} | facts
    return by_police("delivered", item, in_reply_to=about, role=SYSTEM, facts=kinds_pb2.Delivered(**given))


def seen(item: bytes, contact: str = "") -> header_pb2.Header:
    return by_police("seen", item, contact)


def supplement(item: bytes, agency: str = "market", to: Any = ("police",)) -> header_pb2.Header:
    return TOWN.header("supplement", agency, item_id=item, to=to)


# What opens


def test_a_lead_lays_one_obligation_on_each_agency_addressed() -> None:
    case = Case()
    outcome = case.say(TOWN.lead(to=["police", recipient("banking", role=CC)]))
    item, duty = outcome.changes
    assert isinstance(item, Item) and item.parties == ("market", "police", "banking")
    assert isinstance(duty, Obligation) and (duty.agency, duty.owner) == ("police", POLICE.liaison)
    assert (duty.state, duty.available_at, duty.acknowledge_by) == (
        PENDING,
        NOW,
        acknowledge_by(TOWN.directory, "police", "routine", NOW),
    )
    assert outcome.deliver_to == ("market", "police", "banking")
    both = case.say(TOWN.lead(to=["police", recipient("banking", BANKING.second)]))
    assert [change.owner for change in both.changes[1:]] == [POLICE.liaison, BANKING.second]


def test_each_agency_is_counted_by_its_own_holidays() -> None:
    """Guangxi took 2017-03-30 … 04-01 off and worked on Saturday 04-08; the nation worked on 03-30."""
    case = Case()
    agencies = case.state.directory.agencies
    case.state.directory = case.state.directory.with_records([replace(agencies["police"], region="450100")], 99)
    case.now = int(dt.datetime.fromisoformat("2017-03-29T16:00+08:00").timestamp() * 1000)
    item = case.lead(to=["police", "banking"], urgency=codes_pb2.URGENCY_ROUTINE)
    in_guangxi, elsewhere = (
        dt.datetime.fromtimestamp(case.duty(item, agency).acknowledge_by / 1000, dt.UTC).date().isoformat()
        for agency in ("police", "banking")
    )
    assert (in_guangxi, elsewhere) == ("2017-04-05", "2017-03-30")


def test_the_desk_decides_who_owns() -> None:
    case = Case()
    item = case.lead(to=[recipient("police", desk="fraud")])
    assert case.duty(item).owner == POLICE.second


OPENING: dict[str, tuple[str, Callable[[], header_pb2.Header]]] = {
    "to nobody": ("HT-HDR-01", lambda: TOWN.lead(to=[])),
    "to nobody but for information": ("HT-HDR-01", lambda: TOWN.lead(to=[recipient("police", role=CC)])),
    "to itself": ("HT-HDR-01", lambda: TOWN.lead(to=["police", "market"])),
    "twice to one": ("HT-HDR-01", lambda: TOWN.lead(to=["police", recipient("police", role=CC)])),
    "inside another item": ("HT-HDR-01", lambda: TOWN.lead(item_id=new_message_id())),
    "to an unknown agency": ("HT-DIR-01", lambda: TOWN.lead(to=["nobody"])),
    "to an unknown desk": ("HT-DIR-08", lambda: TOWN.lead(to=[recipient("police", desk="nowhere")])),
    "to an unknown contact": ("HT-DIR-03", lambda: TOWN.lead(to=[recipient("police", contact_id(0xFFF))])),
    "to another agency's contact": ("HT-DIR-03", lambda: TOWN.lead(to=[recipient("police", MARKET.liaison)])),
    "under an unknown law": ("HT-HDR-01", lambda: TOWN.lead(legal_basis=["XYZ-2005-1"])),
    "under article 0": ("HT-HDR-01", lambda: TOWN.lead(legal_basis=["PSR-2005-0"])),
    "under an article too far": ("HT-HDR-01", lambda: TOWN.lead(legal_basis=["PSR-2005-14", "PSR-2005-31"])),
}


@pytest.mark.parametrize("name", sorted(OPENING))
def test_what_opens_nothing(name: str) -> None:
    wanted, make = OPENING[name]
    assert Case().refused(make()) == wanted


def test_a_lead_without_offences_and_an_approved_inquiry_without_a_law_are_refused() -> None:
    bare = TOWN.lead()
    del bare.facts.offences[:]
    assert Case().refused(bare) == "HT-HDR-01"
    facts = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY)
    facts.approval.level = codes_pb2.LEVEL_NATION
    assert Case().refused(inquiry(facts=facts)) == "HT-HDR-01"
    Case().say(inquiry(facts=facts, legal_basis=["PSR-2005-14-2"]))


def test_a_drill_is_marked() -> None:
    header = TOWN.lead()
    header.facts.drill = True
    assert Case().say(header).changes[0].drill  # type: ignore[union-attr]


# Who may say it


def mandated(**more: Any) -> tuple[Town, header_pb2.Header]:
    given: dict[str, Any] = {
        "id": b"m" * 16,
        "agency": "market",
        "contact": MARKET.liaison,
        "kinds": (number("lead"),),
        "source": codes_pb2.LEAD_SOURCE_COMPLAINT,
        "until": NOW + 1,
        "keyid": "k" * 64,
    }
    return TOWN.with_mandate(Mandate(**given | more)), TOWN.lead(role=SYSTEM, mandate_id=b"m" * 16)


def test_a_system_speaks_under_a_mandate() -> None:
    town, header = mandated()
    assert Case(town).say(header).changes[0].from_contact == MARKET.liaison  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong",
    [
        {"agency": "police"},
        {"contact": MARKET.second},
        {"kinds": (number("supplement"),)},
        {"source": codes_pb2.LEAD_SOURCE_PATROL},
        {"until": NOW},
        {"id": b"x" * 16},
    ],
)
def test_a_mandate_covers_what_it_says(wrong: dict[str, Any]) -> None:
    town, header = mandated(**wrong)
    assert Case(town).refused(header) == "HT-DIR-14"


def signed_by(header: header_pb2.Header, key: Any, role: int) -> header_pb2.Header:
    header.signers[0].keyid, header.signers[0].role = key.keyid, role  # type: ignore[assignment]
    return header


SIGNERS: dict[str, tuple[str, Callable[[], header_pb2.Header]]] = {
    "unknown agency": ("HT-DIR-01", lambda: changed(TOWN.lead(), "agency", "nobody")),
    "unknown contact": ("HT-DIR-02", lambda: changed(TOWN.lead(), "contact", contact_id(0xFFF))),
    "no contact": ("HT-DIR-02", lambda: changed(TOWN.lead(), "contact", "")),
    "another agency's contact": ("HT-DIR-02", lambda: changed(TOWN.lead(), "contact", POLICE.liaison)),
    "colleague's key": ("HT-SIG-05", lambda: signed_by(TOWN.lead(), MARKET.key(MARKET.head), 1)),
    "other agency's key": ("HT-SIG-04", lambda: signed_by(TOWN.lead(), POLICE.key(POLICE.liaison), 1)),
    "system's key as officer": ("HT-SIG-05", lambda: signed_by(TOWN.lead(), MARKET.key(""), 1)),
    "officer's key as system": ("HT-SIG-05", lambda: signed_by(TOWN.lead(), MARKET.key(MARKET.liaison), 2)),
    "in the hub's role": ("HT-SIG-05", lambda: signed_by(TOWN.lead(), MARKET.key(MARKET.liaison), HUB)),
    "system where an officer must": ("HT-SIG-05", lambda: TOWN.header("seen", "police", role=SYSTEM, to=["market"])),
    "officer where the system must": ("HT-SIG-05", lambda: TOWN.header("delivered", "police", to=["market"])),
}


def changed(header: header_pb2.Header, field: str, value: str) -> header_pb2.Header:
    setattr(header.sender, field, value)
    return header


@pytest.mark.parametrize("name", sorted(SIGNERS))
def test_who_may_not(name: str) -> None:
    wanted, make = SIGNERS[name]
    assert Case().refused(make()) == wanted


@pytest.mark.parametrize("kind", ["agency_registered", "erased", "non_response"])
@pytest.mark.parametrize("spoiled", ["agency", "contact", "role"])
def test_what_only_the_hub_says(kind: str, spoiled: str) -> None:
    header = TOWN.header(kind, "market")
    header.sender.agency, header.sender.contact, header.signers[0].role = "hub", "", HUB
    if spoiled == "role":
        header.signers[0].role = options_pb2.SIGNER_ROLE_OFFICER
    else:
        setattr(header.sender, spoiled, {"agency": "market", "contact": MARKET.liaison}[spoiled])
    assert Case().refused(header) == "HT-SIG-05"


@pytest.mark.parametrize("field", ["recipients", "item_id", "case_id", "in_reply_to", "mandate_id", "facts"])
def test_a_directory_statement_is_for_all(field: str) -> None:
    header = TOWN.header("standing_mandate", "market")
    if field == "recipients":
        header.recipients.add(agency="market", role=codes_pb2.RECIPIENT_ROLE_CC)
    elif field == "facts":
        header.facts.campaign_id = b"ZhangSan 1380013"
    else:
        setattr(header, field, b"ZhangSan 1380013")
    assert Case().refused(header) == "HT-HDR-01"


# What it points at


FREE = b"ZhangSan 1380013"
LOOSE: dict[str, tuple[str, Callable[[Case], header_pb2.Header]]] = {
    "a case that nobody began": ("HT-DTY-13", lambda case: TOWN.lead(case_id=FREE)),
    "a case of others": ("HT-DTY-13", lambda case: TOWN.lead("banking", ["market"], case_id=case.lead())),
    "an inquiry about an item that is not": ("HT-DTY-13", lambda case: inquiry(facts=asking(about_item=FREE))),
    "a lead in reply to something": ("HT-HDR-01", lambda case: TOWN.lead(in_reply_to=FREE)),
    "an acknowledgement in reply to something else": ("HT-HDR-01", lambda case: replying(case.lead())),
    "a mandate beside an officer's signature": ("HT-HDR-01", lambda case: TOWN.lead(mandate_id=FREE)),
}


def asking(**more: Any) -> kinds_pb2.Inquiry:
    return kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY, **more)


def replying(item: bytes) -> header_pb2.Header:
    header = acknowledged(item)
    header.in_reply_to = FREE
    return header


@pytest.mark.parametrize("name", sorted(LOOSE))
def test_no_id_is_free_text(name: str) -> None:
    wanted, make = LOOSE[name]
    case = Case()
    assert case.refused(make(case)) == wanted


def test_a_case_bears_the_id_of_what_it_began_with() -> None:
    case = Case()
    item = case.lead()
    case.say(TOWN.lead(case_id=item))
    case.say(inquiry(facts=asking(about_item=item)))
    header = acknowledged(item)
    header.in_reply_to = item
    case.say(header)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("occurrence_regions", ["110101", "199003"]),
        ("handling_region", "138123"),
        ("received_on", "2026-02-30"),
        ("received_on", "2026-19-39"),
        ("legal_basis", ["PSR-2005-14-99"]),
        ("legal_basis", ["PSR-2005-014"]),
        ("legal_basis", ["PSR-2005-31"]),
        ("campaign_id", FREE),
    ],
)
def test_no_code_is_free_text(field: str, given: Any) -> None:
    header = TOWN.lead()
    facts = {"received_on": header.lead, "legal_basis": header}.get(field, header.facts)
    if isinstance(given, list):
        getattr(facts, field).extend(given)
    else:
        setattr(facts, field, given)
    assert Case().refused(header) == "HT-HDR-01"


def test_only_the_owner_goes_on_once_it_is_taken_on() -> None:
    case = Case()
    item = case.inquiry()
    case.say(acknowledged(item))
    for make in (lambda: returned(item, POLICE.second), lambda: by_police("inquiry_reply", item, POLICE.second)):
        assert case.refused(make()) == "HT-DTY-09"
    other = case.lead()
    case.say(returned(other, POLICE.second))
    assert case.duty(other).owner == POLICE.second, "nobody had taken it on: whoever hands it back answers for that"


# What follows


def test_the_way_of_a_lead() -> None:
    case = Case()
    item = case.lead()
    case.now += 1000
    assert case.say(case.arrived(item, item)).deliver_to == ("police", "market")
    case.now += 1000
    case.say(seen(item))
    case.now += 1000
    case.say(acknowledged(item))
    case.now += 1000
    case.say(completed(item))
    duty = case.duty(item)
    times = (duty.delivered_at, duty.seen_at, duty.acknowledged_at, duty.closed_at)
    assert times == (NOW + 1000, NOW + 2000, NOW + 3000, NOW + 4000)
    assert (duty.state, duty.outcome, duty.open) == (CLOSED, codes_pb2.OUTCOME_CODE_CONFIRMED, False)


def test_the_first_time_counts() -> None:
    case = Case()
    item = case.lead()
    for make in (lambda: case.arrived(item, item), lambda: seen(item)):
        assert len(case.say(make()).changes) == 1
        case.now += 1000
        assert case.say(make()).changes == ()
    assert (case.duty(item).delivered_at, case.duty(item).seen_at) == (NOW, NOW + 1000)


def test_acknowledging_takes_ownership() -> None:
    case = Case()
    item = case.lead()
    case.say(acknowledged(item, POLICE.second))
    assert case.duty(item).owner == POLICE.second
    assert case.refused(acknowledged(item)) == "HT-DTY-05"
    assert case.refused(completed(item)) == "HT-DTY-09"
    assert case.refused(seen(item)) == "HT-DTY-09"
    case.say(completed(item, POLICE.second))


def test_an_inquiry_is_answered_after_it_was_taken_on() -> None:
    case = Case()
    item = case.inquiry()
    assert case.refused(reply(item)) == "HT-DTY-04"
    case.say(acknowledged(item))
    case.say(reply(item, extent=codes_pb2.REPLY_EXTENT_PARTIAL, answered=1))
    case.say(reply(item))
    assert case.duty(item).state == REPORTED
    case.say(completed(item))
    assert case.refused(reply(item)) == "HT-DTY-03"


REPLIES = [
    ({"answered": 3}, False),
    ({"extent": codes_pb2.REPLY_EXTENT_REFUSED}, False),
    ({"refusal": codes_pb2.REASON_CODE_NO_LEGAL_BASIS}, False),
    ({"extent": codes_pb2.REPLY_EXTENT_REFUSED, "refusal": codes_pb2.REASON_CODE_NO_LEGAL_BASIS}, True),
    ({"extent": codes_pb2.REPLY_EXTENT_NONE, "answered": 0}, True),
]


@pytest.mark.parametrize(("facts", "good"), REPLIES)
def test_a_reply_is_coherent(facts: dict[str, Any], good: bool) -> None:
    case = Case()
    item = case.inquiry()
    case.say(acknowledged(item))
    if good:
        case.say(reply(item, **facts))
    else:
        assert case.refused(reply(item, **facts)) == "HT-HDR-01"


def test_a_lead_is_not_replied_to() -> None:
    case = Case()
    item = case.lead()
    case.say(acknowledged(item))
    assert case.refused(reply(item)) == "HT-DTY-02"


def test_what_is_returned_is_over() -> None:
    case = Case()
    item = case.lead()
    case.say(returned(item))
    duty = case.duty(item)
    assert (duty.state, duty.returned_for) == (RETURNED, codes_pb2.REASON_CODE_NOT_COMPETENT)
    for make in (acknowledged, completed, seen, returned):
        assert case.refused(make(item)) == "HT-DTY-03"


def test_completing_needs_acknowledging() -> None:
    case = Case()
    assert case.refused(completed(case.lead())) == "HT-DTY-04"


@pytest.mark.parametrize("make", [acknowledged, completed, seen, returned, reply])
def test_only_parties_speak_and_only_of_items_that_are(make: Callable[[bytes], header_pb2.Header]) -> None:
    case = Case()
    elsewhere = case.lead(to=["banking"])
    assert case.refused(make(elsewhere)) == "HT-DTY-01"
    assert case.refused(make(new_message_id())) == "HT-DTY-01"
    assert case.refused(make(b"")) == "HT-DTY-01"


@pytest.mark.parametrize("make", [acknowledged, completed, seen, returned])
def test_whoever_was_only_informed_has_no_duty(make: Callable[[bytes], header_pb2.Header]) -> None:
    case = Case()
    informed = case.lead(to=["banking", recipient("police", role=CC)])
    assert case.refused(make(informed)) == "HT-DTY-02"


@pytest.mark.parametrize("make", [acknowledged, completed, seen])
def test_the_originator_is_told(make: Callable[[bytes], header_pb2.Header]) -> None:
    case = Case()
    item = case.lead(to=["police", "banking"])
    if make is completed:
        case.say(acknowledged(item))
    header = make(item)
    header.recipients[0].agency = "banking"
    assert case.refused(header) == "HT-HDR-01"
    header.recipients[0].agency = "shop"
    header.recipients.add(agency="market", role=codes_pb2.RECIPIENT_ROLE_TO)
    assert case.refused(header) == "HT-DTY-06"


def test_a_supplement_goes_to_parties() -> None:
    case = Case()
    item = case.lead(to=["police", "banking"])
    assert case.say(supplement(item, to=["police", "banking"])).deliver_to == ("market", "police", "banking")
    assert case.say(supplement(item, "banking", ["police"])).deliver_to == ("banking", "police")
    assert case.refused(supplement(item, to=["shop"])) == "HT-DTY-06"
    assert case.refused(supplement(item, "shop", ["police"])) == "HT-DTY-01"
    assert case.refused(supplement(item, to=[])) == "HT-HDR-01"
    assert case.refused(supplement(item, to=["market"])) == "HT-HDR-01"


# Delivered


def test_only_delivering_the_opening_statement_starts_the_clock() -> None:
    case = Case()
    item = case.lead()
    more = supplement(item)
    case.say(more)
    assert case.say(case.arrived(item, more.message_id)).changes == ()
    assert case.duty(item).delivered_at == 0


def test_delivered_names_what_was_addressed_to_it() -> None:
    case = Case()
    item, other, elsewhere = case.lead(), case.lead(), case.lead(to=["banking"])
    assert case.refused(case.arrived(item, item, statement_sha256=b"x" * 32)) == "HT-DTY-08"
    assert case.refused(case.arrived(item, other)) == "HT-DTY-07"
    assert case.refused(delivered(item, new_message_id())) == "HT-DTY-07"
    assert case.refused(case.arrived(item, elsewhere)) == "HT-DTY-07"
    refused = replace(case.state.statements[other], refusal="HT-PRM-01")
    case.state.remember(refused)
    assert case.refused(case.arrived(other, other)) == "HT-DTY-07"
    wrong = case.arrived(item, item)
    wrong.recipients[0].agency = "police"
    assert case.refused(wrong) == "HT-DTY-07"


def test_receipts_are_not_receipted() -> None:
    case = Case()
    item = case.lead()
    receipt = acknowledged(item)
    case.say(receipt)
    header = TOWN.header(
        "delivered",
        "market",
        role=SYSTEM,
        to=["police"],
        item_id=item,
        in_reply_to=receipt.message_id,
        facts=kinds_pb2.Delivered(statement_sha256=bytes(32), result=codes_pb2.OPENING_RESULT_NO_BODY),
    )
    assert case.refused(header) == "HT-DTY-12"


def test_the_digest_of_an_outcome_tells_everything_apart() -> None:
    case = Case()
    header = TOWN.lead()
    one = decide(case.state, Statement(header, bytes(32), kind_of(header)), 100, NOW)
    same = decide(case.state, Statement(header, bytes(32), kind_of(header)), 100, NOW)
    later = decide(case.state, Statement(header, bytes(32), kind_of(header)), 100, NOW + 1)
    fewer = Outcome(one.changes, one.deliver_to[:1])
    assert digest(one) == digest(same)
    assert len({digest(one), digest(later), digest(fewer), digest(Outcome())}) == 4


def test_a_statement_is_recorded_once_and_in_its_time() -> None:
    case, header = Case(), TOWN.lead()
    for now, code in ((NOW - 300_001, "HT-TIM-01"), (header.expires_at, "HT-TIM-02"), (NOW + 10**11, "HT-TIM-02")):
        with pytest.raises(HutongError) as caught:
            check_new(case.state, header, now)
        assert caught.value.code == code
    for now in (NOW - 300_000, NOW, header.expires_at - 1):
        check_new(case.state, header, now)
    case.say(header)
    for again in (header, TOWN.lead(message_id=header.message_id)):
        with pytest.raises(HutongError) as caught:
            check_new(case.state, again, NOW)
        assert caught.value.code == "HT-IDN-01"


def test_a_refused_id_is_used_up() -> None:
    case, header = Case(), TOWN.lead()
    case.state.remember(recorded(Statement(header, bytes(32), kind_of(header)), 5, NOW, "HT-DIR-03"))
    with pytest.raises(HutongError) as caught:
        check_new(case.state, header, NOW)
    assert caught.value.code == "HT-IDN-01"
