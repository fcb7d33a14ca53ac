"""What may be said about an obligation, by whom and in which state: found by saying it to the rules, every time.

For each state an obligation of the police is brought there; then everybody says each kind, and the rules take it or
refuse it. The pages of docs/ that tell who may do what and when are made of this (make.py), so they tell what the rules
do. Who may ask whom at all (rules/permit) comes before and is none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hutong.directory.duties import Delegation
from hutong.directory.records import FOREVER, Contact, withdrawn
from hutong.errors import HutongError
from hutong.kinds import Kind, kinds
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from tests.cases import HUB_KEY, Case, at
from tests.rules.test_ladder import STAFFED
from tests.towns import ORIGIN, SYSTEM, Town, contact_id, recipient

MONDAY = at("2026-10-12T10:00")
DAY = 24 * 3_600_000
OPEN = ["PENDING", "ACKNOWLEDGED", "IN_PROGRESS", "REPORTED", "ON_HOLD", "IN_REVIEW", "REDIRECTED"]
OVER = ["CLOSED", "RETURNED", "PASSED_ON", "TAKEN_BACK"]
STATES = [*OPEN, *OVER]
POLICE, MARKET, BANKING = (STAFFED.houses[code] for code in ("police", "market", "banking"))
DEPUTY_OF = "owner's deputy"
DEPUTY, COORDINATOR, THIRD = contact_id(0x901), contact_id(0x902), contact_id(0x904)

ACTORS: dict[str, tuple[str, str]] = {
    "owner": ("police", POLICE.liaison),
    DEPUTY_OF: ("police", DEPUTY),
    "colleague": ("police", POLICE.second),
    "head": ("police", POLICE.head),
    "opener": ("market", MARKET.second),
    "coordinator above": ("ministry", COORDINATOR),
    "newcomer": ("banking", BANKING.liaison),
    "system": ("police", ""),
    "hub": ("hub", ""),
}
"""Who tries, with agency and contact. "opener": a contact of the agency that opened the item, not the one who did;
"newcomer": the agency that the item was passed on to, about its own obligation."""


TAKING_BACK = "redirect_taken_back, by whoever had passed it on"
VARIANTS: dict[str, tuple[str, list[str]]] = {
    # With REPORTED it would be another kind of item: an inquiry is not reviewed.
    "completed, to be reviewed": ("owner", [state for state in OPEN if state != "REPORTED"]),
    "reviewed, handed back": ("opener", OPEN),
    TAKING_BACK: ("newcomer", ["PENDING"]),
}
"""Kinds that lead elsewhere with other facts or items, who says them, and in which states it is tried: a kind's name
goes to the comma. ``TAKING_BACK`` is said by the agency that passed the item on to the police."""

_CASEWORK = 170
"""The kinds from this number on are about the work on a case and have pages of their own."""


def duty_kinds() -> list[Kind]:
    """The kinds about an obligation that is there already: all that is no directory statement and opens nothing."""
    found = (kind for kind in kinds().values() if not (kind.directory or kind.opens_item or kind.number >= _CASEWORK))
    return sorted((kind for kind in found if kind.name not in ("supplement", "erased")), key=lambda kind: kind.number)


@dataclass(frozen=True)
class Answer:
    """What became of a try: the state that the obligation was left in, or the code of the refusal."""

    state: str = ""
    refusal: str = ""


@cache
def answer(kind: str, state: str, actor: str, to: tuple[str, ...] | None = None) -> Answer:
    """``actor`` says ``kind`` about an obligation in ``state``; ``to``: to these agencies and nobody else."""
    case, item = brought_to(state, kind, actor)
    header = header_of(case, item, kind, actor)
    if to is not None:
        del header.recipients[:]
        header.recipients.extend(recipient(agency) for agency in to)
    try:
        case.say(header)
    except HutongError as error:
        return Answer(refusal=error.code)
    return Answer(state=state_of(case, item))


@cache
def hub_answer(kind: str, state: str) -> Answer:
    """Whether the hub says ``kind`` about an obligation in ``state`` some day, if nobody says anything: no refusals."""
    case, item = brought_to(state, kind)
    if kind == "ownership_fell":
        owner = withdrawn(case.state.directory.contacts[case.duty(item).owner], case.now)
        case.state.directory = case.state.directory.with_records([owner])
    for _ in range(50):
        case.now = case.duty(item).next_at or case.now
        header = hub_statements.next_step(ORIGIN, HUB_KEY, case.state, item, "police", case.now)
        if header is None:
            break
        case.say(header)
        if header.WhichOneof("kind") == kind:
            return Answer(state=state_of(case, item))
    return Answer()


def tried(kind: Kind, state: str, actor: str) -> Answer:
    """``answer`` or ``hub_answer``, as the kind has it."""
    if kind.hub_only:
        return hub_answer(kind.name, state) if actor == "hub" else Answer()
    if actor == "hub" or (actor == "newcomer" and state != "REDIRECTED"):
        return Answer()
    return answer(kind.name, state, actor)


def state_of(case: Case, item: bytes) -> str:
    """The state of the police's obligation."""
    name = casework_pb2.ObligationState.Name(case.duty(item).state)  # type: ignore[arg-type]
    return name.removeprefix("OBLIGATION_STATE_")


