"""A hub process and an agency that has joined it, for measurements; everything on loopback in a temporary folder."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.processes import free_ports
from hub import orders
from hub.enrolment.certificates import make_token
from hub.home import Home
from hub.settings import load
from hub.state.database import open_engine
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.client.writing import Author, Letter, To, write
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.tls.ticket import Ticket
from hutong.v1 import body_pb2, codes_pb2, envelope_pb2, header_pb2, kinds_pb2, options_pb2

BODY_BYTES = 1024


@dataclass
class Member:
    """An agency with its head's and its node's profile, and the mandate under which the node may send leads."""

    head: Profile
    head_key: SigningKey
    node: Profile
    mandate: bytes = b""


@contextmanager
def hub_process(folder: Path, module: str = "hub", *, fresh: bool = True) -> Iterator[Home]:
    """A real hub in its own process; ``module`` is what serves ("hub" as users run it, or a variant of bench/)."""
    if fresh:
        port, enrolment_port, tiles_port = free_ports(3)
        made = load(
            folder,
            port=port,
            enrolment_port=enrolment_port,
            tiles_port=tiles_port,
            demo_clock=True,
            log_level="error",
        )
        Home.create(made, dt.datetime.now(dt.UTC))
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    serve = ["hutong", "hub", "serve", "--home", str(folder), "--ready-file", str(ready)]
    command = serve if module == "hub" else [module, str(folder), str(ready)]
    process = subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise RuntimeError("the hub did not start")
            time.sleep(0.02)
        yield Home.open(load(folder))
    finally:
        process.terminate()
        process.wait(30)


def ports(folder: Path) -> dict[str, int]:
    """The running hub's ports."""
    found: dict[str, int] = json.loads((folder / "ready.json").read_text())
    return found


def ticket(home: Home, agency: str) -> Ticket:
    """A way in for ``agency``."""
    found = ports(home.settings.home)
    return Ticket(
        origin=home.settings.origin,
        enrol_address=f"127.0.0.1:{found['enrolment_port']}",
        address=f"127.0.0.1:{found['port']}",
        root_pem=home.authority.root_pem,
        policy=str(home.policy),
        agency=agency,
        token=make_token(open_engine(home.settings.url), agency, 1 << 60),
    )


def join(home: Home, folder: Path, agency: str, kind: codes_pb2.AgencyType.ValueType) -> Member:
    """Register, found, bind keys; for the market agency also the mandate."""
    key, contact = SigningKey.generate(), new_contact_id()
    said = kinds_pb2.AgencyRegistered(
        agency=agency,
        type=kind,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=contact,
        head_keyid=key.keyid,
    )
    engine = open_engine(home.settings.url)
    details = {"agency": said.SerializeToString().hex(), "name_zh": agency, "name_en": agency}
    orders.wait(engine, orders.place(engine, "register", details), 10)
    founded = joining.found(ticket(home, agency), folder / agency, key, contact)

    async def bind() -> bytes:
        async with HubClient(founded.head, founded.head.policy) as client:
            await joining.bind_first_keys(client, key, founded.node)
            until = joining.now_ms() + joining.TERM_MS
            return await joining.mandate(client, key, [100], codes_pb2.LEAD_SOURCE_COMPLAINT, until)

    return Member(founded.head, key, founded.node, asyncio.run(bind()))


def directory_of(member: Member) -> HubClient:
    """A client of the member's head with a verified directory; closed again."""

    async def fetch() -> HubClient:
        client = HubClient(member.head, member.head.policy)
        await client.refresh_directory()
        await client.close()
        return client

    return asyncio.run(fetch())


def leads(
    member: Member, count: int, urgency: codes_pb2.Urgency.ValueType = codes_pb2.URGENCY_ROUTINE
) -> list[envelope_pb2.Submission]:
    """``count`` sealed and signed leads of the agency's system to the police, 1 KiB of text each."""
    directory = directory_of(member).directory.records
    author = Author(
        member.node.origin,
        member.node.agency,
        member.head.contact,
        member.node.signing_key(),
        options_pb2.SIGNER_ROLE_AGENCY_SYSTEM,
    )
    facts = kinds_pb2.Lead(source=codes_pb2.LEAD_SOURCE_COMPLAINT, received_on="2026-10-12")
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    body = body_pb2.Body(lead=body_pb2.LeadBody(title="bench", narrative="x" * BODY_BYTES))
    first, now = member.node.next_sequence(count), joining.now_ms()
    return [
        write(
            Letter("lead", facts, to=[To("police")], body=body, common=common, mandate=member.mandate, urgency=urgency),
            author,
            directory,
            first + number,
            now,
        )
        for number in range(count)
    ]
