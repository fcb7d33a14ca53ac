"""What is asked before signing is decided as the hub will: over the same records, by the same rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.services import shown
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import letters, preflight
from liaison.matter import Matter
from liaison.preflight import Known, Sender
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from rules.records import Handover
from rules.state import State
from tests.cases import Case, at, local
from tests.rules.test_ladder import STAFFED
from tests.towns import ORIGIN, recipient

POLICE, MARKET, BANKING = (STAFFED.houses[code] for code in ("police", "market", "banking"))
PERMIT = Permit(Policies.shipped(), STAFFED.directory)
FRIDAY = at("2026-10-09T16:30")
CLOSE = at("2026-11-30T00:00")


class Seen(Case):
    """A case with what the hub shows of it."""

    def __init__(self) -> None:
        super().__init__(STAFFED, FRIDAY)
        self.said: list[header_pb2.Header] = []

    def say(self, header: header_pb2.Header) -> Any:
        outcome = super().say(header)
        self.said.append(header)
        return outcome

    def matter(self, item: bytes, agency: str) -> Matter:
        """The item as the hub shows it to ``agency``, which holds every statement."""
        known = self.state.items[item]
        duties = [shown.obligation(self.state.directory, known, duty) for duty in self.state.obligations_of(item)]
        papers = [shown.approval(each) for each in self.state.approvals.values() if each.agency == agency]
        names = ("index", "message_id", "kind", "agency", "contact", "recorded_at")
        said = [each for each in self.state.statements.values() if each.item == item]
        statements = [casework_pb2.StatementSummary(**{name: getattr(each, name) for name in names}) for each in said]
        answer = casework_pb2.GetItemResponse(item_id=item, obligations=duties, approvals=papers, statements=statements)
        redirects = [each for each in self.said if each.item_id == item and each.HasField("redirect")]
        opening = next(each for each in self.said if each.message_id == item)
        return Matter.of(answer, opening, redirects)

    def known(self, item: bytes, agency: str) -> State:
        """The hub's state as ``agency`` knows it."""
        owned = [
            shown.obligation(self.state.directory, self.state.items[duty.item], duty)
            for duty in self.state.obligations.values()
            if duty.agency == agency
        ]
        handovers = [shown.handover(each) for each in self.state.handovers.values() if each.agency == agency]
        told = Known([self.matter(item, agency)], owned, handovers)
        return preflight.state_of(self.state.directory, told, agency)


def going_on(case: Case, item: bytes, kind: str, **facts: Any) -> header_pb2.Header:
    made = getattr(kinds_pb2, "".join(part.title() for part in kind.split("_")))(**facts)
    return case.by("police", kind, item, facts=made)


def acknowledged(case: Seen, item: bytes) -> None:
    case.acknowledged(item)


def in_progress(case: Seen, item: bytes) -> None:
    case.acknowledged(item)
    case.say(going_on(case, item, "progressed", step=codes_pb2.PROGRESS_STEP_VERIFYING))


def on_hold(case: Seen, item: bytes) -> None:
    case.acknowledged(item)
    until = FRIDAY + 3 * 86_400_000
    case.say(going_on(case, item, "held", until=until, reason=codes_pb2.HOLD_REASON_FORCE_MAJEURE))


def asked(case: Seen, item: bytes) -> None:
    case.acknowledged(item)
    until = case.duty(item).complete_by + 86_400_000
    case.say(going_on(case, item, "extension_asked", until=until, reason=codes_pb2.EXTENSION_REASON_COMPLEX))


def granted_by_the_head(case: Seen, item: bytes) -> None:
    asked(case, item)
    facts = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_decided", item, POLICE.head, facts=facts))


def granted_too_late(case: Seen, item: bytes) -> None:
    asked(case, item)
    case.now = case.duty(item).complete_by + 1
    case.tick()
    facts = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    case.say(case.by("police", "extension_decided", item, POLICE.head, facts=facts))
    case.say(case.by("market", "extension_decided", item, facts=facts, to=["police"]))
    assert case.duty(item).overran_at


def received_on_paper(case: Seen, item: bytes) -> None:
    case.now = at("2026-10-14T10:00")
    case.say(going_on(case, item, "received_on_paper", received_on="2026-10-12", document_sha256=b"d" * 32))
    case.acknowledged(item)


def on_paper(case: Seen, item: bytes) -> None:
    asked(case, item)
    case.say(
        going_on(
            case,
            item,
            "approval_recorded",
            subject=codes_pb2.APPROVAL_SUBJECT_EXTENSION,
            granted=True,
            number_sha256=b"n" * 32,
            document_sha256=b"d" * 32,
            decided_on="2026-10-09",
            post=codes_pb2.APPROVAL_POST_PRINCIPAL,
        )
    )


def passed_on(case: Seen, item: bytes) -> None:
    case.acknowledged(item)
    facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
    to = [recipient("banking"), recipient("market", role=2)]
    case.say(case.by("police", "redirect", item, facts=facts, to=to))


def taken_on_elsewhere(case: Seen, item: bytes) -> None:
    passed_on(case, item)
    case.acknowledged(item, "banking")


