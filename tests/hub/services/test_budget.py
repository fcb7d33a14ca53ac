"""A stream's bytes under way are bounded, and everybody gets on in the end."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from hub.services.budget import Budget


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40))
def test_never_more_than_the_limit_and_nobody_waits_for_ever(sizes: list[int]) -> None:
    async def story() -> None:
        budget, held = Budget(100), 0

        async def one(size: int) -> None:
            nonlocal held
            taken = await budget.take(size)
            held += taken
            assert held <= 100 and taken == min(size, 100)
            await asyncio.sleep(0)
            held -= taken
            await budget.give(taken)

        await asyncio.wait_for(asyncio.gather(*(one(size) for size in sizes)), 20)

    asyncio.run(story())
