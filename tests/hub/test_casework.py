"""Casework at a hub: each story of the pure core over a real database, with the same answers and the same records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.state.casework import load_all_casework
from hub.state.database import reading
from hutong.errors import HutongError
from hutong.v1 import header_pb2
from rules.outcome import Outcome, as_plain
from tests.dockets import Docketed
from tests.nodes import Hub
from tests.rules.casework import test_refusals, test_story

STORIES: list[Callable[[Docketed], None]] = [
    test_story.test_a_complaint_becomes_a_filed_crime,
    test_story.test_what_is_not_filed_is_reconsidered_and_disposed_of_afresh,
    test_story.test_a_refusal_that_the_police_take_back_leaves_nothing_to_dispose_of,
    test_story.test_missing_parts_make_nobody_refuse_and_are_owed,
    test_story.test_a_dispute_over_jurisdiction,
    test_story.test_a_recall_ends_with_receipts_of_destruction,
    test_story.test_whoever_handed_the_lead_over_hears_of_it,
    test_story.test_a_report_climbs_level_by_level,
    test_story.test_people_go_home_and_arrive,
    test_story.test_market_regulation_keeps_a_ledger,
    test_refusals.test_steps_come_in_their_order,
    test_refusals.test_waiting_is_not_an_answer,
    test_refusals.test_circulars_owe_nothing,
]


class AtHub(Docketed):
    """Whatever is said is said to a hub as well, which has read no more than the kind declares."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.hub = Hub(url, loop, self.town)
        self.node = self.hub.node()

    def say(self, header: header_pb2.Header) -> Outcome:
        self.node.clock.at = self.now
        (answer,) = self.node.say(header)
        refusal = answer.refusal.code if answer.HasField("refusal") else ""
        try:
            outcome = super().say(header)
        except HutongError as error:
            assert refusal == error.code
            raise
        assert not refusal
        return outcome


@pytest.fixture
def case(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[AtHub]:
    made = AtHub(f"sqlite:///{tmp_path / 'hub.sqlite'}", loop)
    yield made
    made.hub.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_the_hub_decides_as_the_core_and_keeps_what_it_decided(case: AtHub, story: Callable[[Docketed], None]) -> None:
    story(case)
    with reading(case.node.engine) as connection:
        kept = load_all_casework(connection)
    plain = [sorted(map(str, map(as_plain, each.records()))) for each in (kept, case.state.casework)]
    assert plain[0] == plain[1]