def taken_back(case: Seen, item: bytes) -> None:
    passed_on(case, item)
    case.say(case.by("police", "redirect_taken_back", item, to=["banking", "market"]))


def silent(case: Seen, item: bytes) -> None:
    case.tick(at("2026-10-13T12:00"))


def to_the_end(case: Seen, item: bytes) -> None:
    case.tick(CLOSE)


def closed(case: Seen, item: bytes) -> None:
    case.acknowledged(item)
    case.say(case.completed(item))


STATES: list[Callable[[Seen, bytes], None]] = [
    lambda case, item: None,
    acknowledged,
    in_progress,
    on_hold,
    asked,
    granted_by_the_head,
    granted_too_late,
    received_on_paper,
    on_paper,
    passed_on,
    taken_on_elsewhere,
    taken_back,
    silent,
    to_the_end,
    closed,
]


def name(value: Any) -> str:
    return str(getattr(value, "__name__", value))


@pytest.mark.parametrize("reach", STATES, ids=name)
def test_the_hub_shows_everything_that_rules_look_at(reach: Callable[[Seen, bytes], None]) -> None:
    """Field by field: whoever adds one to the record shows it, or this fails."""
    case = Seen()
    item = case.lead()
    reach(case, item)
    for agency in ("market", "police"):
        known = case.known(item, agency)
        assert known.obligations == case.state.obligations
        (found,) = known.items.values()
        hidden = {"opened_at", "dedup_key"}
        fields = [field for field in type(found).__slots__ if field not in hidden]
        assert [getattr(found, each) for each in fields] == [getattr(case.state.items[item], each) for each in fields]
    assert case.known(item, "police").approvals == case.state.approvals


def drafts(case: Seen, item: bytes) -> list[tuple[Any, str, str]]:
    """Each act that an officer can try, with the agency and contact who tries it."""
    matter, duty = case.matter(item, "police"), case.duty(item)
    soon, later = case.now + 86_400_000, (duty.complete_by or case.now) + 86_400_000
    paper = next(iter(case.state.approvals), b"a" * 16)
    on, answer = local(case.now)[:10], next(reversed(case.state.statements))
    receipt = kinds_pb2.ReceivedOnPaper(received_on=on, document_sha256=b"d" * 32)
    evidence = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
    return [
        (letters.seen(matter), "police", POLICE.liaison),
        (letters.answer_seen(matter, "police", answer), "market", MARKET.liaison),
        (letters.received_on_paper(matter, receipt), "police", POLICE.liaison),
        (letters.received_on_paper(matter, receipt), "police", POLICE.second),
        (letters.received_on_paper(matter, receipt), "market", MARKET.liaison),
        (letters.acknowledged(matter, "police"), "police", POLICE.liaison),
        (letters.acknowledged(matter, "banking"), "banking", BANKING.liaison),
        (letters.returned(matter, "police", codes_pb2.REASON_CODE_DUPLICATE, ""), "police", POLICE.second),
        (letters.returned(matter, "banking", codes_pb2.REASON_CODE_DUPLICATE, ""), "banking", BANKING.liaison),
        (letters._letter("completed", evidence, matter), "police", POLICE.liaison),
        (letters.progressed(matter, codes_pb2.PROGRESS_STEP_DRAFTING, ""), "police", POLICE.liaison),
        (letters.progressed(matter, codes_pb2.PROGRESS_STEP_DRAFTING, ""), "police", POLICE.second),
        (letters.held(matter, soon, codes_pb2.HOLD_REASON_FORCE_MAJEURE, ""), "police", POLICE.liaison),
        (letters.held(matter, case.now, codes_pb2.HOLD_REASON_FORCE_MAJEURE, ""), "police", POLICE.liaison),
        (letters.resumed(matter), "police", POLICE.liaison),
        (letters.extension_asked(matter, later, codes_pb2.EXTENSION_REASON_COMPLEX, ""), "police", POLICE.liaison),
        (letters.extension_asked(matter, CLOSE, codes_pb2.EXTENSION_REASON_COMPLEX, ""), "police", POLICE.liaison),
        (letters.extension_decided(matter, "police", "police", granted=True, text=""), "police", POLICE.head),
        (letters.extension_decided(matter, "police", "market", granted=False, text=""), "market", MARKET.liaison),
        (letters.reviewed(matter, "police", codes_pb2.REASON_CODE_INCOMPLETE, ""), "market", MARKET.liaison),
        (letters.redirect_taken_back(matter, "banking"), "police", POLICE.liaison),
        (letters.redirect_taken_back(matter, "banking"), "police", POLICE.head),
        (letters.redirect_taken_back(matter, "banking"), "police", POLICE.second),
        (letters.assigned(item, "police", POLICE.second, matter), "police", POLICE.head),
        (letters.assigned(item, "police", POLICE.second, matter), "police", POLICE.liaison),
        (letters.escalation_forced(matter, "police", "market"), "market", MARKET.liaison),
        (letters.escalation_forced(matter, "police", "police"), "police", POLICE.head),
        (letters.approval_checked(matter, paper, agrees=True), "police", POLICE.second),
        (letters.approval_checked(matter, paper, agrees=True), "police", POLICE.liaison),
        (letters.handover_offered([item], "police", POLICE.second, leaving=True), "police", POLICE.liaison),
        (letters.handover_offered([item], "police", POLICE.liaison, leaving=False), "police", POLICE.second),
    ]


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except HutongError as error:
        return error.code
    return ""


