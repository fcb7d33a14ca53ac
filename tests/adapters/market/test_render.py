"""A lead written for the register reads back as the same lead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters import market
from adapters.draft import Conversion
from hutong.v1 import body_pb2, kinds_pb2


def test_there_and_back(samples: Path, convert: Callable[[str, bytes], Conversion], opened: Callable[..., Any]) -> None:
    for draft in convert("market", (samples / "market" / "ccdb-v1-public.csv").read_bytes()).drafts:
        (file,) = market.render(opened("lead", draft.facts, draft.body))
        (again,) = convert("market", file.data).drafts
        assert again.body.lead.narrative == (draft.body.lead.narrative or draft.body.lead.summary)
        assert again.body.lead.title == draft.body.lead.title
        assert again.body.lead.subjects == draft.body.lead.subjects
        assert again.body.lead.place == draft.body.lead.place
        assert again.facts == draft.facts
        kept = {extra.value for extra in again.body.extras}
        assert {extra.value for extra in draft.body.extras} - kept <= {draft.facts.received_on}


def test_two_values_of_one_name(opened: Callable[..., Any]) -> None:
    lead = body_pb2.LeadBody(title="t", amounts=[body_pb2.Money(value="1", currency="CNY"), body_pb2.Money(value="2")])
    body = body_pb2.Body(
        lead=lead, extras=[body_pb2.Extra(path="标题", value="另"), body_pb2.Extra(path="p", value="1")]
    )
    record = json.loads(market.render(opened("lead", kinds_pb2.Lead(), body))[0].data)
    assert record["标题"] == "t" and record["标题（2）"] == "另"
    assert record["涉及金额"] == "1 CNY" and record["涉及金额（2）"] == "2"


def test_other_kinds_come_whole(opened: Callable[..., Any]) -> None:
    body = body_pb2.Body(note=body_pb2.NoteBody(title="补正", text="内容"))
    (file,) = market.render(opened("supplement", kinds_pb2.Supplement(), body))
    said = json.loads(file.data)
    assert said["body"]["note"]["text"] == "内容" and said["header"]["sender"]["agency"] == "wuxi-market"
    assert file.name.isascii() and "/" not in file.name
