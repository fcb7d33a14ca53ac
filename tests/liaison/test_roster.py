"""Rosters, swaps, absences, delegations and channels as people call them, on a hub of their own."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hub.recorder.work import HubTask
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, directory_pb2, header_pb2
from hutong.worktime.calendar import ZONE
from rules import hub_statements
from tests.rosters import say_as_hub
from tests.worlds import Agency, Person, World, close, make_world

HEAD, LIAISON, DEPUTY = "赵负责", "钱联络", "孙副手"
TODAY = dt.datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def day(number: int, hour: int = 9) -> str:
    """A local time so many days from today, as people type it."""
    return (TODAY + dt.timedelta(days=number, hours=hour)).isoformat(timespec="minutes")


async def name(world: World, agency: Agency, text: str, role: int, folder: Path) -> Person:
    """Somebody new, named by the head."""
    contact, key = new_contact_id(), SigningKey.generate()
    profile = joining.new_profile(world.hub.ticket(agency.code), folder / contact, "contact", contact, key)
    async with HubClient(agency.head.profile, agency.head.profile.policy) as client:
        await client.refresh_directory()
        card = directory_pb2.ContactCard(name=text)
        request = joining.join_request(profile, key)
        await joining.nominate(client, agency.head.key, request, card, [codes_pb2.ContactRole.ValueType(role)])
    await asyncio.to_thread(joining.certify, profile)
    return Person(profile, key)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    """The police with a second liaison and a deputy, known by name."""
    folder = tmp_path_factory.mktemp("house")
    world = make_world(folder, loop)
    liaison = world.run(name(world, world.police, LIAISON, codes_pb2.CONTACT_ROLE_LIAISON, folder))
    deputy = world.run(name(world, world.police, DEPUTY, codes_pb2.CONTACT_ROLE_DEPUTY, folder))
    yield world, world.police.head, liaison, deputy
    close(world)


@pytest.fixture(scope="module")
def published(house: Any, program: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a roster from tomorrow on, a day each, liaison before deputy."""
    _, head, _, _ = house
    paper = tmp_path_factory.mktemp("papers") / "roster.yaml"
    template = program("roster", "publish", "--template").out
    filled = template.replace("from:\n", f"from: {day(1)}\n").replace("to:\n", f"to: {day(15)}\n")
    paper.write_text(filled.replace("contacts: []", f"contacts: [{LIAISON}, {DEPUTY}]"), encoding="utf-8")
    shown = program("roster", "publish", str(paper), "--dry-run", profile=head.profile).out
    assert LIAISON in shown and "every authority (no platform)" in shown
    return str(program("roster", "publish", str(paper), "-o", "json", profile=head.profile).json["id"])


def contacts(said: Any) -> list[str]:
    return [each["name"] for each in said["spans"]]


def test_a_month_as_a_table_with_its_gaps(house: Any, hutong: Any, published: str) -> None:
    liaison = house[2]
    assert len(published) == 32
    said = hutong("roster", "show", "--at", day(1), "--days", "17", "-o", "json", profile=liaison.profile).json
    assert said["agency"] == "police" and said["desk"] is None
    assert said["on_duty"] == {
        "contact": liaison.contact,
        "name": LIAISON,
        "why": "rotation",
        "cause": None,
        "planned": None,
        "instead": None,
    }
    assert contacts(said) == [LIAISON, DEPUTY] * 7 + [None]
    assert [each["why"] for each in said["spans"]] == ["rotation"] * 14 + ["gap"]
    assert said["spans"][0]["from"] == day(1) + ":00+08:00" and said["spans"][0]["to"] == day(2) + ":00+08:00"
    last = said["spans"][-1]
    assert (last["cause"], last["to"]) == ("roster_ended", day(18) + ":00+08:00") and last["instead"]
    table = hutong("roster", "show", "--at", day(1), "--days", "17", profile=liaison.profile).out
    lines = table.splitlines()
    assert len(lines) == 1 + 1 + 15 and lines[0].startswith(day(1).replace("T", " "))
    assert sum("● rotation" in line for line in lines) == 15 and "■ gap" in lines[-1]
    assert "the roster has ended; new items go to" in lines[-1]
    hutong.lang = "zh-CN"
    lines = hutong("roster", "show", "--at", day(1), "--days", "17", profile=liaison.profile).out.splitlines()
    assert "■ 空档" in lines[-1] and "值班表已到期；新事项归" in lines[-1] and DEPUTY in lines[3]


