"""``hutong adapter run | replay | status | trace | confirm``: a node and what its people ask it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.table import Table

from adapters import registry
from adapters.runtime import settings as node_settings
from adapters.runtime.arrivals import Arrivals
from adapters.runtime.keywatch import ALARM, REGISTRATION, learn
from adapters.runtime.node import Node
from adapters.runtime.outgoing import ACCEPTED, QUEUED, REFUSED, WAITING, Outgoing
from adapters.runtime.settings import NodeSettings
from adapters.runtime.store import Store
from adapters.runtime.troubles import Letter, Troubles
from hutong import terminal
from hutong.catalogue import say
from hutong.client.joining import now_ms
from hutong.errors import HutongError
from hutong.terminal import LangOption, Output, OutputOption
from hutong.tls.profile import Profile

DEFAULT_NODE = Path("var/node")
NodeOption = Annotated[Path, typer.Option("--node", help=say("node-help-folder"))]
_HEX = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[0-9a-f]{64}")


class _Desk:
    """A node's memory as a command looks into it, beside a running node or without one."""

    def __init__(self, folder: Path) -> None:
        self.settings: NodeSettings = node_settings.load(folder)
        self.store = Store(self.settings.database)
        self.troubles = Troubles(self.store, now_ms)
        self.arrivals = Arrivals(self.store)
        self.outgoing = Outgoing(self.store, self.troubles, now_ms)


def register(app: typer.Typer) -> None:
    """Put the node's commands under ``hutong adapter``."""
    for command in (run, replay, status, trace, confirm):
        app.command(command.__name__, help=say(f"node-help-{command.__name__}"))(command)


def run(
    agency: Annotated[str, typer.Argument(help=say("node-help-agency"))],
    node: NodeOption = DEFAULT_NODE,
    ready_file: Annotated[Path | None, typer.Option(help=say("node-help-ready"))] = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    settings = node_settings.load(node)
    own = Profile.open(settings.profile_folder).agency
    if agency not in (own, settings.adapter):
        raise HutongError("HT-NOD-21", given=agency, own=own)
    _configure_logging(settings.log_level)

    def ready(running: Node) -> None:
        if ready_file:
            draft = ready_file.with_name(ready_file.name + ".new")
            draft.write_text(json.dumps({"port": running.port}))
            draft.replace(ready_file)
        typer.echo(say("node-ready", agency=own, host=settings.host, port=running.port), err=True)

    async def main() -> None:
        running = Node(settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.stop)
        await running.run(ready)

    asyncio.run(main())


def replay(
    number: Annotated[int, typer.Argument(metavar="ID", help=say("node-help-letter"))],
    node: NodeOption = DEFAULT_NODE,
    file: Annotated[Path | None, typer.Option("--file", help=say("node-help-corrected"))] = None,
    lang: LangOption = None,
) -> None:
    """Order a replay, which the node carries out at its next look, or at its next start."""
    desk = _Desk(node)
    letter = desk.troubles.letter(number)
    if letter.state == "replayed":
        raise HutongError("HT-NOD-15", id=number)
    with desk.store.transaction():
        if file is not None:
            _correct(desk, letter, file)
        elif not _replayable(desk, letter):
            raise HutongError("HT-NOD-15", id=number)
        desk.troubles.mark(letter.id, "ordered")
    typer.echo(say("node-replay-ordered", id=number), err=True)


def status(node: NodeOption = DEFAULT_NODE, output: OutputOption = Output.TABLE, lang: LangOption = None) -> None:
    """What stands in the node's memory; needs no running node."""
    desk = _Desk(node)
    letters, alarms = desk.troubles.letters() + desk.troubles.letters("ordered"), desk.troubles.alarms()
    counts: dict[str, Any] = {
        "agency": Profile.open(desk.settings.profile_folder).agency,
        "cursor": desk.arrivals.cursor,
        "inbox": desk.arrivals.count(),
        **{name: desk.outgoing.count(name) for name in (QUEUED, WAITING, ACCEPTED, REFUSED)},
        "dead_letters": len(letters),
        "alarms": len(alarms),
    }
    if output is Output.JSON:
        lists = {"dead_letters": [one.to_dict() for one in letters], "alarms": [one.to_dict() for one in alarms]}
        _json(counts | lists)
        return
    _table(["", ""], [[say(f"node-count-{name}"), str(value)] for name, value in counts.items()])
    if letters:
        columns = [say(f"node-column-{name}") for name in ("id", "file", "where", "code", "reason")]
        rows = [one.to_dict() for one in letters]
        _table(columns, [[str(row[name]) for name in ("id", "file", "where", "code", "reason")] for row in rows])
    if alarms:
        columns = [say(f"node-column-{name}") for name in ("code", "subject", "reason")]
        rows = [one.to_dict() for one in alarms]
        _table(columns, [[str(row[name]) for name in ("code", "subject", "reason")] for row in rows])


def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help=say("node-help-wanted"))],
    node: NodeOption = DEFAULT_NODE,
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """Where a message, an item or a source record is, on its way out and in. Exit 1 when nothing is known of it."""
    desk = _Desk(node)
    plain = wanted.strip().lower().replace("-", "")
    message = bytes.fromhex(plain) if _HEX.fullmatch(plain) else b""
    sent = desk.outgoing.about(message or wanted)
    received = desk.arrivals.about(message) if message else []
    letters = [
        one.to_dict()
        for state in ("open", "ordered", "replayed")
        for one in desk.troubles.letters(state)
        if (message and one.message_id == message) or one.place == f"record {wanted}"
    ]
    if not (sent or received or letters):
        raise HutongError("HT-NOD-22")
    if output is Output.JSON:
        _json({"sent": sent, "received": received, "dead_letters": letters})
        return
    for rows in (sent, received, letters):
        if rows:
            _table(list(rows[0]), [["" if value is None else str(value) for value in row.values()] for row in rows])


