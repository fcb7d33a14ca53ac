"""A real hub on free ports in a thread of this process, and agencies that joined it as agencies do.

A plugin (see conftest.py), so that every folder of tests has its fixtures.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub import orders
from hub.enrolment.certificates import make_token
from hub.home import Home
from hub.server import Server
from hub.settings import load
from hub.state.database import open_engine
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.client.writing import Author, Letter, To, write
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.tls.ticket import Ticket
from hutong.v1 import body_pb2, codes_pb2, directory_pb2, envelope_pb2, header_pb2, kinds_pb2


class RunningHub:
    """A hub that can be stopped and started again on the same folder and ports."""

    def __init__(self, folder: Path, **chosen: Any) -> None:
        settings = load(
            folder,
            origin="hub.hutong.example/log",
            **{
                "port": 0,
                "enrolment_port": 0,
                "tiles_port": 0,
                "demo_clock": True,
                "tick_seconds": 0.1,
                **chosen,
            },
        )
        self.home = Home.create(settings, dt.datetime.now(dt.UTC))
        self.engine = open_engine(settings.url)
        self.server: Server
        self._thread: threading.Thread
        self.failure: BaseException | None = None

    def start(self) -> None:
        listening = threading.Event()

        async def main() -> None:
            self.server = Server(self.home)
            await self.server.run(lambda _: listening.set())

        def run() -> None:
            try:
                asyncio.run(main())
            except BaseException as error:
                self.failure = error
            finally:
                listening.set()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        listening.wait()
        if self.failure:
            raise self.failure

    def stop(self) -> None:
        """Gracefully; one that has stopped by itself stays so."""
        if self._thread.is_alive():
            self.server.stop()
        self._thread.join()

    def order(self, what: str, **details: Any) -> None:
        orders.wait(self.engine, orders.place(self.engine, what, details), 10)

    def ticket(self, agency: str) -> Ticket:
        return Ticket(
            origin=self.home.settings.origin,
            enrol_address=f"127.0.0.1:{self.server.enrolment_port}",
            address=f"127.0.0.1:{self.server.port}",
            root_pem=self.home.authority.root_pem,
            policy=str(self.home.policy),
            agency=agency,
            token=make_token(self.engine, agency, 1 << 60),
        )


class ServedHub(RunningHub):
    """The same hub as a process of its own, ``hutong hub serve``; its ports stay through restarts."""

    def __init__(self, folder: Path, **chosen: Any) -> None:
        ports = dict(zip(("port", "enrolment_port", "tiles_port"), free_ports(3), strict=True))
        super().__init__(folder, **ports, **chosen)
        self.process: subprocess.Popen[bytes]

    def start(self, **environment: str) -> None:
        """Returns once every port listens; RuntimeError with the end of its log if it ends before."""
        ready = self.home.settings.home / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "hutong", "hub", "serve", "--home", str(self.home.settings.home)]
        self.log = self.home.settings.home.parent / "hub.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--ready-file", str(ready)], stderr=log, stdout=log, env=os.environ | environment
            )
        while not ready.exists():
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-2000:])
            time.sleep(0.02)
        self.server = SimpleNamespace(**json.loads(ready.read_text()))  # type: ignore[assignment]

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(30) == 0

    def kill(self) -> None:
        """As a power cut would, for this process."""
        self.process.kill()
        self.process.wait()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclass
class Person:
    """A contact with key and profile."""

    profile: Profile
    key: SigningKey

    @property
    def contact(self) -> str:
        return self.profile.contact


@dataclass
class Agency:
    """An agency that has joined: head, one liaison, node."""

    code: str
    head: Person
    node: Profile
    liaison: Person
    mandate: bytes = b""

    def officer(self, person: Person | None = None) -> Author:
        who = person or self.liaison
        return Author(who.profile.origin, self.code, who.contact, who.key)

    def system(self) -> Author:
        from hutong.v1 import options_pb2

        return Author(
            self.node.origin,
            self.code,
            self.liaison.contact,
            self.node.signing_key(),
            options_pb2.SIGNER_ROLE_AGENCY_SYSTEM,
        )


async def join(hub: RunningHub, folder: Path, code: str, kind: int) -> Agency:
    """Everything from registration to the first liaison, as an agency would do it."""
    head_key, contact = SigningKey.generate(), new_contact_id()
    said = kinds_pb2.AgencyRegistered(
        agency=code,
        type=kind,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=contact,
        head_keyid=head_key.keyid,
    )
    place = asyncio.to_thread(hub.order, "register", agency=said.SerializeToString().hex(), name_zh=code, name_en=code)
    await place
    founded = await asyncio.to_thread(joining.found, hub.ticket(code), folder / code, head_key, contact)
    liaison_key, liaison = SigningKey.generate(), new_contact_id()
    profile = joining.new_profile(hub.ticket(code), folder / code / "liaison", "contact", liaison, liaison_key)
    async with HubClient(founded.head, founded.head.policy) as client:
        await joining.bind_first_keys(client, head_key, founded.node)
        card = directory_pb2.ContactCard(name=f"{code} liaison (fictitious)", post="liaison")
        request = joining.join_request(profile, liaison_key)
        await joining.nominate(client, head_key, request, card, [codes_pb2.CONTACT_ROLE_LIAISON])
    await asyncio.to_thread(joining.certify, profile)
    return Agency(code, Person(founded.head, head_key), founded.node, Person(profile, liaison_key))


@dataclass
class World:
    """A hub with two agencies, and shorthands for what tests say in their names."""

    hub: RunningHub
    market: Agency
    police: Agency
    folder: Path
    run: Callable[[Awaitable[Any]], Any]
    clients: dict[Path, HubClient] = field(default_factory=dict)

    async def client(self, profile: Profile) -> HubClient:
        if profile.path not in self.clients:
            self.clients[profile.path] = HubClient(profile, profile.policy)
        await self.clients[profile.path].refresh_directory()
        return self.clients[profile.path]

    async def client_as_is(self, profile: Profile) -> HubClient:
        """The client without a look at the directory, for those who may no longer look."""
        return self.clients.get(profile.path) or await self.client(profile)

    async def reconnected(self, profile: Profile) -> HubClient:
        """A client of its own on a new channel, for example after a restart of the hub on other ports."""
        old = self.clients.pop(profile.path, None)
        if old is not None:
            await old.close()
        host = profile.config.address.partition(":")[0]
        profile.save_config(replace(profile.config, address=f"{host}:{self.hub.server.port}"))
        return await self.client(profile)

    async def lead_at(self, now: int) -> envelope_pb2.Submission:
        """A lead written at ``now`` (milliseconds since 1970)."""
        return await self.write(lead_letter(), self.market.officer(), self.market.liaison.profile, now=now)

    async def write(self, letter: Letter, author: Author, profile: Profile, **more: Any) -> envelope_pb2.Submission:
        client = await self.client(profile)
        now = more.pop("now", joining.now_ms())
        return write(letter, author, client.directory.records, profile.next_sequence(), now, **more)

    async def lead(self, text: str = "a lead", **more: Any) -> envelope_pb2.Submission:
        """A lead of the market liaison to the police."""
        return await self.write(lead_letter(text, **more), self.market.officer(), self.market.liaison.profile)


def lead_letter(text: str = "a lead", **more: Any) -> Letter:
    facts = kinds_pb2.Lead(source=codes_pb2.LEAD_SOURCE_COMPLAINT, received_on="2026-10-12")
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    body = body_pb2.Body(lead=body_pb2.LeadBody(title="title", narrative=text))
    given = {"to": [To("police")], "body": body, "common": common} | more
    return Letter("lead", facts, **given)


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One event loop for the clients of all tests."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def make_world(
    folder: Path, loop: asyncio.AbstractEventLoop, hub_type: type[RunningHub] = RunningHub, **chosen: Any
) -> World:
    """A hub with ``chosen`` settings in ``folder``, and two agencies."""

    def run(call: Awaitable[Any]) -> Any:
        async def wrapped() -> Any:
            return await call

        return asyncio.run_coroutine_threadsafe(wrapped(), loop).result(60)

    hub = hub_type(folder / "hub", **chosen)
    hub.start()
    market = run(join(hub, folder, "market", codes_pb2.AGENCY_TYPE_MARKET))
    police = run(join(hub, folder, "police", codes_pb2.AGENCY_TYPE_POLICE))
    return World(hub, market, police, folder, run)


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[World]:
    """A world that tests share; they must leave hub, keys and contacts as they are."""
    world = make_world(tmp_path_factory.mktemp("world"), loop)
    yield world
    close(world)


@pytest.fixture(scope="session")
def served_world(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[World]:
    """A world whose hub is a real process; shared, and left running as it was."""
    world = make_world(tmp_path_factory.mktemp("served"), loop, ServedHub)
    yield world
    close(world)


@pytest.fixture
def world(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[World]:
    """A world of one's own."""
    made = make_world(tmp_path, loop)
    yield made
    close(made)


def close(world: World) -> None:
    async def clients() -> None:
        for client in world.clients.values():
            await client.close()

    world.run(clients())
    world.hub.stop()
