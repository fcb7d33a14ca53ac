"""Small files that commands are given: tickets and requests, from a path or from stdin ("-")."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.disk import reason

if TYPE_CHECKING:
    from hutong.client.joining import JoinRequest
    from hutong.tls.ticket import Ticket

_MOST = 1 << 20


def read_text(name: str) -> str:
    """The text of the file ``name``, or of stdin for "-". HT-CLI-26."""
    try:
        if name == "-":
            return sys.stdin.read(_MOST)
        with Path(name).open(encoding="utf-8") as file:
            return file.read(_MOST)
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else say("disk.not_utf8")
        raise HutongError("HT-CLI-26", file=Path(name).name, why=why) from error


def read_ticket(name: str) -> Ticket:
    """A ticket or an invitation; HT-ENR-03."""
    from hutong.tls.ticket import Ticket

    return Ticket.from_text(read_text(name))


def read_request(name: str) -> JoinRequest:
    """A request to join; HT-ENR-21."""
    from hutong.client.joining import JoinRequest

    return JoinRequest.from_text(read_text(name))
