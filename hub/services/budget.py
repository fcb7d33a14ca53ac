"""How many bytes a stream may have under way: whoever sends more than the hub keeps up with waits, and nobody else."""

from __future__ import annotations

import asyncio


class Budget:
    """``limit`` bytes. One that is larger than all of it gets all of it."""

    def __init__(self, limit: int) -> None:
        self._limit = self._free = limit
        self._turn = asyncio.Condition()

    async def take(self, size: int) -> int:
        """Wait until ``size`` bytes are free, and take them; what was taken is to be given back."""
        taken = min(size, self._limit)
        async with self._turn:
            await self._turn.wait_for(lambda: self._free >= taken)
            self._free -= taken
        return taken

    async def give(self, taken: int) -> None:
        """Give back what ``take`` returned."""
        async with self._turn:
            self._free += taken
            self._turn.notify_all()
