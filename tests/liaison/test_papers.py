"""Papers: what people write in YAML becomes exactly that, or is refused with the field's name and no content."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml as judge
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.v1 import codes_pb2, kinds_pb2
from liaison.papers import yaml
from liaison.papers.answer import addition, answer
from liaison.papers.examples import NAMES, example
from liaison.papers.opening import opening
from liaison.papers.roster import roster

SECRET = "张三13800000000"
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12)
PLAIN = st.recursive(WORDS, lambda each: st.lists(each, max_size=4) | st.dictionaries(WORDS, each, max_size=4))


@given(st.dictionaries(WORDS, PLAIN, min_size=1, max_size=5))
def test_what_another_writer_wrote_is_read_back(paper: dict[str, yaml.Plain]) -> None:
    """PyYAML's dumper as the judge: every text stays the text that it was."""
    text = judge.safe_dump(paper, allow_unicode=True, default_style='"')
    assert yaml.parse(text.replace("!!null ", "").encode(), "x") == paper


@given(st.binary(max_size=200))
def test_any_bytes_are_a_mapping_or_refused_in_words(data: bytes) -> None:
    try:
        assert isinstance(yaml.parse(data, "x"), dict)
    except HutongError as error:
        assert error.code == "HT-CLI-26"


def test_scalars_stay_as_typed() -> None:
    text = "a: no\nb: 2026-10-12\nc: 007\nd: 1e3\ne: ~\nf:\ng: '~'\nh: 0x1F\n"
    said = {"a": "no", "b": "2026-10-12", "c": "007", "d": "1e3", "e": "", "f": "", "g": "~", "h": "0x1F"}
    assert yaml.parse(text.encode(), "x") == said
    assert yaml.parse(b"\xef\xbb\xbfa: b", "x") == {"a": "b"}
    assert yaml.parse(b"", "x") == {}


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "a: 1\na: 2",
        "a: &x [1]\nb: *x",
        "a: !!python/object/apply:os.system [ls]",
        "a: !!str b",
        "a: [1",
        "? [a]\n: b",
        "a: 1\n--- \nb: 2",
        "{" * 200,
        "a: " + "[" * 40 + "]" * 40,
        "\ta: b",
        "a: \x00",
    ],
)
def test_what_is_not_read(text: str) -> None:
    with pytest.raises(HutongError) as refused:
        yaml.parse(text.encode(), "x")
    assert refused.value.code == "HT-CLI-26"


def test_not_utf8_and_too_large() -> None:
    for data in ("a: 投诉".encode("gb18030"), b"a: " + b"x" * (4 << 20)):
        with pytest.raises(HutongError) as refused:
            yaml.parse(data, "x")
        assert refused.value.code == "HT-CLI-26"


def test_every_example_is_refused_until_it_is_filled_in(tmp_path: Path, paper: Callable[[str], str]) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"%PDF")
    readers = {
        "lead": lambda given: opening("lead", given, tmp_path),
        "inquiry": lambda given: opening("inquiry", given, tmp_path),
        "inquiry_reply": lambda given: answer(given, tmp_path),
        "completed": lambda given: answer(given, tmp_path),
        "supplement": lambda given: addition(given, tmp_path),
        "supervision": lambda given: opening("supervision", given, tmp_path),
        "roster": roster,
    }
    assert sorted(readers) == sorted(NAMES)
    for name, read in sorted(readers.items()):
        template = yaml.parse(example(name).encode(), name)
        with pytest.raises(HutongError) as refused:
            read(template)
        assert refused.value.code == "HT-CLI-27"
        filled = yaml.parse(paper(name).encode(), name)
        read(filled)
        # Every field that people fill in stands in the template.
        assert set(filled) <= set(template)
        read(merged(template, filled))


def merged(template: Any, filled: Any) -> Any:
    """The template with only what is filled in changed: empty fields stay, and mean nothing."""
    if not isinstance(template, dict) or not isinstance(filled, dict):
        return filled
    return template | {name: merged(template.get(name), value) for name, value in filled.items()}


def test_an_approval_is_named_by_a_digest_that_only_the_recipient_can_check(
    tmp_path: Path, paper: Callable[[str], str]
) -> None:
    (tmp_path / "approval.pdf").write_bytes(b"approved")
    said = yaml.parse(paper("inquiry").encode(), "x")
    first, second = (opening("inquiry", said, tmp_path) for _ in range(2))
    assert first.facts.approval.document_sha256 != second.facts.approval.document_sha256
    (salt,) = [bytes.fromhex(each.value) for each in first.body.extras]
    assert first.facts.approval.document_sha256 == sha256(salt + b"approved").digest()


