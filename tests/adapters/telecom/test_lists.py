"""Block lists → leads with indicators, and domains of leads → block lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import telecom
from adapters.draft import MAX_BODY_BYTES, Conversion, Draft
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from tests.adapters.conftest import NOW, Opened

DOMAIN, IP, URL = (
    codes_pb2.IDENTIFIER_TYPE_DOMAIN,
    codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS,
    codes_pb2.IDENTIFIER_TYPE_URL,
)


def read(text: str) -> Conversion:
    return telecom.convert(text.encode(), now=NOW)


def files(body: body_pb2.Body, facts: Any = None) -> dict[str, str]:
    header = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000)
    header.sender.agency = "wuxi-market"
    if isinstance(facts, kinds_pb2.Supplement):
        header.supplement.CopyFrom(facts)
    else:
        header.lead.CopyFrom(facts or kinds_pb2.Lead(source=codes_pb2.LEAD_SOURCE_INDICATOR))
    return {file.name.partition(".")[2]: file.data.decode() for file in telecom.render(Opened(header, body))}


def values(draft: Draft) -> list[str]:
    return [one.value for one in draft.body.lead.indicators]


def rules(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and line[0] not in "#!["]


def test_the_sample_is_one_lead_and_comes_back(samples: Path) -> None:
    text = (samples / "telecom" / "hosts.txt").read_text(encoding="utf-8")
    conversion = read(text)
    (draft,) = conversion.drafts
    assert draft.kind == "lead" and draft.facts.source == codes_pb2.LEAD_SOURCE_INDICATOR
    assert [(one.type, one.count) for one in draft.facts.identifiers] == [(DOMAIN, 2214)]
    assert draft.body.lead.title == "Scam Blocklist by DurableNapkin"
    out = files(draft.body)
    assert set(out) == {"hosts.txt", "adblock.txt"}
    assert [line for line in out["hosts.txt"].splitlines() if line] == [line for line in text.splitlines() if line]
    adblock = read(out["adblock.txt"]).drafts[0]
    assert values(adblock) == values(draft)


ADBLOCK = """[Adblock Plus 2.0]
! Title: 传销网站
! Expires: 1 day
||a-b.cn^
||xn--fiqs8s.cn^$third-party
||192.0.2.7^
@@||good.cn^
##.banner
/ads/*
||bad..cn^
||中文.cn^
"""


def test_adblock_comes_back() -> None:
    conversion = read(ADBLOCK)
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [("line 10", "HT-ADP-207")]
    (draft,) = conversion.drafts
    lead = draft.body.lead
    assert lead.title == "传销网站"
    assert [(one.type, one.value) for one in lead.indicators] == [
        (DOMAIN, "a-b.cn"),
        (DOMAIN, "xn--fiqs8s.cn"),
        (IP, "192.0.2.7"),
        (DOMAIN, "中文.cn"),
    ]
    assert lead.indicators[1].pattern == "||xn--fiqs8s.cn^$third-party"
    assert "3" in next(note.text for note in draft.notes if note.code == "telecom-rules-kept")
    out = files(draft.body)["adblock.txt"]
    # What would block more than the lead names is there to be seen, and no rule any more.
    assert set(out.splitlines()) == set(ADBLOCK.splitlines()) - {"||bad..cn^", "/ads/*"} | {"! /ads/*"}


def test_hosts_lines() -> None:
    text = (
        "127.0.0.1 localhost\n::1 localhost\n0.0.0.0 a.cn b.cn # joined up\n0.0.0.0\tA.cn\n127.0.0.1 c.cn\n"
        "0.0.0.0 nodot\n0.0.0.0 -x.cn\nnonsense here now\n0.0.0.0 "
        + "x" * 64
        + ".cn\n0.0.0.0 d.cn.\n\n# end\n0.0.0.0 \x00e.cn\n"
    )
    conversion = read(text)
    assert [letter.where for letter in conversion.dead_letters] == ["line 6", "line 7", "line 8", "line 9", "line 13"]
    assert {letter.code for letter in conversion.dead_letters} == {"HT-ADP-207", "HT-ADP-14"}
    (draft,) = conversion.drafts
    assert values(draft) == ["a.cn", "b.cn", "c.cn", "d.cn"]
    assert draft.body.lead.indicators[0].description == "joined up"
    assert "telecom-list-duplicates" in {note.code for note in draft.notes}
    out = rules(files(draft.body)["hosts.txt"])
    assert "127.0.0.1 localhost" in out and "127.0.0.1 c.cn" in out and "0.0.0.0 a.cn # joined up" in out


def test_a_long_list_goes_in_parts_that_fit() -> None:
    names = [f"a{n:07d}.example-{n % 977}.cn" for n in range(300_000)]
    conversion = read("".join(f"0.0.0.0 {name}\n" for name in names))
    assert len(conversion.drafts) > 1 and not conversion.dead_letters
    assert all(draft.body.ByteSize() <= MAX_BODY_BYTES for draft in conversion.drafts)
    assert [value for draft in conversion.drafts for value in values(draft)] == names
    assert sum(draft.facts.identifiers[0].count for draft in conversion.drafts) == len(names)


def test_domains_of_any_lead_go_out() -> None:
    lead = body_pb2.LeadBody(
        title="a\n0.0.0.0 innocent.cn",
        narrative="…",
        subjects=[body_pb2.Subject(identifiers=[body_pb2.Identifier(type=DOMAIN, value="shop.cn")])],
        indicators=[
            body_pb2.Indicator(type=DOMAIN, value="a.cn", pattern="[domain-name:value = 'a.cn']"),
            body_pb2.Indicator(type=DOMAIN, value="evil.cn\n0.0.0.0 innocent.cn"),
            body_pb2.Indicator(type=IP, value="192.0.2.7"),
            body_pb2.Indicator(type=URL, value="http://b.cn/x/y"),
        ],
    )
    out = files(body_pb2.Body(lead=lead))
    assert set(out) == {"hosts.txt", "adblock.txt", "json"}, "the narrative is in none of the lists"
    assert rules(out["hosts.txt"]) == ["0.0.0.0 a.cn", "0.0.0.0 shop.cn"]
    # A page is blocked by its address, not with the whole of its site.
    assert rules(out["adblock.txt"]) == ["||a.cn^", "||192.0.2.7^", "||shop.cn^", "|http://b.cn/x/y"]
    out = files(body_pb2.Body(lead=lead), kinds_pb2.Supplement())
    assert rules(out["hosts.txt"]) == ["0.0.0.0 a.cn", "0.0.0.0 shop.cn"]


def test_a_lead_without_domains_is_plain() -> None:
    lead = body_pb2.LeadBody(title="x", indicators=[body_pb2.Indicator(type=codes_pb2.IDENTIFIER_TYPE_APP, value="y")])
    assert set(files(body_pb2.Body(lead=lead))) == {"json"}


def test_extras_of_another_party_are_no_rules() -> None:
    lead = body_pb2.LeadBody(indicators=[body_pb2.Indicator(type=DOMAIN, value="a.cn")])
    extras = [
        body_pb2.Extra(path="hosts/comment", value="# fine\n0.0.0.0 innocent.cn"),
        body_pb2.Extra(path="hosts/comment", value="0.0.0.0 innocent.cn"),
        body_pb2.Extra(path="hosts/rule", value="0.0.0.0 innocent.cn"),
        body_pb2.Extra(path="adblock/rule", value="||innocent.cn^"),
        body_pb2.Extra(path="adblock/rule", value="*"),
        body_pb2.Extra(path="hosts/sink", value="1.2.3.4 innocent.cn #"),
    ]
    out = files(body_pb2.Body(lead=lead, extras=extras))
    assert (rules(out["hosts.txt"]), rules(out["adblock.txt"])) == (["0.0.0.0 a.cn"], ["||a.cn^"])


def test_only_comments_is_nothing() -> None:
    assert [letter.code for letter in read("# a\n# b\n").dead_letters] == ["HT-ADP-11"]
    assert [letter.code for letter in read("[Adblock Plus 2.0]\n! a\n@@||x.cn^\n").dead_letters] == ["HT-ADP-18"]


names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]{1,6}){0,2}\.[a-z]{2,6}", fullmatch=True)


@settings(max_examples=80, deadline=None)
@given(st.lists(names, min_size=1, max_size=20, unique=True), st.sampled_from(["0.0.0.0 {}", "||{}^", "::\t{}"]))
def test_any_list_comes_back(listed: list[str], form: str) -> None:
    conversion = read("".join(form.format(name) + "\n" for name in listed))
    assert not conversion.dead_letters
    (draft,) = conversion.drafts
    assert values(draft) == listed
    for text in files(draft.body).values():
        assert values(read(text).drafts[0]) == listed
