"""A hub that lies about an item, and a node that is none: nothing is sealed to whom they name, no body is shown that
was not signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.services import casework
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import letters
from liaison.matter import Matter
from liaison.node import NodeClient
from liaison.papers.answer import Addition, Answer
from liaison.view import verified

Lie = Callable[[casework_pb2.GetItemResponse], None]


@pytest.fixture
def inquiry(town: Any, hutong: Any, tmp_path: Path, eventually: Callable[..., Any]) -> str:
    """An inquiry of the market that the police have acknowledged, and that their node holds."""
    paper = tmp_path / "ask.yaml"
    paper.write_text(
        "to: police\nfacts: {ask: identity_match}\n"
        "body:\n  reference: R-1\n"
        "  subjects:\n    - {role: organiser, identifiers: [{type: person_name, value: 某某}]}\n",
        encoding="utf-8",
    )
    sent = hutong("inquiry", "send", "-f", str(paper), "--yes", "-o", "json", profile=town.market).json
    eventually(lambda: hutong("show", sent["item"], "-o", "json", profile=town.police).json["statements"])
    hutong("ack", sent["item"], "--yes", profile=town.police)
    return str(sent["item"])


def _from(answer: casework_pb2.GetItemResponse) -> None:
    for duty in answer.obligations:
        duty.from_agency = "banking"


def _kind(answer: casework_pb2.GetItemResponse) -> None:
    for duty in answer.obligations:
        duty.kind = 100


def _urgency(answer: casework_pb2.GetItemResponse) -> None:
    for duty in answer.obligations:
        duty.urgency = codes_pb2.URGENCY_FLASH


def _another(answer: casework_pb2.GetItemResponse) -> None:
    answer.obligations.add().CopyFrom(answer.obligations[0])
    answer.obligations[1].agency = "banking"


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> Callable[[Lie], None]:
    real = casework._item

    def tell(lie: Lie) -> None:
        def item(*args: Any) -> casework_pb2.GetItemResponse:
            answer = real(*args)
            lie(answer)
            return answer

        monkeypatch.setattr(casework, "_item", item)

    return tell


@pytest.mark.parametrize(
    ("lie", "field"),
    [(_from, "from_agency"), (_kind, "kind"), (_urgency, "urgency"), (_another, "recipients")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_nothing_is_sent_on_a_lie_about_the_item(
    town: Any, hutong: Any, inquiry: str, tmp_path: Path, lying: Callable[[Lie], None], lie: Lie, field: str
) -> None:
    paper = tmp_path / "more.yaml"
    paper.write_text("title: 补充\ntext: 文字\n", encoding="utf-8")
    size = town.size()
    lying(lie)
    for words in (
        ("show", inquiry),
        ("supplement", inquiry, "-f", str(paper), "--yes"),
        ("return", inquiry, "--reason", "incomplete", "-m", "缺", "--yes"),
    ):
        done = hutong(*words, profile=town.police, code=5)
        assert "HT-EVD-01" in done.err and field in done.err
    assert town.size() == size


def test_without_the_opening_statement_nothing_with_a_body_is_sent(
    town: Any, hutong: Any, inquiry: str, lying: Callable[[Lie], None]
) -> None:
    node = town.police.config.node_address
    town.police.save_config(replace(town.police.config, node_address=""))
    try:
        size = town.size()
        lying(_from)
        done = hutong("return", inquiry, "--reason", "incomplete", "-m", "缺", "--yes", profile=town.police, code=1)
        assert "HT-EVD-02" in done.err and town.size() == size
        shown = hutong("show", inquiry, "-o", "json", profile=town.police).json
        assert not shown["proved"] and not any(event["proved"] for event in shown["timeline"])
        assert "market (the hub says)" not in hutong("show", inquiry, profile=town.police).out
        assert "banking (the hub says)" in hutong("show", inquiry, profile=town.police).out
    finally:
        town.police.save_config(replace(town.police.config, node_address=node))


def test_what_is_proved_and_what_the_hub_says_are_told_apart(town: Any, hutong: Any, inquiry: str) -> None:
    shown = hutong("show", inquiry, "-o", "json", profile=town.police).json
    assert shown["proved"] and all(duty["source"] == "hub" for duty in shown["obligations"])
    proved = {event["what"]: event["proved"] for event in shown["timeline"]}
    assert proved["inquiry"]
    text = hutong("show", inquiry, profile=town.police).out
    assert "verified, entry" in text and "(the hub says)" in text
    assert "what the hub says" in hutong("inbox", "--all", profile=town.police).err
    hutong.lang = "zh-CN"
    assert "（中枢所称）" in hutong("show", inquiry, profile=town.police).out


def test_the_hubs_summary_does_not_stand_against_what_was_signed(
    town: Any, hutong: Any, inquiry: str, lying: Callable[[Lie], None]
) -> None:
    def elsewhere(answer: casework_pb2.GetItemResponse) -> None:
        for statement in answer.statements:
            statement.agency, statement.recorded_at = "banking", statement.recorded_at + 3_600_000

    before = hutong("show", inquiry, "-o", "json", profile=town.police).json["timeline"]
    lying(elsewhere)
    after = hutong("show", inquiry, "-o", "json", profile=town.police).json["timeline"]
    first = [next(event for event in each if event["what"] == "inquiry") for each in (before, after)]
    assert first[0] == first[1] and first[0]["agency"] == "market"


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_an_answer_about_another_item_is_said_to_be_one(
    town: Any, hutong: Any, inquiry: str, lying: Callable[[Lie], None], lang: str
) -> None:
    def another(answer: casework_pb2.GetItemResponse) -> None:
        answer.item_id = bytes(16)

    lying(another)
    hutong.lang = lang
    said = hutong("show", inquiry, profile=town.police, code=1).err
    assert "HT-CLI-15" in said and inquiry in said and "GetItem" not in said


def test_a_body_that_a_false_node_made_up_is_not_shown(town: Any, inquiry: str) -> None:
    async def look() -> None:
        client, node = await town.world.client(town.police), NodeClient(town.police)
        try:
            answer = await node.open(bytes.fromhex(inquiry))
        finally:
            await node.close()
        opened = verified(answer, client.directory)
        assert opened.body is not None and opened.body.inquiry.reference == "R-1"
        r, body = answer.unsealed[:32], opened.body
        body.inquiry.reference = "R-2"
        for made_up in (r + body.SerializeToString(), bytes(32) + answer.unsealed[32:], b"x"):
            answer.unsealed = made_up
            with pytest.raises(HutongError) as caught:
                verified(answer, client.directory)
            assert caught.value.code == "HT-SEA-02"

    town.world.run(look())


def said(**changes: Any) -> casework_pb2.GetItemResponse:
    duty = casework_pb2.Obligation(
        item_id=b"i" * 16, agency="police", kind=100, from_agency="market", urgency=codes_pb2.URGENCY_URGENT
    )
    duty.MergeFrom(casework_pb2.Obligation(**changes))
    return casework_pb2.GetItemResponse(item_id=b"i" * 16, obligations=[duty])


def opening() -> header_pb2.Header:
    to, cc = codes_pb2.RECIPIENT_ROLE_TO, codes_pb2.RECIPIENT_ROLE_CC
    return header_pb2.Header(
        message_id=b"i" * 16,
        sender=header_pb2.Sender(agency="market"),
        recipients=[header_pb2.Recipient(agency="police", role=to), header_pb2.Recipient(agency="tax", role=cc)],
        urgency=codes_pb2.URGENCY_URGENT,
        lead=kinds_pb2.Lead(),
    )


def test_a_letter_goes_to_those_whom_the_opening_names() -> None:
    matter = Matter.of(said(), opening())
    assert (matter.proved, matter.originator, matter.parties) == (True, "market", ("market", "police", "tax"))
    from hutong.v1 import body_pb2

    more = Addition(kinds_pb2.Supplement(), body_pb2.Body(note=body_pb2.NoteBody(text="x")), ())
    assert [to.agency for to in letters.supplement(matter, more, "police").to] == ["market"]
    unproved = Matter.of(said(from_agency="ghost"), None)
    assert not unproved.proved and letters.acknowledged(unproved, "police").to[0].agency == "ghost"
    for write in (
        lambda: letters.supplement(unproved, more, "police"),
        lambda: letters.returned(unproved, "police", codes_pb2.REASON_CODE_INCOMPLETE, "text"),
        lambda: letters.answers(
            unproved, Answer(reply=None, outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, body=more.body, files=())
        ),
    ):
        with pytest.raises(HutongError) as caught:
            write()
        assert caught.value.code == "HT-EVD-02"
    reply = header_pb2.Header()
    reply.CopyFrom(opening())
    reply.inquiry_reply.SetInParent()
    with pytest.raises(HutongError):
        Matter.of(said(kind=103), reply)
