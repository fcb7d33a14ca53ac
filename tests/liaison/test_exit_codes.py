"""What a shell sees: exit codes, data on stdout, talk on stderr, no colour where nobody looks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hutong.proofs.checkpoint import Checkpoint
from tests.words import lead_words

Run = Any


def test_data_goes_to_stdout_and_talk_to_stderr(town: Any, hutong: Run, tmp_path: Path) -> None:
    sent = hutong.separately(
        *lead_words("甲"),
        profile=town.market,
    )
    assert sent.code == 0 and len(bytes.fromhex(sent.out.strip())) == 16 and "recorded" in sent.err
    hutong.environment["HUTONG_PROFILE"] = str(town.police.path)
    listed = hutong.separately("inbox", "-o", "json")
    assert listed.code == 0 and sent.out.strip() in {row["item"] for row in listed.json["obligations"]}
    hutong.lang = "zh-CN"
    table = hutong.separately("inbox")
    assert table.code == 0 and "待签收" in table.out and "\x1b" not in table.out


CASES = {
    "no such item": (("show", "0" * 32), 1, "HT-DTY-01"),
    "no such option": (("inbox", "--loud"), 2, "HT-CLI-04"),
    "no id": (("ack",), 2, "HT-CLI-03"),
    "no such command": (("lead", "sned"), 2, "HT-CLI-02"),
    "no such form": (("inbox", "-o", "xml"), 2, "HT-CLI-05"),
    "not an id": (("show", "hello"), 2, "HT-CLI-25"),
    "no paper": (("lead", "send"), 2, "HT-CLI-34"),
    "a paper that is not there": (("lead", "send", "-f", "nowhere.yaml"), 2, "HT-CLI-26"),
    "a duration that is none": (("inbox", "--due", "soon"), 2, "HT-CLI-29"),
    "an unknown reason": (("return", "0" * 32, "--reason", "bored"), 2, "HT-CLI-01"),
    "an unknown step": (("progress", "0" * 32, "--step", "dancing"), 2, "HT-CLI-01"),
    "an unknown reason to hold": (("hold", "0" * 32, "--until", "2026-10-20", "--reason", "tired"), 2, "HT-CLI-01"),
    "neither grant nor refuse": (("extend", "decide", "0" * 32), 2, "HT-CLI-83"),
    "both accept and back": (("review", "0" * 32, "--accept", "--back"), 2, "HT-CLI-68"),
    "handed back for nothing": (("review", "0" * 32, "--back"), 2, "HT-CLI-86"),
    "a colleague nobody knows": (("handover", "start", "--to", "nobody", "--all"), 1, "HT-CLI-61"),
    "no handover waits": (("handover", "accept", "--yes"), 1, "HT-CLI-81"),
    "a proof without the scan": (("approval", "check", "0" * 32, "--proof", "x.json"), 2, "HT-CLI-69"),
    "what cannot be undone": (("redirect", "0" * 32, "--to", "police", "--reason", "duplicate"), 2, "HT-CLI-40"),
    "an extension of nothing": (("extend", "0" * 32, "--until", "2026-10-20", "--reason", "complex"), 1, "HT-DTY-01"),
    "a recipient nobody knows": (
        lead_words("x", to="nobody"),
        1,
        "HT-DIR-01",
    ),
    "an export for somebody else": (("audit", "export", "out"), 1, "HT-CLI-48"),
}


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_failures(town: Any, hutong: Run, case: str, lang: str, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    words, code, error = CASES[case]
    hutong.lang = lang
    done = hutong(*words, profile=town.market, code=code)
    assert done.out == "" and error in done.err and "Traceback" not in done.err
    if error:
        label = {"en": "Code", "zh-CN": "代码"}[lang]
        assert f"{label} {error} · " in done.err
        assert len(done.err.splitlines()) >= 4, "what, why, next, code"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_failures_for_programs(town: Any, hutong: Run, case: str, lang: str, monkeypatch: Any, tmp_path: Path) -> None:
    """The same exit code, and one object instead of the sentences."""
    monkeypatch.chdir(tmp_path)
    words, code, error = CASES[case]
    if "xml" in words:
        return
    hutong.lang = lang
    done = hutong(*words, "-o", "json", profile=town.market, code=code)
    assert done.out == ""
    said = json.loads(done.err)
    assert set(said) == {"error"} and set(said["error"]) == {"code", "what", "why", "next", "trace"}
    assert said["error"]["code"] == error and all(said["error"].values())
    assert ("。" in said["error"]["what"]) == (lang == "zh-CN")


def test_acknowledging_for_programs(town: Any, hutong: Run) -> None:
    """One item fails as any command does; of several each is an answer, and stderr is silent."""
    alone = hutong("ack", "0" * 32, "--yes", "-o", "json", profile=town.police, code=1)
    (answer,) = alone.json["items"]
    said = json.loads(alone.err)["error"]
    assert said["code"] == answer["code"] == "HT-DTY-01" and said["trace"] == answer["trace"]
    both = hutong("ack", "0" * 32, "1" * 32, "--yes", "-o", "json", profile=town.police, code=1)
    assert [each["code"] for each in both.json["items"]] == ["HT-DTY-01"] * 2 and both.err == ""


def test_nothing_is_signed_that_the_hub_would_refuse(town: Any, hutong: Run, tmp_path: Path) -> None:
    """The client learns it first: no sequence number is used, nothing is kept as sent, the log does not grow."""
    size, sent = town.size(), len(town.market.sent_ids())
    used = (town.market.path / "sequence").read_text()
    paper = tmp_path / "lead.yaml"
    good = "to: police\nfacts: {source: report, offences: [none_known]}\nbody: {title: x, narrative: x}\n"
    for text, code in (
        (good.replace("police", "{agency: police, contact: c000000000000}"), "HT-DIR-03"),
        (good.replace("police", "{agency: police, desk: nowhere}"), "HT-DIR-08"),
        (good.replace("police", "[police, market]"), "HT-CLI-27"),
        (good.replace("police", "[police, police]"), "HT-CLI-27"),
        (good.replace("to: police\n", ""), "HT-CLI-27"),
        (good + "legal_basis: [XYZ-1999-1]\n", "HT-CLI-27"),
        (good + "legal_basis: [PSR-2005-99]\n", "HT-CLI-27"),
        (good.replace("[none_known]", "[]"), "HT-CLI-27"),
        (good.replace("report", "report, received_on: yesterday"), "HT-CLI-27"),
        (good.replace("report", "report, risk_index: 1001"), "HT-CLI-27"),
    ):
        paper.write_text(text)
        done = hutong("lead", "send", "-f", str(paper), profile=town.market, code=2 if code == "HT-CLI-27" else 1)
        assert code in done.err, (text, done.err)
    paper.write_text(
        "to: police\nfacts: {ask: account, subjects: [{role: organiser, count: 1}]}\nbody: {reference: R}\n"
    )
    assert "HT-CLI-27" in hutong("inquiry", "send", "-f", str(paper), profile=town.market, code=2).err
    assert (town.size(), len(town.market.sent_ids())) == (size, sent)
    assert (town.market.path / "sequence").read_text() == used


@pytest.mark.parametrize("dry", [True, False])
def test_what_one_may_not_ask_is_said_before_signing(town: Any, hutong: Run, tmp_path: Path, dry: bool) -> None:
    """Rule, article and lawful route, in the officer's language; nothing is signed, nothing reaches the hub."""
    size, used = town.size(), (town.market.path / "sequence").read_text()
    paper = tmp_path / "ask.yaml"
    paper.write_text("to: police\nfacts: {ask: subscriber}\nbody: {reference: R, subjects: [{role: organiser}]}\n")
    words = ["inquiry", "send", "-f", str(paper), *(["--dry-run"] if dry else [])]
    for lang, rule, route in (
        ("en", "for the police and the procuratorate", "The lawful route: ask the police"),
        ("zh-CN", "只能由公安机关、检察机关调取", "合法途径：请公安机关依法调取"),
    ):
        hutong.lang = lang
        done = hutong(*words, profile=town.market, code=1)
        assert "HT-PRM-03" in done.err and rule in done.err and route in done.err and done.out == ""
    assert (town.size(), (town.market.path / "sequence").read_text()) == (size, used)


