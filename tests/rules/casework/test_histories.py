"""Casework by chance: thousands of moves in any order, and no docket ends with anything open.

What has to be done before a docket closes is told here a second time, from the statements alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from audit.review.watch import DutyWatch
from hutong.errors import HutongError
from hutong.v1 import case_kinds_pb2, codes_pb2, header_pb2, kinds_pb2
from rules.folding import Folded
from tests.dockets import C, Docketed

FINDINGS = st.sampled_from([C.FINDING_CONFIRMED, C.FINDING_UNSUBSTANTIATED, C.FINDING_NO_JURISDICTION])
TIERS = st.sampled_from([C.TIER_A, C.TIER_B, C.TIER_C])
PARTIES = st.integers(1, 2)
ANSWERED = (C.METHOD_STATE_DONE, C.METHOD_STATE_NOT_APPLICABLE)
PRINCIPALS = (codes_pb2.APPROVAL_POST_PRINCIPAL, codes_pb2.APPROVAL_POST_ACTING_PRINCIPAL)


class Recording(Docketed):
    """Keeps every statement that was taken, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[header_pb2.Header] = []
        self.watch = DutyWatch()

    def heard(self, folded: Folded) -> None:
        self.taken.append(folded.header)
        assert not list(self.watch(self.state, folded)), "the checker's own clocks agree with the record"

    def try_(self, header: header_pb2.Header) -> None:
        """Say it, if the rules let it pass."""
        with suppress(HutongError):
            self.say(header)


class Machine(RuleBasedStateMachine):
    """One lead of the province's at a market office, whatever becomes of it."""

    @initialize(from_province=st.booleans(), far=st.sampled_from(["opened", "verified", "verified", "decided"]))
    def opened(self, from_province: bool, far: str) -> None:
        self.case = Recording()
        self.from_agency = "province" if from_province else "market"
        self.item = self.case.own_lead(self.from_agency, to=["market"] if from_province else [])
        self.to = ["province"] if from_province else []
        if far != "opened":
            self.case.ledgered(self.item)
            self.case.verified(self.item)
        if far == "decided":
            self.case.disposed(self.item, C.TIER_C)

    @rule(ledgered=st.booleans())
    def assess(self, ledgered: bool) -> None:
        reason = 0 if ledgered else codes_pb2.REASON_CODE_DUPLICATE
        self.case.try_(self.case.about("assessed", self.item, ledgered=ledgered, discarded_for=reason))

    @rule(method=st.integers(1, 5), state=st.integers(1, 3))
    def answer(self, method: int, state: int) -> None:
        waiting = {"waiting_on": "banking"} if state == C.METHOD_STATE_WAITING else {}
        self.case.try_(self.case.method(self.item, method, state, **waiting))

    @rule()
    def answer_all(self) -> None:
        for method in range(1, 6):
            self.case.try_(self.case.method(self.item, method))

    @rule(finding=FINDINGS, tier=st.sampled_from([0, C.TIER_A, C.TIER_B, C.TIER_C]))
    def find(self, finding: int, tier: int) -> None:
        self.case.try_(self.case.finding(self.item, finding, tier))

    @rule(party=PARTIES, tier=TIERS, approved=st.sampled_from([True, True, True, False]))
    def dispose(self, party: int, tier: int, approved: bool) -> None:
        header = self.case.decision(self.item, tier, party)
        if not approved:
            header.disposed.ClearField("approval")
        self.case.try_(header)

    @rule(only=st.sets(PARTIES), complete=st.booleans(), with_property=st.booleans())
    def transfer(self, only: set[int], complete: bool, with_property: bool) -> None:
        waiting = [d.party for d in self.case.state.casework.dispositions_of(self.item, "market") if not d.transfer]
        parties = only or waiting or [1]
        parts = [1, 2, 3, 4, 5] if complete else [1, 2, 5]
        header = self.case.transfer(self.item, sorted(parties), parts=parts, property=with_property)
        self.case.try_(header)
        if bytes(header.message_id) in self.case.state.items:
            self.case.say(self.case.by("police", "acknowledged", bytes(header.message_id)))

    @rule(filed=st.booleans(), which=st.integers(0, 3))
    def decide_filing(self, filed: bool, which: int) -> None:
        transfers = self._items("transfer_made", "reconsideration_asked")
        if transfers:
            self.case.try_(self.case.filing(transfers[which % len(transfers)], filed))

    @rule(which=st.integers(0, 3))
    def ask_again(self, which: int) -> None:
        transfers = self._items("transfer_made")
        if transfers:
            head = self.case.town.houses["market"].head
            header = self.case.opening(
                "reconsideration_asked", transfers[which % len(transfers)], ["police"], contact=head
            )
            header.sender.contact = head
            self.case.try_(header)
            if bytes(header.message_id) in self.case.state.items:
                self.case.say(self.case.by("police", "acknowledged", bytes(header.message_id)))

    @rule(which=st.integers(0, 3))
    def hand_back(self, which: int) -> None:
        transfers = self._items("transfer_made")
        if transfers:
            about = transfers[which % len(transfers)]
            reason = C.FILING_REASON_NO_CRIME
            self.case.try_(self.case.opening("handed_back", about, ["market"], "police", reason=reason))

    @rule(persons=st.integers(1, 3))
    def send_home(self, persons: int) -> None:
        header = self.case.opening("repatriated", self.item, ["government"], persons=persons)
        self.case.try_(header)
        if bytes(header.message_id) in self.case.state.items:
            self.case.say(self.case.by("government", "acknowledged", bytes(header.message_id)))

    @rule(which=st.integers(0, 3), persons=st.integers(0, 4))
    def arrive(self, which: int, persons: int) -> None:
        gone = self._items("repatriated")
        if gone:
            about = gone[which % len(gone)]
            self.case.try_(
                self.case.about("repatriation_confirmed", about, "government", to=["market"], persons=persons)
            )

    @rule(finding=FINDINGS, tier=st.sampled_from([0, C.TIER_A, C.TIER_B, C.TIER_C]))
    def feed_back(self, finding: int, tier: int) -> None:
        self.case.try_(self.case.about("feedback", self.item, finding=finding, tier=tier, to=self.to))

    @rule()
    def close(self) -> None:
        """As far as the officer can see to it: told whoever handed it over what the docket says, then 办结."""
        docket = self.case.state.casework.dockets.get((self.item, "market"))
        if self.to and docket is not None:
            finding = docket.finding or C.FINDING_UNSUBSTANTIATED
            tiers = [d.tier for d in self.case.state.casework.dispositions_of(self.item, "market")]
            facts = {"finding": finding, "tier": max(tiers, default=0)}
            self.case.try_(self.case.about("feedback", self.item, **facts, to=self.to))
        facts = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
        self.case.try_(self.case.by("market", "completed", self.item, to=self.to, facts=facts))

    @invariant()
    def nothing_is_open_where_it_is_closed(self) -> None:
        if not hasattr(self, "case"):
            return
        duty = self.case.duty(self.item, "market")
        docket = self.case.state.casework.dockets.get((self.item, "market"))
        assert (not duty.open) == (docket is not None and docket.stage == C.DOCKET_STAGE_CLOSED)
        if not duty.open:
            assert not list(open_ends(self.case.taken, self.item, bool(self.to)))

    def _items(self, *kinds: str) -> list[bytes]:
        return [bytes(h.message_id) for h in self.case.taken if h.WhichOneof("kind") in kinds]


