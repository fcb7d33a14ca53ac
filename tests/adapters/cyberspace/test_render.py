"""Leads as STIX 2.1, judged by the stix2 library, strictly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stix2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stix2validator import ValidationOptions, validate_string

from adapters import cyberspace
from adapters.draft import Conversion
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Opened = Callable[..., Any]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
KINDS = st.sampled_from(sorted(set(codes_pb2.IdentifierType.values()) - {0}))
LEADS = st.builds(
    body_pb2.LeadBody,
    title=TEXT,
    narrative=TEXT,
    subjects=st.lists(
        st.builds(
            body_pb2.Subject,
            organisation=st.booleans(),
            remark=TEXT | st.sampled_from(["threat-actor", "intrusion-set: x"]),
            identifiers=st.lists(st.builds(body_pb2.Identifier, type=KINDS, value=TEXT), max_size=3),
        ),
        max_size=2,
    ),
    indicators=st.lists(
        st.builds(
            body_pb2.Indicator,
            type=KINDS,
            value=TEXT | st.sampled_from(["10.0.0.1", "::1", "a" * 32, "b" * 64, "http://x"]),
            pattern=TEXT | st.sampled_from(["[url:value = 'x']", "[domain-name:value = 'y'"]),
            valid_from=TEXT | st.just("2020-01-01T00:00:00Z"),
            valid_until=TEXT | st.sampled_from(["2019-01-01T00:00:00Z", "2021-01-01T00:00:00.5Z"]),
        ),
        max_size=3,
    ),
)


def judged(data: bytes) -> None:
    """What OASIS's own validator finds wrong by the standard; advice is none of it."""
    result = validate_string(data.decode(), ValidationOptions(version="2.1", strict=False))
    assert result.is_valid, [str(error) for error in result.errors]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lead=LEADS)
def test_every_lead_becomes_a_valid_bundle(lead: body_pb2.LeadBody, opened: Opened) -> None:
    statement = opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=lead), handling=codes_pb2.HANDLING_WORK_SECRET)
    (file,) = cyberspace.render(statement)
    bundle = stix2.parse(file.data, allow_custom=False, version="2.1")
    judged(file.data)
    assert cyberspace.render(statement) == [file]
    said = json.dumps(json.loads(file.data), ensure_ascii=False)
    for indicator in lead.indicators:
        assert not indicator.value or json.dumps(indicator.value, ensure_ascii=False)[1:-1] in said
    for item in bundle.objects:
        if item.type != "marking-definition":
            assert item.object_marking_refs == [stix2.TLP_AMBER.id]


@pytest.mark.parametrize("file", ["apt1.json", "indicator-to-campaign-relationship.json", "test_event1_stix21.json"])
def test_there_and_back(file: str, samples: Path, convert: Callable[[str, bytes], Conversion], opened: Opened) -> None:
    (draft,) = convert("cyberspace", (samples / "cyberspace" / file).read_bytes()).drafts
    (whole,) = cyberspace.render(opened("lead", draft.facts, draft.body, handling=draft.handling))
    assert json.loads(whole.data) == json.loads((samples / "cyberspace" / file).read_bytes())
    judged(whole.data)
    (native,) = cyberspace.FORMS["stix"]([opened("lead", draft.facts, draft.body, handling=draft.handling)])
    judged(native.data)
    (again,) = convert("cyberspace", native.data).drafts
    assert again.handling == draft.handling
    assert again.body.lead.title == draft.body.lead.title

    def told(lead: body_pb2.LeadBody) -> set[tuple[int, str]]:
        return {(one.type, one.value) for one in lead.indicators if one.type != codes_pb2.IDENTIFIER_TYPE_OTHER}

    assert told(again.body.lead) == told(draft.body.lead)


@pytest.mark.parametrize(
    ("handling", "marking"),
    [
        (codes_pb2.HANDLING_PUBLIC, stix2.TLP_WHITE),
        (codes_pb2.HANDLING_INTERNAL, stix2.TLP_GREEN),
        (codes_pb2.HANDLING_WORK_SECRET, stix2.TLP_AMBER),
        (99, stix2.TLP_AMBER),
    ],
)
def test_handling_becomes_a_marking(handling: int, marking: Any, opened: Opened) -> None:
    (file,) = cyberspace.render(
        opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=body_pb2.LeadBody()), handling=handling)
    )
    assert all(item["object_marking_refs"] == [marking.id] for item in json.loads(file.data)["objects"][1:])


def test_other_kinds_come_whole(opened: Opened) -> None:
    (file,) = cyberspace.render(opened("inquiry_reply", kinds_pb2.InquiryReply(), body_pb2.Body()))
    assert json.loads(file.data)["header"]["inquiry_reply"] == {}
