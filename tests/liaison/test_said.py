"""What an officer is told, in the officer's words: names for ids, fields of the paper for fields of the contract."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hutong.catalogue import load
from hutong.client.hub import HubClient
from hutong.help import wrapped
from hutong.v1 import codes_pb2, kinds_pb2
from liaison.cli import run
from liaison.papers.terms import field, rule
from tests.words import lead_words

Run = Any
LEAD = lead_words("甲")
WRONG = {
    "to: police": ("to: [police, police]", "to："),
    "source: report": ("source: report, received_on: yesterday", "facts.received_on："),
    "none_known": ("none_known, none_known", "facts.offences："),
    "offences:": ("occurrence_regions: [beijing], offences:", "facts.occurrence_regions："),
    "urgency: flash": ("legal_basis: [PSR-2005-99]", "legal_basis："),
    "facts: {": ("facts: {risk_index: 1001, ", "facts.risk_index："),
}


@pytest.mark.parametrize("old", sorted(WRONG))
def test_a_rule_of_the_contract_is_said_of_the_paper_s_field(town: Any, hutong: Run, old: str, tmp_path: Path) -> None:
    new, said = WRONG[old]
    text = (
        "to: police\nurgency: flash\nfacts: {source: report, offences: [none_known]}\nbody: {title: x, narrative: x}\n"
    )
    paper = tmp_path / "lead.yaml"
    paper.write_text(text.replace(old, new, 1), encoding="utf-8")
    hutong.lang = "zh-CN"
    done = hutong("lead", "send", "-f", str(paper), profile=town.market, code=2)
    assert "HT-CLI-27" in done.err and said in done.err, done.err
    why = done.err.splitlines()[1]
    assert not re.search(r"regex|proto|enum|recipients|value must", why), why
    assert re.search("[\u4e00-\u9fff]{3}", why), why


def test_every_field_of_a_lead_or_inquiry_has_its_rule() -> None:
    for message in (kinds_pb2.Lead, kinds_pb2.Inquiry):
        for each in message.DESCRIPTOR.fields:
            place = field(f"{message.DESCRIPTOR.name.lower()}.{each.name}")
            assert place == f"facts.{each.name}" and rule(place)
    assert field("issued_at") == field("signers.keyid") == "", "not of the paper"
    assert field("inquiry.approval.document_sha256") == "facts.approval.document"


def test_agencies_are_named_as_people_call_them(town: Any, hutong: Run) -> None:
    names = {row["agency"] for row in hutong("contacts", "list", "-o", "json", profile=town.market).json["contacts"]}
    assert "police" in names
    listed = hutong("contacts", "list", "--agency", "police", profile=town.market).out
    assert "police" in listed.splitlines()[1].split()
    refused = hutong("contacts", "list", "--agency", "nosuch", profile=town.market, code=1)
    assert "HT-DIR-01" in refused.err and refused.out == ""


def test_an_agency_s_name_does_in_a_paper(town: Any, hutong: Run) -> None:
    said = kinds_pb2.AgencyRegistered(
        agency="education",
        type=codes_pb2.AGENCY_TYPE_EDUCATION,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact="c00000000e0d0",
        head_keyid="00" * 32,
    )
    town.world.hub.order(
        "register", agency=said.SerializeToString().hex(), name_zh="虚构教育局", name_en="Made-up Education"
    )
    words = [word if word != "police" else "虚构教育局" for word in LEAD]
    # It has no keys yet: that it is found at all shows that the name was understood.
    assert "education" in hutong(*words, "--dry-run", profile=town.market, code=1).err
    assert "HT-DIR-01" in hutong(*["无此局" if w == "police" else w for w in LEAD], profile=town.market, code=1).err
    listed = hutong("contacts", "list", "--agency", "made-up education", "--all", "-o", "json", profile=town.market)
    assert {row["agency"] for row in listed.json["contacts"]} <= {"education"}


def test_owners_are_named(town: Any, hutong: Run) -> None:
    item = hutong(*LEAD, profile=town.market).out.strip()
    hutong("ack", item, profile=town.police)
    hutong.lang = "zh-CN"
    again = hutong("ack", item, profile=town.world.police.head.profile, code=1)
    assert f"police liaison (fictitious)（{town.police.contact}）" in again.err and "交接" not in again.err
    returned = ("return", item, "--reason", "重复", "--yes")
    assert "police liaison (fictitious)" in hutong(*returned, profile=town.world.police.head.profile, code=1).err
    assert "“退回”" in hutong(*returned, profile=town.market, code=1).err


def test_other_reasons_need_words(town: Any, hutong: Run) -> None:
    item = hutong(*LEAD, profile=town.market).out.strip()
    words = ("return", item, "--reason", "other", "--yes")
    assert "--message" in hutong(*words, profile=town.police, code=2).err
    hutong(*words, "-m", "错发", profile=town.police)


def test_a_hub_that_keeps_silent_is_waited_for_aloud(town: Any, hutong: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is said while the answer is awaited: the hub answers only once it has been."""
    told = asyncio.Event()
    honest, tell = HubClient.refresh_directory, run.tell

    async def slow(hub: HubClient) -> Any:
        await told.wait()
        return await honest(hub)

    def listening(key: str, **params: Any) -> None:
        tell(key, **params)
        told.set()

    monkeypatch.setattr(HubClient, "refresh_directory", slow)
    monkeypatch.setattr(run, "tell", listening)
    monkeypatch.setattr(run, "_QUIET_SECONDS", 0.01)
    assert f"Waiting for the hub at {town.market.address}" in hutong("inbox", profile=town.market).err


@given(st.text(st.sampled_from("签收退回，。hutong- ex"), max_size=200), st.integers(20, 80))
def test_help_is_broken_between_words_only(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    words = re.findall(r"[a-z-]+", text)
    assert re.findall(r"[a-z-]+", "\n".join(lines)) == words
    for line in lines:
        assert cell_len(line) <= width + 2 * len(re.findall("[，。]", line)) or not re.search("[ 签收退回]", line)


def test_texts_of_papers_say_no_word_of_the_contract() -> None:
    for key, table in load("texts").items():
        if key.startswith("paper."):
            assert not re.search(r"proto|regex|enum", table["zh"]), key