def test_facts_count_what_the_body_names(paper: Callable[[str], str]) -> None:
    said = yaml.parse(paper("lead").encode(), "x")
    made = opening("lead", said, Path())
    counts = {codes_pb2.IdentifierType.Name(each.type): each.count for each in made.facts.identifiers}
    assert counts == {"IDENTIFIER_TYPE_PHONE": 1, "IDENTIFIER_TYPE_BANK_ACCOUNT": 1}
    assert isinstance(said["facts"], dict)
    said["facts"]["identifiers"] = [{"type": "phone", "count": "7"}]
    assert [each.count for each in opening("lead", said, Path()).facts.identifiers] == [7]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": SECRET}, "subject"),
        ({"facts": {"source": SECRET}}, "facts.source"),
        ({"facts": {SECRET[:0] + "unknown": "x"}}, "facts.unknown"),
        ({"facts": {"risk_index": SECRET}}, "facts.risk_index"),
        ({"facts": {"risk_index": str(2**40)}}, "facts.risk_index"),
        ({"facts": {"risk_index": "-1"}}, "facts.risk_index"),
        ({"facts": {"informant_confidential": SECRET}}, "facts.informant_confidential"),
        ({"facts": {"campaign_id": SECRET}}, "facts.campaign_id"),
        ({"facts": {"offences": {"a": SECRET}}}, "facts.offences"),
        ({"facts": {"offences": ["none_known", SECRET]}}, "facts.offences[1]"),
        ({"facts": SECRET}, "facts"),
        ({"body": [SECRET]}, "body"),
        ({"body": {"title": [SECRET]}}, "body.title"),
        ({"body": {"subjects": SECRET}}, "body.subjects[0]"),
        ({"body": {"subjects": [{"identifiers": [{"number": SECRET}]}]}}, "body.subjects[0].identifiers[0].number"),
        ({"to": {"agency": [SECRET]}}, "agency"),
        ({"to": [{"agency": "police", "post": SECRET}]}, "to[0]"),
        ({"to": [{"desk": SECRET}]}, "to[0]"),
        ({"urgency": SECRET}, "urgency"),
        ({"urgency": [SECRET]}, "urgency"),
        ({"legal_basis": [[SECRET]]}, "legal_basis"),
    ],
)
def test_a_wrong_field_is_named_and_its_content_is_not_repeated(
    change: dict[str, yaml.Plain], field: str, paper: Callable[[str], str]
) -> None:
    with pytest.raises(HutongError) as refused:
        opening("lead", yaml.parse(paper("lead").encode(), "x") | change, Path())
    error = refused.value
    assert error.code in ("HT-CLI-27", "HT-CLI-01")
    assert field in error.params.values()
    if error.code == "HT-CLI-27":
        assert SECRET not in str(error)


def test_answers_say_something() -> None:
    with pytest.raises(HutongError) as refused:
        answer({"text": "hm"}, Path())
    assert refused.value.code == "HT-CLI-27" and "confirmed" in str(refused.value)
    partial = answer({"extent": "partial", "asked": "2", "answered": "1", "text": "later"}, Path())
    assert (partial.outcome, partial.body.inquiry_reply.remark) == (0, "later")
    assert partial.reply == kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_PARTIAL, asked=2, answered=1)


def test_files_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(HutongError) as refused:
        answer({"outcome": "confirmed", "text": "x", "attachments": "photo.jpg"}, tmp_path)
    assert refused.value.code == "HT-CLI-33"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        # What belongs to the other form, or would be left out, is refused rather than dropped.
        ({"outcome": "confirmed", "text": "x", "body": {"remark": SECRET}}, "body"),
        ({"outcome": "confirmed", "text": "x", "complete": "no"}, "complete"),
        ({"outcome": "confirmed", "text": "x", "asked": "1"}, "asked"),
        ({"extent": "full", "text": "x", "title": SECRET}, "title"),
        ({"extent": "full", "text": SECRET, "body": {"remark": SECRET}}, "text"),
        ({"extent": "full", "text": "x", "outcome": "answered", "complete": "no"}, "complete"),
        # What says nothing is no answer.
        ({"outcome": "confirmed"}, "text"),
        ({"outcome": "confirmed", "title": "x", "text": " "}, "text"),
        ({"extent": "full"}, "text"),
        ({"extent": "full", "complete": "yes", "body": {"reference": "R"}}, "text"),
    ],
)
def test_an_answer_is_whole_or_refused(said: dict[str, yaml.Plain], field: str) -> None:
    with pytest.raises(HutongError) as refused:
        answer(said, Path())
    assert (refused.value.code, refused.value.params["field"]) == ("HT-CLI-27", field)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("place", ["to", "facts.source", "facts.offences", "body.title", "body.narrative"])
@pytest.mark.parametrize("empty", ["", " ", []])
def test_a_lead_without_what_it_is_about_is_refused(place: str, empty: Any, paper: Callable[[str], str]) -> None:
    said: Any = yaml.parse(paper("lead").encode(), "x")
    part, _, name = place.rpartition(".")
    (said[part] if part else said)[name] = empty
    with pytest.raises(HutongError) as refused:
        opening("lead", said, Path())
    assert refused.value.code in ("HT-CLI-27", "HT-CLI-01") and place in str(refused.value)


def test_a_typo_among_the_facts_lists_every_fact(paper: Callable[[str], str]) -> None:
    said: Any = yaml.parse(paper("lead").encode(), "x")
    said["facts"]["ofences"] = "none_known"
    with pytest.raises(HutongError) as refused:
        opening("lead", said, Path())
    assert "offences" in refused.value.params["rule"] and "source" in refused.value.params["rule"]


def test_a_supplement_says_something() -> None:
    with pytest.raises(HutongError) as refused:
        addition({"title": "x", "requested": "yes"}, Path())
    assert refused.value.code == "HT-CLI-27"


def test_text_that_is_not_utf8_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    with pytest.raises(HutongError) as refused:
        yaml.parse("a: 投诉".encode("gb18030"), "x")
    assert "UTF-8" in refused.value.params["why"] and "GBK" in refused.value.params["why"]
