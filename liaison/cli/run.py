"""Running a command's work in an office, and saying to the person what came of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hutong.catalogue import say
from hutong.terminal import talk
from liaison.cli.options import profile_path

if TYPE_CHECKING:
    from liaison.office import Office

T = TypeVar("T")


def in_office(profile: Path | None, no_input: bool, work: Callable[[Office], Awaitable[T]]) -> T:
    """The result of ``work`` in the office of ``profile``."""
    from hutong.tls.profile import Profile
    from liaison.cli.pin import key_source
    from liaison.office import Office

    async def run() -> T:
        opened = Profile.open(profile_path(profile))
        async with Office.open(opened, key_source(no_input=no_input)) as office:
            return await work(office)

    return asyncio.run(run())


def write_json(document: Any) -> None:
    """Data for programs, on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def tell(key: str, **params: Any) -> None:
    """Talk, on stderr."""
    talk().print(say(key, **params))
