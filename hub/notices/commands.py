"""``hutong hub notices``: what was sent to people, what was not, once more, and a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import typer
from sqlalchemy import Engine

from hub.notices import outbox
from hub.notices.outbox import FAILED, WAITING, Notice
from hub.notices.wording import local
from hub.options import DEFAULT_HOME, HomeOption, open_home, order, show
from hub.state.database import open_engine, reading
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2

notices = typer.Typer(invoke_without_command=True, help=say("hub.notices.help"))
_ALL = "all"
_TEST_SECONDS = 90.0
"""Longer than the longest try."""


@notices.callback()
def list_(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help=say("hub.notices.failed.help"))] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=say("hub.notices.limit.help"))] = 200,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """The newest notices; needs no running hub."""
    if context.invoked_subcommand is not None:
        return
    engine = open_engine(open_home(home).settings.url)
    with reading(engine) as connection:
        found = outbox.listed(connection, failed_only=failed, limit=limit)
    show({"notices": [_plain(notice) for notice in found], **outbox.counts(engine)})


@notices.command(help=say("hub.notices.retry.help"))
def retry(
    which: Annotated[str, typer.Argument(help=say("hub.notices.retry.which.help"))],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Send one that has failed, or all, once more."""
    if which != _ALL and not which.isdecimal():
        raise HutongError("HT-NTC-11", id=which[:20])
    order(home, "retry_notices", {"notice": 0 if which == _ALL else int(which)})


@notices.command(help=say("hub.notices.test.help"))
def test(
    contact: Annotated[str, typer.Argument(help=say("hub.notices.test.contact.help"))],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Send a test by every channel that the contact has, and say what became of it."""
    placed = order(home, "test_notice", {"contact": contact})
    found = _tried(open_engine(open_home(home).settings.url), placed)
    show({"notices": [_plain(notice) for notice in found]})
    for notice in found:
        if notice.error:
            raise HutongError(notice.error, status=notice.answer, contact=contact)
    if any(notice.state == WAITING for notice in found):
        raise HutongError("HT-ORD-02")


def _tried(engine: Engine, cause: bytes, pause: Callable[[float], None] = time.sleep) -> list[Notice]:
    """The notices of ``cause`` once each was tried, or as they are when time is up."""
    end = time.monotonic() + _TEST_SECONDS
    while True:
        with reading(engine) as connection:
            found = outbox.about(connection, cause)
        untried = [notice for notice in found if notice.state == WAITING and not notice.error]
        if not untried or time.monotonic() > end:
            return found
        pause(0.05)


def _plain(notice: Notice) -> dict[str, object]:
    """A row for people: no address stands in it, so none is shown."""
    return {
        "id": notice.id,
        "statement": notice.index or "test",
        "agency": notice.agency,
        "contact": notice.contact,
        "channel": _short(codes_pb2.ChannelKind.Name(notice.channel), "CHANNEL_KIND_"),  # type: ignore[arg-type]
        "state": _short(casework_pb2.NoticeState.Name(notice.state), "NOTICE_STATE_"),  # type: ignore[arg-type]
        "tries": notice.tries,
        "error": notice.error,
        "why": HutongError(notice.error, status=notice.answer).sentences().why if notice.error else "",
        "made_at": _date(notice.made_at),
        "next_try": _date(notice.next_try if notice.state != FAILED else 0),
        "sent_at": _date(notice.sent_at),
    }


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()


def _date(milliseconds: int) -> str:
    return local(milliseconds).isoformat(timespec="seconds") if milliseconds else ""