def confirm(
    what: Annotated[str, typer.Argument(metavar="KEYID|CODE", help=say("node-help-what"))],
    node: NodeOption = DEFAULT_NODE,
    lang: LangOption = None,
) -> None:
    """A person has looked: a key or registration is the agency's own, or an alarm is dealt with."""
    desk = _Desk(node)
    if _KEY.fullmatch(what):
        with desk.store.transaction():
            learn(desk.store, what, "confirmed", now_ms())
            desk.troubles.clear(ALARM, what)
            desk.troubles.clear(REGISTRATION, what)
    elif what in (ALARM, REGISTRATION) or not desk.troubles.clear(what):
        # An unknown key or registration is confirmed by its id, never all of them at once.
        raise HutongError("HT-NOD-23", what=what)
    typer.echo(say("node-confirmed", what=what), err=True)


def _correct(desk: _Desk, letter: Letter, file: Path) -> None:
    """Put a corrected file in the place of the one that the letter is about. Refused for the same reason if nothing in
    it can become a statement either."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise HutongError("HT-ADP-04", file=file.name, rule=error.strerror or type(error).__name__) from error
    if letter.file is None:
        raise HutongError("HT-NOD-15", id=letter.id)
    conversion = registry.load(desk.settings.adapter).convert(data, name=file.name, now=datetime.now().astimezone())
    if not conversion.drafts:
        first = conversion.dead_letters[0]
        raise HutongError(first.code, **dict(first.params))
    digest = sha256(data).digest()
    desk.outgoing.keep_file(digest, file.name, data)
    desk.store.execute("UPDATE dead_letters SET file = ? WHERE id = ?", digest, letter.id)


def _replayable(desk: _Desk, letter: Letter) -> bool:
    if letter.file is not None:
        return desk.outgoing.file(letter.file) is not None
    return letter.message_id is not None and desk.arrivals.get(letter.message_id) is not None


def _json(data: dict[str, Any]) -> None:
    # Bytes, because records are UTF-8 also where the terminal is not.
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2).encode())


def _table(columns: list[str], rows: list[list[str]]) -> None:
    table = Table(*columns, show_header=any(columns))
    for row in rows:
        table.add_row(*("".join(c if c.isprintable() else " " for c in cell) for cell in row))
    terminal.data().print(table)


def _configure_logging(level: str) -> None:
    """JSON lines on stderr: events, codes and trace ids, no content."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