def open_ends(taken: list[header_pb2.Header], item: bytes, mandatory_feedback: bool) -> Iterable[str]:
    """What is open about ``item``, from the statements taken until its 办结."""
    mine = [h for h in taken if h.item_id == item and h.sender.agency == "market"]
    assessed = [h.assessed for h in mine if h.WhichOneof("kind") == "assessed"]
    if mandatory_feedback and not any(h.WhichOneof("kind") == "feedback" for h in mine):
        yield "nobody told whoever handed it over"
    if not assessed:
        yield "no ledger"
        return
    if not assessed[-1].ledgered:
        return
    methods = {
        h.method_answered.method: h.method_answered.state for h in mine if h.WhichOneof("kind") == "method_answered"
    }
    if [methods.get(number) in ANSWERED for number in range(1, 6)] != [True] * 5:
        yield f"methods {methods}"
    found = [h.verified.finding for h in mine if h.WhichOneof("kind") == "verified"]
    decisions: dict[int, case_kinds_pb2.Disposed] = {}
    for header in mine:
        if header.WhichOneof("kind") == "disposed":
            decisions[header.disposed.party] = header.disposed
    if found[-1] == C.FINDING_CONFIRMED and not decisions:
        yield "nothing decided"
    yield from _decisions(taken, item, decisions)
    yield from _people(taken, item)


def _decisions(
    taken: list[header_pb2.Header], item: bytes, decisions: dict[int, case_kinds_pb2.Disposed]
) -> Iterable[str]:
    for party, decision in decisions.items():
        if decision.tier != C.TIER_A and not decision.HasField("approval"):
            yield f"party {party}: no approval"
        if decision.tier != C.TIER_C:
            continue
        if decision.approver not in PRINCIPALS:
            yield f"party {party}: not the principal's approval"
        made = [
            bytes(h.message_id)
            for h in taken
            if h.WhichOneof("kind") == "transfer_made"
            and h.transfer_made.about_item == item
            and party in h.transfer_made.parties
        ]
        if not made or not _with_the_police(taken, made[-1]):
            yield f"party {party}: not with the police"


def _with_the_police(taken: list[header_pb2.Header], transfer: bytes) -> bool:
    """Whether the last word on ``transfer``, or on its reconsideration, is that it was filed."""
    again = {
        bytes(h.message_id)
        for h in taken
        if h.WhichOneof("kind") == "reconsideration_asked" and h.reconsideration_asked.about_item == transfer
    }
    back = any(h.WhichOneof("kind") == "handed_back" and h.handed_back.about_item == transfer for h in taken)
    words = [
        h.filing_decided.filed
        for h in taken
        if h.WhichOneof("kind") == "filing_decided" and h.item_id in {transfer, *again}
    ]
    return bool(words) and words[-1] and not back


def _people(taken: list[header_pb2.Header], item: bytes) -> Iterable[str]:
    for header in taken:
        if header.WhichOneof("kind") != "repatriated" or header.repatriated.about_item != item:
            continue
        arrived = [
            h.repatriation_confirmed.persons
            for h in taken
            if h.WhichOneof("kind") == "repatriation_confirmed" and h.item_id == header.message_id
        ]
        if not arrived or arrived[-1] < header.repatriated.persons:
            yield "people who did not arrive"


Machine.TestCase.settings = settings(
    max_examples=int(os.environ.get("HUTONG_HISTORIES", "30")),
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestCasework = Machine.TestCase
