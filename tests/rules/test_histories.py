"""Random histories: whatever is said by whomever, every open obligation has exactly one owner, a named contact."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing.dsse import PAYLOAD_TYPE, statement_digest
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from rules import hub_statements
from rules.claims import claims, directory_of
from rules.decide import Statement, decide, recorded
from rules.outcome import digest
from rules.records import Obligation
from rules.state import State
from tests.towns import NOW, ORIGIN, SYSTEM, Town, contact_id, recipient

AGENCIES = ("market", "police", "banking")
TOWN = Town.make()
STATES = casework_pb2.ObligationState
NEXT = {
    STATES.OBLIGATION_STATE_PENDING: {"acknowledged": STATES.OBLIGATION_STATE_ACKNOWLEDGED},
    STATES.OBLIGATION_STATE_ACKNOWLEDGED: {
        "inquiry_reply": STATES.OBLIGATION_STATE_REPORTED,
        "completed": STATES.OBLIGATION_STATE_CLOSED,
    },
    STATES.OBLIGATION_STATE_REPORTED: {
        "inquiry_reply": STATES.OBLIGATION_STATE_REPORTED,
        "completed": STATES.OBLIGATION_STATE_CLOSED,
    },
}
agency = st.sampled_from(AGENCIES)
who = st.integers(0, 2)
which = st.integers(0, 50)


class Histories(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.state = State(directory=TOWN.directory)
        self.now, self.index = NOW, TOWN.directory.index
        self.said: list[tuple[Statement, int, int, bytes]] = []
        self.ids: list[bytes] = []
        self.items: list[bytes] = []
        self.nominated = 0

    def contact(self, code: str, place: int) -> str:
        house = TOWN.houses[code]
        return (house.head, house.liaison, house.second)[place]

    def item(self, place: int) -> bytes:
        return self.items[place % len(self.items)] if self.items else b"?" * 16

    def say(self, header: header_pb2.Header) -> bool:
        """Decide and fold; whether it was accepted. A refusal changes nothing."""
        envelope = Envelope(payload=header.SerializeToString(deterministic=True), payload_type=PAYLOAD_TYPE)
        statement = Statement(header, statement_digest(envelope), kind_of(header))
        before = dict(self.state.obligations)
        try:
            outcome = decide(self.state, statement, self.index, self.now)
        except HutongError:
            assert before == self.state.obligations
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
        """One step of one obligation: states follow the graph, owners change only by their own signature."""
        kind, header = statement.kind.name, statement.header
        if old is None:
            assert statement.kind.opens_item and new.state == STATES.OBLIGATION_STATE_PENDING
            return
        if kind == "delivered":
            assert replace(new, delivered_at=0) == old, "a receipt notes a time, late or not, and nothing else"
            return
        assert old.open, "what is over stays over"
        assert new.agency == header.sender.agency or statement.kind.hub_only
        if kind == "return":
            assert new.state == STATES.OBLIGATION_STATE_RETURNED
        elif new.state != old.state:
            assert NEXT[old.state][kind] == new.state
        if new.owner != old.owner:
            assert kind in ("acknowledged", "return") and new.owner == header.sender.contact

    def fold(self, state: State, statement: Statement, index: int, now: int) -> bytes:
        outcome = decide(state, statement, index, now)
        state.apply(outcome.changes, index)
        state.remember(recorded(statement, index, now))
        return digest(outcome)

    @rule(code=agency, place=who, to=st.lists(st.tuples(agency, st.integers(0, 3), st.booleans()), max_size=3))
    def open_lead(self, code: str, place: int, to: list[tuple[str, int, bool]]) -> None:
        recipients = [
            recipient(other, self.contact(other, named) if named < 3 else "", role=2 if informed else 1)
            for other, named, informed in to
        ]
        self.say(TOWN.lead(code, to=recipients, contact=self.contact(code, place)))

    @rule(code=agency, place=who, other=agency)
    def open_inquiry(self, code: str, place: int, other: str) -> None:
        facts = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY)
        self.say(TOWN.header("inquiry", code, self.contact(code, place), facts=facts, to=[other]))

    @rule(
        kind=st.sampled_from(["seen", "acknowledged", "completed", "inquiry_reply", "return", "supplement"]),
        code=agency,
        place=who,
        at=which,
        to=st.lists(agency, max_size=3, unique=True),
    )
    def follow(self, kind: str, code: str, place: int, at: int, to: list[str]) -> None:
        facts = {
            "completed": kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_ANSWERED, evidence_sha256=bytes(32)),
            "inquiry_reply": kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL),
            "return": kinds_pb2.Return(reason=codes_pb2.REASON_CODE_OTHER),
        }.get(kind)
        self.say(TOWN.header(kind, code, self.contact(code, place), facts=facts, item_id=self.item(at), to=to))

    @precondition(lambda self: self.items)
    @rule(
        kind=st.sampled_from(["seen", "acknowledged", "acknowledged", "completed", "inquiry_reply", "return"]),
        at=which,
        place=who,
        as_owner=st.booleans(),
    )
    def follow_duty(self, kind: str, at: int, place: int, as_owner: bool) -> None:
        """The same from whoever has a duty, so that histories get somewhere."""
        duties = self.state.obligations_of(self.item(at))
        if not duties:
            return
        duty = duties[at % len(duties)]
        contact = duty.owner if as_owner else self.contact(duty.agency, place)
        if contact not in TOWN.houses[duty.agency].keys:
            return
        facts = {
            "completed": kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_ANSWERED, evidence_sha256=bytes(32)),
            "inquiry_reply": kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL),
            "return": kinds_pb2.Return(reason=codes_pb2.REASON_CODE_OTHER),
        }.get(kind)
        to = [self.state.items[duty.item].from_agency]
        self.say(TOWN.header(kind, duty.agency, contact, facts=facts, item_id=duty.item, to=to))

    @precondition(lambda self: self.ids)
    @rule(code=agency, place=who, at=which, about=which)
    def receipt(self, code: str, place: int, at: int, about: int) -> None:
        message_id = self.ids[about % len(self.ids)]
        known = self.state.statements[message_id]
        facts = kinds_pb2.Delivered(statement_sha256=known.digest, result=codes_pb2.OPENING_RESULT_OPENED)
        item = known.item or self.item(at)
        self.say(
            TOWN.header(
                "delivered",
                code,
                self.contact(code, place),
                role=SYSTEM,
                facts=facts,
                item_id=item,
                in_reply_to=message_id,
                to=[known.agency],
            )
        )

    @rule(code=agency, place=who)
    def withdraw(self, code: str, place: int) -> None:
        facts = kinds_pb2.ContactWithdrawn(contact=self.contact(code, place))
        self.say(TOWN.header("contact_withdrawn", code, TOWN.houses[code].head, facts=facts))

    @rule(code=agency, back=st.booleans(), place=who)
    def nominate(self, code: str, back: bool, place: int) -> None:
        self.nominated += 1
        contact = self.contact(code, place) if back else contact_id(0x1000 + self.nominated)
        facts = kinds_pb2.ContactNominated(
            contact=contact, roles=[codes_pb2.CONTACT_ROLE_LIAISON], term_from=self.now, term_to=self.now + 10**10
        )
        self.say(TOWN.header("contact_nominated", code, TOWN.houses[code].head, facts=facts))

    @rule(minutes=st.integers(1, 3000))
    def wait(self, minutes: int) -> None:
        self.now += minutes * 60_000

    @rule()
    def certify_silence(self) -> None:
        for duty in list(self.state.obligations.values()):
            header = hub_statements.non_response(ORIGIN, "a" * 64, self.state.items[duty.item], duty, self.now)
            due = duty.state == STATES.OBLIGATION_STATE_PENDING and not duty.non_response
            assert self.say(header) == (due and self.now >= duty.acknowledge_by)

    @invariant()
    def every_open_obligation_has_one_owner_a_named_contact(self) -> None:
        for (item, code), duty in self.state.obligations.items():
            assert (duty.item, duty.agency) == (item, code) and item in self.state.items
            owner = self.state.directory.contacts.get(duty.owner)
            assert owner is not None and owner.agency == code, "a named contact of that agency"
            assert duty.agency in self.state.items[item].parties
            assert bool(duty.acknowledged_at) == (duty.state not in (1, 5)) or duty.state == 5
            assert bool(duty.closed_at) != duty.open

    def teardown(self) -> None:
        """The same statements once more, from nothing: the same digests and the same state, byte for byte."""
        if not hasattr(self, "said"):
            return
        again = State(directory=TOWN.directory)
        for statement, index, now, wanted in self.said:
            assert self.fold(again, statement, index, now) == wanted
        assert claims(again, ORIGIN, self.index) == claims(self.state, ORIGIN, self.index)
        assert directory_of(again) == directory_of(self.state)


Histories.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestHistories = Histories.TestCase
