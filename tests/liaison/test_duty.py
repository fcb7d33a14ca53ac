"""The duty of named people through the program, over a real hub and the nodes of three agencies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.identifiers.ids import new_contact_id, new_message_id
from hutong.proofs.reference import Reference
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.v1 import body_pb2, codes_pb2, directory_pb2, kinds_pb2
from liaison import letters, moves
from liaison.cli.inbox import as_json as duty_json
from liaison.cli.show import as_json as item_json
from liaison.cli.signing import reached
from liaison.node import NodeClient
from liaison.office import Draft, Office, unlocked
from liaison.papers.examples import example
from liaison.reach import Reach
from tests.words import lead_words
from tests.worlds import Agency, World, close, join, make_world

Run = Any
DAY_MS = 86_400_000


@dataclass
class Place:
    """Market, with a coordinator, above police, banking beside them; police with a second liaison and two namesakes."""

    world: World
    banking: Agency
    second: Profile
    coordinator: Profile
    nodes: dict[str, NodeClient] = field(default_factory=dict)

    @property
    def market(self) -> Profile:
        return self.world.market.liaison.profile

    @property
    def police(self) -> Profile:
        return self.world.police.liaison.profile

    @property
    def head(self) -> Profile:
        return self.world.police.head.profile

    @property
    def bank(self) -> Profile:
        return self.banking.liaison.profile

    def row(self, reader: Profile, item: str, agency: str = "") -> Any:
        """The obligation of ``agency``, or of the reader's, as ``hutong inbox -o json`` shows it: through channels that
        stay open, because tests look often."""

        async def look() -> Any:
            office = await self._office(reader)
            duties = await office.duties(bytes.fromhex(item))
            return [duty_json(duty, office.names("en")) for duty in duties]

        return {each["agency"]: each for each in self.world.run(look())}.get(agency or reader.agency, {})

    def shown(self, reader: Profile, item: str) -> Any:
        """The item as ``hutong show -o json --no-receipt`` shows it."""

        async def look() -> Any:
            office = await self._office(reader)
            return item_json(await office.show(bytes.fromhex(item), receipt=False), office.names("en"))

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HUTONG_LANG", "en")
            return self.world.run(look())

    def events(self, reader: Profile, item: str, what: str) -> list[Any]:
        """The lines of the timeline of that kind."""
        return [each for each in self.shown(reader, item)["timeline"] if each["what"] == what]

    async def _office(self, reader: Profile) -> Office:
        node = self.nodes.get(str(reader.path)) or self.nodes.setdefault(str(reader.path), NodeClient(reader))
        return Office(await self.world.client(reader), node, unlocked)


async def _nominated(world: World, agency: Agency, name: str, role: int) -> Profile:
    """One more contact of ``agency``."""
    key, contact = SigningKey.generate(), new_contact_id()
    path = world.folder / agency.code / contact
    profile = joining.new_profile(world.hub.ticket(agency.code), path, "contact", contact, key)
    async with HubClient(agency.head.profile, agency.head.profile.policy) as client:
        await client.refresh_directory()
        card, request = directory_pb2.ContactCard(name=name, post="liaison"), joining.join_request(profile, key)
        await joining.nominate(client, agency.head.key, request, card, [role])  # type: ignore[list-item]
    await asyncio.to_thread(joining.certify, profile)
    return profile


def _subordinate(world: World, agency: Agency, parent: str) -> None:
    said = kinds_pb2.AgencyRegistered(
        agency=agency.code,
        type=codes_pb2.AGENCY_TYPE_POLICE,
        level=codes_pb2.LEVEL_PROVINCE,
        region="450000",
        parent=parent,
        head_contact=agency.head.contact,
        head_keyid=agency.head.key.keyid,
    )
    names = {"name_zh": "虚构公安局", "name_en": "police"}
    world.hub.order("register", agency=said.SerializeToString().hex(), **names)


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory,
    loop: asyncio.AbstractEventLoop,
    serve: Callable[[Agency, Path], Any],
    program: Run,
    eventually: Callable[..., Any],
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    world = make_world(folder, loop)
    banking = world.run(join(world.hub, folder, "banking", codes_pb2.AGENCY_TYPE_BANKING))
    _subordinate(world, world.police, "market")
    second = world.run(_nominated(world, world.police, "王建国", codes_pb2.CONTACT_ROLE_LIAISON))
    for _ in range(2):
        world.run(_nominated(world, world.police, "李敏", codes_pb2.CONTACT_ROLE_DEPUTY))
    coordinator = world.run(_nominated(world, world.market, "齐协调", codes_pb2.CONTACT_ROLE_COORDINATOR))
    nodes = [serve(each, folder / f"{each.code}-node") for each in (world.market, world.police, banking)]
    second.save_config(replace(second.config, node_address=world.police.head.profile.config.node_address))
    made = Place(world, banking, second, coordinator)
    for officer in (made.market, made.police, made.bank, made.second, made.head):
        eventually(lambda profile=officer: program("doctor", profile=profile, code=None).code == 0)
    yield made
    for client in made.nodes.values():
        world.run(client.close())
    for node in nodes:
        node.stop()
    close(world)


@pytest.fixture
def lead(place: Place, hutong: Run, eventually: Callable[..., Any]) -> Callable[..., str]:
    """Sends a lead of the market to the police that their node holds; its id."""

    def send(title: str = "甲", *more: str, to: str = "police", profile: Profile | None = None) -> str:
        item = str(hutong(*lead_words(title, to), *more, profile=place.market).out.strip())

        def there() -> bool:
            found = place.shown(profile or place.police, item)
            return bool(found["statements"] and found["obligations"][0]["delivered_at"])

        eventually(there)
        return item

    return send


def test_the_inbox_shows_both_clocks_and_who_is_told_next(place: Place, hutong: Run, lead: Callable[..., str]) -> None:
    item = lead("两个时限", "--urgency", "urgent")
    waiting = place.row(place.police, item)
    assert (waiting["clock"], waiting["lamp"], waiting["state"]) == ("acknowledge", "green", "pending")
    assert waiting["acknowledge_by"] < waiting["complete_by"] and waiting["complete_rule"] == "practice"
    told = waiting["next"]
    assert (told["at"], told["to"], told["form"]) == (waiting["acknowledge_by"], "deputy", "urge"), (
        "after a certificate"
    )
    assert [each["name"] for each in told["contacts"]] == ["李敏"]

    hutong("ack", item, profile=place.police)
    taken = place.row(place.police, item)
    assert (taken["clock"], taken["lamp"], taken["owner_name"]) == ("complete", "green", "police liaison (fictitious)")
    assert taken["seconds_left"] > waiting["seconds_left"]
    assert (taken["next"]["form"], taken["next"]["to"]) == ("reminder", "owner")
    assert [each["name"] for each in taken["next"]["contacts"]] == ["police liaison (fictitious)"]
    assert item in [
        each["item"] for each in hutong("inbox", "--mine", "-o", "json", profile=place.police).json["obligations"]
    ]
    assert hutong("inbox", "--mine", "-o", "json", profile=place.second).json["obligations"] == []

    for lang, words in (
        ("en", ("complete by", "next step", "reminder → police liaison (fictitious) (owner)")),
        ("zh-CN", ("签收期限", "办结期限", "下一步", "提醒 → police liaison (fictitious)（责任人）", "已签收")),
    ):
        hutong.lang = lang
        table = hutong("inbox", profile=place.police).out
        assert all(word in table for word in words), table


def test_progress_is_said_and_seen(place: Place, hutong: Run, lead: Callable[..., str], eventually: Any) -> None:
    item = lead("进展")
    early = hutong("progress", item, "--step", "verifying", profile=place.police, code=1)
    assert "HT-DTY-04" in early.err
    hutong("ack", item, profile=place.police)
    hutong("progress", item, "--step", "核查中", "--text", "已赴现场", profile=place.police)
    assert place.row(place.market, item, "police")["state"] == "in_progress"
    (said,) = eventually(lambda: place.events(place.market, item, "progressed"))
    assert said["proved"] and said["about"] == "verifying"
    bodies = [
        each["body"]["note"]["text"]
        for each in place.shown(place.market, item)["statements"]
        if each["body"] and "note" in each["body"]
    ]
    assert bodies == ["已赴现场"]
    wrong = hutong("progress", item, "--step", "dancing", profile=place.police, code=2)
    assert "HT-CLI-01" in wrong.err and "waiting_for_others" in wrong.err


def test_more_time_goes_through_the_head_and_the_opener(
    place: Place, hutong: Run, lead: Callable[..., str], eventually: Any
) -> None:
    item = lead("延期", "--urgency", "urgent")
    hutong("ack", item, profile=place.police)
    before = place.row(place.police, item)
    last = re.sub("T.*", "", _latest(hutong, place, item))
    assert (
        "HT-DTY-26"
        in hutong("extend", item, "--until", "2099-01-01", "--reason", "complex", profile=place.police, code=1).err
    )
    assert "HT-DTY-27" in hutong("extend", "decide", item, "--grant", "--yes", profile=place.head, code=1).err
    asked = hutong("extend", item, "--until", last, "--reason", "案情复杂", "--text", "涉及三省", profile=place.police)
    assert "more time was asked for" in asked.err
    waits = place.row(place.police, item)
    assert waits["extension"]["waits_for"] == "head" and waits["complete_by"] == before["complete_by"]

    for lang, name in (("zh-CN", "延期待负责人决定"), ("en", "more time: the head decides")):
        hutong.lang = lang
        assert name in hutong("inbox", profile=place.head).out
        refused = hutong("extend", "decide", item, "--grant", "--yes", profile=place.police, code=1)
        assert "HT-DTY-28" in refused.err and place.head.contact in refused.err
    assert "HT-CLI-40" in hutong("extend", "decide", item, "--grant", profile=place.head, code=2).err
    assert "HT-CLI-83" in hutong("extend", "decide", item, profile=place.head, code=2).err
    both = hutong("extend", "decide", item, "--grant", "--refuse", profile=place.head, code=2).err
    assert "HT-CLI-68" in both and "--grant / --refuse" in both
    hutong("extend", "decide", item, "--grant", "--yes", profile=place.head)
    assert place.row(place.police, item)["extension"]["waits_for"] == "originator"
    hutong("extend", "decide", item, "--grant", "--yes", profile=place.market)
    after = place.row(place.police, item)
    assert after["complete_by"] > before["complete_by"] and after["extension"] == {
        "asked_until": None,
        "waits_for": None,
        "granted": 1,
    }
    decided = eventually(
        lambda: (
            len(place.events(place.police, item, "extension_decided")) == 2
            and place.events(place.police, item, "extension_decided")
        )
    )
    assert [each["about"] for each in decided] == ["police · granted", "police · granted"] and all(
        each["proved"] for each in decided
    )


def _latest(hutong: Run, place: Place, item: str) -> str:
    """The last moment that the rule allows, as the refusal says it."""
    refused = hutong("extend", item, "--until", "2099-01-01", "--reason", "complex", profile=place.police, code=1)
    found = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", refused.err)
    assert found, refused.err
    return found[0].replace(" ", "T")


def test_a_redirect_is_opened_and_answered_by_a_third_agency(
    place: Place, hutong: Run, tmp_path: Path, paper: Callable[[str], str], eventually: Any
) -> None:
    (tmp_path / "照片.txt").write_text("a photograph")
    (tmp_path / "流水.csv").write_text("a,b")
    file = tmp_path / "lead.yaml"
    file.write_text(paper("lead").replace("attachments: []", "attachments: [照片.txt]"), encoding="utf-8")
    item = hutong("lead", "send", "-f", str(file), profile=place.market).out.strip()
    eventually(lambda: place.shown(place.police, item)["statements"])
    more = tmp_path / "more.yaml"
    more.write_text("title: 补充\ntext: 另有流水\nattachments: [流水.csv]\n", encoding="utf-8")
    hutong("supplement", item, "-f", str(more), profile=place.market)
    eventually(lambda: len(place.shown(place.police, item)["statements"]) > 2)
    hutong("ack", item, profile=place.police)

    words = ("redirect", item, "--to", "banking", "--reason", "not_competent", "--text", "涉及银行账户")
    preview = hutong(*words, "--dry-run", profile=place.police).out
    for said in ("涉及银行账户", "连锁经营", "照片.txt", "流水.csv", "only police, banking, market read it"):
        assert said in preview, preview
    fields = hutong(*words, "--dry-run", "-o", "json", profile=place.police).json["fields"]
    assert {each["value"] for each in fields if each["field"] == "enclosed[0]"} == {item}
    assert (
        "HT-PRM-03"
        in hutong(
            "redirect", item, "--to", "market", "--reason", "duplicate", "--yes", profile=place.police, code=1
        ).err
    )
    hutong(*words, "--yes", profile=place.police)
    given = place.row(place.police, item)
    assert (given["state"], given["redirected_to"], given["owner"]) == ("redirected", "banking", place.police.contact)

    # The third agency has the item with title, material and proof of who opened it.
    eventually(lambda: place.row(place.bank, item).get("delivered_at"))
    (got,) = [
        each for each in hutong("inbox", "-o", "json", profile=place.bank).json["obligations"] if each["item"] == item
    ]
    assert got["title"].startswith("以“连锁经营”") and got["redirected_from"] == "police" and got["from"] == "market"
    seen = hutong("show", item, "-o", "json", "--save", str(tmp_path / "files"), profile=place.bank).json
    assert seen["proved"] and seen["receipt_sent"]
    opening, extra, passed = (
        next(each for each in seen["statements"] if kind in each["header"])
        for kind in ("lead", "supplement", "redirect")
    )
    assert opening["enclosed"] and opening["header"]["sender"]["agency"] == "market"
    assert extra["enclosed"] and extra["body"]["note"]["text"] == "另有流水" and not passed["enclosed"]
    assert passed["body"]["lead"] == opening["body"]["lead"]
    saved = {each.name[3:]: each.read_text() for each in (tmp_path / "files").iterdir()}
    assert saved == {"照片.txt": "a photograph", "流水.csv": "a,b"}
    hutong.lang = "zh-CN"
    text = hutong("show", item, profile=place.bank).out
    for word in ("随转办附来", "转办说明", "涉及银行账户", "转自 虚构公安局", "有效，日志第", "手机号 13800000000"):
        assert word in text, text
    hutong.lang = "en"

    hutong("ack", item, profile=place.bank)
    assert place.row(place.police, item)["state"] == "passed_on"
    eventually(lambda: any(each["agency"] == "banking" for each in place.events(place.police, item, "acknowledged")))
    done = tmp_path / "done.yaml"
    done.write_text("outcome: confirmed\ntitle: 账户核查结果\ntext: 账户属实\n", encoding="utf-8")
    hutong("reply", item, "-f", str(done), "--yes", profile=place.bank)
    answer = eventually(
        lambda: [each for each in place.shown(place.market, item)["statements"] if "completed" in each["header"]]
    )
    assert answer[0]["body"]["note"]["title"] == "账户核查结果"
    states = [place.row(place.market, item, agency)["state"] for agency in ("police", "banking")]
    assert states == ["passed_on", "closed"]
    # The opener's node holds the redirect, so more material goes to the newcomer too.
    fields = hutong("supplement", item, "-f", str(more), "--dry-run", "-o", "json", profile=place.market).json["fields"]
    assert {reader for each in fields for reader in each["readers"]} == {"market", "police", "banking"}


def test_what_was_passed_on_and_returned_is_worked_on_again(
    place: Place, hutong: Run, lead: Callable[..., str], eventually: Any
) -> None:
    item = lead("转办退回")
    hutong("ack", item, profile=place.police)
    hutong("redirect", item, "--to", "banking", "--reason", "不属职责", "--yes", profile=place.police)
    eventually(lambda: place.shown(place.bank, item)["proved"])
    back = ("return", item, "--reason", "wrong_region", "-m", "不在本地", "--yes")
    hutong(*back, profile=place.bank)
    assert place.row(place.police, item)["state"] == "in_progress"
    for reader in (place.police, place.market):
        eventually(
            lambda who=reader: [
                each for each in place.shown(who, item)["statements"] if "return" in each["header"] and each["body"]
            ]
        )


def test_what_nobody_has_taken_on_is_taken_back(
    place: Place, hutong: Run, lead: Callable[..., str], eventually: Any
) -> None:
    item = lead("撤回转办")
    hutong("ack", item, profile=place.police)
    back = ("redirect", item, "--take-back")
    assert "HT-MOV-02" in hutong(*back, "--yes", profile=place.police, code=1).err
    assert "HT-CLI-83" in hutong("redirect", item, profile=place.police, code=2).err
    assert "HT-CLI-68" in hutong(*back, "--to", "banking", profile=place.police, code=2).err
    hutong("redirect", item, "--to", "banking", "--reason", "不属职责", "--yes", profile=place.police)
    assert "HT-DTY-09" in hutong(*back, "--yes", profile=place.second, code=1).err
    assert "HT-CLI-40" in hutong(*back, profile=place.police, code=2).err, "it is asked about"
    hutong(*back, "--yes", profile=place.head)
    mine, theirs = place.row(place.police, item), place.row(place.police, item, "banking")
    assert (mine["state"], mine["owner"], mine["redirected_to"]) == ("in_progress", place.police.contact, None)
    assert theirs["state"] == "taken_back"
    for reader in (place.bank, place.market, place.police):
        eventually(lambda who=reader: [e for e in place.events(who, item, "redirect_taken_back") if e["proved"]])
    hutong.lang = "zh-CN"
    assert "转办已被撤回" in hutong("show", item, "--no-receipt", profile=place.bank).out
    assert "HT-DTY-03" in hutong("ack", item, profile=place.bank, code=1).err


def test_material_that_does_not_hold_is_left_out_and_keeps_nobody_from_sending_it_back(
    place: Place, hutong: Run, lead: Callable[..., str], eventually: Any
) -> None:
    """Whoever passes an item on cannot put words into the mouth of the one who opened it."""
    item = lead("伪造")
    hutong("ack", item, profile=place.police)

    async def pass_on() -> None:
        async with Office.open(place.police) as office:
            matter, held = await office.material(bytes.fromhex(item))
            body = moves.passed_on(held, matter.originator, "")
            inside = body_pb2.Body.FromString(body.enclosed[0].unsealed[32:])
            inside.lead.title = "别的案件"
            body.enclosed[0].unsealed = body.enclosed[0].unsealed[:32] + inside.SerializeToString()
            letter = letters.redirect(matter, "banking", codes_pb2.REASON_CODE_NOT_COMPETENT, body, ())
            await office.send(office.draft([letter], matter))

    place.world.run(pass_on())
    eventually(lambda: place.shown(place.bank, item)["statements"])
    seen = hutong("show", item, "-o", "json", profile=place.bank)
    assert not seen.json["proved"] and not any(each["enclosed"] for each in seen.json["statements"])
    assert "HT-SEA-02" in seen.err and "left out" in seen.err
    hutong("ack", item, profile=place.bank)
    hutong("return", item, "--reason", "signature_doubted", "-m", "与原件不符", "--yes", profile=place.bank)
    assert place.row(place.market, item, "banking")["state"] == "returned"


def test_a_decision_on_paper_is_entered_by_one_and_checked_by_another(
    place: Place, hutong: Run, lead: Callable[..., str], tmp_path: Path, eventually: Any
) -> None:
    item = lead("纸质", "--urgency", "urgent")
    hutong("ack", item, profile=place.police)
    last = _latest(hutong, place, item)
    hutong("extend", item, "--until", last, "--reason", "complex", profile=place.police)
    scan, other, proof = tmp_path / "scan.pdf", tmp_path / "other.pdf", tmp_path / "proof.json"
    scan.write_bytes(b"%PDF-1")
    other.write_bytes(b"%PDF-2")
    words = ("approval", "enter", item, "-f", str(scan), "--number", "公延字〔2026〕3号", "--post", "正职负责人")
    assert "HT-CLI-29" in hutong(*words, "--date", "yesterday", profile=place.police, code=2).err
    assert "HT-HDR-01" in hutong(*words, "--date", "2026-09-01", profile=place.police, code=1).err, "before it came in"
    today = place.row(place.police, item)["available_at"][:10]
    entered = hutong(*words, "--date", today, "--proof", str(proof), "-o", "json", profile=place.police).json
    assert not entered["late"]
    kept = place.police.path / "approvals" / f"{entered['entry']}.json"
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.read_text() == proof.read_text()
    hutong.lang = "zh-CN"
    for who in (place.police, place.second):
        text = hutong("show", item, "--no-receipt", profile=who).out
        assert "等待另一人核对" in text and "police liaison (fictitious)" in text
    assert "公延字" not in text, "the number is in no log"

    check = ("approval", "check", item, "--yes")
    assert "HT-DTY-30" in hutong(*check, profile=place.police, code=1).err
    assert "HT-CLI-69" in hutong(*check, "-f", str(scan), profile=place.second, code=2).err
    eventually(
        lambda: [
            each for each in place.shown(place.second, item)["statements"] if "approval_recorded" in each["header"]
        ]
    )
    wrong = hutong(*check, "-f", str(other), "--proof", str(proof), profile=place.second, code=5)
    assert "HT-CLI-66" in wrong.err and "document_sha256" in wrong.err
    right = hutong(*check, "-f", str(scan), "--proof", str(proof), profile=place.second)
    assert "公延字〔2026〕3号" in right.err
    assert place.row(place.police, item)["extension"]["waits_for"] == "originator"
    assert "王建国：一致" in hutong("show", item, "--no-receipt", profile=place.police).out
    assert "HT-CLI-84" in hutong(*check, profile=place.second, code=1).err


def test_a_paper_receipt_is_entered_by_who_received_it(
    place: Place, hutong: Run, lead: Callable[..., str], tmp_path: Path, eventually: Any
) -> None:
    item = lead("回执")
    scan, proof = tmp_path / "receipt.pdf", tmp_path / "receipt.json"
    scan.write_bytes(b"%PDF-1")
    today = place.row(place.police, item)["available_at"][:10]
    words = ("received", item, "-f", str(scan), "--yes")
    assert "HT-CLI-29" in hutong(*words, "--on", "yesterday", profile=place.police, code=2).err
    assert "HT-HDR-01" in hutong(*words, "--on", "2026-09-01", profile=place.police, code=1).err, "before it came in"
    assert "HT-DTY-02" in hutong(*words, "--on", today, profile=place.market, code=1).err, "not by who sent it"
    said = hutong(*words, "--on", today, "--proof", str(proof), profile=place.second)
    assert "entered" in said.err
    row = place.row(place.police, item)
    assert (row["received_on"], row["state"]) == (today, "pending") and row["received_at"] and row["complete_by"]
    (kept,) = (place.second.path / "receipts").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.read_text() == proof.read_text()
    assert "HT-CLI-31" in hutong(*words, "--on", today, "--proof", str(proof), profile=place.second, code=7).err
    assert "HT-DTY-64" in hutong(*words, "--on", today, profile=place.second, code=7).err, "once"
    (event,) = eventually(lambda: place.events(place.police, item, "received_on_paper"))
    assert event["proved"] and event["about"] == f"received on {today}"
    hutong.lang = "zh-CN"
    assert f"纸质回执 {today}" in hutong("slip", item, profile=place.police).out


def test_whoever_opens_the_answers_says_so_of_each_that_is_there(
    place: Place, hutong: Run, lead: Callable[..., str], tmp_path: Path, eventually: Any
) -> None:
    item = lead("两家", "--to", "banking")
    eventually(lambda: place.shown(place.bank, item)["statements"])
    answer = tmp_path / "answer.yaml"
    answer.write_text("outcome: confirmed\ntext: 查实\n", encoding="utf-8")

    def looked_at() -> list[tuple[str, str]]:
        found = place.shown(place.market, item)["statements"]
        mine = [
            each["header"]
            for each in found
            if "seen" in each["header"] and each["header"]["sender"]["agency"] == "market"
        ]
        return [(each["recipients"][0]["agency"], each["in_reply_to"]) for each in mine]

    for officer, others in ((place.police, []), (place.bank, ["police"])):
        hutong("ack", item, profile=officer)
        hutong("reply", item, "-f", str(answer), "--yes", profile=officer)
        eventually(
            lambda who=officer: who.agency in {each["agency"] for each in place.events(place.market, item, "completed")}
        )
        assert [agency for agency, _ in looked_at()] == others, "the other one's look is no look at this"
        hutong("show", item, profile=place.market)
        eventually(lambda who=officer: who.agency in dict(looked_at()))
    hutong("show", item, profile=place.market)
    assert [agency for agency, _ in looked_at()] == ["police", "banking"], "each once"


def test_the_head_assigns_by_name(place: Place, hutong: Run, lead: Callable[..., str]) -> None:
    item = lead("指派")
    for lang, said in (("zh-CN", "李敏 liaison（c"), ("en", "李敏 liaison (c")):
        hutong.lang = lang
        several = hutong("assign", item, "--to", "李敏", profile=place.head, code=2)
        assert "HT-CLI-62" in several.err and several.err.count(said) == 2, several.err
        assert "HT-CLI-61" in hutong("assign", item, "--to", "赵四", profile=place.head, code=1).err
        liaison = hutong("assign", item, "--to", "王建国", profile=place.police, code=1)
        assert "HT-DTY-32" in liaison.err
    for words, said in ((("--dry-run",), "It will reach"), ((), "It has reached")):
        told = hutong("assign", item, "--to", "王建国", *words, profile=place.head).err
        assert f"{said} police: the owner is 王建国 ({place.second.contact})" in told, told
        assert re.search(r"next step \d{4}-\d\d-\d\d \d\d:\d\d: ", told), "and when somebody is told"
    given = place.row(place.police, item)
    assert (given["owner_name"], given["moved"], given["state"]) == ("王建国", 1, "pending")
    hutong("assign", item, "--to", place.police.contact[:6], profile=place.head)
    assert place.row(place.police, item)["owner"] == place.police.contact


def test_a_coordinator_above_gives_it_to_the_head_though_it_may_not_see_it(place: Place, hutong: Run) -> None:
    """And not before it was missed: from when on is said, and who is told then."""
    item = hutong(*lead_words("协调"), "--urgency", "flash", profile=place.bank).out.strip()
    assert "HT-DTY-01" in hutong("show", item, profile=place.coordinator, code=1).err
    assert "HT-DTY-01" in hutong("assign", item, "--to", "王建国", profile=place.coordinator, code=1).err
    wrong = ("assign", item, "--agency", "police", "--to", "王建国")
    assert "HT-DTY-33" in hutong(*wrong, profile=place.coordinator, code=1).err
    right = ("assign", item, "--agency", "虚构公安局")
    early = hutong(*right, profile=place.coordinator, code=1).err
    by = str(place.row(place.police, item)["acknowledge_by"])[:16].replace("T", " ")
    assert "HT-MOV-01" in early and by in early, early
    assert f"the hub tells head of police ({place.head.contact}) first" in early, early
    place.world.hub.order("advance", milliseconds=31 * 60_000)
    told = hutong(*right, profile=place.coordinator).err
    assert "It will reach police" in told and told.count("not yours to see") == 2 and place.head.contact in told
    assert place.row(place.police, item)["owner"] == place.head.contact


def test_pushing_takes_the_next_step_now(place: Place, hutong: Run, lead: Callable[..., str], eventually: Any) -> None:
    item = lead("催促")
    assert "HT-DTY-38" in hutong("urge", item, profile=place.police, code=1).err
    seen = hutong("urge", item, "--dry-run", profile=place.market).err
    assert "next step at once: urged → 李敏" in seen, seen
    assert "It has reached police: the owner is police liaison" in hutong("urge", item, profile=place.market).err
    (told,) = eventually(lambda: place.events(place.police, item, "escalated"))
    assert told["proved"] and told["about"].startswith("police · urged → 李敏 (deputy)")
    assert "HT-DTY-46" in hutong("urge", item, profile=place.head, code=1).err, "not twice in a moment"
    (letter, *_) = eventually(lambda: place.events(place.market, item, "escalation_forced"))
    assert letter["contact_name"]


def test_what_cannot_be_asked_afterwards_is_no_failure(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """It is recorded: whoever reads an error would write it again."""
    letter = letters.assigned(new_message_id(), "police", place.second.contact, None)
    draft = Draft((letter,), (), reaches=(Reach("police", place.second.contact, 0),))

    async def ask() -> None:
        await reached(await place._office(place.market), draft)

    place.world.run(ask())
    assert "HT-DTY-01" in capsys.readouterr().err


def test_a_supervision_is_closed_by_review(
    place: Place, hutong: Run, tmp_path: Path, paper: Callable[[str], str], lead: Callable[..., str], eventually: Any
) -> None:
    about = lead("被督办")
    assert hutong("supervise", "--template").out == example("supervision")
    file = tmp_path / "supervise.yaml"
    file.write_text(paper("supervision"), encoding="utf-8")
    sent = hutong("supervise", "--to", "police", "-f", str(file), "--about", about[-8:], profile=place.market)
    before, after = (line for line in sent.err.splitlines() if "reach" in line)
    timeless = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "…", line) for line in (before, after)]
    assert timeless[0].replace("It will reach", "It has reached") == timeless[1], "as the rules foretold it"
    assert "to be acknowledged by" in after and "next step" in after and place.police.contact in after
    item = sent.out.strip()
    eventually(lambda: place.shown(place.police, item)["statements"])
    header = place.shown(place.police, item)["statements"][0]["header"]
    assert header["supervision"] and header["purpose"] == "PURPOSE_SUPERVISION"
    assert "督办" in hutong("slip", item, "--lang", "zh-CN", profile=place.police).out
    hutong("ack", item, profile=place.police)
    done = tmp_path / "done.yaml"
    done.write_text("outcome: confirmed\ntext: 已查清\n", encoding="utf-8")
    hutong("reply", item, "-f", str(done), "--yes", profile=place.police)
    waits = place.row(place.police, item)
    assert (waits["state"], waits["standing"], waits["clock"]) == ("in_review", "review", None)
    missing = hutong("review", item, "--back", "--yes", profile=place.market, code=2).err
    assert "HT-CLI-86" in missing and "incomplete" in missing
    unknown = hutong("review", item, "--back", "--reason", "late", "--yes", profile=place.market, code=2).err
    assert "HT-CLI-01" in unknown and "incomplete" in unknown, "what can be is listed"
    wordless = hutong("review", item, "--back", "--reason", "oth", "--yes", profile=place.market, code=2).err
    assert "HT-CLI-85" in wordless and "--text" in wordless
    assert "HT-DTY-17" in hutong("review", item, "--accept", "--yes", profile=place.police, code=1).err
    hutong("review", item, "--back", "--reason", "材料不全", "--text", "缺少笔录", "--yes", profile=place.market)
    back = place.row(place.police, item)
    assert (back["state"], back["sent_back"]) == ("in_progress", 1)
    hutong("reply", item, "-f", str(done), "--yes", profile=place.police)
    hutong("review", item, "--accept", "--yes", profile=place.market)
    assert place.row(place.police, item)["state"] == "closed"
    ended = hutong("ack", item, profile=place.second, code=1).err
    closed = place.row(place.police, item)["closed_at"][:16].replace("T", " ")
    assert f"It is closed since {closed}; its owner was police liaison (fictitious)" in ended, ended
    reviews = eventually(
        lambda: len(place.events(place.police, item, "reviewed")) == 2 and place.events(place.police, item, "reviewed")
    )
    assert [each["about"] for each in reviews] == ["police · handed back · incomplete", "police · accepted"]


def test_a_drill_cannot_be_mistaken(place: Place, hutong: Run, tmp_path: Path, eventually: Any) -> None:
    item = hutong("drill", "start", "--to", "police", "--title", "桌面推演", profile=place.market).out.strip()
    eventually(lambda: place.shown(place.police, item)["statements"])
    waiting = place.row(place.police, item)
    assert waiting["drill"] and 0 < waiting["seconds_left"] <= 120, "minutes, not days"
    hutong.lang = "zh-CN"
    assert "【演练】桌面推演" in hutong("inbox", profile=place.police).out
    for words in (("show", item, "--no-receipt"), ("slip", item)):
        assert hutong(*words, profile=place.police).out.startswith("【演练】本件为演练")
    page = tmp_path / "slip.html"
    hutong("slip", item, "--html", str(page), profile=place.police)
    assert '<p class="drill">【演练】' in page.read_text()
    hutong("ack", item, profile=place.police)
    signed = eventually(
        lambda: [each for each in place.shown(place.police, item)["statements"] if "acknowledged" in each["header"]]
    )
    assert signed[0]["header"]["facts"]["drill"]


def test_a_hold_ends_by_itself(place: Place, hutong: Run, lead: Callable[..., str], eventually: Any) -> None:
    """The clock of the demo is moved on: nobody waits, and nobody needs to come back."""
    item = lead("挂起")
    hutong("ack", item, profile=place.police)
    words = ("hold", item, "--reason", "waiting_for_material")
    too_far = hutong(*words, "--until", "2099-01-01", profile=place.police, code=1).err
    latest = re.findall(r"not after (\d{4}-\d\d-\d\d) \d\d:\d\d \(30 days at most\)", too_far)
    assert "HT-DTY-20" in too_far and latest, too_far
    hutong(*words, "--until", latest[0], "--dry-run", profile=place.police)
    tomorrow = joining.now_ms() + DAY_MS
    until = _local(tomorrow)
    hutong(*words, "--until", until, "--text", "等对方补正", profile=place.police)
    held = place.row(place.police, item)
    assert (held["state"], held["lamp"], held["standing"]) == ("on_hold", "grey", "held")
    assert held["clock"] is None and held["held_until"].startswith(until)
    assert held["next"]["form"] == "resume" and held["next"]["to"] == "owner"
    assert "HT-DTY-19" in hutong("progress", item, "--step", "started", profile=place.police, code=1).err
    hutong.lang = "zh-CN"
    assert f"挂起至 {until.replace('T', ' ')}" in hutong("inbox", profile=place.police).out.replace(
        "挂起至", "挂起至 "
    ).replace("  ", " ")
    hutong.lang = "en"

    place.world.hub.order("advance", milliseconds=DAY_MS + 60_000)
    going = eventually(
        lambda: place.row(place.police, item)["state"] == "in_progress" and place.row(place.police, item)
    )
    assert going["clock"] == "complete" and going["held_until"] is None
    ends = eventually(lambda: [each for each in place.events(place.police, item, "escalated") if each["proved"]])
    assert ends[0]["about"] == "police · hold ended → police liaison (fictitious) (owner)"
    assert "HT-DTY-21" in hutong("resume", item, profile=place.police, code=1).err


def _local(milliseconds: int) -> str:
    from liaison.reading import moment

    return moment(milliseconds).replace(" ", "T")


def test_what_was_missed_climbs_and_stands_on_the_slip(
    place: Place, hutong: Run, lead: Callable[..., str], tmp_path: Path, eventually: Any
) -> None:
    """Nobody acknowledges a flash lead; the ladder is in the log, and a sheet of paper says it."""
    item = lead("无人签收", "--urgency", "flash")
    place.world.hub.order("advance", milliseconds=65 * 60_000)
    eventually(lambda: len(place.events(place.police, item, "escalated")) >= 3)
    late = place.row(place.police, item)
    assert (late["lamp"], late["standing"], late["non_response"]) == ("red", "red", True)
    told = [each["about"] for each in place.events(place.police, item, "escalated")]
    assert told[0] == "police · reminder → 李敏 (deputy)"
    assert any("urged → " in each and "(head)" in each for each in told), told
    hutong.lang = "zh-CN"
    text = hutong("show", item, "--no-receipt", profile=place.police).out
    assert "虚构公安局（police） · 提醒 → 李敏（副手）" in text
    slip = hutong("slip", item, profile=place.market).out
    for word in ("督办单", "中枢所称", "责任人", "签收期限", "办结期限", "下一步", "逾期未应证明"):
        assert word in slip, slip
    own = hutong("slip", item, profile=place.police).out
    assert "办理单" in own and "提醒、催办和责任变动" in own and "李敏" in own
    assert "中枢所称；标有日志条目的已在本机核验签名" in own and "责任人：____" in own, "to be signed on"
    page = tmp_path / "办理单.html"
    hutong("slip", item, "--html", str(page), profile=place.police)
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>") and "size: A4" in html and "李敏" in html
    assert not re.search(r"https?://|src=|@import|<script|url\(", html), "nothing is fetched"
    assert "HT-CLI-31" in hutong("slip", item, "--html", str(page), profile=place.police, code=7).err
    hutong.lang = "en"
    printed = hutong("slip", item, profile=place.market).out
    assert "Supervision slip" in printed and "next step" in printed and "▀" in printed and "\x1b" not in printed
    # What the paper says can be checked in the log, offline.
    (reference,) = re.findall(r"hutong:\S+#\S+", printed)
    proved = place.shown(place.market, item)["statements"][0]["index"]
    assert Reference.parse(reference).index == proved and reference in html


def test_a_handover_before_leave(place: Place, hutong: Run, lead: Callable[..., str], eventually: Any) -> None:
    """Who leaves hands over first; until it is accepted everything stays with the leaver."""
    items = [lead("离任一"), lead("离任二")]
    done = hutong("ack", items[0], "0" * 32, items[1], profile=place.police, code=1)
    assert done.err.count("not acknowledged") == 1 and done.err.count("acknowledged, entry") == 2
    leave = ("contacts", "withdraw", "police liaison (fictitious)", "--voluntary", "--yes")
    for lang, words in (
        ("zh-CN", ("项未结任务", "hutong handover start")),
        ("en", ("open obligations", "hutong handover start")),
    ):
        hutong.lang = lang
        blocked = hutong(*leave, profile=place.head, code=1)
        assert "HT-DTY-42" in blocked.err and all(word in blocked.err for word in words), blocked.err
    count = int(re.findall(r"still owns (\d+)", blocked.err)[0])
    assert "HT-CLI-83" in hutong("handover", "start", "--to", "王建国", profile=place.police, code=2).err
    assert (
        "HT-CLI-63"
        in hutong("handover", "start", "--to", "police liaison (fictitious)", "--all", profile=place.second, code=1).err
    )
    one = hutong("handover", "start", "--to", "王建国", items[0][-8:], "-o", "json", profile=place.police).json
    assert one["items"] == [items[0]]
    hutong("handover", "decline", profile=place.second)
    assert place.row(place.police, items[0])["owner"] == place.police.contact
    assert "HT-CLI-81" in hutong("handover", "withdraw", profile=place.police, code=1).err
    two = hutong("handover", "start", "--to", "王建国", items[0][-8:], "-o", "json", profile=place.police).json
    assert "HT-MOV-03" in hutong("handover", "withdraw", two["handovers"][0], profile=place.second, code=1).err
    assert hutong("inbox", profile=place.second).out.startswith("◆")
    hutong("handover", "withdraw", profile=place.police)
    assert not hutong("inbox", profile=place.second).out.startswith("◆"), "nobody is asked any more"
    assert "HT-MOV-04" in hutong("handover", "accept", two["handovers"][0], "--yes", profile=place.second, code=1).err
    gone = hutong("handover", "start", "--to", "王建国", items[0][-8:], "-o", "json", profile=place.police).json
    hutong("assign", items[0], "--to", "王建国", profile=place.head)
    assert not hutong("inbox", profile=place.second).out.startswith("◆"), "the giver owns nothing of it"
    assert "HT-MOV-05" in hutong("handover", "accept", gone["handovers"][0], "--yes", profile=place.second, code=1).err
    hutong("assign", items[0], "--to", "police liaison (fictitious)", profile=place.head)
    hutong("handover", "withdraw", gone["handovers"][0], profile=place.head)
    offered = hutong("handover", "start", "--to", "王建国", "--leaving", "-o", "json", profile=place.police).json
    assert len(offered["items"]) == count

    inbox = hutong("inbox", profile=place.second).out
    assert inbox.startswith(f"◆ A leaver's handover waits for you: police liaison (fictitious), {count} items")
    assert hutong("inbox", "-o", "json", profile=place.second).json["handovers"][0]["giver"] == place.police.contact
    assert hutong("inbox", "-o", "json", profile=place.police).json["handovers"] == []
    listed = hutong("handover", "list", profile=place.head).out
    assert "王建国" in listed and "waiting" in listed and str(count) in listed
    assert "HT-DTY-36" in hutong("handover", "accept", offered["handovers"][0], "--yes", profile=place.head, code=1).err
    assert "HT-DTY-42" in hutong(*leave, profile=place.head, code=1).err, "not accepted yet"
    hutong("handover", "accept", "--yes", profile=place.second)
    assert {place.row(place.second, item)["owner_name"] for item in items} == {"王建国"}
    assert "HT-CLI-81" in hutong("handover", "accept", "--yes", profile=place.second, code=1).err
    assert "HT-CLI-82" in hutong("handover", "accept", "0" * 8, "--yes", profile=place.second, code=1).err
    assert "HT-CLI-64" in hutong("handover", "accept", "0", "--yes", profile=place.second, code=2).err
    listed = hutong("handover", "list", "--all", "-o", "json", profile=place.head).json["handovers"]
    states = {each["handover"]: (each["accepted"], bool(each["withdrawn_at"]), each["over"]) for each in listed}
    assert states == {
        one["handovers"][0]: (False, False, False),
        two["handovers"][0]: (None, True, False),
        gone["handovers"][0]: (None, True, False),
        offered["handovers"][0]: (True, False, False),
    }
    assert "withdrawn" in hutong("handover", "list", "--all", profile=place.head).out
    hutong(*leave, profile=place.head)
    assert not any(each["breach"] for each in hutong("inbox", "-o", "json", profile=place.second).json["obligations"])