def test_what_was_known_then(house: Any, hutong: Any, published: str) -> None:
    """A past instant by today's directory, and by the directory of then, which knew of nobody."""
    liaison = house[2]
    past = ("roster", "show", "--at", day(-3), "--days", "0", "-o", "json")
    said = hutong(*past, profile=liaison.profile).json["on_duty"]
    assert (said["contact"], said["why"]) == (None, "gap"), "nobody was in force"
    assert "HT-DIR-01" in hutong(*past, "--then", profile=liaison.profile, code=1).err
    planned = hutong("roster", "show", "--at", day(3), "--then", "-o", "json", profile=liaison.profile).json
    assert planned == hutong("roster", "show", "--at", day(3), "-o", "json", profile=liaison.profile).json


def test_gaps(house: Any, hutong: Any, published: str) -> None:
    _, _, liaison, _ = house
    (gap,) = hutong("roster", "gaps", "-o", "json", profile=liaison.profile).json["gaps"]
    assert (gap["desk"], gap["from"], gap["why"], gap["cause"]) == (None, day(15) + ":00+08:00", "gap", "roster_ended")
    assert "■ gap" in hutong("roster", "gaps", profile=liaison.profile).out
    assert "● no gaps in the next 3 days" in hutong("roster", "gaps", "--days", "3", profile=liaison.profile).out
    market = hutong("roster", "gaps", "--agency", "market", "-o", "json", profile=liaison.profile).json
    assert market == {"agency": "market", "days": 30, "gaps": []}, "there is a liaison, and no roster that could end"


def test_the_head_alone_publishes_and_overrides(house: Any, hutong: Any, published: str, tmp_path: Path) -> None:
    _, head, liaison, deputy = house
    paper = tmp_path / "r.yaml"
    paper.write_text(f"from: {day(1)}\nto: {day(2)}\nshift: 12h\ncontacts: [{liaison.contact}]\n", encoding="utf-8")
    assert "HT-DIR-04" in hutong("roster", "publish", str(paper), profile=liaison.profile, code=1).err
    paper.write_text(f"from: {day(1)}\nto: {day(2)}\nshift: 12h\ncontacts: [nobody]\n", encoding="utf-8")
    assert "HT-CLI-61" in hutong("roster", "publish", str(paper), profile=head.profile, code=1).err
    words = ("roster", "override", DEPUTY, "--replaces", LIAISON, "--from", day(5), "--to", day(7))
    assert "HT-DIR-04" in hutong(*words, profile=deputy.profile, code=1).err
    made = hutong(*words, profile=head.profile)
    assert "The stand-in is recorded" in made.err
    said = hutong("roster", "show", "--at", day(5), "--days", "2", "-o", "json", profile=deputy.profile).json
    assert [(each["name"], each["why"]) for each in said["spans"]] == [(DEPUTY, "override"), (DEPUTY, "rotation")]


