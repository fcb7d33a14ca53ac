"""Random honest histories: people act as they please, and the hub says what is due before it decides anything.

Whoever watches such a history must find nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from hutong.directory.records import FOREVER, Contact
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.v1 import casework_pb2, codes_pb2, kinds_pb2
from rules.hub_statements import registration
from rules.records import Obligation
from tests.cases import Case, local
from tests.towns import ORIGIN, SYSTEM, Town, contact_id, recipient

S = casework_pb2.ObligationState
MINUTE = 60_000
COORDINATOR = contact_id(0x902)
RECIPIENTS = ("police", "banking", "market")
ANYTIME = [
    "lead",
    "inquiry",
    "supervision",
    "delivered",
    "on_paper",
    "seen",
    "answer",
    "withdrawn",
    "expiring",
    "revoked",
    "again",
    "forced",
    "assigned",
    "coordinated",
    "offer_withdrawn",
    "new_head",
]
GOING = [
    "progressed",
    "held",
    "asked",
    "asked",
    "extended",
    "extended",
    "approved",
    "granted",
    "refused",
    "completed",
    "replied",
    "returned",
    "redirect",
    "offer",
    "answer",
]
LIKELY = {
    S.OBLIGATION_STATE_PENDING: ["acknowledged"] * 6 + ["returned", "offer", "delivered", "on_paper"],
    S.OBLIGATION_STATE_ACKNOWLEDGED: GOING,
    S.OBLIGATION_STATE_IN_PROGRESS: GOING,
    S.OBLIGATION_STATE_REPORTED: [*GOING, "seen"],
    S.OBLIGATION_STATE_ON_HOLD: ["resumed", "resumed", "asked", "approved", "granted", "completed", "redirect"],
    S.OBLIGATION_STATE_IN_REVIEW: ["sent_back", "sent_back", "accepted", "offer"],
    S.OBLIGATION_STATE_REDIRECTED: ["forced", "assigned", "offer", "taken_back", "taken_back", "taken_up"],
}


def staffed_town() -> Town:
    """Three agencies under a ministry, the police with a deputy and the ministry with a coordinator who can act."""
    town = Town.make()
    town._settle("ministry", codes_pb2.AGENCY_TYPE_POLICE, 0x501)
    deputy, coordinator = contact_id(0x901), COORDINATOR
    agencies = town.directory.agencies
    records: list[Any] = [
        Contact(deputy, "police", (codes_pb2.CONTACT_ROLE_DEPUTY,), (), 1, FOREVER, 0x901),
        Contact(coordinator, "ministry", (codes_pb2.CONTACT_ROLE_COORDINATOR,), (), 1, FOREVER, 0x902),
        replace(agencies["police"], parent="ministry"),
        replace(agencies["banking"], parent="market"),
    ]
    for number, (code, who) in enumerate((("police", deputy), ("ministry", coordinator))):
        key = town.directory.officer_keys(town.houses[code].liaison)[0]
        records.append(replace(key, keyid=str(number) * 64, holder=who))
    town.directory = town.directory.with_records(records, 99)
    return town


@dataclass(frozen=True)
class Act:
    """Something happens ``wait`` minutes after the last thing; ``awake``: the hub was up meanwhile."""

    choice: int
    wait: int
    awake: bool
    pick: int
    number: int


waits = st.one_of(st.integers(0, 3), st.integers(0, 600), st.integers(0, 600), st.integers(0, 20_000))
acts = st.lists(
    st.builds(Act, st.integers(0, 1_000), waits, st.booleans(), st.integers(0, 1_000_000), st.integers(0, 5)),
    min_size=8,
    max_size=40,
)


class Driver:
    """Puts acts to a case. ``honest``: the hub says everything that is due before each of them."""

    def __init__(self, case: Case, *, honest: bool = True) -> None:
        self.case, self.honest = case, honest
        self.offers: list[tuple[bytes, str, str]] = []
        self.orders = 0

    def run(self, history: list[Act]) -> None:
        """All of ``history``, after something that there is to do."""
        self._open("lead", history[0])
        for act in history:
            self.wait(act.wait, awake=act.awake)
            duty = self._duty(act)
            likely = [*LIKELY.get(duty.state, []) * 2, *ANYTIME]
            make: Callable[[Act, Obligation], None] = getattr(self, f"_{likely[act.choice % len(likely)]}")
            # What the rules refuse has not happened; nor what somebody without a key here was to say.
            with suppress(HutongError, KeyError):
                make(act, duty)

    def wait(self, minutes: int, *, awake: bool = True) -> None:
        """Time goes by; a hub that was down says everything when it is back, if it is honest."""
        if awake:
            self.case.tick(self.case.now + minutes * MINUTE)
        else:
            self.case.now += minutes * MINUTE
            if not self.honest:
                return
        # What ends by the clock alone, a term, has no step of its own to wake up for.
        self.case.tick()

    def _duty(self, act: Act) -> Obligation:
        duties = list(self.case.state.obligations.values())
        lively = [duty for duty in duties if duty.open] or duties
        return lively[act.pick % len(lively)]

    def _from(self, duty: Obligation) -> str:
        return self.case.state.items[duty.item].from_agency

    def _by_owner(self, kind: str, duty: Obligation, **more: Any) -> None:
        given = {"contact": duty.owner, "to": [self._from(duty)]} | more
        self.case.say(self.case.by(duty.agency, kind, duty.item, **given))

    def _by_sender(self, kind: str, duty: Obligation, facts: Any, contact: str = "") -> None:
        self.case.say(self.case.by(self._from(duty), kind, duty.item, contact, facts=facts, to=[duty.agency]))

    def _open(self, kind: str, act: Act, **more: Any) -> None:
        sender = ("market", "police", "ministry")[act.pick % 3]
        to = [code for code in RECIPIENTS if code != sender][: 1 + act.number % 2]
        urgency = (codes_pb2.URGENCY_ROUTINE, codes_pb2.URGENCY_URGENT, codes_pb2.URGENCY_FLASH)[act.number % 3]
        given: dict[str, Any] = {"to": to, "urgency": urgency} | more
        town = self.case.town
        header = town.lead(sender, **given) if kind == "lead" else town.header(kind, sender, **given)
        header.facts.drill = act.number == 5
        self.case.say(header)

    def _lead(self, act: Act, duty: Obligation) -> None:
        self._open("lead", act)

    def _inquiry(self, act: Act, duty: Obligation) -> None:
        self._open("inquiry", act, facts=kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY))

    def _supervision(self, act: Act, duty: Obligation) -> None:
        self._open("supervision", act)

    def _delivered(self, act: Act, duty: Obligation) -> None:
        known = self.case.state.statements[duty.item]
        facts = kinds_pb2.Delivered(statement_sha256=known.digest, result=codes_pb2.OPENING_RESULT_OPENED)
        self._by_owner("delivered", duty, contact="", role=SYSTEM, facts=facts, in_reply_to=duty.item)

    def _on_paper(self, act: Act, duty: Obligation) -> None:
        """On one of the days since it came."""
        came = local(duty.available_at + act.pick % max(1, self.case.now - duty.available_at))
        facts = kinds_pb2.ReceivedOnPaper(received_on=came[:10], document_sha256=b"d" * 32)
        self._by_owner("received_on_paper", duty, facts=facts)

    def _seen(self, act: Act, duty: Obligation) -> None:
        if act.number % 2:
            self._by_owner("seen", duty)
            return
        answers = ("inquiry_reply", "completed")
        known = self.case.state.statements.values()
        said = [each for each in known if each.item == duty.item and by_number()[each.kind].name in answers]
        answer = said[act.pick % len(said)] if said else self.case.state.statements[duty.item]
        facts, to = kinds_pb2.Seen(), [answer.agency]
        self.case.say(
            self.case.by(self._from(duty), "seen", duty.item, facts=facts, to=to, in_reply_to=answer.message_id)
        )

    def _acknowledged(self, act: Act, duty: Obligation) -> None:
        house = self.case.town.houses[duty.agency]
        self._by_owner("acknowledged", duty, contact=(duty.owner, house.second)[act.number % 2])

    def _progressed(self, act: Act, duty: Obligation) -> None:
        self._by_owner("progressed", duty, facts=kinds_pb2.Progressed(step=1))

    def _held(self, act: Act, duty: Obligation) -> None:
        until = self.case.now + (1 + act.pick % 20_000) * MINUTE
        self._by_owner("held", duty, facts=kinds_pb2.Held(until=until, reason=1))

    def _resumed(self, act: Act, duty: Obligation) -> None:
        self._by_owner("resumed", duty)

    def _asked(self, act: Act, duty: Obligation) -> None:
        facts = kinds_pb2.ExtensionAsked(until=duty.complete_by + (1 + act.pick % 600) * MINUTE, reason=1)
        self._by_owner("extension_asked", duty, facts=facts)

    def _extended(self, act: Act, duty: Obligation) -> None:
        """Asked for at the last moment or before, and decided by both, each sooner or later."""
        before = duty.complete_by - self.case.now
        if before > 0 and act.number % 2:
            self.wait(before // MINUTE - 1, awake=True)
        self._asked(act, duty)
        for decide in (self._approved, self._granted):
            self.wait(act.wait if act.number > 1 else 0, awake=act.awake)
            decide(act, duty)

    def _approved(self, act: Act, duty: Obligation) -> None:
        facts = kinds_pb2.ExtensionDecided(agency=duty.agency, granted=True)
        self._by_owner("extension_decided", duty, contact=self._head(duty.agency), facts=facts)

    def _granted(self, act: Act, duty: Obligation) -> None:
        self._by_sender("extension_decided", duty, kinds_pb2.ExtensionDecided(agency=duty.agency, granted=True))

    def _refused(self, act: Act, duty: Obligation) -> None:
        self._by_sender("extension_decided", duty, kinds_pb2.ExtensionDecided(agency=duty.agency, granted=False))

    def _completed(self, act: Act, duty: Obligation) -> None:
        outcome = codes_pb2.OutcomeCode.values()[1 + act.number]
        self._by_owner("completed", duty, facts=kinds_pb2.Completed(outcome=outcome, evidence_sha256=b"e" * 32))

    def _sent_back(self, act: Act, duty: Obligation) -> None:
        facts = kinds_pb2.Reviewed(agency=duty.agency, reason=codes_pb2.REASON_CODE_INCOMPLETE)
        self._by_sender("reviewed", duty, facts)

    def _accepted(self, act: Act, duty: Obligation) -> None:
        self._by_sender("reviewed", duty, kinds_pb2.Reviewed(agency=duty.agency, accepted=True))

    def _replied(self, act: Act, duty: Obligation) -> None:
        self._by_owner("inquiry_reply", duty, facts=kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL))

    def _returned(self, act: Act, duty: Obligation) -> None:
        self._by_owner("return", duty, facts=kinds_pb2.Return(reason=codes_pb2.ReasonCode.values()[1 + act.number]))

    def _redirect(self, act: Act, duty: Obligation) -> None:
        facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
        to = [RECIPIENTS[act.number % 3], recipient(self._from(duty), role=2)]
        self._by_owner("redirect", duty, facts=facts, to=to)

    def _taken_back(self, act: Act, duty: Obligation) -> None:
        contact = (duty.owner, self._head(duty.agency))[act.number % 2]
        self._by_owner("redirect_taken_back", duty, contact=contact, to=[self._from(duty), duty.redirected_to])

    def _taken_up(self, act: Act, duty: Obligation) -> None:
        """The agency to which it was passed on signs for it, or returns it."""
        other = self.case.state.obligations[duty.item, duty.redirected_to]
        (self._returned if act.number == 0 else self._acknowledged)(act, other)

    def _head(self, agency: str) -> str:
        return self.case.state.directory.agencies[agency].head_contact

    def _assigned(self, act: Act, duty: Obligation) -> None:
        house = self.case.town.houses[duty.agency]
        owner = (house.second, house.liaison, house.head)[act.number % 3]
        facts = kinds_pb2.Assigned(agency=duty.agency)
        head = self._head(duty.agency)
        self._by_owner("assigned", duty, contact=head, facts=facts, to=[recipient(duty.agency, owner)])

    def _coordinated(self, act: Act, duty: Obligation) -> None:
        """The ministry's coordinator gives what was missed to the head."""
        facts = kinds_pb2.Assigned(agency=duty.agency)
        to = [recipient(duty.agency, self._head(duty.agency))]
        header = self.case.by("ministry", "assigned", duty.item, facts=facts, to=to)
        header.sender.contact = COORDINATOR
        header.signers[0].keyid = self.case.state.directory.officer_keys(COORDINATOR)[0].keyid
        self.case.say(header)

    def _offer(self, act: Act, duty: Obligation) -> None:
        house = self.case.town.houses[duty.agency]
        taker = house.second if duty.owner != house.second else house.liaison
        facts = kinds_pb2.HandoverOffered(items=[own.item for own in self.case.state.owned_by(duty.owner)])
        to = [recipient(duty.agency, taker)]
        header = self.case.town.header("handover_offered", duty.agency, duty.owner, facts=facts, to=to)
        self.case.say(header)
        self.offers.append((bytes(header.message_id), duty.agency, taker))

    def _offer_withdrawn(self, act: Act, duty: Obligation) -> None:
        offered, agency, _taker = self.offers[-1] if self.offers else (b"", "police", "")
        giver = (self.case.state.handovers[offered].giver, self._head(agency))[act.number % 2]
        to = [recipient(agency)]
        self.case.say(self.case.town.header("handover_withdrawn", agency, giver, in_reply_to=offered, to=to))

    def _answer(self, act: Act, duty: Obligation) -> None:
        offered, agency, taker = self.offers.pop() if self.offers else (b"", "police", "")
        to = [recipient(agency, self._head(agency))]
        facts = kinds_pb2.HandoverAnswered(accepted=bool(act.number))
        self.case.say(
            self.case.town.header("handover_answered", agency, taker, facts=facts, in_reply_to=offered, to=to)
        )

    def _forced(self, act: Act, duty: Obligation) -> None:
        self._by_sender("escalation_forced", duty, kinds_pb2.EscalationForced(agency=duty.agency))

    def _by_head(self, kind: str, duty: Obligation, facts: Any) -> None:
        self.case.say(self.case.town.header(kind, duty.agency, self._head(duty.agency), facts=facts))

    def _new_head(self, act: Act, duty: Obligation) -> None:
        """Another head is registered; the last one may be named again."""
        if act.number >= 2:
            return
        house, known = self.case.town.houses[duty.agency], self.case.state.directory.agencies[duty.agency]
        others = [who for who in (house.second, house.liaison, house.head) if who != known.head_contact]
        said = kinds_pb2.AgencyRegistered(
            agency=known.code,
            type=known.type,  # type: ignore[arg-type]
            level=known.level,  # type: ignore[arg-type]
            region=known.region,
            parent=known.parent,
            head_contact=others[act.number],
            head_keyid=known.head_keyid,
        )
        self.orders += 1
        order = self.orders.to_bytes(16, "big")
        self.case.say(registration(ORIGIN, self.case.keyid, said, b"d" * 32, order, self.case.now))

    def _withdrawn(self, act: Act, duty: Obligation) -> None:
        if act.number == 5:
            self._by_head("contact_withdrawn", duty, kinds_pb2.ContactWithdrawn(contact=duty.owner))

    def _expiring(self, act: Act, duty: Obligation) -> None:
        """A term that is over before long."""
        self._nominated(duty, self.case.now + (1 + act.pick % 3000) * MINUTE)

    def _again(self, act: Act, duty: Obligation) -> None:
        """Whoever's term was over is nominated once more."""
        self._nominated(duty, self.case.now + 10**10)

    def _nominated(self, duty: Obligation, until: int) -> None:
        contact = duty.owner
        roles = list(self.case.state.directory.contacts[contact].roles)
        facts = kinds_pb2.ContactNominated(contact=contact, roles=roles, term_from=1, term_to=until)  # type: ignore[arg-type]
        self._by_head("contact_nominated", duty, facts)

    def _revoked(self, act: Act, duty: Obligation) -> None:
        if act.number == 5:
            (key, *_) = self.case.state.directory.officer_keys(duty.owner)
            self._by_head("key_revoked", duty, kinds_pb2.KeyRevoked(keyid=key.keyid, reason=1))
