"""A collector lets go of what has ended, and its scorecards are those of one that remembers everything."""

from __future__ import annotations

from hypothesis import given, settings

from rules.folding import Folded
from rules.records import Item, Obligation
from rules.scorecard.collector import Collector
from rules.scorecard.figures import Period, Scorecards
from rules.state import State
from tests.cases import Case, at
from tests.histories import Act, Driver, acts, staffed_town

TOWN = staffed_town()
FRIDAY = at("2026-10-09T16:30")
DAY = 24 * 3_600_000
WEEKS = [Period(FRIDAY + first * DAY, FRIDAY + (first + 7) * DAY) for first in (-5, 0, 3, 9)]


class Remembering(Collector):
    """Keeps every obligation, asks of ended ones too whether their time ran out, and judges them again."""

    def __call__(self, state: State, folded: Folded) -> None:
        self._now = min(folded.at, self._period.end)
        if folded.at >= self._period.end or folded.refusal:
            return
        within = folded.at in self._period
        if folded.kind.opens_item and within:
            self._opened(state.items[bytes(folded.header.message_id)])
        for before, after in folded.changed:
            item = state.items[after.item]
            if item.drill:
                self._drill_obligations += before is None and within
                continue
            self._items[item.id], self._obligations[item.id, after.agency] = item, after
            if before is not None:
                self._run_out(before, folded.at)
                self._judge(before, after, folded.at)
            elif 0 < after.complete_by <= folded.at:
                self._judged[after.item, after.agency].completed = True
            repeated = self._is_repeated(folded, after)
            if within:
                self._count(state, item, folded, before, after, repeated)
                self._time(state, before, after)

    def scorecards(self) -> Scorecards:
        for duty in self._obligations.values():
            self._run_out(duty, self._now)
        return super().scorecards()

    def _forget(self, item: Item, duty: Obligation) -> None:
        raise AssertionError("nothing is forgotten here")


def figures(collector: Collector) -> str:
    """Everything that its scorecards say, in words."""
    cards = collector.scorecards()
    tallies = [sorted(one.items()) for each in (cards.duties, cards.requests) for one in (each.agencies, each.contacts)]
    return repr((cards.period, cards.as_of, cards.overdue, cards.drills, tallies))


class Counted(Case):
    """A case told to collectors of several periods, half of which forget."""

    def __init__(self) -> None:
        super().__init__(TOWN, FRIDAY)
        self.pairs = [(Collector(week), Remembering(week)) for week in WEEKS]
        self.told = 0

    def heard(self, folded: Folded) -> None:
        for pair in self.pairs:
            for collector in pair:
                collector(self.state, folded)
        self.told += 1
        if self.told % 13 == 0:
            assert all(figures(one) == figures(other) for one, other in self.pairs), "asking in between"


@settings(max_examples=30, deadline=None)
@given(acts)
def test_what_is_forgotten_changes_no_figure(history: list[Act]) -> None:
    case = Counted()
    Driver(case).run(history)
    for one, other in case.pairs:
        assert figures(one) == figures(other)
        assert {key for key, duty in one._obligations.items() if duty.open} == {
            key for key, duty in other._obligations.items() if duty.open
        }
        assert set(one._items) == {item for item, _ in one._obligations}


def test_nothing_is_left_of_what_has_ended_and_was_read() -> None:
    case = Counted()
    item = case.lead()
    case.acknowledged(item)
    answer = case.completed(item)
    case.say(answer)
    for one, other in case.pairs[:2]:
        assert one._obligations, "nobody has read it yet"
        assert other._obligations
    case.now += 1000
    case.say(case.by("market", "seen", item, to=["police"], in_reply_to=answer.message_id))
    for one, _ in case.pairs:
        assert not one._obligations and not one._items and not one._judged
    assert figures(case.pairs[1][0]) == figures(case.pairs[1][1])