def test_a_swap_takes_two(house: Any, hutong: Any, published: str) -> None:
    _, head, liaison, deputy = house
    words = ("roster", "swap", "offer", "--mine", day(3, 15), "--with", DEPUTY, "--theirs", day(4, 15))
    assert "HT-ROS-02" in hutong(*words, profile=head.profile, code=1).err
    assert (
        "HT-CLI-29" in hutong("roster", "swap", "offer", "--mine", "soon", *words[5:], profile=head.profile, code=2).err
    )
    made = hutong(*words, "-o", "json", profile=liaison.profile).json["id"]
    (waiting,) = hutong("roster", "swap", "list", "-o", "json", profile=deputy.profile).json["swaps"]
    assert (waiting["id"], waiting["state"]) == (made, "open")
    assert waiting["gives"] == {"from": day(3) + ":00+08:00", "to": day(4) + ":00+08:00"}
    assert waiting["takes"] == {"from": day(4) + ":00+08:00", "to": day(5) + ":00+08:00"}
    assert "HT-ROS-04" in hutong("roster", "swap", "accept", made[-8:], profile=head.profile, code=1).err
    assert "HT-ROS-03" in hutong("roster", "swap", "accept", "0" * 8, profile=deputy.profile, code=1).err
    hutong("roster", "swap", "accept", made[-8:], profile=deputy.profile)
    said = hutong("roster", "show", "--at", day(3), "--days", "2", "-o", "json", profile=deputy.profile).json
    assert [(each["name"], each["why"]) for each in said["spans"]] == [(DEPUTY, "swap"), (LIAISON, "swap")]
    other = hutong(
        "roster",
        "swap",
        "offer",
        "--mine",
        day(7, 15),
        "--with",
        DEPUTY,
        "--theirs",
        day(8, 15),
        "-o",
        "json",
        profile=liaison.profile,
    ).json["id"]
    hutong("roster", "swap", "decline", other, profile=liaison.profile)
    listed = hutong("roster", "swap", "list", profile=deputy.profile).out
    assert "declined" in listed and "accepted" in listed and LIAISON in listed


def test_absences(house: Any, hutong: Any, published: str) -> None:
    _, head, liaison, deputy = house
    made = hutong("contacts", "absent", "--from", day(9), "--to", day(12), "-o", "json", profile=liaison.profile).json[
        "id"
    ]
    assert "HT-DIR-04" in hutong("contacts", "absent", LIAISON, "--to", day(12), profile=deputy.profile, code=1).err
    said = hutong("roster", "show", "--at", day(9), "--days", "1", "-o", "json", profile=deputy.profile).json
    (span,) = said["spans"]
    assert (span["why"], span["cause"], span["planned"]) == ("gap", "absent", liaison.contact)
    assert "away; planned: " in hutong("roster", "show", "--at", day(9), "--days", "0", profile=deputy.profile).out
    (listed,) = hutong("contacts", "absent", "-o", "json", profile=deputy.profile).json["absences"]
    assert (listed["id"], listed["to"]) == (made, day(12) + ":00+08:00")
    assert LIAISON in hutong("contacts", "absent", profile=deputy.profile).out
    hutong("contacts", "absent", "--end", made[-8:], "--at", day(9, 10), profile=head.profile)
    (listed,) = hutong("contacts", "absent", "-o", "json", profile=deputy.profile).json["absences"]
    assert listed["to"] == day(9, 10) + ":00+08:00"
    hutong("contacts", "absent", "--end", made, profile=liaison.profile)
    assert hutong("contacts", "absent", "-o", "json", profile=deputy.profile).json == {"absences": []}
    for words in (("--end", made, "--to", day(3)), ("--from", day(3)), ("--at", day(3), "--to", day(3))):
        assert "HT-ROS-08" in hutong("contacts", "absent", *words, profile=liaison.profile, code=2).err


