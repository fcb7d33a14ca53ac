"""Running a command's work in an office, and saying to the person what came of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from hutong.catalogue import load, say
from hutong.errors import HutongError
from hutong.terminal import talk
from liaison.cli.options import Manner, profile_path

if TYPE_CHECKING:
    from liaison.office import Office

T = TypeVar("T")
_CONTACTS = ("owner", "contact", "instead", "head", "taker", "giver", "who")
_MOMENTS = ("latest", "since", "begins", "ends", "closed_at", "acknowledged_at")


_QUIET_SECONDS = 2.0


def in_office(how: Manner, work: Callable[[Office], Awaitable[T]]) -> T:
    """The result of ``work`` in the office of ``how.profile``. Errors name people as the directory does."""
    from hutong.tls.profile import Profile
    from liaison.cli.pin import key_source
    from liaison.office import Office

    async def run() -> T:
        opened = Profile.open(profile_path(how.profile))
        with patience(opened.address) as waiting:
            async with Office.open(opened, key_source(no_input=how.no_input)) as office:
                waiting.cancel()
                try:
                    return await work(office)
                except HutongError as error:
                    spell_out(error, office)
                    raise

    return asyncio.run(run())


@contextmanager
def patience(address: str) -> Iterator[asyncio.TimerHandle]:
    """Say that ``address`` is being waited for, if it takes long; the handle stops that once it answers."""
    waiting = asyncio.get_running_loop().call_later(_QUIET_SECONDS, lambda: tell("cli-waiting", address=address))
    try:
        yield waiting
    finally:
        waiting.cancel()


def spell_out(error: HutongError, office: Office) -> None:
    """Put words for codes, names beside ids and times for instants in ``error``, for this terminal only: names never
    travel in one."""
    from liaison.people import card
    from liaison.reading import moment

    kind = f"code.kind.{error.params.get('kind')}"
    if kind in load("texts"):
        error.params["kind"] = say(kind)
    for param in _CONTACTS:
        contact = error.params.get(param, "")
        if contact in office.directory.records.contacts:
            error.params[param] = say("contact-with-id", name=office.directory.contact_name(contact), id=contact)
    for param in _MOMENTS:
        if (given := error.params.get(param, "")).isdigit():
            error.params[param] = moment(int(given))
    if "contacts" in error.params:
        cards = (card(office.directory, contact) for contact in error.params["contacts"].split())
        error.params["contacts"] = say("list-comma").join(cards)


def write_json(document: Any) -> None:
    """Data for programs, on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def tell(key: str, **params: Any) -> None:
    """Talk, on stderr."""
    talk().print(say(key, **params))