@cache
def _town() -> Town:
    """Market regulation opens, the police owe and stand below a ministry; the owner has a deputy."""
    deputy = STAFFED.directory.officer_keys(DEPUTY)[0]
    town = Town(STAFFED.directory, STAFFED.houses)
    town.directory = town.directory.with_records(
        [
            Contact(THIRD, "police", (codes_pb2.CONTACT_ROLE_LIAISON,), (), 1, FOREVER, 0x904),
            replace(deputy, keyid="3" * 64, holder=THIRD),
            Delegation(b"d" * 16, "police", POLICE.liaison, DEPUTY, 1, FOREVER, deputy.keyid, 97),
        ],
        99,
    )
    return town


def brought_to(state: str, kind: str, actor: str = "") -> tuple[Case, bytes]:
    """An obligation in ``state`` with everything that ``kind`` by ``actor`` refers to, where that can be so."""
    case = Case(_town(), MONDAY)
    first = "banking" if state == "TAKEN_BACK" or kind == TAKING_BACK else "police"
    item = _opened(case, _item_kind(state, kind), first)
    if kind in ("handover_answered", "handover_withdrawn"):
        case.say(header_of(case, item, "handover_offered", "owner"))
    if (kind, actor) == ("assigned", "coordinator above"):
        case.tick(case.duty(item).acknowledge_by)
    if state == "PENDING":
        return case, item
    if state == "RETURNED":
        case.say(header_of(case, item, "return", "owner"))
        return case, item
    if state == "TAKEN_BACK":
        case.say(header_of(case, item, TAKING_BACK, "newcomer"))
        return case, item
    case.acknowledged(item)
    if kind in ("extension_decided", "approval_recorded", "approval_checked"):
        case.say(header_of(case, item, "extension_asked", "owner"))
    if (kind, actor) == ("extension_decided", "opener"):
        case.say(header_of(case, item, kind, "head"))
    if kind == "approval_checked":
        case.say(_by(header_of(case, item, "approval_recorded", "colleague"), THIRD, "3" * 64))
    answered = ("inquiry_reply",) if (kind, state) == ("inquiry_reply", "CLOSED") else ()
    for step in (*answered, *_WAYS[state]):
        case.say(header_of(case, item, step, "owner"))
    if state == "PASSED_ON":
        case.acknowledged(item, "banking")
    if (kind, actor) == ("assigned", "coordinator above") and case.duty(item).open:
        case.now = case.duty(item).attention_by or case.duty(item).runs_out_at
    assert state_of(case, item) == state
    return case, item


_WAYS: dict[str, tuple[str, ...]] = {
    "ACKNOWLEDGED": (),
    "IN_PROGRESS": ("progressed",),
    "REPORTED": ("inquiry_reply",),
    "ON_HOLD": ("held",),
    "IN_REVIEW": ("completed",),
    "CLOSED": ("completed",),
    "REDIRECTED": ("redirect",),
    "PASSED_ON": ("redirect",),
}


def _item_kind(state: str, kind: str) -> str:
    if state == "IN_REVIEW" or kind.endswith("to be reviewed"):
        return "supervision"
    return "inquiry" if state == "REPORTED" or kind == "inquiry_reply" else "lead"


def _opened(case: Case, kind: str, first: str) -> bytes:
    """An item of market regulation's to ``first``, who passes it on to the police where it is not they."""
    other = "banking" if first == "police" else "police"
    to = [first, recipient(other, role=2)]
    header = case.town.lead(to=to) if kind == "lead" else case.town.header(kind, "market", to=to)
    case.say(header)
    item = bytes(header.message_id)
    if first != "police":
        case.acknowledged(item, first)
        facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
        case.say(case.by(first, "redirect", item, to=["police", recipient("market", role=2)], facts=facts))
    return item


def _by(header: header_pb2.Header, contact: str, keyid: str) -> header_pb2.Header:
    header.sender.contact, header.signers[0].keyid = contact, keyid
    return header


def header_of(case: Case, item: bytes, kind: str, actor: str) -> header_pb2.Header:
    """What ``actor`` says: with facts that fit, addressed as it should be."""
    agency, contact = ACTORS[actor]
    facts, more = _FACTS[kind](case, item, actor)
    given: dict[str, Any] = {"to": _to(kind, agency), "facts": facts} | more
    if actor == "system":
        given["role"] = SYSTEM
    key = {DEPUTY_OF: POLICE.liaison, "coordinator above": STAFFED.houses["ministry"].liaison}
    header = case.by(agency, kind.partition(",")[0], item, key.get(actor, contact), **given)
    if actor in key:
        _by(header, contact, case.state.directory.officer_keys(contact)[0].keyid)
    if actor == DEPUTY_OF:
        header.sender.acting_for = POLICE.liaison
    return header


