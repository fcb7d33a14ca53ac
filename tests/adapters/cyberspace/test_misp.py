"""MISP events in every shape become leads, with their markings; leads become events that PyMISP's schema accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from adapters import cyberspace
from adapters.cyberspace import misp_types
from adapters.draft import Conversion, Draft
from adapters.statements import Statement, of_draft
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2
from tests.adapters.cyberspace.test_render import LEADS

Convert = Callable[[str, bytes], Conversion]
Opened = Callable[..., Any]
T = codes_pb2

SCHEMA = json.loads((Path(__file__).parent / "misp-event-schema.json").read_text(encoding="utf-8"))
SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "cyberspace"
EVENTS = [
    "event_obj_attr_tag.json",
    "existing_event.json",
    "mainly_objects_1.json",
    "malware_exist.json",
    "misp_event.json",
    "test_attributes_collection_1.json",
]
EVENT = {"uuid": "5758ebf5-c898-48e6-9fe9-5665c0a83866", "info": "传销网站", "date": "2026-03-01"}


@pytest.fixture
def lead(convert: Convert) -> Callable[..., Draft]:
    def run(**event: Any) -> Draft:
        conversion = convert("cyberspace", json.dumps({"Event": EVENT | event}).encode())
        assert not conversion.dead_letters, conversion.dead_letters
        (draft,) = conversion.drafts
        return draft

    return run


def values(draft: Draft) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in draft.body.lead.indicators:
        found.setdefault(T.IdentifierType.Name(one.type).removeprefix("IDENTIFIER_TYPE_"), []).append(one.value)
    return found


def notes(draft: Draft) -> set[str]:
    return {note.code for note in draft.notes} - {"stix-unmarked"}


def attribute(sort: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": sort, "value": value, "category": "Other"} | more


@pytest.mark.parametrize("file", EVENTS)
def test_every_sample_comes_back(file: str, convert: Convert) -> None:
    data = json.loads((SAMPLES / file).read_bytes())
    (draft,) = convert("cyberspace", (SAMPLES / file).read_bytes()).drafts
    (native,) = cyberspace.render(of_draft(draft, 0))
    event = data.get("response", data)
    event = event[0] if isinstance(event, list) else event
    assert json.loads(native.data)["Event"] == event.get("Event", event)


def test_an_event_field_by_field(convert: Convert) -> None:
    (draft,) = convert("cyberspace", (SAMPLES / "existing_event.json").read_bytes()).drafts
    said = draft.body.lead
    assert said.title == "OSINT - Sednit update: How Fancy Bear Spent the Year"
    assert said.occurred_on == "2017-12-21" and draft.handling == T.HANDLING_PUBLIC
    counts = {T.IdentifierType.Name(c.type): c.count for c in draft.facts.identifiers}
    event = json.loads((SAMPLES / "existing_event.json").read_bytes())
    everything = [*event["Attribute"], *(a for o in event["Object"] for a in o["Attribute"])]
    for sort, kind in (("domain", "DOMAIN"), ("ip-dst", "IP_ADDRESS"), ("sha1", "FILE_HASH")):
        assert counts[f"IDENTIFIER_TYPE_{kind}"] == len({a["value"] for a in everything if a["type"] == sort})
    assert "welivesecurity" in said.narrative and 'misp-galaxy:threat-actor="Sofacy"' in said.summary


@pytest.mark.parametrize(
    "shape",
    [
        lambda e: e,
        lambda e: {"Event": e},
        lambda e: [e],
        lambda e: [{"Event": e}],
        lambda e: {"response": {"Event": e}},
        lambda e: {"response": [{"Event": e}]},
        lambda e: {"response": [e]},
    ],
)
def test_shapes(shape: Callable[[Any], Any], convert: Convert) -> None:
    event = EVENT | {"Attribute": [attribute("domain", "mlm.example")]}
    (draft,) = convert("cyberspace", json.dumps(shape(event)).encode()).drafts
    assert draft.body.lead.title == "传销网站" and values(draft) == {"DOMAIN": ["mlm.example"]}
    assert draft.body.source_system == "misp"


def test_one_bad_event_is_no_trouble_to_the_next(convert: Convert) -> None:
    found = [
        {"Event": EVENT},
        {"Event": EVENT | {"Tag": [{"name": "tlp:red"}]}},
        7,
        {"Event": {"Attribute": [], "info": ""}},
        {"Event": EVENT | {"date": float("nan")}},
        {"Event": EVENT | {"info": "二"}},
    ]
    conversion = convert("cyberspace", json.dumps({"response": found}).encode())
    assert [draft.body.lead.title for draft in conversion.drafts] == ["传销网站", "二"]
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [
        ("/response/1/Event", "HT-STX-01"),
        ("/response/2", "HT-ADP-25"),
        ("/response/3/Event", "HT-ADP-266"),
        ("/response/4/Event", "HT-ADP-24"),
    ]


@pytest.mark.parametrize(
    ("tag", "handling"),
    [
        ("tlp:white", T.HANDLING_PUBLIC),
        ("tlp:clear", T.HANDLING_PUBLIC),
        ("TLP:GREEN", T.HANDLING_INTERNAL),
        ("tlp:amber", T.HANDLING_WORK_SECRET),
        ('osint:source-type="blog-post"', T.HANDLING_INTERNAL),
        ("tlp:ex:chr", T.HANDLING_INTERNAL),
    ],
)
def test_tlp(tag: str, handling: int, lead: Callable[..., Draft]) -> None:
    assert lead(Tag=[{"name": tag}]).handling == handling


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("tlp:red", "HT-STX-01"),
        ("tlp:amber+strict", "HT-STX-02"),
        ("TLP:AMBER+STRICT", "HT-STX-02"),
        ("tlp:unclear", "HT-STX-03"),
        ("tlp:orange", "HT-STX-03"),
    ],
)
@pytest.mark.parametrize("part", ["event", "attribute", "object"])
def test_what_may_not_leave(tag: str, code: str, part: str, convert: Convert) -> None:
    marked = {"Tag": [{"name": tag}, {"name": "tlp:green"}]}
    event: dict[str, Any] = EVENT | {"Attribute": [attribute("domain", "a.example")], "Tag": [{"name": "tlp:white"}]}
    if part == "event":
        event |= marked
    elif part == "attribute":
        event["Attribute"][0] |= marked
    else:
        event["Object"] = [{"name": "file", "Attribute": [attribute("md5", "0" * 32) | marked]}]
    conversion = convert("cyberspace", json.dumps(event).encode())
    assert not conversion.drafts and [letter.code for letter in conversion.dead_letters] == [code]


def test_the_strictest_part_holds_for_the_whole(lead: Callable[..., Draft]) -> None:
    part = attribute("domain", "a.example") | {"Tag": [{"name": "tlp:amber"}]}
    assert lead(Tag=[{"name": "tlp:clear"}], Attribute=[part]).handling == T.HANDLING_WORK_SECRET


@pytest.mark.parametrize(
    ("event", "handling", "note"),
    [
        ({"distribution": "0"}, T.HANDLING_WORK_SECRET, {"misp-own-organisation"}),
        ({"distribution": 4, "sharing_group_id": 1}, T.HANDLING_WORK_SECRET, {"misp-sharing-group"}),
        ({"distribution": "3"}, T.HANDLING_PUBLIC, set()),
        (
            {"Attribute": [attribute("domain", "a.example", distribution="0")]},
            T.HANDLING_WORK_SECRET,
            {"misp-own-organisation"},
        ),
    ],
)
def test_distribution_only_tightens(
    event: dict[str, Any], handling: int, note: set[str], lead: Callable[..., Draft]
) -> None:
    draft = lead(Tag=[{"name": "tlp:white"}], **event)
    assert draft.handling == handling and notes(draft) == note


def test_chatham_house_keeps_the_source_back(lead: Callable[..., Draft]) -> None:
    source = {"Orgc": {"name": "某单位", "uuid": "x"}, "Org": {"name": "某单位"}, "event_creator_email": "a@b.example"}
    draft = lead(**source, Tag=[{"name": "tlp:ex:chr"}, {"name": "tlp:amber"}])
    said = draft.body.SerializeToString()
    assert "某单位".encode() not in said and b"a@b.example" not in said and "传销网站".encode() in said
    assert draft.handling == T.HANDLING_WORK_SECRET and notes(draft) == {"misp-chatham-house"}


def test_attributes(lead: Callable[..., Draft]) -> None:
    draft = lead(
        Attribute=[
            attribute("domain|ip", "a.example|192.0.2.1"),
            attribute("filename|sha256", "x.apk|" + "a" * 64),
            attribute("hostname|port", "b.example|8443"),
            attribute("url", "https://a.example/x"),
            attribute("url", "https://a.example/x"),
            attribute("bank-account-nr", "6222020000000000000", comment="收款"),
            attribute("identity-card-number", "11010519491231002X"),
            attribute("identity-card-number", "110105194912310021"),
            attribute("yara", "rule x { }"),
            attribute("counter", "7"),
            attribute("domain", "gone.example", deleted=True),
            attribute("text", "会员三千人"),
            attribute("link", "https://news.example/1"),
        ]
    )
    assert values(draft) == {
        "DOMAIN": ["a.example", "b.example"],
        "IP_ADDRESS": ["192.0.2.1"],
        "OTHER": ["x.apk", "110105194912310021", ""],
        "FILE_HASH": ["a" * 64],
        "URL": ["https://a.example/x"],
        "BANK_ACCOUNT": ["6222020000000000000"],
        "RESIDENT_ID": ["11010519491231002X"],
    }
    patterns = [one.pattern for one in draft.body.lead.indicators if one.pattern]
    assert patterns == ["rule x { }"] and draft.body.lead.narrative == "会员三千人\n\nhttps://news.example/1"
    assert notes(draft) == {"misp-kept", "stix-revoked"}
    assert "gone.example" not in str(draft.body.lead)


def test_objects(lead: Callable[..., Draft]) -> None:
    def item(relation: str, sort: str, value: str) -> dict[str, str]:
        return {"object_relation": relation, "type": sort, "value": value}

    draft = lead(
        Object=[
            {
                "name": "person",
                "Attribute": [
                    item("full-name", "full-name", "张三"),
                    item("phone-number", "phone-number", "13800138000"),
                    item("role", "text", "团队长"),
                ],
            },
            {
                "name": "legal-entity",
                "Attribute": [
                    item("name", "text", "甲公司"),
                    item("registration-number", "text", "91350100M000100Y43"),
                    item("website", "link", "https://a.example"),
                ],
            },
            {
                "name": "bank-account",
                "Attribute": [
                    item("account", "bank-account-nr", "6222020000000000000"),
                    item("institution-name", "text", "某银行"),
                ],
            },
            {"name": "telegram-account", "Attribute": [item("username", "text", "mlm_king")]},
            {"name": "instant-message-group", "Attribute": [item("group-name", "text", "财富一群")]},
            {"name": "transaction", "Attribute": [item("amount", "text", "12,000.50")]},
            {"name": "victim", "Attribute": [item("user", "target-user", "李四")]},
            {"name": "pe-section", "Attribute": [item("entropy", "float", "7.1")]},
        ]
    )
    person, company, victim = draft.body.lead.subjects
    assert [(i.type, i.value) for i in person.identifiers] == [
        (T.IDENTIFIER_TYPE_PERSON_NAME, "张三"),
        (T.IDENTIFIER_TYPE_PHONE, "13800138000"),
    ]
    assert "团队长" in person.remark and not person.organisation
    assert company.organisation and company.identifiers[1].type == T.IDENTIFIER_TYPE_USCC
    assert victim.role == T.SUBJECT_ROLE_VICTIM
    assert values(draft)["BANK_ACCOUNT"] == ["6222020000000000000"]
    assert values(draft)["SOCIAL_ACCOUNT"] == ["mlm_king", "财富一群"]
    assert draft.body.lead.amounts[0].value == "12000.50"
    account = next(one for one in draft.body.lead.indicators if one.type == T.IDENTIFIER_TYPE_BANK_ACCOUNT)
    assert "某银行" in account.description
    assert {note.where for note in draft.notes if note.code == "misp-kept"} == {"pe-section", "transaction"}


def test_large_events_travel_by_their_parts_and_come_back(lead: Callable[..., Draft]) -> None:
    event = {
        "Attribute": [attribute("domain", f"a{n}.example", comment="x" * 900, counter=n) for n in range(400)],
        "threat_level_id": 2,
    }
    draft = lead(**event)
    assert not draft.body.native and "adapter-native-left-out" in notes(draft)
    (native,) = cyberspace.render(of_draft(draft, 0))
    assert json.loads(native.data)["Event"] == EVENT | event


def test_an_event_that_says_something_else_is_not_handed_on(lead: Callable[..., Draft]) -> None:
    draft = lead(Attribute=[attribute("domain", "a.example")], Tag=[{"name": "tlp:green"}])
    said = of_draft(draft, 1_770_000_000_000)
    body = body_pb2.Body()
    body.CopyFrom(said.body)
    body.native = body.native.replace(b"a.example", b"b.example")
    (file,) = cyberspace.render(Statement(said.header, body))
    assert b"a.example" in file.data and b"b.example" not in file.data
    said.header.handling = T.HANDLING_WORK_SECRET
    (file,) = cyberspace.render(Statement(said.header, said.body))
    assert {tag["name"] for tag in json.loads(file.data)["Event"]["Tag"]} == {"tlp:amber"}


def as_of_2_4(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what came after the schema: objects (their attributes stand alone), and times of sighting."""
    inner = [one for each in event["Event"]["Object"] for one in each["Attribute"]]
    newer = ("object_relation", "first_seen", "last_seen")
    attributes = [{k: v for k, v in one.items() if k not in newer} for one in [*event["Event"]["Attribute"], *inner]]
    return {"Event": {k: v for k, v in event["Event"].items() if k != "Object"} | {"Attribute": attributes}}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lead=LEADS)