@pytest.mark.parametrize("reach", STATES, ids=name)
def test_pre_flight_decides_as_the_hub_does(reach: Callable[[Seen, bytes], None]) -> None:
    case = Seen()
    item = case.lead()
    reach(case, item)
    seen = set()
    for letter, agency, contact in drafts(case, item):
        known = case.known(item, agency)
        sender = Sender(ORIGIN, agency, contact)
        said = code_of(lambda: preflight.check(letter, sender, known, PERMIT, case.now))  # noqa: B023
        header = preflight.draft(letter, sender, PERMIT, case.now)
        state = case.state
        before = dict(state.obligations), dict(state.approvals), dict(state.handovers)
        decided = code_of(lambda: Case.say(case, header))  # noqa: B023
        assert said == decided, (letter.kind, agency, contact)
        state.obligations, state.approvals, state.handovers = before
        seen.add(bool(said))
    assert True in seen


def test_who_leaves_of_own_accord_hands_over_first() -> None:
    case = Seen()
    item = case.lead()
    case.acknowledged(item)
    facts = kinds_pb2.ContactWithdrawn(contact=POLICE.liaison, voluntary=True)
    letter = letters.Letter("contact_withdrawn", facts, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
    head = Sender(ORIGIN, "police", POLICE.head)
    known = case.known(item, "police")
    with pytest.raises(HutongError) as refused:
        preflight.check(letter, head, known, PERMIT, case.now)
    assert (refused.value.code, refused.value.params["count"]) == ("HT-DTY-42", "1")
    nobody = preflight.state_of(case.state.directory, Known(), "police")
    preflight.check(letter, head, nobody, PERMIT, case.now)


def test_a_handover_is_answered_as_the_hub_would() -> None:
    case = Seen()
    items = sorted(case.lead() for _ in range(2))
    for item in items:
        case.acknowledged(item)
    offer = case.town.header(
        "handover_offered",
        "police",
        facts=kinds_pb2.HandoverOffered(items=items),
        to=[recipient("police", POLICE.second)],
    )
    case.say(offer)
    known = case.known(items[0], "police")
    (kept,) = known.handovers.values()
    assert isinstance(kept, Handover) and kept == case.state.handovers[offer.message_id]
    letter = letters.handover_answered(offer.message_id, "police", accepted=True)
    preflight.check(letter, Sender(ORIGIN, "police", POLICE.second), case.known(items[0], "police"), PERMIT, case.now)
    with pytest.raises(HutongError) as refused:
        preflight.check(letter, Sender(ORIGIN, "police", POLICE.head), known, PERMIT, case.now)
    assert refused.value.code == "HT-DTY-36"
    back = letters.handover_withdrawn(offer.message_id, "police")
    for contact, code in ((POLICE.liaison, ""), (POLICE.head, ""), (POLICE.second, "HT-MOV-03")):
        sender = Sender(ORIGIN, "police", contact)
        told = case.known(items[0], "police")
        assert code_of(lambda: preflight.check(back, sender, told, PERMIT, case.now)) == code  # noqa: B023
    assert (
        code_of(lambda: preflight.check(back, Sender(ORIGIN, "police", POLICE.liaison), known, PERMIT, kept.ends_at))
        == "HT-MOV-05"
    )


@pytest.mark.parametrize(("field", "value"), [("owner", "c00000000dead"), ("owner", MARKET.liaison)])
def test_an_owner_whom_nobody_has_named_is_no_owner(field: str, value: str) -> None:
    case = Seen()
    item = case.lead()
    matter = case.matter(item, "police")
    setattr(matter.hub.obligations[0], field, value)
    with pytest.raises(HutongError) as refused:
        preflight.state_of(case.state.directory, Known([matter]), "police")
    assert refused.value.code == "HT-EVD-01"


def test_the_letters_of_one_act_are_decided_one_after_the_other() -> None:
    """As the hub will: an inquiry is answered and then closed, and not closed alone."""
    case = Seen()
    facts = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY)
    header = STAFFED.header("inquiry", "market", to=["police"], facts=facts)
    case.say(header)
    item = bytes(header.message_id)
    case.acknowledged(item)
    matter, sender = case.matter(item, "police"), Sender(ORIGIN, "police", POLICE.liaison)
    reply = letters._letter("inquiry_reply", kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL), matter)
    done = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_ANSWERED, evidence_sha256=b"e" * 32)
    closing = letters._letter("completed", done, matter)
    known = case.known(item, "police")
    assert code_of(lambda: preflight.check(closing, sender, known, PERMIT, case.now)) == "HT-DTY-60"
    for letter in (reply, closing):
        preflight.check(letter, sender, known, PERMIT, case.now)
    assert not known.obligations[item, "police"].open and case.duty(item).open, "what the hub holds is untouched"
