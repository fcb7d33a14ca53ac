"""``hutong hub``: make, serve and look after a hub."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from hub import orders, oversight
from hub.calendar_commands import app as calendar
from hub.clock import clock_of
from hub.enrolment.registration import make_ticket, register
from hub.export import write
from hub.home import Home
from hub.notices import outbox
from hub.notices.commands import notices
from hub.options import DEFAULT_HOME, HomeOption, open_home, order, show
from hub.settings import load
from hub.state import tables
from hub.state.database import open_engine, pragmas, reading
from hub.state.log import StoredLog
from hub.state.records import load_directory, table_of
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id, parse_message_id
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.v1 import codes_pb2, kinds_pb2

if TYPE_CHECKING:
    from hub.server import Server

app = typer.Typer(no_args_is_help=True, help=say("hub.help"))
app.add_typer(calendar, name="calendar")
app.add_typer(notices, name="notices")


@app.command(help=say("hub.init.help"))
def init(
    home: HomeOption = DEFAULT_HOME,
    origin: Annotated[str, typer.Option(help=say("hub.origin.help"))] = "hub.hutong.example/log",
    host: Annotated[str, typer.Option(help=say("hub.host.help"))] = "127.0.0.1",
    port: int = 8443,
    enrolment_port: int = 8444,
    tiles_port: int = 8445,
    advertise: Annotated[str, typer.Option(help=say("hub.advertise.help"))] = "",
    demo: Annotated[bool, typer.Option("--demo", help=say("hub.demo.help"))] = False,
) -> None:
    """Make keys, certificate authority, database and policy file."""
    settings = load(
        home,
        origin=origin,
        host=host,
        port=port,
        enrolment_port=enrolment_port,
        tiles_port=tiles_port,
        advertise=advertise,
        demo_clock=demo,
    )
    made = Home.create(settings, dt.datetime.now(dt.UTC))
    show({"origin": origin, "vkey": str(made.vkey), "policy": str(settings.home / "log.policy")})


@app.command(help=say("hub.serve.help"))
def serve(
    home: HomeOption = DEFAULT_HOME,
    ready_file: Annotated[Path | None, typer.Option(help=say("hub.ready.help"))] = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    # Only serving needs gRPC, HTTP and the policy engine; every other command starts without them.
    from hub.server import Server

    settings = load(home)
    _configure_logging(settings.log_level)
    opened = Home.open(settings)

    def ready(server: Server) -> None:
        ports = {"port": server.port, "enrolment_port": server.enrolment_port, "tiles_port": server.tiles_port}
        if ready_file:
            draft = ready_file.with_name(ready_file.name + ".new")
            draft.write_text(json.dumps(ports))
            draft.replace(ready_file)
        typer.echo(say("hub.ready", origin=settings.origin, host=settings.host, lang=None, **ports), err=True)

    async def main() -> None:
        server = Server(opened)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        await server.run(ready)

    with opened.alone():
        asyncio.run(main())


@app.command(help=say("hub.status.help"))
def status(home: HomeOption = DEFAULT_HOME) -> None:
    """What the log and directory hold; needs no running hub."""
    opened = open_home(home)
    engine = open_engine(opened.settings.url)
    with reading(engine) as connection:
        log = StoredLog(connection)
        head = log.head()
        directory = load_directory(connection, 0)
        checkpoint = Checkpoint.parse(Note.parse(head.note.encode()).text) if head else None
        certificates = connection.execute(table_of(tables.CertificateRow).select()).mappings().all()
        durability = pragmas(connection)
        due = oversight.counts(connection, clock_of(opened.settings).now())
    newest: dict[str, int] = {}
    for c in certificates:
        if not c["revoked_at"]:
            newest[c["subject"]] = max(newest.get(c["subject"], 0), c["not_after"])
    show(
        {
            "origin": opened.settings.origin,
            "vkey": str(opened.vkey),
            "size": checkpoint.size if checkpoint else 0,
            "root": checkpoint.root.hex() if checkpoint else "",
            "agencies": sorted(directory.agencies),
            "contacts": len(directory.contacts),
            "certificates": len(certificates),
            "next_certificate_expiry": _date(min(newest.values(), default=0)),
            "orders_waiting": len(orders.waiting(engine)),
            "due": due,
            "watch": oversight.read(opened.settings.home),
            "notices": outbox.counts(engine),
            "durability": durability,
        }
    )


@app.command(help=say("hub.enrol.help"))
def enrol(
    agency: Annotated[str, typer.Argument(help=say("hub.enrol.agency.help"))],
    head_key: Annotated[str, typer.Option(help=say("hub.enrol.head_key.help"))],
    head_contact: Annotated[str, typer.Option(help=say("hub.enrol.head_contact.help"))] = "",
    type_: Annotated[str, typer.Option("--type", help=say("hub.enrol.type.help"))] = "",
    level: str = "nation",
    region: str = "100000",
    parent: str = "",
    desk: Annotated[list[str] | None, typer.Option(help=say("hub.enrol.desk.help"))] = None,
    mandated: Annotated[bool, typer.Option("--mandated", help=say("hub.enrol.mandated.help"))] = False,
    name_zh: str = "",
    name_en: str = "",
    home: HomeOption = DEFAULT_HOME,
    address: Annotated[str, typer.Option(help=say("hub.enrol.address.help"))] = "",
    enrol_address: str = "",
) -> None:
    """Register an agency in the log and print a one-time ticket for it. The hub must be running."""
    opened = open_home(home)
    settings = opened.settings
    said = kinds_pb2.AgencyRegistered(
        agency=agency,
        type=_enum(codes_pb2.AgencyType, "AGENCY_TYPE_", type_ or agency, "--type"),
        level=_enum(codes_pb2.Level, "LEVEL_", level, "--level"),
        region=region,
        parent=parent,
        desks=[kinds_pb2.Desk(code=code) for code in desk or ()],
        head_contact=head_contact or new_contact_id(),
        head_keyid=head_key,
        mandated_office=mandated,
    )
    engine = open_engine(settings.url)
    register(engine, said, name_zh, name_en)
    host = settings.advertise or settings.host
    ticket = make_ticket(
        opened,
        engine,
        agency,
        address or f"{host}:{settings.port}",
        enrol_address or f"{host}:{settings.enrolment_port}",
        int(dt.datetime.now(dt.UTC).timestamp() * 1000) + settings.token_hours * 3_600_000,
    )
    sys.stdout.write(ticket.to_text() + "\n")
    typer.echo(say("hub.enrol.done", agency=agency, hours=settings.token_hours), err=True)


@app.command(help=say("hub.certificates.help"))
def certificates(home: HomeOption = DEFAULT_HOME) -> None:
    """Every certificate issued, soonest to end first; its fingerprint is what revoke takes."""
    engine = open_engine(open_home(home).settings.url)
    table = table_of(tables.CertificateRow)
    with reading(engine) as connection:
        rows = connection.execute(table.select().order_by(table.c.not_after)).mappings().all()
    found = [
        {
            "fingerprint": row["fingerprint"].hex(),
            "subject": row["subject"],
            "not_after": _date(row["not_after"]),
            "revoked_at": _date(row["revoked_at"]),
        }
        for row in rows
    ]
    show({"certificates": found})


@app.command(help=say("hub.revoke.help"))
def revoke(fingerprint: str, home: HomeOption = DEFAULT_HOME) -> None:
    """Take a certificate out of force, on the next call and on open streams."""
    order(home, "revoke", {"fingerprint": fingerprint})


@app.command(help=say("hub.erase.help"))
def erase(message_id: str, reason: str = "retention_ended", home: HomeOption = DEFAULT_HOME) -> None:
    """Delete a statement's ciphertext, wraps, tokens, attachments and disclosure; header and proofs stay."""
    value = _enum(codes_pb2.ErasureReason, "ERASURE_REASON_", reason, "--reason")
    name = codes_pb2.ErasureReason.Name(value)
    order(home, "erase", {"message_id": parse_message_id(message_id).hex(), "reason": name})


@app.command(help=say("hub.advance.help"))
def advance(minutes: int, home: HomeOption = DEFAULT_HOME) -> None:
    """Move a demo hub's clock forwards."""
    order(home, "advance", {"milliseconds": minutes * 60_000})


@app.command(help=say("hub.export.help"))
def export(target: Path, home: HomeOption = DEFAULT_HOME) -> None:
    """Write an export of the log as it is now; needs no running hub."""
    opened = open_home(home)
    size = write(opened, open_engine(opened.settings.url), target)
    show({"export": str(target), "size": size})


def _enum(wrapper: Any, prefix: str, name: str, option: str) -> Any:
    """The value of a contract enum from its short name, for example "police"."""
    try:
        return wrapper.Value(prefix + name.upper().replace("-", "_"))
    except ValueError as error:
        known = ", ".join(n.removeprefix(prefix).lower() for n in wrapper.keys())  # noqa: SIM118 - no mapping
        raise HutongError("HT-CLI-01", option=option, given=name, known=known) from error


def _date(milliseconds: int) -> str:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).isoformat() if milliseconds else ""


def _configure_logging(level: str) -> None:
    """JSON lines on stderr: events, codes and trace ids, no content."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
