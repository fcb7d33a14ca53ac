"""A list in which nothing stands says so in one sentence, in the reader's language; for programs it is empty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.worlds import World, close, make_world

LISTS = {
    "inbox": ("obligations", "没有待办。", "Nothing waits."),
    "inbox --outgoing": ("obligations", "都已办结", "Nothing that your agency laid on others is open"),
    "inbox --mine": ("obligations", "没有符合条件的待办", "Nothing fits"),
    "inbox --due 4h": ("obligations", "没有符合条件的待办", "Nothing fits"),
    "handover list": ("handovers", "没有等待答复的交接", "No handover waits"),
    "handover list --all": ("handovers", "还没有过交接", "has had no handover"),
    "contacts absent": ("absences", "没有现行或将来的缺勤", "Nobody of your agency is away"),
    "contacts delegate": ("delegations", "没有现行或将来的委托", "No delegation of your agency"),
    "contacts channel list": ("channels", "没有登记收件箱之外的通知渠道", "You have named no channel"),
    "roster swap list": ("swaps", "没有尚未过去的换班", "No swap of your agency"),
    "roster gaps --days 3": ("gaps", "今后 3 天没有空档", "no gaps in the next 3 days"),
    "scorecard": ("overdue", "没有逾期", "Nothing is overdue"),
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[World]:
    """Where nothing has happened yet."""
    folder = tmp_path_factory.mktemp("quiet")
    world = make_world(folder, loop)
    yield world
    close(world)


@pytest.mark.parametrize("command", sorted(LISTS))
def test_one_sentence(quiet: World, hutong: Any, command: str) -> None:
    key, *said = LISTS[command]
    reader = quiet.market.liaison.profile
    for hutong.lang, sentence in zip(("zh-CN", "en"), said, strict=True):
        done = hutong(*command.split(), profile=reader)
        assert (done.out + done.err).count(sentence) == 1, done
    assert hutong(*command.split(), "-o", "json", profile=reader).json[key] == []
