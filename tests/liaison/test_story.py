"""An officer's day through the program: send, triage, open, take on, answer, return, add, ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liaison.papers.examples import example
from tests.words import lead_words

Run = Any


@pytest.fixture
def lead(town: Any, hutong: Run, tmp_path: Path, paper: Callable[[str], str], eventually: Callable[..., Any]) -> str:
    """A lead that has reached the police, title and all; its id."""
    (tmp_path / "照片.txt").write_text("a photograph")
    file = tmp_path / "lead.yaml"
    file.write_text(paper("lead").replace("attachments: []", "attachments: [照片.txt]"), encoding="utf-8")
    sent = hutong("lead", "send", "-f", str(file), "-o", "json", profile=town.market).json
    eventually(lambda: _row(hutong, town.police, sent["item"])["title"])
    eventually(lambda: _row(hutong, town.police, sent["item"])["delivered_at"])
    return str(sent["item"])


def _row(hutong: Run, profile: Any, item: str, *more: str) -> dict[str, Any]:
    rows = hutong("inbox", "-o", "json", *more, profile=profile).json["obligations"]
    return next((row for row in rows if row["item"] == item), {"title": "", "delivered_at": None})


def test_a_lead_from_sending_to_its_outcome(
    town: Any, hutong: Run, lead: str, tmp_path: Path, paper: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    row = _row(hutong, town.police, lead)
    assert (row["kind"], row["from"], row["urgency"], row["state"]) == ("lead", "market", "urgent", "pending")
    assert row["owner_name"] == "police liaison (fictitious)" and "连锁经营" in row["title"]
    assert row["lamp"] == "green" and row["seconds_left"] > 0

    shown = hutong("show", lead, "-o", "json", "--save", str(tmp_path / "files"), profile=town.police)
    assert shown.json["receipt_sent"] and "receipt" in shown.err
    opened = shown.json["statements"][0]
    assert opened["opening"] == "opened" and opened["body"]["lead"]["subjects"][0]["role"] == "SUBJECT_ROLE_ORGANISER"
    assert opened["header"]["lead"]["identifiers"] == [
        {"type": "IDENTIFIER_TYPE_PHONE", "count": 1},
        {"type": "IDENTIFIER_TYPE_BANK_ACCOUNT", "count": 1},
    ]
    assert [(f.name, f.read_text()) for f in (tmp_path / "files").iterdir()] == [("01-照片.txt", "a photograph")]
    line = ["lead", "delivered", "seen", "acknowledge_by", "next_step", "complete_by"]
    assert [event["what"] for event in shown.json["timeline"]] == line
    again = hutong("show", lead, "-o", "json", profile=town.police).json
    assert not again["receipt_sent"] and again["obligations"][0]["seen_at"]

    assert "acknowledged" in hutong("ack", lead, profile=town.police).err
    done = tmp_path / "done.yaml"
    template = hutong("reply", lead, "--template", profile=town.police).out
    assert template == example("completed")
    done.write_text(template, encoding="utf-8")
    hutong("reply", lead, "-f", str(done), "--yes", profile=town.police, code=2)
    done.write_text(paper("completed"), encoding="utf-8")
    size = town.size()
    checked = hutong("reply", lead, "-f", str(done), "--dry-run", "-o", "json", profile=town.police).json
    assert {each["statement"] for each in checked["fields"]} == {"completed"}
    assert "HT-CLI-40" in hutong("reply", lead, "-f", str(done), profile=town.police, code=2).err
    assert town.size() == size
    assert len(hutong("reply", lead, "-f", str(done), "--yes", "-o", "json", profile=town.police).json["indices"]) == 1

    status = hutong("lead", "status", lead, "-o", "json", profile=town.market).json["obligations"][0]
    assert (status["state"], status["outcome"], status["lamp"]) == ("closed", "confirmed", "grey")
    answer = eventually(lambda: _statement(hutong, town.market, lead, "completed"))
    assert answer["body"]["note"]["title"] == "核查结果"
    assert _row(hutong, town.police, lead) == {"title": "", "delivered_at": None}
    assert _row(hutong, town.market, lead, "--outgoing", "--all")["state"] == "closed"


def _statement(hutong: Run, profile: Any, item: str, kind: str) -> dict[str, Any] | None:
    statements = hutong("show", item, "-o", "json", profile=profile).json["statements"]
    return next((each for each in statements if kind in each["header"]), None)


def test_tables_speak_both_languages(town: Any, hutong: Run, lead: str) -> None:
    for lang, words in (
        ("en", ("acknowledge by", "on track", "police", "pending", "连锁经营")),
        ("zh-CN", ("签收期限", "正常", "线索", "待签收", "加急")),
    ):
        hutong.lang = lang
        inbox = hutong("inbox", profile=town.police).out
        assert all(word in inbox for word in words), inbox
        assert "\x1b" not in inbox
    shown = hutong("show", lead, "--no-receipt", profile=town.police).out
    for word in ("涉嫌罪名", "有效，日志第", "正文", "手机号 13800000000", "责任与时限", "经过", "签收期限"):
        assert word in shown, shown
    assert "police liaison (fictitious)" in shown


def test_several_are_acknowledged_at_once_and_failures_are_listed_singly(
    town: Any, hutong: Run, lead: str, tmp_path: Path
) -> None:
    words = lead_words("二")
    other = hutong(*words, profile=town.market).out.strip()
    unknown = "0" * 32
    shown = hutong("ack", other, "--dry-run", profile=town.police).err
    assert "market" in shown and "would pass" in shown, "what would be taken on is shown"
    done = hutong("ack", lead, unknown, other, "-o", "json", profile=town.police, code=1)
    assert [(each["ok"], each.get("code")) for each in done.json["items"]] == [
        (True, None),
        (False, "HT-DTY-01"),
        (True, None),
    ]
    assert done.err == "", "a program finds it among the answers"
    told = hutong("ack", unknown, "1" * 32, profile=town.police, code=1).err
    assert f"{unknown} not acknowledged" in told and "HT-DTY-01" in told
    again = hutong("ack", lead, profile=town.police, code=1)
    assert "HT-DTY-05" in again.err


def test_return_and_supplement(
    town: Any, hutong: Run, lead: str, tmp_path: Path, paper: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    assert hutong("supplement", "--template").out == example("supplement")
    file = tmp_path / "more.yaml"
    file.write_text(paper("supplement"), encoding="utf-8")
    hutong("supplement", lead, "-f", str(file), profile=town.market)
    more = eventually(lambda: _statement(hutong, town.police, lead, "supplement"))
    assert more["header"]["recipients"][0]["agency"] == "police" and "下线" in more["body"]["note"]["title"]
    hutong("return", lead, "--reason", "材料不全", "-m", "缺少账户", "--yes", profile=town.police)
    back = eventually(lambda: _statement(hutong, town.market, lead, "return"))
    assert back["body"]["note"]["text"] == "缺少账户"
    row = _row(hutong, town.market, lead, "--outgoing", "--all")
    assert (row["state"], row["returned_for"], row["lamp"]) == ("returned", "incomplete", "grey")


def test_an_inquiry_and_its_reply(
    town: Any, hutong: Run, tmp_path: Path, paper: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    ask = tmp_path / "ask.yaml"
    ask.write_text(
        "to: police\nfacts: {ask: identity_match}\n"
        "body:\n  reference: R-1\n"
        "  subjects:\n    - {role: organiser, identifiers: [{type: person_name, value: 某某}]}\n",
        encoding="utf-8",
    )
    item = hutong("inquiry", "send", "-f", str(ask), profile=town.market).out.strip()
    hutong("ack", item, profile=town.police)
    reply = tmp_path / "reply.yaml"
    assert hutong("reply", item, "--template", profile=town.police).out == example("inquiry_reply")
    reply.write_text(paper("inquiry_reply"), encoding="utf-8")
    assert len(hutong("reply", item, "-f", str(reply), "--yes", "-o", "json", profile=town.police).json["indices"]) == 2
    answered = eventually(lambda: _statement(hutong, town.market, item, "inquiry_reply"))
    assert answered["body"]["inquiry_reply"]["statements"][0]["statement_id"] == "S-1"
    assert _row(hutong, town.market, item, "--outgoing", "--all")["outcome"] == "answered"
    looks = [hutong("show", item, "-o", "json", profile=town.market).json for _ in range(2)]
    seen = [each for each in looks[1]["timeline"] if (each["what"], each["agency"]) == ("seen", "market")]
    assert len(seen) == 1, "whoever asked has looked at the answer, once"


def test_a_dry_run_says_who_sees_which_field(
    town: Any, hutong: Run, tmp_path: Path, paper: Callable[[str], str]
) -> None:
    size = town.size()
    file = tmp_path / "lead.yaml"
    file.write_text(paper("lead"), encoding="utf-8")
    fields = hutong("lead", "send", "-f", str(file), "--dry-run", "-o", "json", profile=town.market).json["fields"]
    clear = {each["field"]: each["value"] for each in fields if each["place"] == "clear"}
    sealed = {each["field"]: each for each in fields if each["place"] == "sealed"}
    assert clear["facts.offences[0]"] == "OFFENCE_CL_224_1" and clear["lead.identifiers[0].count"] == "1"
    assert sealed["lead.subjects[0].identifiers[0].value"]["value"] == "13800000000"
    assert sealed["lead.title"]["readers"] == ["market", "police"]
    assert not any("13800000000" in value or "连锁" in value for value in clear.values())
    read = hutong("lead", "send", "-f", str(file), "--dry-run", profile=town.market)
    assert "only market, police read it" in read.out and "nothing was signed" in read.err
    for line in ("offences", "Criminal Law 224-1", "subject · identifier 1", "telephone 13800000000", "69800.00 CNY"):
        assert line in read.out, read.out
    for raw in ("OFFENCE_", "_TYPE_", "True", "[0]"):
        assert raw not in read.out, read.out
    assert town.size() == size


def test_without_its_node_an_officer_still_sees_the_facts(town: Any, hutong: Run, lead: str, tmp_path: Path) -> None:
    import shutil
    from dataclasses import replace

    from hutong.tls.profile import Profile

    shutil.copytree(town.police.path, tmp_path / "police")
    alone = Profile.open(tmp_path / "police")
    alone.save_config(replace(alone.config, node_address=""))
    inbox = hutong("inbox", "-o", "json", profile=alone)
    assert any(row["item"] == lead and row["title"] == "" for row in inbox.json["obligations"])
    assert "No titles" in inbox.err
    shown = hutong("show", lead, "-o", "json", profile=alone)
    assert shown.json["statements"] == [] and not shown.json["receipt_sent"] and "Not opened" in shown.err


def test_the_id_that_a_list_shows_names_the_item(town: Any, hutong: Run, lead: str) -> None:
    hutong("show", lead[-8:], "--no-receipt", profile=town.police)
    hutong("show", lead[:-1], "--no-receipt", profile=town.police)
    assert f" {lead[-8:]} " in hutong("inbox", profile=town.police).out
    assert "HT-CLI-24" in hutong("show", "ffffff", profile=town.police, code=1).err
    assert "HT-CLI-25" in hutong("show", "zz", profile=town.police, code=2).err
    hutong(
        *lead_words("another"),
        profile=town.market,
    )
    assert "HT-CLI-23" in hutong("show", lead[:6], profile=town.police, code=2).err


def test_a_list_of_any_length_comes_whole(town: Any, hutong: Run, lead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ("inbox", "--outgoing", "--all", "-o", "json")
    whole = hutong(*listed, profile=town.market).json["obligations"]
    assert len(whole) > 2
    monkeypatch.setattr("liaison.office._LIST_LIMIT", 2)
    assert {each["item"] for each in hutong(*listed, profile=town.market).json["obligations"]} == {
        each["item"] for each in whole
    }
    assert lead in {each["item"] for each in whole}
    hutong("show", lead[-10:], "--no-receipt", profile=town.market)
