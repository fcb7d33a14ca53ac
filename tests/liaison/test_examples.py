"""Every example of a help page is a call that the program understands, and on a town like the demo's it works."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import typer

from hutong import commands
from hutong.catalogue import LANGS, load
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.v1 import codes_pb2, directory_pb2, kinds_pb2
from liaison.cli.options import helped
from tests.words import lead_words
from tests.worlds import Agency, World, close, join, make_world

ID = "5c8e21b7"
LIAISON, DEPUTY = "演示·敬查明", "演示·代安民"
OFFICERS = {
    "inbox": "cli-inbox-help",
    "ack": "cli-ack-help",
    "return": "cli-return-help",
    "redirect": "cli-redirect-help",
    "extend": "cli-extend-help",
    "extend ask": "cli-extend-ask-help",
    "extend decide": "cli-extend-decide-help",
    "hold": "cli-hold-help",
    "handover": "cli-handover-help",
    "handover start": "cli-handover-start-help",
    "handover list": "cli-handover-list-help",
    "handover accept": "cli-handover-accept-help",
    "handover decline": "cli-handover-decline-help",
    "roster": "cli-roster-help",
    "roster show": "cli-roster-show-help",
    "roster gaps": "cli-roster-gaps-help",
    "roster publish": "cli-roster-publish-help",
    "roster override": "cli-roster-override-help",
    "roster swap": "cli-swap-help",
    "roster swap offer": "cli-swap-offer-help",
    "roster swap accept": "cli-swap-accept-help",
    "roster swap decline": "cli-swap-decline-help",
    "roster swap list": "cli-swap-list-help",
    "contacts": "cli-contacts-help",
    "contacts list": "cli-contacts-list-help",
    "contacts nominate": "cli-contacts-nominate-help",
    "contacts bind": "cli-contacts-bind-help",
    "contacts withdraw": "cli-contacts-withdraw-help",
    "contacts mandate": "cli-contacts-mandate-help",
    "contacts invitation": "cli-contacts-invitation-help",
    "contacts absent": "cli-absent-help",
    "contacts delegate": "cli-delegate-help",
    "contacts channel": "cli-channel-help",
    "contacts channel add": "cli-channel-add-help",
    "contacts channel confirm": "cli-channel-confirm-help",
    "contacts channel list": "cli-channel-list-help",
    "slip": "cli-slip-help",
    "scorecard": "cli-scorecard-help",
    "drill": "cli-drill-help",
    "drill start": "cli-drill-start-help",
    "calendar due": "calendar-help-due",
}


def examples(key: str) -> list[str]:
    """The calls that the text ``key`` gives, as they stand on a help page today."""
    return [line.strip() for line in helped(key).splitlines() if line.startswith("  hutong ")]


def words(example: str) -> list[str]:
    """What the program gets of it: without what the shell does."""
    return shlex.split(re.sub(r"\s*[>|].*", "", example))[1:]


def every_key() -> list[str]:
    return sorted(key for key in load("texts") if "  hutong " in load("texts")[key]["en"])


@pytest.mark.parametrize("command", sorted(OFFICERS))
def test_an_officer_finds_two_examples_of_each_command(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for lang in LANGS:
        monkeypatch.setenv("HUTONG_LANG", lang)
        found = examples(OFFICERS[command])
        assert len(found) >= 2 and len(set(found)) == len(found), found
        assert sum(each.startswith(f"hutong {command} ") or each == f"hutong {command}" for each in found), found


@pytest.mark.parametrize("key", every_key())
def test_every_example_is_understood(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by the program's own commands to the last word, and nothing is done."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export-2026-10").mkdir()
    said = []
    for lang in LANGS:
        monkeypatch.setenv("HUTONG_LANG", lang)
        said.append(examples(key))
        for example in said[-1]:
            understood(words(example))
    assert said[0] == said[1], "both languages show the same calls"


def understood(argv: list[str]) -> Any:
    """The command that reads ``argv``, and has read it to its end."""
    command: Any = typer.main.get_command(commands.compose(argv))
    context = command.make_context("hutong", list(argv))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, list(rest), parent=context)
    assert not context.args, f"left over: {context.args}"
    return command


@dataclass
class Demo:
    """Police with the people of the demo, and three items of theirs, of which the liaison has taken on two."""

    world: World
    liaison: Profile
    deputy: Profile
    waiting: str
    taken: str
    second: str
    last_day: str
    """To which the time of what was taken on can be moved."""

    def who(self, example: str) -> Profile:
        """Whose call it is."""
        if re.match("drill|urge|lead|review", example):
            return self.world.market.liaison.profile
        heads = "roster override|contacts (absent 演示|withdraw|invitation)|assign"
        return self.world.police.head.profile if re.match(heads, example) else self.liaison

    def argv(self, example: str) -> list[str]:
        """``example`` with the ids that there are, as a dry run where it would sign."""
        fresh = example.startswith(("hutong ack", "hutong assign", "hutong urge"))
        ids = {ID: self.waiting if fresh else self.taken, "90d4aa13": self.second, "c0123456789ab": self.deputy.contact}
        ids["./market/head"] = str(self.world.market.head.profile.path)
        argv = [ids.get(word, word) for word in words(example)]
        if argv[0] == "extend" and "--until" in argv:
            argv[argv.index("--until") + 1] = self.last_day  # near long holidays three weeks are too little or too much
        if fresh:
            argv = [word for word in argv if word not in (self.second, "7be0f6c2")]
        signs = any(each.name == "dry_run" for each in understood(argv).params)
        return [*argv, "--dry-run"] if signs and not {"--dry-run", "--template"} & {*argv} else argv


LATER = re.compile(
    "contacts (nominate|bind)|roster publish roster|contacts channel confirm|roster swap (offer|accept|decline)"
    "|handover (accept|decline|withdraw)|redirect [0-9a-f]+ --take-back"
    "|contacts (absent|delegate) --end|ack [0-9a-f]+ --for|extend decide"
)
"""What follows on something that somebody else has to do first: read above, done in the tests of each command."""


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop, serve: Any, program: Any, eventually: Any
) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("examples")
    world = make_world(folder, loop)
    banking = world.run(join(world.hub, folder, "banking", codes_pb2.AGENCY_TYPE_BANKING))
    register(world, banking, codes_pb2.AGENCY_TYPE_BANKING, "演示银监局")
    register(world, world.police, codes_pb2.AGENCY_TYPE_POLICE, "演示公安局", kinds_pb2.Desk(code="liaison"))
    liaison = world.run(named(world, world.police, LIAISON, codes_pb2.CONTACT_ROLE_LIAISON))
    deputy = world.run(named(world, world.police, DEPUTY, codes_pb2.CONTACT_ROLE_DEPUTY))
    node = serve(world.police, folder / "police-node")
    liaison.save_config(replace(liaison.config, node_address=node.address))
    eventually(lambda: program("doctor", profile=liaison, code=None).code == 0)
    items = [program(*lead_words(each), profile=world.market.liaison.profile).out.strip() for each in "甲乙丙"]
    eventually(lambda: all(row["title"] for row in program("inbox", "-o", "json", profile=liaison).json["obligations"]))
    program("ack", *items[1:], profile=liaison)
    too_far = program("extend", items[1], "--until", "2099-01-01", "--reason", "complex", profile=liaison, code=1).err
    last_day = re.findall(r"\d{4}-\d\d-\d\d", too_far)[0]
    yield Demo(world, liaison, deputy, *items, last_day)
    node.stop()
    close(world)


def register(world: World, agency: Agency, kind: int, name: str, *desks: kinds_pb2.Desk) -> None:
    said = kinds_pb2.AgencyRegistered(
        agency=agency.code,
        type=codes_pb2.AgencyType.ValueType(kind),
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=agency.head.contact,
        head_keyid=agency.head.key.keyid,
        desks=desks,
    )
    world.hub.order("register", agency=said.SerializeToString().hex(), name_zh=name, name_en=agency.code)


async def named(world: World, agency: Agency, name: str, role: int) -> Profile:
    """One more contact of ``agency``."""
    key, contact = SigningKey.generate(), new_contact_id()
    path = world.folder / agency.code / contact
    profile = joining.new_profile(world.hub.ticket(agency.code), path, "contact", contact, key)
    async with HubClient(agency.head.profile, agency.head.profile.policy) as client:
        await client.refresh_directory()
        request, roles = joining.join_request(profile, key), [codes_pb2.ContactRole.ValueType(role)]
        await joining.nominate(client, agency.head.key, request, directory_pb2.ContactCard(name=name), roles)
    await asyncio.to_thread(joining.certify, profile)
    return profile


def test_the_examples_work_as_they_stand(
    demo: Demo, hutong: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each on the town, in both languages; what signs, as a dry run."""
    monkeypatch.chdir(tmp_path)
    done = 0
    for hutong.lang in ("zh-CN", "en"):
        for key in dict.fromkeys(OFFICERS.values()):
            for example in examples(key):
                plain = example.removeprefix("hutong ")
                if LATER.match(plain):
                    continue
                argv, who = demo.argv(example), demo.who(plain)
                said = hutong(*argv, profile=None if "--profile" in argv else who, code=None)
                assert said.code == 0, (example, argv, said)
                done += 1
        for made in tmp_path.iterdir():
            made.unlink()
    assert done > 80