def test_a_dry_run_says_as_what_it_would_go(town: Any, hutong: Run) -> None:
    words = [*lead_words("丁"), "--dry-run"]
    hutong.lang = "zh-CN"
    assert "文种" in (shown := hutong(*words, profile=town.market).out) and "线索移送函" in shown
    assert hutong(*words, "-o", "json", profile=town.market).json["forms"] == [
        {"statement": "lead", "agency": "police", "relation": "peer", "form": "lead_letter"}
    ]


def test_only_the_owner_may_and_only_in_order(town: Any, hutong: Run, tmp_path: Path) -> None:
    words = lead_words("乙")
    item = hutong(*words, profile=town.market).out.strip()
    paper = tmp_path / "done.yaml"
    paper.write_text("outcome: confirmed\ntext: x\n")
    head = town.world.police.head.profile
    for who, code in ((town.police, "HT-DTY-04"), (head, "HT-DTY-09"), (town.market, "HT-DTY-02")):
        assert code in hutong("reply", item, "-f", str(paper), "--yes", profile=who, code=1).err
    paper.write_text("extent: full\ntext: x\n")
    assert "HT-CLI-27" in hutong("reply", item, "-f", str(paper), "--yes", profile=town.police, code=2).err
    hutong("ack", item, profile=head)
    assert hutong("lead", "status", item, "-o", "json", profile=head).json["obligations"][0]["owner"] == head.contact


def test_a_system_is_no_person(town: Any, hutong: Run) -> None:
    assert "HT-CLI-22" in hutong("inbox", profile=town.world.market.node, code=2).err


def test_a_hub_that_takes_its_word_back_is_told_from_one_that_fails(town: Any, hutong: Run) -> None:
    """A checkpoint in the profile that this log never had: verification failed, exit 5."""
    import shutil

    copy = town.market.path.with_name("forked")
    shutil.copytree(town.market.path, copy, dirs_exist_ok=True)
    note = (copy / "checkpoint").read_text()
    kept = Checkpoint.parse(note.split("\n\n")[0] + "\n")
    forged = note.replace(note.split("\n")[2], "A" * 43 + "=", 1)
    assert kept.size and forged != note
    (copy / "checkpoint").write_text(forged)
    hutong.environment["HUTONG_PIN"] = ""
    done = hutong(
        *lead_words("丙"),
        profile=copy,
        code=5,
    )
    assert "HT-CLI-12" in done.err