def _to(kind: str, agency: str) -> list[Any]:
    if kind == "redirect":
        return ["banking", recipient("market", role=2)]
    if kind == "redirect_taken_back" and agency == "police":
        return ["banking", "market"]
    return ["market"] if agency == "police" else ["police"] if agency == "market" else ["market", "police"]


Made = tuple[Any, dict[str, Any]]


def _seen(case: Case, item: bytes, actor: str) -> Made:
    """From the opener about what the police answered, or about the item while there is no answer."""
    numbers = [kinds()[name].number for name in ("inquiry_reply", "completed")]
    said = (one for one in case.state.statements.values() if one.agency == "police" and one.kind in numbers)
    answers = [one.message_id for one in said]
    return kinds_pb2.Seen(), {"in_reply_to": answers[-1] if answers else item} if actor == "opener" else {}


def _held(case: Case, item: bytes, actor: str) -> Made:
    return kinds_pb2.Held(until=case.now + DAY, reason=codes_pb2.HOLD_REASON_EXPERT_EXAMINATION), {}


def _until(case: Case, item: bytes, actor: str) -> Made:
    until = (case.duty(item).complete_by or case.now) + DAY
    return kinds_pb2.ExtensionAsked(until=until, reason=codes_pb2.EXTENSION_REASON_COMPLEX), {}


def _assigned(case: Case, item: bytes, actor: str) -> Made:
    new = THIRD if actor == "head" else POLICE.head
    return kinds_pb2.Assigned(agency="police"), {"to": [recipient("police", new)]}


def _offered(case: Case, item: bytes, actor: str) -> Made:
    taker = POLICE.second if actor in ("owner", DEPUTY_OF) else POLICE.head
    to = [recipient("police", taker if actor != "head" else THIRD)]
    return kinds_pb2.HandoverOffered(items=[item]), {"to": to, "item_id": b""}


def _answered(case: Case, item: bytes, actor: str) -> Made:
    offer = next(iter(case.state.handovers))
    more = {"in_reply_to": offer, "item_id": b"", "to": [recipient("police", POLICE.liaison)]}
    return kinds_pb2.HandoverAnswered(accepted=True), more


def _withdrawn(case: Case, item: bytes, actor: str) -> Made:
    offer = next(iter(case.state.handovers))
    more = {"in_reply_to": offer, "item_id": b"", "to": [recipient("police", POLICE.second)]}
    return kinds_pb2.HandoverWithdrawn(), more


def _entered(case: Case, item: bytes, actor: str) -> Made:
    facts = kinds_pb2.ApprovalRecorded(
        subject=codes_pb2.APPROVAL_SUBJECT_EXTENSION,
        granted=True,
        number_sha256=b"n" * 32,
        document_sha256=b"d" * 32,
        decided_on="2026-10-12",
        post=codes_pb2.APPROVAL_POST_PRINCIPAL,
    )
    return facts, {}


def _checked(case: Case, item: bytes, actor: str) -> Made:
    entry = next(iter(case.state.approvals), b"?" * 16)
    return kinds_pb2.ApprovalChecked(agrees=True), {"in_reply_to": entry}


def _stored(case: Case, item: bytes, actor: str) -> Made:
    digest = case.state.statements[item].digest
    facts = kinds_pb2.Delivered(statement_sha256=digest, result=codes_pb2.OPENING_RESULT_OPENED)
    return facts, {"in_reply_to": item}


def _plain(facts: Any) -> Callable[[Case, bytes, str], Made]:
    return lambda case, item, actor: (facts, {})


_DONE = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
_FACTS: dict[str, Callable[[Case, bytes, str], Made]] = {
    "inquiry_reply": _plain(kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL)),
    "return": _plain(kinds_pb2.Return(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)),
    "redirect": _plain(kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)),
    "delivered": _stored,
    "seen": _seen,
    "acknowledged": _plain(kinds_pb2.Acknowledged()),
    "completed": _plain(_DONE),
    "completed, to be reviewed": _plain(_DONE),
    "progressed": _plain(kinds_pb2.Progressed(step=codes_pb2.PROGRESS_STEP_VERIFYING)),
    "held": _held,
    "resumed": _plain(kinds_pb2.Resumed()),
    "extension_asked": _until,
    "extension_decided": _plain(kinds_pb2.ExtensionDecided(agency="police", granted=True)),
    "reviewed": _plain(kinds_pb2.Reviewed(agency="police", accepted=True)),
    "reviewed, handed back": _plain(kinds_pb2.Reviewed(agency="police", reason=codes_pb2.REASON_CODE_INCOMPLETE)),
    "assigned": _assigned,
    "handover_offered": _offered,
    "handover_answered": _answered,
    "handover_withdrawn": _withdrawn,
    "redirect_taken_back": _plain(kinds_pb2.RedirectTakenBack()),
    TAKING_BACK: _plain(kinds_pb2.RedirectTakenBack()),
    "escalation_forced": _plain(kinds_pb2.EscalationForced(agency="police")),
    "approval_recorded": _entered,
    "approval_checked": _checked,
    "received_on_paper": _plain(kinds_pb2.ReceivedOnPaper(received_on="2026-10-12", document_sha256=b"d" * 32)),
}
