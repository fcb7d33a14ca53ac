"""Lists of URLs: defanged ones get their teeth back inside, and lose them again on the way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import cyberspace
from adapters.cyberspace import urls
from adapters.draft import Conversion
from adapters.statements import of_draft
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]
T = codes_pb2
SAMPLE = Path(__file__).parents[3] / "demo" / "samples" / "cyberspace" / "urls.txt"
URLS = st.builds(
    lambda scheme, host, port, path: f"{scheme}://{host}{port}{path}",
    st.sampled_from(["http", "https", "ftp"]),
    st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,2}\.[a-z]{2,5}", fullmatch=True),
    st.sampled_from(["", ":8080"]),
    st.sampled_from(["", "/", "/a.b/c?d=e.f", "?x=1", "#y"]),
)


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("hxxp://evil[.]example/x.y", T.IDENTIFIER_TYPE_URL, "http://evil.example/x.y"),
        ("hXXps[:]//evil(.)example", T.IDENTIFIER_TYPE_URL, "https://evil.example"),
        ("hxxps[://]evil[dot]example/", T.IDENTIFIER_TYPE_URL, "https://evil.example/"),
        ("<http://a.example>", T.IDENTIFIER_TYPE_URL, "http://a.example"),
        ("fxp://files[.]example/a", T.IDENTIFIER_TYPE_URL, "ftp://files.example/a"),
        ("evil[.]example", T.IDENTIFIER_TYPE_DOMAIN, "evil.example"),
        ("示例.中国", T.IDENTIFIER_TYPE_DOMAIN, "示例.中国"),
        ("192[.]0[.]2[.]1", T.IDENTIFIER_TYPE_IP_ADDRESS, "192.0.2.1"),
        ("2001:db8::1", T.IDENTIFIER_TYPE_IP_ADDRESS, "2001:db8::1"),
        ("192.0.2.0/24", T.IDENTIFIER_TYPE_IP_ADDRESS, "192.0.2.0/24"),
    ],
)
def test_lines(line: str, kind: int, value: str) -> None:
    assert urls.read(line) == (kind, value)


@given(URLS)
def test_teeth_out_and_in(url: str) -> None:
    safe = urls.defang(url)
    assert urls.read(safe) == (T.IDENTIFIER_TYPE_URL, url)
    assert not safe.startswith("http")
    assert "." not in safe.split("://")[1].replace("[.]", "").split("/")[0].split("?")[0]


def test_the_sample(convert: Convert) -> None:
    conversion = convert("cyberspace", SAMPLE.read_bytes())
    (draft,) = conversion.drafts
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [("line 10", "HT-ADP-267")]
    assert [one.value for one in draft.body.lead.indicators] == [
        "http://www.example-mlm.com/join?ref=8831",
        "https://pay.example-mlm.com/recharge",
        "https://cdn.example.net/app/lixin.apk",
        "promo.example.org",
        "192.0.2.17",
        "http://[2001:db8::7]/h5/",
        "http://示例传销.example/会员",
    ]
    assert {note.code for note in draft.notes} == {"urls-twice"}
    assert draft.facts.source == T.LEAD_SOURCE_INDICATOR and draft.handling == T.HANDLING_INTERNAL
    (file,) = cyberspace.render(of_draft(draft, 0))
    assert file.data == SAMPLE.read_bytes()


@pytest.mark.parametrize(
    ("remark", "code"), [("TLP:RED", "HT-STX-01"), ("tlp: amber+strict", "HT-STX-02"), ("TLP:PINK", "HT-STX-03")]
)
def test_lists_that_may_not_leave(remark: str, code: str, convert: Convert) -> None:
    conversion = convert("cyberspace", f"# {remark}\nhxxp://a[.]example\n".encode())
    assert not conversion.drafts and [letter.code for letter in conversion.dead_letters] == [code]


@pytest.mark.parametrize(
    "text",
    ["just some words\nand more\n", "a,b\n1,2\n", "投诉编号,网址\n1,http://a.example\n2,x\n", "a.example\n", "//\n#\n"],
)
def test_no_lists(text: str, convert: Convert) -> None:
    assert [letter.code for letter in convert("cyberspace", text.encode()).dead_letters] == ["HT-ADP-11"]


def test_long_lists_are_several_leads(convert: Convert) -> None:
    lines = "\n".join(f"http://a{n}.example/" for n in range(25_000))
    drafts = convert("cyberspace", lines.encode()).drafts
    assert [len(draft.body.lead.indicators) for draft in drafts] == [10_000, 10_000, 5_000]
    assert len({draft.source_record for draft in drafts}) == 3


def test_any_lead_as_a_list(opened: Callable[..., Any]) -> None:
    lead = body_pb2.LeadBody(
        indicators=[
            body_pb2.Indicator(type=T.IDENTIFIER_TYPE_URL, value="https://a.example/x.y"),
            body_pb2.Indicator(type=T.IDENTIFIER_TYPE_FILE_HASH, value="0" * 32),
            body_pb2.Indicator(type=T.IDENTIFIER_TYPE_DOMAIN, value="b.example"),
            body_pb2.Indicator(type=T.IDENTIFIER_TYPE_URL, value="https://a.example/ b\n# TLP:CLEAR"),
        ]
    )
    statement = opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=lead), handling=T.HANDLING_WORK_SECRET)
    (file,) = cyberspace.FORMS["urls"]([statement])
    assert file.data.decode() == "# TLP:AMBER\nhxxps://a[.]example/x.y\nb[.]example\n"
    (stix,) = cyberspace.render(statement)
    assert json.loads(stix.data)["type"] == "bundle"
