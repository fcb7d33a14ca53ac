"""Doctor tells an officer of what could not reach him by mail."""

from __future__ import annotations

from typing import Any

import pytest

from hub import orders
from hub.notices import outbox
from hub.state.database import reading
from hutong.client.joining import now_ms
from hutong.tls.profile import Profile
from liaison import doctor
from tests.hub.test_channels import Post, confirm, prober
from tests.rosters import mail, say


def examined(world: Any, profile: Profile) -> doctor.Finding:
    async def findings() -> list[doctor.Finding]:
        return [finding async for finding in doctor.examine(profile.path)]

    return next(finding for finding in world.run(findings()) if finding.check == "notices")


def test_what_could_not_reach_this_contact(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a channel that serves, on a hub whose operator has taken the mail server away since."""
    person, colleague = world.police.liaison, world.police.head.profile
    named = mail()
    world.run(say(world, person, named))
    post = Post()
    prober(world, post).look()
    ((_, _, code),) = post.sent
    world.run(say(world, person, confirm(named.message_id, code)))
    mine = person.profile
    assert examined(world, mine).fine
    engine = world.hub.engine
    order = orders.place(engine, "test_notice", {"contact": mine.contact})
    orders.wait(engine, order, 10)
    while True:
        with reading(engine) as connection:
            if any(notice.error for notice in outbox.about(connection, order)):
                break
    finding = examined(world, mine)
    assert not finding.fine and finding.key == "doctor-notices-unsent"
    assert finding.params["code"] == "HT-NTC-01" and finding.params["count"] == "1" and finding.params["next"]
    assert examined(world, colleague).fine, "a colleague's is his own matter"
    monkeypatch.setattr(doctor, "now_ms", lambda: now_ms() + 8 * 86_400_000)
    assert examined(world, mine).fine, "what is long over keeps nobody alarmed"
