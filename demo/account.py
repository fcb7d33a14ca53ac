"""What the steps of the story share: the account that they write, patience, and files that fall into a folder."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from hutong.catalogue import say
from hutong.errors import HutongError

SAMPLES = Path(str(files("demo"))) / "samples"
_PATIENCE = 60.0
_POLL = 0.25


@dataclass
class Told:
    """The account."""

    lines: list[str] = field(default_factory=list)

    def tell(self, key: str, **params: Any) -> None:
        """One line of it."""
        self.lines.append(say(key, **params))


async def until(found: Callable[[], Awaitable[bool]], what: str) -> None:
    """Look until ``found``; HT-DMO-03 names ``what`` when it takes too long."""
    end = asyncio.get_running_loop().time() + _PATIENCE
    while not await found():
        if asyncio.get_running_loop().time() > end:
            raise HutongError("HT-DMO-03", what=what)
        await asyncio.sleep(_POLL)


def drop(source: Path, target: Path) -> None:
    """As a system exports: written beside, then renamed."""
    draft = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, draft)
    draft.rename(target)
