"""The comments of the contract name the refusals that the rules give, and no others.

Whoever writes a client from the .proto alone relies on them. So every code that the comments of a kind name is provoked
here, and every code that a kind's own rules give when everything is tried (probe.py) must stand in its comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hutong.catalogue import load
from hutong.directory.duties import Absence
from hutong.directory.records import withdrawn
from hutong.kinds import kinds
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from tests.calendars import by_head, calendar, hours, notice
from tests.cases import HUB_KEY, Case, at
from tests.docs.probe import ACTORS, DAY, POLICE, STATES, THIRD, brought_to, duty_kinds, header_of, tried
from tests.hutong.directory import test_decide_duty as duty
from tests.towns import NOW, ORIGIN, SYSTEM, contact_id, recipient

PROTO = Path(__file__).parents[2] / "proto" / "hutong" / "v1"
CODE = re.compile(r"HT-[A-Z]{3}-[0-9]{2}")
NOBODY = contact_id(0xFFF)
Try = Callable[[], str]


@cache
def comments() -> dict[str, str]:
    """Kind → its message's comments, those of its fields among them; "" → what holds for all."""
    text = (PROTO / "kinds.proto").read_text(encoding="utf-8")
    found = {"": text.partition("syntax =")[0]}
    by_message = {header_pb2.Header.DESCRIPTOR.fields_by_name[name].message_type.name: name for name in kinds()}
    for lead, message, body in re.findall(r"((?:^//[^\n]*\n)*)^message (\w+) \{\n(.*?)^\}", text, re.M | re.S):
        if message in by_message:
            inside = "\n".join(line for line in body.splitlines() if line.lstrip().startswith("//"))
            found[by_message[message]] = lead + inside
    return found


GENERAL = set(CODE.findall(comments()[""]))
NAMED = {(kind, code) for kind, text in comments().items() if kind for code in CODE.findall(text)}


def refusal(kind: str, state: str, actor: str = "owner", **facts: Any) -> Try:
    """``actor`` says ``kind`` in ``state``, with facts changed."""

    def attempt() -> str:
        case, item = brought_to(state, kind, actor)
        return case.refused(changed(header_of(case, item, kind, actor), **facts))

    return attempt


def changed(header: header_pb2.Header, **facts: Any) -> header_pb2.Header:
    for name, value in facts.items():
        setattr(getattr(header, str(header.WhichOneof("kind"))), name, value)
    return header


def again(kind: str, state: str, actor: str = "owner", times: int = 1, *between: str, wait: int = 0) -> Try:
    """It is said ``times`` times, each time followed by what the owner says ``between``; then it is refused."""

    def attempt() -> str:
        case, item = brought_to(state, kind, actor)
        for _ in range(times):
            case.say(header_of(case, item, kind, actor))
            for step in between:
                case.say(header_of(case, item, step, "owner"))
        case.now += wait
        return case.refused(header_of(case, item, kind, actor))

    return attempt


def addressed(kind: str, state: str, *to: Any, actor: str = "owner") -> Try:
    """The same to other recipients."""

    def attempt() -> str:
        case, item = brought_to(state, kind, actor)
        header = header_of(case, item, kind, actor)
        del header.recipients[:]
        header.recipients.extend(each if isinstance(each, header_pb2.Recipient) else recipient(each) for each in to)
        return case.refused(header)

    return attempt


def referring(kind: str, state: str, to: bytes, actor: str = "owner", **facts: Any) -> Try:
    """The same in reply to something else."""

    def attempt() -> str:
        case, item = brought_to(state, kind, actor)
        header = changed(header_of(case, item, kind, actor), **facts)
        header.in_reply_to = to
        return case.refused(header)

    return attempt


def late(kind: str) -> Try:
    """The owner says it when the time to complete is over."""

    def attempt() -> str:
        case, item = brought_to("ACKNOWLEDGED", kind)
        case.tick(case.duty(item).complete_by)
        return case.refused(header_of(case, item, kind, "owner"))

    return attempt


def extended_twice() -> str:
    case, item = brought_to("ACKNOWLEDGED", "extension_asked")
    for _ in range(2):
        case.say(header_of(case, item, "extension_asked", "owner"))
        case.say(header_of(case, item, "extension_decided", "head"))
        case.say(header_of(case, item, "extension_decided", "opener"))
    return case.refused(header_of(case, item, "extension_asked", "owner"))


