"""Random histories: whatever is said by whomever and whenever, every open obligation has exactly one owner in force, or
stands with the head as a breach; and the hub says each step once, when it is due.

Nominations, absences of keys, withdrawals, handovers, expiries, crashes and leaps of the clock come in any order. The
hub behaves as it does: what is due on an item is said before anything else about it is decided, and what falls falls
directly after its cause.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing.dsse import PAYLOAD_TYPE, statement_digest
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from rules import hub_statements, ladder
from rules.claims import claims, directory_of
from rules.clocks import PRACTICE
from rules.decide import Statement, decide, recorded
from rules.duty import current
from rules.outcome import digest
from rules.records import Obligation
from rules.state import State
from rules.whom import fallen
from tests.cases import HUB_KEY, local
from tests.towns import NOW, ORIGIN, SYSTEM, Town, contact_id, recipient

AGENCIES = ("market", "police", "banking")
TOWN = Town.make()
S = casework_pb2.ObligationState
PENDING, ACKNOWLEDGED, REPORTED, CLOSED, RETURNED = (
    S.OBLIGATION_STATE_PENDING,
    S.OBLIGATION_STATE_ACKNOWLEDGED,
    S.OBLIGATION_STATE_REPORTED,
    S.OBLIGATION_STATE_CLOSED,
    S.OBLIGATION_STATE_RETURNED,
)
GOING, REVIEW, HELD, REDIRECTED, PASSED_ON, TAKEN_BACK = (
    S.OBLIGATION_STATE_IN_PROGRESS,
    S.OBLIGATION_STATE_IN_REVIEW,
    S.OBLIGATION_STATE_ON_HOLD,
    S.OBLIGATION_STATE_REDIRECTED,
    S.OBLIGATION_STATE_PASSED_ON,
    S.OBLIGATION_STATE_TAKEN_BACK,
)
WORKED_ON = (ACKNOWLEDGED, GOING, REPORTED, HELD)
MOVES = {
    "acknowledged": {(PENDING, ACKNOWLEDGED), (REDIRECTED, PASSED_ON)},
    "progressed": {(ACKNOWLEDGED, GOING)},
    "inquiry_reply": {(each, REPORTED) for each in WORKED_ON},
    "completed": {(each, end) for each in WORKED_ON for end in (CLOSED, REVIEW)},
    "reviewed": {(REVIEW, CLOSED), (REVIEW, GOING)},
    "held": {(each, HELD) for each in WORKED_ON},
    "resumed": {(HELD, GOING)},
    "escalated": {(HELD, GOING)},
    "redirect": {(each, REDIRECTED) for each in WORKED_ON},
    "redirect_taken_back": {(REDIRECTED, GOING), (PENDING, TAKEN_BACK)},
    "return": {(each, RETURNED) for each in (PENDING, *WORKED_ON)} | {(REDIRECTED, GOING)},
}
"""By what an obligation comes from one state to another; nothing else moves it."""
MOVE_OWNER = ("acknowledged", "return", "handover_answered", "assigned", "ownership_fell")
HOUR, DAY = 3_600_000, 86_400_000
agency = st.sampled_from(AGENCIES)
who = st.integers(0, 2)
which = st.integers(0, 50)
FACTS: dict[str, Any] = {
    "completed": kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_ANSWERED, evidence_sha256=bytes(32)),
    "inquiry_reply": kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL),
    "return": kinds_pb2.Return(reason=codes_pb2.REASON_CODE_OTHER),
    "progressed": kinds_pb2.Progressed(step=codes_pb2.PROGRESS_STEP_VERIFYING),
}


class Histories(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.state = State(directory=TOWN.directory)
        self.now, self.index = NOW, TOWN.directory.index
        self.said: list[tuple[Statement, int, int, bytes]] = []
        self.ids: list[bytes] = []
        self.items: list[bytes] = []
        self.offers: list[bytes] = []
        self.nominated = self.registered = 0

    # What happens

    @rule(
        code=agency,
        place=who,
        to=st.lists(st.tuples(agency, st.integers(0, 3), st.booleans()), max_size=3),
        urgency=st.integers(1, 3),
        drill=st.booleans(),
        mark=st.sampled_from([b"", b"", b"k" * 32]),
    )
    def open_lead(self, code: str, place: int, to: Any, urgency: int, drill: bool, mark: bytes) -> None:
        recipients = [
            recipient(other, self.contact(other, named) if named < 3 else "", role=2 if informed else 1)
            for other, named, informed in to
        ]
        header = TOWN.lead(code, to=recipients, contact=self.contact(code, place), urgency=urgency)
        header.facts.drill, header.facts.dedup_key = drill, mark
        self.say(header)

    @rule(kind=st.sampled_from(["inquiry", "supervision"]), code=agency, place=who, other=agency)
    def open_other(self, kind: str, code: str, place: int, other: str) -> None:
        facts = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY) if kind == "inquiry" else None
        self.say(TOWN.header(kind, code, self.contact(code, place), facts=facts, to=[other]))

    @rule(
        kind=st.sampled_from(["seen", "acknowledged", "completed", "inquiry_reply", "return", "supplement", "resumed"]),
        code=agency,
        place=who,
        at=which,
        to=st.lists(agency, max_size=3, unique=True),
    )
    def anybody_says_anything(self, kind: str, code: str, place: int, at: int, to: list[str]) -> None:
        header = TOWN.header(kind, code, self.contact(code, place), facts=FACTS.get(kind), item_id=self.item(at), to=to)
        self.say(header)

    @precondition(lambda self: self.items)
    @rule(
        kind=st.sampled_from(["seen", "acknowledged", "acknowledged", "completed", "inquiry_reply", "return"]),
        at=which,
        place=who,
        as_owner=st.booleans(),
    )
    def whoever_owes_goes_on(self, kind: str, at: int, place: int, as_owner: bool) -> None:
        self.by_owner(at, kind, FACTS.get(kind), place if not as_owner else None)

    @precondition(lambda self: self.items)
    @rule(kind=st.sampled_from(["progressed", "held", "resumed", "extension_asked"]), at=which, days=st.integers(-1, 9))
    def the_owner_takes_time(self, kind: str, at: int, days: int) -> None:
        until = self.now + days * DAY
        facts = {
            "held": kinds_pb2.Held(until=until, reason=1),
            "extension_asked": kinds_pb2.ExtensionAsked(until=until, reason=1),
        }
        self.by_owner(at, kind, facts.get(kind, FACTS.get(kind)))

    @precondition(lambda self: self.items)
    @rule(at=which, place=st.sampled_from([None, 0, 1, 2]), days=st.integers(-1, 40))
    def a_paper_receipt_is_entered(self, at: int, place: int | None, days: int) -> None:
        on = local(self.now - days * DAY)[:10]
        facts = kinds_pb2.ReceivedOnPaper(received_on=on, document_sha256=bytes(32))
        self.by_owner(at, "received_on_paper", facts, place)

    @precondition(lambda self: self.items)
    @rule(at=which, other=agency)
    def the_owner_passes_it_on(self, at: int, other: str) -> None:
        duty = self.duty(at)
        if duty is not None:
            to = [recipient(other), recipient(self.state.items[duty.item].from_agency, role=2)]
            facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
            self.by_owner(at, "redirect", facts, to=to if to[0].agency != to[1].agency else to[:1])

    @precondition(lambda self: self.items)
    @rule(at=which, place=who, as_owner=st.booleans())
    def the_owner_takes_it_back(self, at: int, place: int, as_owner: bool) -> None:
        duty = self.duty(at)
        if duty is not None and duty.redirected_to:
            to = [duty.redirected_to, self.state.items[duty.item].from_agency]
            self.by_owner(at, "redirect_taken_back", None, None if as_owner else place, to=to)

    @precondition(lambda self: self.items)
    @rule(kind=st.sampled_from(["extension_decided", "reviewed"]), at=which, code=agency, place=who, yes=st.booleans())
    def somebody_decides(self, kind: str, at: int, code: str, place: int, yes: bool) -> None:
        duty = self.duty(at)
        if duty is None:
            return
        reason = codes_pb2.REASON_CODE_UNSPECIFIED if yes else codes_pb2.REASON_CODE_INCOMPLETE
        facts = {
            "extension_decided": kinds_pb2.ExtensionDecided(agency=duty.agency, granted=yes),
            "reviewed": kinds_pb2.Reviewed(agency=duty.agency, accepted=yes, reason=reason),
        }[kind]
        to = [self.state.items[duty.item].from_agency if code == duty.agency else duty.agency]
        self.say(TOWN.header(kind, code, self.contact(code, place), facts=facts, item_id=duty.item, to=to))

    @precondition(lambda self: self.items)
    @rule(at=which, place=who, named=who, by=agency)
    def a_head_gives_it_to(self, at: int, place: int, named: int, by: str) -> None:
        duty = self.duty(at)
        if duty is not None:
            facts = kinds_pb2.Assigned(agency=duty.agency)
            to = [recipient(duty.agency, self.contact(duty.agency, named))]
            self.say(TOWN.header("assigned", by, self.contact(by, place), facts=facts, item_id=duty.item, to=to))

    @precondition(lambda self: self.items)
    @rule(at=which, by=agency, place=who)
    def somebody_pushes(self, at: int, by: str, place: int) -> None:
        duty = self.duty(at)
        if duty is not None:
            facts = kinds_pb2.EscalationForced(agency=duty.agency)
            to = [self.state.items[duty.item].from_agency if by == duty.agency else duty.agency]
            who_ = self.contact(by, place)
            self.say(TOWN.header("escalation_forced", by, who_, facts=facts, item_id=duty.item, to=to))

    @rule(code=agency, giver=who, taker=who, leaving=st.booleans(), all_of_them=st.booleans())
    def offer(self, code: str, giver: int, taker: int, leaving: bool, all_of_them: bool) -> None:
        owner = self.contact(code, giver)
        items = sorted(duty.item for duty in self.state.owned_by(owner))
        facts = kinds_pb2.HandoverOffered(items=items if all_of_them else items[:1], leaving=leaving)
        to = [recipient(code, self.contact(code, taker))]
        header = TOWN.header("handover_offered", code, owner, facts=facts, to=to)
        if self.say(header):
            self.offers.append(header.message_id)

    @precondition(lambda self: self.offers)
    @rule(at=which, place=who, accepted=st.booleans())
    def answer(self, at: int, place: int, accepted: bool) -> None:
        offer = self.state.handovers[self.offers[at % len(self.offers)]]
        contact = offer.taker if place else self.contact(offer.agency, place)
        facts = kinds_pb2.HandoverAnswered(accepted=accepted)
        to = [recipient(offer.agency, offer.giver)]
        self.say(TOWN.header("handover_answered", offer.agency, contact, facts=facts, in_reply_to=offer.id, to=to))

    @precondition(lambda self: self.offers)
    @rule(at=which, place=who)
    def withdraw_the_offer(self, at: int, place: int) -> None:
        offer = self.state.handovers[self.offers[at % len(self.offers)]]
        contact = offer.giver if place else self.head(offer.agency)
        to = [recipient(offer.agency)]
        self.say(TOWN.header("handover_withdrawn", offer.agency, contact, in_reply_to=offer.id, to=to))

    @precondition(lambda self: self.ids)
    @rule(code=agency, place=who, at=which, about=which)
    def receipt(self, code: str, place: int, at: int, about: int) -> None:
        known = self.state.statements[self.ids[about % len(self.ids)]]
        facts = kinds_pb2.Delivered(statement_sha256=known.digest, result=codes_pb2.OPENING_RESULT_OPENED)
        given: dict[str, Any] = {"item_id": known.item or self.item(at), "in_reply_to": known.message_id}
        self.say(
            TOWN.header(
                "delivered", code, self.contact(code, place), role=SYSTEM, facts=facts, to=[known.agency], **given
            )
        )

    @rule(code=agency, place=who, voluntary=st.booleans())
    def withdraw(self, code: str, place: int, voluntary: bool) -> None:
        facts = kinds_pb2.ContactWithdrawn(contact=self.contact(code, place), voluntary=voluntary)
        self.say(TOWN.header("contact_withdrawn", code, self.head(code), facts=facts))

    @rule(code=agency, place=who)
    def another_head_is_registered(self, code: str, place: int) -> None:
        self.registered += 1
        known, house = self.state.directory.agencies[code], TOWN.houses[code]
        said = kinds_pb2.AgencyRegistered(
            agency=code,
            type=known.type,  # type: ignore[arg-type]
            level=known.level,  # type: ignore[arg-type]
            region=known.region,
            head_contact=(house.head, house.liaison, house.second)[place],
            head_keyid=known.head_keyid,
        )
        order = self.registered.to_bytes(16, "big")
        self.say(hub_statements.registration(ORIGIN, HUB_KEY, said, b"d" * 32, order, self.now))

    @rule(code=agency, place=st.integers(1, 2))
    def lose_a_key(self, code: str, place: int) -> None:
        (key,) = TOWN.directory.officer_keys(self.contact(code, place))
        facts = kinds_pb2.KeyRevoked(keyid=key.keyid, reason=codes_pb2.REVOCATION_REASON_LOST)
        self.say(TOWN.header("key_revoked", code, self.head(code), facts=facts))

    @rule(code=agency, back=st.booleans(), place=who, role=st.sampled_from([1, 2, 4]), days=st.integers(1, 60))
    def nominate(self, code: str, back: bool, place: int, role: int, days: int) -> None:
        self.nominated += 1
        contact = self.contact(code, place) if back else contact_id(0x1000 + self.nominated)
        facts = kinds_pb2.ContactNominated(
            contact=contact,
            roles=[role],  # type: ignore[list-item]
            term_from=self.now,
            term_to=self.now + days * DAY,
        )
        self.say(TOWN.header("contact_nominated", code, self.head(code), facts=facts))

    @rule(minutes=st.one_of(st.integers(1, 600), st.integers(600, 60 * 24 * 40)))
    def wait(self, minutes: int) -> None:
        """The clock goes on or leaps; the hub's engine has not looked yet."""
        self.now += minutes * 60_000

    @rule()
    def the_engine_looks(self) -> None:
        for item, code in sorted(self.state.obligations):
            self.steps(item, code)
        for duty in self.state.obligations.values():
            assert not duty.next_at or duty.next_at > self.now, "all that was due has been said"
            assert not duty.open or not fallen(self.state.directory, duty, self.now)

    @rule()
    def crash(self) -> None:
        """Memory is lost; the log is what remains."""
        self.state = self.replayed()

    # How the hub takes it

    def say(self, header: header_pb2.Header) -> bool:
        """Everything due on the item first; then decide and fold; then what falls by it. Whether it was accepted."""
        known = self.state.items.get(header.item_id)
        if known is not None and known.drill:
            header.facts.drill = True
        for duty in self.state.obligations_of(header.item_id):
            self.steps(duty.item, duty.agency)
        done = self.record(header)
        for duty in list(self.state.obligations.values()):
            if done and header.WhichOneof("kind") in ("contact_withdrawn", "key_revoked", "agency_registered"):
                self.steps(duty.item, duty.agency)
        return done

    def steps(self, item: bytes, code: str) -> None:
        while header := hub_statements.next_step(ORIGIN, HUB_KEY, self.state, item, code, self.now):
            before = self.state.obligations[item, code]
            assert self.record(header), "the hub says nothing that its own rules refuse"
            after = self.state.obligations[item, code]
            assert after.steps == before.steps + 1, "each step has a number of its own"
            assert header.WhichOneof("kind") == "ownership_fell" or before.next_at <= self.now, "never early"

    def record(self, header: header_pb2.Header) -> bool:
        envelope = Envelope(payload=header.SerializeToString(deterministic=True), payload_type=PAYLOAD_TYPE)
        statement = Statement(header, statement_digest(envelope), kind_of(header))
        before = dict(self.state.obligations)
        try:
            outcome = decide(self.state, statement, self.index, self.now)
        except HutongError:
            assert before == self.state.obligations, "a refusal changes nothing"
            return False
        for change in outcome.changes:
            if isinstance(change, Obligation):
                self.allowed(statement, before.get((change.item, change.agency)), change)
        self.fold(self.state, statement, self.index, self.now)
        self.said.append((statement, self.index, self.now, digest(outcome)))
        self.ids.append(header.message_id)
        if statement.kind.opens_item:
            self.items.append(header.message_id)
        self.index += 1
        return True

    def allowed(self, statement: Statement, old: Obligation | None, new: Obligation) -> None:
        """One step of one obligation: states follow the graph, ownership moves as the first promise says."""
        kind, header = statement.kind.name, statement.header
        if old is None:
            assert (statement.kind.opens_item or kind == "redirect") and new.state == PENDING
            return
        if kind == "delivered" and not old.open:
            assert replace(new, delivered_at=0) == old, "late, it notes a time and nothing else"
            return
        assert old.open, "what is over stays over"
        # Whom the statement finds: with the head, where the owner is out of force and it has not been said yet.
        # What was due before a fall is said before it, to the owner of then.
        if kind not in ("escalated", "non_response"):
            old = current(self.state, self.state.items[old.item], old, self.now)
        if new.state != old.state:
            assert (old.state, new.state) in MOVES[kind], (kind, old.state, new.state)
        if kind == "received_on_paper":
            assert new.owner == old.owner and 0 < new.complete_by <= (old.complete_by or new.complete_by)
        elif new.extensions > old.extensions:
            assert header.sender.agency != new.agency or header.sender.contact not in (
                old.owner,
                old.extension_asked_by,
            )
        if old.acknowledged_at:
            assert new.acknowledged_at == old.acknowledged_at, "the first 签收 stays on record"
        if new.owner == old.owner:
            return
        head = self.state.directory.agencies[new.agency].head_contact
        assert kind in MOVE_OWNER
        if kind in ("acknowledged", "return", "handover_answered"):
            assert (header.sender.agency, new.owner) == (new.agency, header.sender.contact), "by a signed accept"
        elif kind == "assigned":
            assert head in (header.sender.contact, new.owner), "by the head, or to the head"
        else:
            assert new.owner == head and new.breach, "to the head, as a breach"

    def fold(self, state: State, statement: Statement, index: int, now: int) -> bytes:
        outcome = decide(state, statement, index, now)
        state.apply(outcome.changes, index)
        state.remember(recorded(statement, index, now))
        return digest(outcome)

    # Whom it is about

    def contact(self, code: str, place: int) -> str:
        house = TOWN.houses[code]
        return (self.head(code), house.liaison, house.second)[place]

    def head(self, code: str) -> str:
        """Whoever is head by now."""
        return self.state.directory.agencies[code].head_contact

    def item(self, place: int) -> bytes:
        return self.items[place % len(self.items)] if self.items else b"?" * 16

    def duty(self, at: int) -> Obligation | None:
        duties = self.state.obligations_of(self.item(at))
        return duties[at % len(duties)] if duties else None

    def by_owner(self, at: int, kind: str, facts: Any, place: int | None = None, to: Any = None) -> None:
        """Said by the owner (or the contact at ``place``) of an obligation, so that histories get somewhere."""
        duty = self.duty(at)
        if duty is None:
            return
        contact = duty.owner if place is None else self.contact(duty.agency, place)
        if contact in TOWN.houses[duty.agency].keys:
            to = to or [self.state.items[duty.item].from_agency]
            self.say(TOWN.header(kind, duty.agency, contact, facts=facts, item_id=duty.item, to=to))

    # What holds

    @invariant()
    def every_open_obligation_has_one_owner_in_force_or_stands_with_the_head(self) -> None:
        directory = self.state.directory
        for (item, code), duty in self.state.obligations.items():
            assert (duty.item, duty.agency) == (item, code) and code in self.state.items[item].parties
            owner = directory.contacts[duty.owner]
            assert owner.agency == code, "a named contact of that agency"
            assert bool(duty.closed_at) != duty.open
            assert ladder.scheduled(duty) == duty, "what is next stands on the record"
            if duty.open:
                found = current(self.state, self.state.items[item], duty, self.now)
                head = directory.agencies[code].head_contact
                assert found.owner == head or not fallen(directory, found, self.now)
                assert found.owner == duty.owner or (found.owner == head and found.breach)

    @invariant()
    def somebody_is_watching(self) -> None:
        """An open obligation has a step to come, or stands as a red tile, or somebody has to look at it."""
        for duty in self.state.obligations.values():
            assert not duty.open or duty.next_at or duty.red

    @invariant()
    def what_is_passed_on_is_waited_for_in_one_place(self) -> None:
        """While an obligation waits for another agency, that one has it before it, and in a law's time where there is
        one; and only then."""
        for duty in self.state.obligations.values():
            assert bool(duty.redirected_to) == (duty.state in (REDIRECTED, PASSED_ON))
            if duty.state == REDIRECTED:
                other = self.state.obligations[duty.item, duty.redirected_to]
                assert (other.state, other.redirected_from) == (PENDING, duty.agency)
                if duty.complete_rule != PRACTICE:
                    assert (other.complete_by, other.complete_rule) == (duty.complete_by, duty.complete_rule)

    def replayed(self) -> State:
        """The same statements once more, from nothing: the same digests."""
        again = State(directory=TOWN.directory)
        for statement, index, now, wanted in self.said:
            assert self.fold(again, statement, index, now) == wanted
        return again

    def teardown(self) -> None:
        if hasattr(self, "said"):
            again = self.replayed()
            assert claims(again, ORIGIN, self.index) == claims(self.state, ORIGIN, self.index)
            assert directory_of(again) == directory_of(self.state)


Histories.TestCase.settings = settings(
    max_examples=int(os.environ.get("HUTONG_HISTORIES", "60")), stateful_step_count=50, deadline=None
)
TestHistories = Histories.TestCase