def test_an_absence_that_meets_another_says_so_and_what_both_cover(house: Any, hutong: Any) -> None:
    _, head, liaison, deputy = house
    first = hutong("contacts", "absent", "--from", day(20), "--to", day(22), "-o", "json", profile=deputy.profile).json
    more = ("contacts", "absent", "--from", day(21), "--to", day(25))
    seen = hutong(*more, "--dry-run", profile=deputy.profile).err
    clock = [day(number).replace("T", " ") for number in (20, 22, 25)]
    assert f"already away {clock[0]} – {clock[1]}" in seen and f"covers {clock[0]} – {clock[2]}" in seen, seen
    hutong.lang = "zh-CN"
    said = hutong("contacts", "absent", DEPUTY, *more[2:], profile=head.profile).err
    assert f"{DEPUTY} 已登记缺勤 {clock[0]} 至 {clock[1]}" in said and f"连续为 {clock[0]} 至 {clock[2]}" in said, said
    assert said.index("已登记缺勤") < said.index("正在发送"), "before it is signed"
    assert (
        "注意"
        not in hutong("contacts", "absent", "--from", day(26), "--to", day(27), "--dry-run", profile=deputy.profile).err
    )
    assert "注意" not in hutong(*more, "--dry-run", profile=liaison.profile).err, "somebody else's is none of mine"
    hutong.lang = "en"
    later = hutong("contacts", "absent", "--end", first["id"], "--at", day(30), profile=deputy.profile, code=2).err
    assert "HT-ROS-11" in later and clock[1] in later
    for each in hutong("contacts", "absent", "-o", "json", profile=deputy.profile).json["absences"]:
        hutong("contacts", "absent", "--end", each["id"], profile=head.profile)


@pytest.mark.parametrize(
    "words", [("contacts", "absent"), ("contacts", "delegate", DEPUTY), ("roster", "override", DEPUTY)]
)
def test_a_time_that_cannot_be_is_said_in_dates(house: Any, hutong: Any, words: tuple[str, ...]) -> None:
    who = house[1] if "override" in words else house[2]
    told = hutong(*words, "--from", day(5), "--to", day(4), profile=who.profile, code=2).err
    assert "HT-ROS-09" in told and day(5).replace("T", " ") in told and day(4).replace("T", " ") in told
    told = hutong(*words, "--from", day(-5), "--to", day(-4), profile=who.profile, code=2).err
    assert "HT-ROS-10" in told and day(-4).replace("T", " ") in told


def test_delegations(house: Any, hutong: Any) -> None:
    _, head, liaison, deputy = house
    assert (
        "HT-DLG-06" in hutong("contacts", "delegate", head.contact, "--to", day(3), profile=liaison.profile, code=1).err
    )
    made = hutong("contacts", "delegate", DEPUTY, "--to", day(3), "-o", "json", profile=liaison.profile).json["id"]
    (listed,) = hutong("contacts", "delegate", "-o", "json", profile=head.profile).json["delegations"]
    assert (listed["id"], listed["principal"], listed["deputy"]) == (made, liaison.contact, deputy.contact)
    assert DEPUTY in hutong("contacts", "delegate", profile=head.profile).out
    assert "HT-DLG-04" in hutong("contacts", "delegate", "--end", made, profile=deputy.profile, code=1).err
    assert "HT-DLG-05" in hutong("contacts", "delegate", "--end", "0" * 8, profile=deputy.profile, code=1).err
    hutong("contacts", "delegate", "--end", made[-8:], profile=liaison.profile)
    assert hutong("contacts", "delegate", "-o", "json", profile=head.profile).json == {"delegations": []}


def test_a_channel_from_its_naming_to_its_confirmation(house: Any, hutong: Any) -> None:
    world, _, liaison, deputy = house
    shown = hutong("contacts", "channel", "add", "duty@police.example", "--dry-run", profile=liaison.profile).out
    assert "beside the log: police" in shown and "duty@police.example" in shown
    fields = hutong(
        "contacts", "channel", "add", "duty@police.example", "--dry-run", "-o", "json", profile=liaison.profile
    ).json["fields"]
    assert [each["place"] for each in fields if "duty@" in each["value"]] == ["disclosed"]
    made = hutong("contacts", "channel", "add", "duty@police.example", "-o", "json", profile=liaison.profile).json["id"]
    (named,) = hutong("contacts", "channel", "list", "-o", "json", profile=liaison.profile).json["channels"]
    assert (named["id"], named["kind"], named["address"], named["state"]) == (
        made,
        "mail",
        "duty@police.example",
        "new",
    )
    assert "HT-CHN-01" in hutong("contacts", "channel", "confirm", "00" * 16, profile=liaison.profile, code=1).err
    code = secrets.token_bytes(16)
    say_tested(world, bytes.fromhex(made), code)
    assert "to be confirmed" in hutong("contacts", "channel", "list", profile=liaison.profile).out
    assert "HT-CHN-05" in hutong("contacts", "channel", "confirm", "00" * 16, profile=liaison.profile, code=5).err
    for guess in ("soon", "00" * 15, "00" * 17, "zz" * 16):
        told = hutong("contacts", "channel", "confirm", guess, profile=liaison.profile, code=2).err
        assert "HT-CHN-07" in told and "32 hexadecimal digits" in told, "said before anything is sent"
    words = ("contacts", "channel", "confirm", code.hex(), "--channel", made[-8:])
    assert "HT-CHN-01" in hutong(*words, profile=deputy.profile, code=1).err
    hutong("contacts", "channel", "confirm", code.hex("-", 4).upper(), profile=liaison.profile)
    (named,) = hutong("contacts", "channel", "list", "-o", "json", profile=liaison.profile).json["channels"]
    assert named["state"] == "serves" and named["confirmed"]
    assert hutong("contacts", "channel", "list", "-o", "json", profile=deputy.profile).json == {"channels": []}