def receipted_receipt() -> str:
    case, item = brought_to("ACKNOWLEDGED", "delivered")
    receipt = next(one for one in case.state.statements.values() if one.kind == kinds()["acknowledged"].number)
    facts = kinds_pb2.Delivered(statement_sha256=receipt.digest, result=codes_pb2.OPENING_RESULT_NO_BODY)
    given = {"facts": facts, "to": ["police"], "in_reply_to": receipt.message_id, "role": SYSTEM}
    return case.refused(case.by("market", "delivered", item, **given))


def passed_to_whoever_had_it() -> str:
    case, item = brought_to("REDIRECTED", "redirect")
    case.say(header_of(case, item, "return", "newcomer"))
    return case.refused(header_of(case, item, "redirect", "owner"))


def leaving_with_one_left() -> str:
    case, item = brought_to("ACKNOWLEDGED", "handover_offered")
    case.lead()
    return case.refused(changed(header_of(case, item, "handover_offered", "owner"), leaving=True))


def descending() -> str:
    case, item = brought_to("ACKNOWLEDGED", "handover_offered")
    header = header_of(case, item, "handover_offered", "owner")
    header.handover_offered.items[:] = sorted([item, case.lead()], reverse=True)
    return case.refused(header)


def unanswered() -> str:
    case, item = brought_to("ACKNOWLEDGED", "inquiry_reply")
    return case.refused(header_of(case, item, "completed", "owner"))


def before_anything_is_missed() -> str:
    case, item = brought_to("PENDING", "assigned")
    return case.refused(header_of(case, item, "assigned", "coordinator above"))


def the_head_where_a_law_names_the_head() -> str:
    case, item = brought_to("PENDING", "extension_asked")
    case.say(header_of(case, item, "acknowledged", "head"))
    case.state.apply([replace(case.duty(item), complete_rule="sealing")], case.index)
    return case.refused(header_of(case, item, "extension_asked", "head"))


def become_the_head_s(kind: str, actor: str) -> Try:
    """The owner asks, and the head takes the obligation over before ``actor`` grants it."""

    def attempt() -> str:
        case, item = brought_to("ACKNOWLEDGED", kind, actor)
        over = header_of(case, item, "assigned", "head")
        over.recipients[0].contact = POLICE.head
        case.say(over)
        return case.refused(header_of(case, item, kind, actor))

    return attempt


def offer_after(first: str, by: str, then: str, actor: str) -> Try:
    """An offer of a handover that is over with ``first`` and gets ``then``."""

    def attempt() -> str:
        case, item = brought_to("PENDING", then)
        case.say(header_of(case, item, first, by))
        return case.refused(header_of(case, item, then, actor))

    return attempt


def leaving_while_owning() -> str:
    case, _ = brought_to("ACKNOWLEDGED", "seen")
    facts = kinds_pb2.ContactWithdrawn(contact=POLICE.liaison, voluntary=True)
    return case.refused(case.town.header("contact_withdrawn", "police", POLICE.head, facts=facts))


def withdrawing(contact: str) -> Try:
    def attempt() -> str:
        case, _ = brought_to("PENDING", "seen")
        facts = kinds_pb2.ContactWithdrawn(contact=contact)
        return case.refused(case.town.header("contact_withdrawn", "police", POLICE.head, facts=facts))

    return attempt


def hub_says(kind: str, forged: str = "", early: bool = False) -> Try:
    """The hub says a step that is not due, or one that is with a field changed."""

    def attempt() -> str:
        case, item = brought_to("ACKNOWLEDGED" if kind == "escalated" else "PENDING", kind)
        record, duty_ = case.state.items[item], case.duty(item)
        if kind == "ownership_fell":
            header = _fallen(case, item, early)
        else:
            case.now = max(case.now, 0 if early else duty_.next_at)
            step = hub_statements.next_step(ORIGIN, HUB_KEY, case.state, item, "police", duty_.next_at)
            assert step is not None and step.WhichOneof("kind") == kind and record
            header = step
        if forged:
            changed(header, **{forged: NOBODY})
        return case.refused(header)

    return attempt


def _fallen(case: Case, item: bytes, early: bool) -> header_pb2.Header:
    before = case.state.directory
    contact = before.contacts[case.duty(item).owner]
    case.state.directory = before.with_records([withdrawn(contact, case.now)])
    header = hub_statements.next_step(ORIGIN, HUB_KEY, case.state, item, "police", case.now)
    assert header is not None
    if early:
        case.state.directory = before
    return header


def in_directory(
    make: Callable[[], header_pb2.Header], *before: header_pb2.Header, wait: int = 0, **records: Any
) -> Try:
    """A statement about the directory after others."""

    def attempt() -> str:
        log = duty.Log()
        for each in before:
            log.say(each)
        if records:
            log.directory = log.directory.with_records(list(records.values()))
        return log.refused(make(), at=log.now + wait)

    return attempt


