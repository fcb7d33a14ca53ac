"""Before the story: a hub is made, the agencies join it, each names its people, and their nodes are configured."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from demo.cast import Role
from demo.processes import Processes, free_ports
from hub import orders
from hub.clock import DemoClock
from hub.enrolment.registration import make_ticket, register
from hub.home import Home
from hub.settings import load
from hub.state.database import open_engine
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.identifiers.ids import new_contact_id
from hutong.kinds import kinds
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.v1 import codes_pb2, directory_pb2, kinds_pb2
from liaison.words import word

_MANDATED = {
    "market": ("lead", codes_pb2.LEAD_SOURCE_COMPLAINT),
    "cyberspace": ("lead", codes_pb2.LEAD_SOURCE_INDICATOR),
    "banking": ("inquiry_reply", codes_pb2.LEAD_SOURCE_OTHER_AGENCY),
}
_LEADS_GO_TO = {"market": "police", "cyberspace": "market"}
_HEAD, _LIAISON = codes_pb2.CONTACT_ROLE_HEAD, codes_pb2.CONTACT_ROLE_LIAISON
_DEPUTY, _COORDINATOR = codes_pb2.CONTACT_ROLE_DEPUTY, codes_pb2.CONTACT_ROLE_COORDINATOR
_TOKEN_MS = 3_600_000
_ORDER_SECONDS = 15.0


@dataclass(frozen=True)
class Member:
    """One agency that has joined: its people's profiles and its node's folder."""

    role: Role
    head: Profile
    liaison: Profile
    node: Path
    others: dict[str, Profile]
    """Who has no other post: "deputy", "officer"."""


@dataclass(frozen=True)
class Stage:
    """The demo's folder, its hub and its agencies."""

    folder: Path
    home: Home
    members: dict[str, Member]

    @property
    def now(self) -> int:
        """The hub's time, ms since 1970: ahead of this machine's by what it was moved on."""
        return DemoClock(self.home.settings.home / "clock-offset").now()

    async def order(self, what: str, **details: object) -> None:
        """What the operator orders with ``hutong hub``, carried out."""
        engine = open_engine(self.home.settings.url)
        await asyncio.to_thread(orders.wait, engine, orders.place(engine, what, details), _ORDER_SECONDS)
        engine.dispose()


def make_hub(folder: Path) -> Home:
    """``hutong hub init --demo`` on free ports."""
    port, enrolment_port, tiles_port = free_ports(3)
    settings = load(
        folder / "hub",
        origin="demo.hutong.example/log",
        port=port,
        enrolment_port=enrolment_port,
        tiles_port=tiles_port,
        demo_clock=True,
        tick_seconds=0.2,
    )
    return Home.create(settings, dt.datetime.now(dt.UTC))


def serve(processes: Processes, home: Home) -> None:
    """``hutong hub serve``, on the same ports each time."""
    folder = home.settings.home
    processes.start("hub", ["hub", "serve", "--home", str(folder)], folder / "ready.json")


async def join(home: Home, folder: Path, role: Role) -> Member:
    """One agency from its registration to its configured node; all keys are made here, on its side."""
    engine = open_engine(home.settings.url)
    head_key, head = SigningKey.generate(), new_contact_id()
    said = kinds_pb2.AgencyRegistered(
        agency=role.code,
        type=role.type,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        parent=role.parent,
        desks=[kinds_pb2.Desk(code="liaison")],
        head_contact=head,
        head_keyid=head_key.keyid,
    )
    register(engine, said, role.name_zh, role.name_en)
    address, enrol = (f"127.0.0.1:{port}" for port in (home.settings.port, home.settings.enrolment_port))
    ticket = make_ticket(home, engine, role.code, address, enrol, joining.now_ms() + _TOKEN_MS)
    founded = joining.found(ticket, folder / role.code, head_key, head)
    profile, *others = (
        joining.new_profile(ticket, folder / role.code / post, "contact", new_contact_id(), SigningKey.generate())
        for post in _posts(role)
    )
    async with HubClient(founded.head, founded.head.policy) as hub:
        await joining.bind_first_keys(hub, head_key, founded.node)
        people = (founded.head, profile, *others)
        for person, (name, roles) in zip(people, ((role.head, [_HEAD]), *_posts(role).values()), strict=True):
            card = directory_pb2.ContactCard(name=name, post=word(codes_pb2.ContactRole, roles[0], "zh"))
            request = joining.join_request(person, person.signing_key())
            await joining.nominate(hub, head_key, request, card, roles)
    await asyncio.gather(*(asyncio.to_thread(joining.certify, person) for person in (profile, *others)))
    mandate = await _mandate(profile, role)
    node = _configure_node(folder / role.code, founded.node, profile.contact, mandate, role)
    return Member(role, founded.head, profile, node, {each.path.name: each for each in others})


def _posts(role: Role) -> dict[str, tuple[str, list[codes_pb2.ContactRole.ValueType]]]:
    """Name and roles by post, of those whom the head names."""
    posts = {
        "liaison": (role.liaison, [_LIAISON, _COORDINATOR] if role.coordinates else [_LIAISON]),
        "deputy": (role.deputy, [_DEPUTY]),
        "officer": (role.officer, [_LIAISON]),
    }
    return {post: (name, roles) for post, (name, roles) in posts.items() if name}


async def _mandate(profile: Profile, role: Role) -> bytes:
    """The liaison lets the agency's system send what its adapter makes."""
    if role.code not in _MANDATED:
        return b""
    kind, source = _MANDATED[role.code]
    async with HubClient(profile, profile.policy) as hub:
        await hub.refresh_directory()
        key = profile.signing_key()
        return await joining.mandate(hub, key, [kinds()[kind].number], source, joining.now_ms() + joining.TERM_MS)


def _configure_node(folder: Path, profile: Profile, contact: str, mandate: bytes, role: Role) -> Path:
    """node.toml; the profile that enrolment made is the node's. Every node gets a port of its own that stays."""
    node = folder / "agency-node"
    node.mkdir()
    profile.path.rename(node / "profile")
    (port,) = free_ports(1)
    lines = [f'contact = "{contact}"', f"port = {port}", "poll_seconds = 0.3", "watch_seconds = 5.0"]
    if role.adapter:
        lines.append(f'adapter = "{role.adapter}"')
    if mandate:
        lines.append(f'mandates = ["{mandate.hex()}"]')
    if role.code in _LEADS_GO_TO:
        lines += ["[[recipients.lead]]", f'agency = "{_LEADS_GO_TO[role.code]}"']
    (node / "node.toml").write_text("\n".join([*lines, ""]), encoding="utf-8")
    for name in ("in", "out", "done", "failed"):
        (node / name).mkdir(mode=0o700, exist_ok=True)
    return node


def start_node(processes: Processes, member: Member) -> Member:
    """``hutong adapter run``; afterwards the agency's people know where their node is."""
    ports = processes.start(
        f"node-{member.role.code}",
        ["adapter", "run", member.role.code, "--node", str(member.node)],
        member.node / "ready.json",
    )
    for profile in (member.head, member.liaison, *member.others.values()):
        profile.save_config(replace(profile.config, node_address=f"127.0.0.1:{ports['port']}"))
    return member