def test_an_address_fits_its_channel_before_it_is_signed(house: Any, hutong: Any) -> None:
    liaison = house[2]
    add = ("contacts", "channel", "add")
    for words, form in (
        (("duty at police",), "name@domain"),
        (("https://police.example/notices",), "name@domain"),
        (("duty@police.example", "--kind", "webhook"), "https://police.example/notices"),
        (("http://police.example/notices", "--kind", "web"), "https://police.example/notices"),
    ):
        told = hutong(*add, *words, profile=liaison.profile, code=2).err
        assert "HT-CHN-06" in told and form in told and "Sending" not in told
    hutong.lang = "zh-CN"
    told = hutong(*add, "没有地址", "--kind", "邮", profile=liaison.profile, code=2).err
    assert "登记的是“邮件”" in told and "名称@域名" in told
    hutong(*add, "https://police.example/notices", "--kind", "网络", "--dry-run", profile=liaison.profile)


def say_tested(world: World, channel: bytes, code: bytes) -> None:
    """The hub says that it has sent ``code``."""
    home = world.hub.home

    def make(state: Any, now: int) -> header_pb2.Header:
        known, challenge = state.directory.channels[channel], sha256(code).digest()
        origin, keyid = home.settings.origin, home.key.keyid
        return hub_statements.channel_tested(origin, keyid, known, challenge, secrets.token_bytes(16), now)

    say_as_hub(world, HubTask(make))


def test_what_cannot_be_read(house: Any, hutong: Any, tmp_path: Path) -> None:
    _, head, _, _ = house
    assert "HT-CLI-29" in hutong("roster", "show", "--at", "soon", profile=head.profile, code=2).err
    assert "HT-DIR-08" in hutong("roster", "show", "--desk", "nowhere", profile=head.profile, code=1).err
    assert "HT-DIR-01" in hutong("roster", "show", "--agency", "nobody", profile=head.profile, code=1).err
    assert "HT-CLI-34" in hutong("roster", "publish", profile=head.profile, code=2).err
    paper = tmp_path / "r.yaml"
    wrong = {
        "from": f"from: soon\nto: {day(2)}\nshift: 1d\ncontacts: [a]\n",
        "shift": f"from: {day(1)}\nto: {day(2)}\nshift: long\ncontacts: [a]\n",
        "temporary": f"from: {day(1)}\nto: {day(2)}\nshift: 1d\ntemporary: perhaps\ncontacts: [a]\n",
        "contacts": f"from: {day(1)}\nto: {day(2)}\nshift: 1d\ncontacts: [[a]]\n",
        "until": f"from: {day(1)}\nuntil: {day(2)}\n",
    }
    for field, text in wrong.items():
        paper.write_text(text, encoding="utf-8")
        said = hutong("roster", "publish", str(paper), profile=head.profile, code=2).err
        assert "HT-CLI-27" in said and f"{field}:" in said
