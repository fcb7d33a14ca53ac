"""A sheet about an item: what it is called, what stands on it, and that its page holds no more than what it says."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, cast

import pytest

from hutong.client.directory import VerifiedDirectory
from hutong.proofs.reference import Reference
from hutong.v1 import body_pb2, directory_pb2, kinds_pb2, node_pb2
from liaison.items import Duty
from liaison.sheet import page
from liaison.slip import Form, Slip, slip
from liaison.timeline import timeline
from liaison.view import ItemView, Opened
from tests.cases import at
from tests.liaison.test_preflight_state import Seen, acknowledged, passed_on
from tests.rules.test_ladder import STAFFED

POLICE = STAFFED.houses["police"]
NAMES = {"police": "公安局<script>", "market": "市监局", "banking": "银监局"}
WEEK = at("2026-10-19T12:00")


def sheet(case: Seen, item: bytes, own: str, only: str = "", title: str = "标题") -> Slip:
    """The slip that ``own`` would print now, holding every statement of the item."""
    directory = VerifiedDirectory("x", cast(Any, None), STAFFED.directory)
    directory.contact_cards[POLICE.liaison] = directory_pb2.ContactCard(name="史小监\n&")
    matter = case.matter(item, own)
    headers = [each for each in case.said if item in (each.message_id, each.item_id)]
    body = body_pb2.Body(lead=body_pb2.LeadBody(title=title))
    opened = [
        Opened(index, case.now, header, None if index else body, "opened", node_pb2.OpenResponse())
        for index, header in enumerate(headers)
    ]
    duties = [
        Duty(record, case.now, directory.contact_name(record.owner), "", tuple(record.next_contacts))
        for record in matter.hub.obligations
    ]
    view = ItemView(matter, duties, timeline(matter.hub, opened, duties, directory), opened)
    return slip(view, NAMES, STAFFED.directory, own, case.now, only)


def lines(made: Slip) -> dict[str, str]:
    return dict(made.sections[0].lines)


def test_it_is_called_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    case = Seen()
    item = case.lead()
    assert sheet(case, item, "market").form is Form.HANDLING, "nothing is late"
    case.tick(WEEK)
    assert sheet(case, item, "market").form is Form.URGING, "to a peer"
    assert sheet(case, item, "police").form is Form.HANDLING, "for one's own file"
    under = Seen()
    facts = kinds_pb2.Supervision()
    supervision = under.town.header("supervision", "market", facts=facts, to=["police"])
    under.say(supervision)
    assert sheet(under, supervision.message_id, "police").form is Form.SUPERVISION


def test_from_above_it_is_a_supervision() -> None:
    case = Seen()
    item = case.lead(agency="ministry")
    case.tick(WEEK)
    assert sheet(case, item, "ministry").form is Form.SUPERVISION


def test_it_says_whose_it_is_both_times_and_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_LANG", "zh-CN")
    case = Seen()
    item = case.lead()
    acknowledged(case, item)
    case.tick(at("2026-10-16T12:00"))
    made = sheet(case, item, "police")
    said = lines(made)
    assert said["责任人"] == "史小监\n&" and said["签收期限"] and said["办结期限"].startswith("2026-10-")
    assert said["下一步"].startswith("2026-10-") and "→" in said["下一步"]
    told = [header for header in case.said if header.HasField("escalated")]
    assert len(made.sections[0].steps) == len(told) > 1
    assert all("→" in step.what and step.proof.startswith("已核验，日志第") for step in made.sections[0].steps)
    assert ("标题", "标题") in made.lines


def test_every_obligation_has_its_section_or_one_alone() -> None:
    case = Seen()
    item = case.lead()
    passed_on(case, item)
    assert [each.agency for each in sheet(case, item, "market").sections] == [
        "银监局（banking）",
        "公安局<script>（police）",
    ]
    assert len(sheet(case, item, "market", "banking").sections) == 1


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("办理单", "签收期限", "责任人：")), ("en", ("Handling slip", "Owner:"))]
)
def test_the_page_holds_what_the_sheet_says_and_obeys_nobody(
    lang: Any, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Titles and names come from outside: what looks like markup is text."""
    monkeypatch.setenv("HUTONG_LANG", "zh-CN" if lang == "zh" else "en")
    case = Seen()
    item = case.lead()
    case.tick(at("2026-10-13T12:00"))
    made = sheet(case, item, "police", title='<img src="https://evil.example/x" onerror="x">\x1b[2J')
    read = Page(page(made, lang))
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(read.tags)
    assert all(word in read.said for word in words)
    assert '<img src="https://evil.example/x" onerror="x"> [2J' in read.said and "公安局<script>" in read.said
    for step in made.sections[0].steps:
        assert step.what in read.said
    assert made.reference in read.said and "svg" in read.tags and "path" in read.tags
    assert Reference.parse(made.reference).origin == case.said[0].origin
    assert "\x1b" not in page(made, lang)
