"""Doctor tells an officer of what could not reach him by mail."""

from __future__ import annotations

from typing import Any

from hub import orders
from hub.notices import outbox
from hub.state.database import reading
from hutong.client.joining import now_ms
from hutong.tls.profile import Profile
from liaison import doctor


def examined(world: Any, profile: Profile) -> doctor.Finding:
    async def findings() -> list[doctor.Finding]:
        return [finding async for finding in doctor.examine(profile.path)]

    return next(finding for finding in world.run(findings()) if finding.check == "notices")


def test_what_could_not_reach_this_contact(world: Any, monkeypatch: Any) -> None:
    engine, mine, colleague = world.hub.engine, world.police.liaison.profile, world.police.head.profile
    assert examined(world, mine).fine
    order = orders.place(engine, "test_notice", {"contact": mine.contact})
    orders.wait(engine, order, 10)
    while True:
        with reading(engine) as connection:
            if any(notice.error for notice in outbox.about(connection, order)):
                break
    finding = examined(world, mine)
    assert not finding.fine and finding.key == "doctor-notices-unsent"
    assert finding.params["code"] == "HT-NTC-02" and finding.params["count"] == "1" and finding.params["next"]
    assert examined(world, colleague).fine, "a colleague's is his own matter"
    monkeypatch.setattr(doctor, "now_ms", lambda: now_ms() + 8 * 86_400_000)
    assert examined(world, mine).fine, "what is long over keeps nobody alarmed"
