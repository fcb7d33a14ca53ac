"""The watch over duties finds nothing in an honest history, and names every cheat."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import event, given, settings

from audit.review.turns import STEPS
from audit.review.watch import DutyWatch
from hutong.directory.records import HUB_AGENCY
from hutong.v1 import header_pb2
from rules import hub_statements
from rules.folding import Folded
from rules.outcome import Outcome
from rules.parties import contact_concerned
from rules.records import Obligation
from tests.cases import Case, at
from tests.histories import Act, Driver, acts, staffed_town
from tests.towns import ORIGIN

TOWN = staffed_town()
FRIDAY = at("2026-10-09T16:30")


class WatchedCase(Case):
    """A case with a watch over it; ``owed``: the hub has decided something about an item with a step due before."""

    def __init__(self, now: int = FRIDAY) -> None:
        super().__init__(TOWN, now)
        self.watch = DutyWatch()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.kinds: Counter[str] = Counter()
        self.owed = False

    def say(self, header: header_pb2.Header) -> Outcome:
        by_others = header.sender.agency != HUB_AGENCY or header.HasField("agency_registered")
        waiting = [
            hub_statements.next_step(ORIGIN, self.keyid, self.state, duty.item, duty.agency, self.now - 1)
            for duty in self._concerned(header)
        ]
        outcome = super().say(header)
        self.owed |= by_others and any(waiting)
        return outcome

    def _concerned(self, header: header_pb2.Header) -> list[Obligation]:
        """What the hub looks at before it decides: the item's, what a handover moves, what leaves its owner."""
        kind, duties = header.WhichOneof("kind"), self.state.obligations_of(header.item_id)
        if kind == "handover_answered" and header.handover_answered.accepted:
            offer = self.state.handovers[header.in_reply_to]
            duties += [duty for duty in self.state.owned_by(offer.giver) if duty.item in offer.items]
        if kind in ("contact_withdrawn", "key_revoked", "agency_registered"):
            owned = self.state.owned_by(contact_concerned(self.state.directory, header))
            agency = header.agency_registered.agency or header.sender.agency
            duties += [duty for duty in owned if duty.agency == agency]
        return duties

    def heard(self, folded: Folded) -> None:
        self.kinds[folded.kind.name] += 1
        self.found += [(fault.code, fault.params) for fault in self.watch(self.state, folded)]

    def overdue(self) -> list[str]:
        return [fault.params["step"] for fault in self.watch.overdue(self.state, self.now)]


@settings(max_examples=100, deadline=None)
@given(acts)
def test_an_honest_history_agrees(history: list[Act]) -> None:
    case = WatchedCase()
    driver = Driver(case)
    driver.run(history)
    driver.wait(60 * 24 * 60)
    assert case.found == [] and case.overdue() == [] and not case.owed
    figures = case.watch.summary()
    said = sum(case.kinds[kind] for kind in STEPS)
    assert (figures.due, figures.said, figures.missed, figures.surplus) == (said, said, 0, 0)
    for kind in case.kinds:
        event(kind)


@settings(max_examples=100, deadline=None)
@given(acts)
def test_a_hub_that_decides_before_it_has_said_what_is_due_is_found(history: list[Act]) -> None:
    """Exactly then; and nothing is wrong with what it does say."""
    case = WatchedCase()
    Driver(case, honest=False).run([replace(act, wait=act.wait + 1) for act in history])
    assert {code for code, _ in case.found} <= {"HT-LAD-01"}
    by_items = [params for _, params in case.found if params["step"] != "fall"]
    assert bool(case.found) >= case.owed and case.owed >= bool(by_items)
    case.tick()
    assert case.overdue() == []