def test_every_lead_becomes_a_valid_event(lead: body_pb2.LeadBody, opened: Opened) -> None:
    statement = opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=lead), handling=T.HANDLING_WORK_SECRET)
    (file,) = cyberspace.FORMS["misp"]([statement])
    event = json.loads(file.data)
    jsonschema.Draft4Validator(SCHEMA).validate(as_of_2_4(event))
    assert cyberspace.FORMS["misp"]([statement]) == [file]
    assert event["Event"]["Tag"] == [{"name": "tlp:amber"}] and event["Event"]["published"] is False
    said = json.dumps(event, ensure_ascii=False)
    for one in [*lead.indicators, *(i for subject in lead.subjects for i in subject.identifiers)]:
        assert json.dumps(one.value, ensure_ascii=False)[1:-1] in said


def test_a_lead_of_others_there_and_back(opened: Opened, convert: Convert) -> None:
    lead = body_pb2.LeadBody(
        title="某传销平台",
        occurred_on="2026-03-01",
        indicators=[
            body_pb2.Indicator(
                type=T.IDENTIFIER_TYPE_DOMAIN, value="a.example", valid_from="2026-01-01T00:00:00+08:00"
            ),
            body_pb2.Indicator(type=T.IDENTIFIER_TYPE_FILE_HASH, value="b" * 64),
            body_pb2.Indicator(type=T.IDENTIFIER_TYPE_BANK_ACCOUNT, value="6222020000000000000"),
        ],
        subjects=[
            body_pb2.Subject(
                identifiers=[
                    body_pb2.Identifier(type=T.IDENTIFIER_TYPE_PERSON_NAME, value="张三"),
                    body_pb2.Identifier(type=T.IDENTIFIER_TYPE_RESIDENT_ID, value="11010519491231002X"),
                ]
            ),
            body_pb2.Subject(
                organisation=True,
                identifiers=[
                    body_pb2.Identifier(type=T.IDENTIFIER_TYPE_COMPANY, value="甲公司"),
                    body_pb2.Identifier(type=T.IDENTIFIER_TYPE_USCC, value="91350100M000100Y43"),
                ],
            ),
        ],
    )
    statement = opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=lead), handling=T.HANDLING_INTERNAL)
    (file,) = cyberspace.FORMS["misp"]([statement])
    (draft,) = convert("cyberspace", file.data).drafts
    again = draft.body.lead
    assert (again.title, again.occurred_on) == (lead.title, lead.occurred_on)
    assert [(o.type, o.value, o.valid_from) for o in again.indicators] == [
        (o.type, o.value, o.valid_from) for o in lead.indicators
    ]
    assert [list(s.identifiers) for s in again.subjects] == [list(s.identifiers) for s in lead.subjects]


def test_sharing_groups_are_known_and_not_carried(convert: Convert) -> None:
    data = json.dumps([{"SharingGroup": {"name": "x"}, "Organisation": {}}]).encode()
    assert [letter.code for letter in convert("cyberspace", data).dead_letters] == ["HT-ADP-27"]


def test_composites_without_their_second_half() -> None:
    assert misp_types.parts("domain|ip", "a.example") == [("domain", "a.example")]
    assert misp_types.parts("filename|md5", "x|y") == [("filename", "x"), ("md5", "y")]