OFFER, MAIL, ROSTER = duty.offer(), duty.channel(), duty.roster()
GIVEN, AWAY = duty.delegation(), duty.absence()
TESTED = duty.probed(MAIL)
ABSENT = Absence(b"a" * 16, "market", duty.DEPUTY, NOW, NOW + 9 * DAY, 500)
YEAR = notice(2031, [], version=2)

TRIES: dict[tuple[str, str], Try] = {
    ("inquiry_reply", "HT-DTY-02"): refusal("inquiry_reply", "IN_REVIEW"),
    ("inquiry_reply", "HT-HDR-01"): refusal("inquiry_reply", "ACKNOWLEDGED", asked=1, answered=2),
    ("redirect", "HT-HDR-01"): addressed("redirect", "ACKNOWLEDGED", "banking"),
    ("redirect", "HT-DTY-31"): passed_to_whoever_had_it,
    ("redirect", "HT-DIR-03"): addressed(
        "redirect", "ACKNOWLEDGED", recipient("banking", NOBODY), recipient("market", role=2)
    ),
    ("delivered", "HT-DTY-07"): referring("delivered", "PENDING", b"?" * 16, "system"),
    ("delivered", "HT-DTY-08"): refusal("delivered", "PENDING", "system", statement_sha256=b"?" * 32),
    ("delivered", "HT-DTY-12"): receipted_receipt,
    ("seen", "HT-SCR-01"): refusal("seen", "ACKNOWLEDGED", "opener"),
    ("seen", "HT-DTY-63"): referring("seen", "CLOSED", b"?" * 16, "opener"),
    ("completed", "HT-DTY-60"): unanswered,
    ("received_on_paper", "HT-DTY-64"): again("received_on_paper", "ACKNOWLEDGED"),
    ("received_on_paper", "HT-HDR-01"): refusal("received_on_paper", "ACKNOWLEDGED", received_on="2026-10-13"),
    ("redirect_taken_back", "HT-MOV-02"): refusal("redirect_taken_back", "ACKNOWLEDGED"),
    ("acknowledged", "HT-DTY-05"): refusal("acknowledged", "ACKNOWLEDGED"),
    ("non_response", "HT-DTY-10"): hub_says("non_response", early=True),
    ("non_response", "HT-DTY-14"): hub_says("non_response", forged="owner"),
    ("escalated", "HT-DTY-40"): hub_says("escalated", early=True),
    ("escalated", "HT-DTY-14"): hub_says("escalated", forged="owner"),
    ("ownership_fell", "HT-DTY-41"): hub_says("ownership_fell", early=True),
    ("ownership_fell", "HT-DTY-14"): hub_says("ownership_fell", forged="head"),
    ("progressed", "HT-DTY-19"): refusal("progressed", "ON_HOLD"),
    ("held", "HT-DTY-19"): refusal("held", "ON_HOLD"),
    ("held", "HT-DTY-20"): refusal("held", "ACKNOWLEDGED", until=NOW + 100 * DAY),
    ("held", "HT-DTY-43"): again("held", "ACKNOWLEDGED", "owner", 3, "resumed"),
    ("held", "HT-DTY-45"): late("held"),
    ("resumed", "HT-DTY-21"): refusal("resumed", "ACKNOWLEDGED"),
    ("extension_asked", "HT-DTY-19"): refusal("extension_asked", "ON_HOLD"),
    ("extension_asked", "HT-DTY-23"): late("extension_asked"),
    ("extension_asked", "HT-DTY-24"): again("extension_asked", "ACKNOWLEDGED"),
    ("extension_asked", "HT-DTY-25"): extended_twice,
    ("extension_asked", "HT-DTY-26"): refusal("extension_asked", "ACKNOWLEDGED", until=at("2027-10-12T10:00")),
    ("extension_asked", "HT-DTY-62"): the_head_where_a_law_names_the_head,
    ("extension_decided", "HT-DTY-61"): become_the_head_s("extension_decided", "head"),
    ("extension_decided", "HT-DTY-27"): refusal("extension_decided", "PENDING", "head"),
    ("extension_decided", "HT-DTY-28"): refusal("extension_decided", "ACKNOWLEDGED", "colleague"),
    ("reviewed", "HT-DTY-17"): refusal("reviewed", "IN_REVIEW", "head"),
    ("reviewed", "HT-DTY-18"): refusal("reviewed", "IN_PROGRESS", "opener"),
    ("reviewed", "HT-HDR-01"): refusal("reviewed", "IN_REVIEW", "opener", accepted=False),
    ("assigned", "HT-DTY-32"): refusal("assigned", "PENDING", "colleague"),
    ("assigned", "HT-DTY-33"): addressed("assigned", "PENDING", recipient("police", THIRD), actor="coordinator above"),
    ("assigned", "HT-MOV-01"): before_anything_is_missed,
    ("assigned", "HT-DIR-03"): addressed("assigned", "PENDING", recipient("police", NOBODY), actor="head"),
    ("assigned", "HT-HDR-01"): addressed("assigned", "PENDING", "police", actor="head"),
    ("handover_offered", "HT-DTY-34"): refusal("handover_offered", "PENDING", "colleague"),
    ("handover_offered", "HT-DTY-35"): leaving_with_one_left,
    ("handover_offered", "HT-HDR-01"): descending,
    ("handover_offered", "HT-DIR-03"): addressed("handover_offered", "PENDING", recipient("police", NOBODY)),
    ("handover_answered", "HT-DTY-07"): referring("handover_answered", "PENDING", b"?" * 16, "colleague"),
    ("handover_answered", "HT-DTY-36"): refusal("handover_answered", "PENDING", "head"),
    ("handover_answered", "HT-DTY-37"): again("handover_answered", "PENDING", "colleague"),
    ("handover_answered", "HT-MOV-04"): offer_after("handover_withdrawn", "owner", "handover_answered", "colleague"),
    ("handover_answered", "HT-MOV-05"): refusal("handover_answered", "CLOSED", "colleague"),
    ("handover_withdrawn", "HT-DTY-07"): referring("handover_withdrawn", "PENDING", b"?" * 16),
    ("handover_withdrawn", "HT-DTY-37"): offer_after("handover_answered", "colleague", "handover_withdrawn", "owner"),
    ("handover_withdrawn", "HT-MOV-03"): refusal("handover_withdrawn", "PENDING", "colleague"),
    ("handover_withdrawn", "HT-MOV-04"): again("handover_withdrawn", "PENDING"),
    ("handover_withdrawn", "HT-MOV-05"): refusal("handover_withdrawn", "CLOSED"),
    ("escalation_forced", "HT-DTY-38"): refusal("escalation_forced", "PENDING", "colleague"),
    ("escalation_forced", "HT-DTY-39"): again("escalation_forced", "PENDING", "opener", wait=DAY),
    ("escalation_forced", "HT-DTY-46"): again("escalation_forced", "PENDING", "opener"),
    ("approval_recorded", "HT-DTY-27"): refusal("approval_recorded", "PENDING"),
    ("approval_recorded", "HT-HDR-01"): refusal("approval_recorded", "ACKNOWLEDGED", decided_on="2026-10-13"),
    ("approval_checked", "HT-DTY-07"): referring("approval_checked", "ACKNOWLEDGED", b"?" * 16, "head"),
    ("approval_checked", "HT-DTY-27"): refusal("approval_checked", "REDIRECTED", "head"),
    ("approval_checked", "HT-DTY-29"): again("approval_checked", "ACKNOWLEDGED", "head"),
    ("approval_checked", "HT-DTY-30"): refusal("approval_checked", "ACKNOWLEDGED", "owner"),
    ("approval_checked", "HT-DTY-61"): become_the_head_s("approval_checked", "colleague"),
    ("contact_withdrawn", "HT-DTY-42"): leaving_while_owning,
    ("contact_withdrawn", "HT-DIR-02"): withdrawing(NOBODY),
    ("contact_withdrawn", "HT-DIR-12"): withdrawing(POLICE.head),
    ("roster_published", "HT-ROS-01"): in_directory(lambda: duty.roster(contacts=[NOBODY])),
    ("roster_published", "HT-DIR-08"): in_directory(lambda: duty.roster(desk="nowhere")),
    ("roster_published", "HT-DIR-11"): in_directory(lambda: duty.roster(ends=NOW)),
    ("roster_published", "HT-HDR-01"): in_directory(lambda: duty.roster(shift_minutes=0)),
    ("duty_overridden", "HT-ROS-01"): in_directory(lambda: duty.override(contact=NOBODY)),
    ("duty_overridden", "HT-DIR-08"): in_directory(lambda: duty.override(desk="nowhere")),
    ("duty_overridden", "HT-DIR-11"): in_directory(lambda: duty.override(ends=NOW)),
    ("duty_overridden", "HT-DIR-02"): in_directory(lambda: duty.override(replaces=NOBODY)),
    ("swap_offered", "HT-ROS-02"): in_directory(lambda: duty.offer(by=duty.HEAD), ROSTER),
    ("swap_offered", "HT-ROS-01"): in_directory(lambda: duty.offer(), ROSTER, away=ABSENT),
    ("swap_offered", "HT-DIR-08"): in_directory(lambda: duty.offer(desk="nowhere"), ROSTER),
    ("swap_offered", "HT-DIR-11"): in_directory(lambda: duty.offer(begins=NOW - 1), ROSTER),
    ("swap_answered", "HT-ROS-03"): in_directory(lambda: duty.answer(MAIL)),
    ("swap_answered", "HT-ROS-04"): in_directory(lambda: duty.answer(OFFER, by=duty.HEAD), ROSTER, OFFER),
    ("swap_answered", "HT-ROS-05"): in_directory(lambda: duty.answer(OFFER), ROSTER, OFFER, duty.answer(OFFER)),
    ("swap_answered", "HT-ROS-02"): in_directory(
        lambda: duty.answer(OFFER), ROSTER, OFFER, duty.roster(contacts=[duty.HEAD])
    ),
    ("swap_answered", "HT-ROS-01"): in_directory(lambda: duty.answer(OFFER), ROSTER, OFFER, away=ABSENT),
    ("swap_answered", "HT-DIR-11"): in_directory(lambda: duty.answer(OFFER), ROSTER, OFFER, wait=3 * DAY),
    ("absence_declared", "HT-DIR-02"): in_directory(lambda: duty.absence(by=duty.HEAD, contact=NOBODY)),
    ("absence_declared", "HT-DIR-11"): in_directory(lambda: duty.absence(ends=NOW)),
    ("absence_declared", "HT-ROS-06"): in_directory(lambda: duty.absence(earlier=b"?" * 16, begins=0)),
    ("delegation_given", "HT-DLG-03"): in_directory(lambda: duty.delegation(by=duty.DEPUTY)),
    ("delegation_given", "HT-DLG-04"): in_directory(
        lambda: duty.delegation(by=duty.DEPUTY, earlier=GIVEN.message_id, begins=0, ends=NOW + 1), GIVEN
    ),
    ("delegation_given", "HT-DLG-05"): in_directory(lambda: duty.delegation(earlier=b"?" * 16, begins=0)),
    ("delegation_given", "HT-DLG-06"): in_directory(lambda: duty.delegation(deputy=NOBODY)),
    ("delegation_given", "HT-DIR-11"): in_directory(lambda: duty.delegation(ends=NOW)),
    ("channel_tested", "HT-CHN-01"): in_directory(lambda: TESTED),
    ("channel_tested", "HT-CHN-02"): in_directory(lambda: TESTED, MAIL, TESTED),
    ("channel_confirmed", "HT-CHN-01"): in_directory(lambda: duty.confirmed(MAIL)),
    ("channel_confirmed", "HT-CHN-03"): in_directory(lambda: duty.confirmed(MAIL), MAIL),
    ("channel_confirmed", "HT-CHN-04"): in_directory(lambda: duty.confirmed(MAIL), MAIL, TESTED, wait=DAY),
    ("channel_confirmed", "HT-CHN-05"): in_directory(lambda: duty.confirmed(MAIL, code=b"?" * 16), MAIL, TESTED),
    ("calendar_published", "HT-CAL-02"): in_directory(lambda: calendar(notice(2031, [], region="990000"))),
    ("calendar_published", "HT-CAL-08"): in_directory(lambda: calendar(YEAR), calendar(YEAR)),
    ("hours_set", "HT-CAL-02"): in_directory(lambda: by_head(duty.TOWN, hours(valid_from="2026-01-01"))),
}


@pytest.mark.parametrize(("kind", "code"), sorted(TRIES))
def test_what_a_comment_names_is_what_is_refused(kind: str, code: str) -> None:
    assert TRIES[kind, code]() == code


def test_every_refusal_that_a_comment_names_is_tried() -> None:
    assert NAMED - set(TRIES) == set()
    assert set(TRIES) - NAMED == set(), "not in the comments of proto/hutong/v1/kinds.proto"


@pytest.mark.parametrize("kind", duty_kinds(), ids=lambda kind: kind.name)
def test_every_refusal_of_a_kind_is_named(kind: Any) -> None:
    found = {tried(kind, state, actor).refusal for state in STATES for actor in ACTORS} - {""}
    # A system without a mandate is a matter of StandingMandate.
    strange = found - GENERAL - {code for named, code in NAMED if named == kind.name} - {"HT-DIR-14"}
    assert strange == set()


def test_codes_in_the_contract_exist() -> None:
    for file in sorted(PROTO.glob("*.proto")):
        assert set(CODE.findall(file.read_text(encoding="utf-8"))) - set(load("errors")) == set(), file.name
