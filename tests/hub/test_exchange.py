"""Statements through the real door of a real hub."""

from __future__ import annotations

from typing import Any


def test_a_lead_is_recorded_and_proved(shared_world: Any) -> None:
    async def story() -> None:
        submission = await shared_world.lead()
        client = await shared_world.client(shared_world.market.liaison.profile)
        accepted = await client.send(submission)
        again = await client.send(submission)
        assert again.receipt == accepted.receipt
        await client.settle()
        assert client.trust.newest.size > accepted.index

    shared_world.run(story())
