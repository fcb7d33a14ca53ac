"""CASE / UCO bundles, both ways; graphs are judged by rdflib."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from adapters import police
from adapters.draft import Conversion
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]
Opened = Callable[..., Any]

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

T = codes_pb2
FILES = ["accounts.json", "call_log.json", "event.json", "message.json"]
UCO = "https://ontology.unifiedcyberontology.org/uco/"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
KINDS = st.sampled_from([*sorted(set(codes_pb2.IdentifierType.values()) - {0}), 99])


def graph(data: bytes | str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=data, format="json-ld")


def bundle(*nodes: Any, **context: str) -> bytes:
    known = {"uco-core": f"{UCO}core/", "uco-observable": f"{UCO}observable/", "kb": "http://example.org/kb/"}
    return json.dumps({"@context": known | context, "@graph": list(nodes)}).encode()


def identifiers(draft: Any) -> list[tuple[int, str]]:
    return [(one.type, one.value) for item in draft.body.evidence.items for one in item.identifiers]


@pytest.mark.parametrize("file", FILES)
def test_samples_there_and_back(file: str, samples: Path, convert: Convert, statement: Any) -> None:
    data = (samples / "police" / file).read_bytes()
    (draft,) = convert("police", data).drafts
    assert draft.kind == "supplement" and draft.handling == T.HANDLING_WORK_SECRET
    (back,) = police.render(statement(draft))
    assert json.loads(back.data) == json.loads(data)
    assert isomorphic(graph(back.data), graph(data))
    (again,) = convert("police", back.data).drafts
    assert again.body.evidence == draft.body.evidence


def test_calls(samples: Path, convert: Convert) -> None:
    (draft,) = convert("police", (samples / "police" / "call_log.json").read_bytes()).drafts
    calls = [one for one in draft.body.evidence.items if "uco-observable:Call" in one.types]
    assert len(calls) == 4
    assert {(one.started_at, one.ended_at) for one in calls} == {("2010-01-15T17:59:43.25Z", "2010-01-15T18:30:41.25Z")}
    numbers = [value for kind, value in identifiers(draft) if kind == T.IDENTIFIER_TYPE_PHONE]
    assert numbers == ["1235551337", "1234560000", "1235550001", "1235550002"]
    assert {one.type: one.count for one in draft.facts.identifiers}[T.IDENTIFIER_TYPE_PHONE] == 4


def test_accounts_events_messages(samples: Path, convert: Convert) -> None:
    (accounts,) = convert("police", (samples / "police" / "accounts.json").read_bytes()).drafts
    assert (T.IDENTIFIER_TYPE_PERSON_NAME, "William Smith") in identifiers(accounts)
    assert (T.IDENTIFIER_TYPE_EMAIL, "willyROX@gmail.com") in identifiers(accounts)
    assert (T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT, "xXWillyRocksXx") in identifiers(accounts)
    (event,) = convert("police", (samples / "police" / "event.json").read_bytes()).drafts
    first = event.body.evidence.items[0]
    assert (first.name, first.started_at) == ("user logged in", "2023-07-15T17:59:43.25Z")
    assert (T.IDENTIFIER_TYPE_PERSON_NAME, "John Smith") in identifiers(event)
    (message,) = convert("police", (samples / "police" / "message.json").read_bytes()).drafts
    assert (T.IDENTIFIER_TYPE_APP, "WhatsApp") in identifiers(message)
    assert message.facts.identifiers and "Message" in message.body.evidence.title


@pytest.mark.parametrize("form", ["prefix", "iri", "vocabulary", "list", "single"])
def test_terms_are_known_by_their_local_names(form: str, convert: Convert) -> None:
    prefix = {"prefix": "observable:", "iri": f"{UCO}observable/", "vocabulary": ""}.get(form, "uco-observable:")
    facet = {"@type": f"{prefix}PhoneAccountFacet", f"{prefix}phoneNumber": {"@value": "13800138000"}}
    node = {"@id": "kb:1", "@type": [f"{prefix}PhoneAccount"], "uco-core:hasFacet": facet}
    context = {"observable": f"{UCO}observable/", "@vocab": f"{UCO}observable/"}
    data: Any = {
        "list": [node],
        "single": {**node, "@context": context},
    }.get(form, {"@context": context, "@graph": [node]})
    (draft,) = convert("police", json.dumps(data).encode()).drafts
    assert identifiers(draft) == [(T.IDENTIFIER_TYPE_PHONE, "13800138000")]


def test_contexts_are_never_fetched(convert: Convert, statement: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket", None)
    data = {"@context": "https://caseontology.org/context.jsonld", "@graph": [{"@type": "Person", "name": "A"}]}
    (draft,) = convert("police", json.dumps(data).encode()).drafts
    assert [one.code for one in draft.notes] == ["case-context-remote"]
    (back,) = police.render(statement(draft))
    assert json.loads(back.data) == data


def test_odd_facets_and_nodes_are_kept(convert: Convert, statement: Any) -> None:
    nodes = [
        {"@id": 5, "@type": ["uco-core:Thing"], "uco-core:hasFacet": ["kb:elsewhere", 7, None, [[]], {"a": 1.50}]},
        "kb:only-a-name",
        {"@type": [], "uco-core:name": ["", {"@value": True}, "甲"]},
        {},
    ]
    data = bundle(*nodes, extra=f"{UCO}x/").replace(b"1.5", b"1.50e+2")
    (draft,) = convert("police", data).drafts
    (back,) = police.render(statement(draft))
    assert json.loads(back.data) == json.loads(data) and b"1.50e+2" in back.data
    assert "case-no-node" in [one.code for one in draft.notes]
    assert draft.body.evidence.items[2].name == "甲"


def test_other_members_of_the_document_are_kept(convert: Convert, statement: Any) -> None:
    data = json.loads(bundle({"@id": "kb:1", "@type": "uco-core:Bundle"})) | {
        "@id": "kb:g",
        "version": [1, {"a": None}],
    }
    (draft,) = convert("police", json.dumps(data).encode()).drafts
    (back,) = police.render(statement(draft))
    assert json.loads(back.data) == data


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("TLP:RED", "HT-STX-01"),
        ("tlp red, named persons", "HT-STX-01"),
        ("TLP:AMBER+STRICT", "HT-STX-02"),
        ("TLP:GREEN", ""),
    ],
)
def test_markings_hold(words: str, code: str, convert: Convert) -> None:
    marking = {"@id": "kb:m", "@type": "uco-marking:MarkingDefinition", "uco-marking:definition": [{"x": words}]}
    note = {"@id": "kb:n", "@type": "uco-observable:Note", "uco-core:description": "he wrote TLP:RED on the wall"}
    conversion = convert("police", bundle(note, marking))
    assert [one.code for one in conversion.dead_letters] == ([code] if code else [])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (
            b'{"@context": {"uco-core": "https://ontology.unifiedcyberontology.org/uco/core/"}, "@graph": []}',
            "HT-ADP-18",
        ),
        (b'{"@graph": [{"@type": "schema:Person"}]}', "HT-ADP-11"),
        (b'{"@graph": [{"@type": "uco-core:Event"', "HT-ADP-21"),
        (b'{"@graph": [{"@type": "uco-core:Event", "a": 2, "a": 1}]}', "HT-ADP-23"),
        (b'{"@graph": [{"@type": "uco-core:Event", "a": NaN}]}', "HT-ADP-24"),
        (b'{"@graph": [{"@type": "uco-core:Event", "a": "\\u0000"}]}', "HT-ADP-14"),
        (b'{"@graph":' + b"[" * 100 + b"]" * 100 + b"}", "HT-ADP-22"),
        (bundle({"@type": "uco-core:Event", "a": "x" * 5_000_000}), "HT-ADP-26"),
    ],
)
def test_what_is_no_bundle(data: bytes, code: str, convert: Convert) -> None:
    conversion = convert("police", data)
    assert not conversion.drafts and [one.code for one in conversion.dead_letters] == [code]


LEADS = st.builds(
    body_pb2.LeadBody,
    title=TEXT,
    summary=TEXT,
    narrative=TEXT,
    place=TEXT,
    occurred_on=TEXT | st.just("2026-01-02T03:04:05+08:00"),
    subjects=st.lists(
        st.builds(
            body_pb2.Subject,
            role=st.sampled_from([*codes_pb2.SubjectRole.values(), 77]),
            organisation=st.booleans(),
            remark=TEXT,
            identifiers=st.lists(
                st.builds(body_pb2.Identifier, type=KINDS, value=TEXT | st.sampled_from(["a" * 64, "::1"])), max_size=3
            ),
        ),
        max_size=2,
    ),
    indicators=st.lists(st.builds(body_pb2.Indicator, type=KINDS, value=TEXT, pattern=TEXT), max_size=2),
    amounts=st.lists(st.builds(body_pb2.Money, value=TEXT, currency=TEXT), max_size=2),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lead=LEADS, extra=TEXT)
def test_every_lead_becomes_a_graph_that_says_it_all(lead: body_pb2.LeadBody, extra: str, opened: Opened) -> None:
    body = body_pb2.Body(lead=lead, source_record="r-1", extras=[body_pb2.Extra(path="列", value=extra)])
    made = opened("lead", kinds_pb2.Lead(source=codes_pb2.LEAD_SOURCE_REPORT), body)
    file = police.render(made)[1]
    assert police.render(made)[1] == file, "the same ids every time"
    said = {str(one) for one in graph(file.data).objects() if isinstance(one, rdflib.Literal)}
    told = "\n".join(said)
    for text in (lead.summary, lead.narrative, lead.place, lead.occurred_on, extra, "LEAD_SOURCE_REPORT", "r-1"):
        assert not text or text in told
    for subject in lead.subjects:
        assert all(one.value in told for one in subject.identifiers) and subject.remark in told
    for indicator in lead.indicators:
        assert indicator.value in told and indicator.pattern in told
    for amount in lead.amounts:
        assert amount.value in said | {""} and amount.currency in said | {""}
    for node in json.loads(file.data)["@graph"]:
        assert node["@id"].startswith("kb:") and len(node["@id"]) > 40, "ids end in a UUID"


def test_a_lead_comes_back_as_evidence(opened: Opened, convert: Convert) -> None:
    lead = body_pb2.LeadBody(title="传销")
    lead.subjects.add(role=T.SUBJECT_ROLE_ORGANISER).identifiers.extend(
        body_pb2.Identifier(type=kind, value=value)
        for kind, value in [
            (T.IDENTIFIER_TYPE_PERSON_NAME, "张三"),
            (T.IDENTIFIER_TYPE_RESIDENT_ID, "11010519491231002X"),
            (T.IDENTIFIER_TYPE_PHONE, "13800138000"),
            (T.IDENTIFIER_TYPE_BANK_ACCOUNT, "6222020200112233"),
            (T.IDENTIFIER_TYPE_PASSPORT, "E12345678"),
            (T.IDENTIFIER_TYPE_VEHICLE_PLATE, "苏B12345"),
            (T.IDENTIFIER_TYPE_DEVICE, "356938035643809"),
            (T.IDENTIFIER_TYPE_FILE_HASH, "b" * 64),
            (T.IDENTIFIER_TYPE_IP_ADDRESS, "2001:db8::1"),
        ]
    )
    file = police.render(opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=lead)))[1]
    (draft,) = convert("police", file.data).drafts
    assert draft.body.evidence.title == "传销"
    assert {(one.type, one.value) for one in lead.subjects[0].identifiers} <= set(identifiers(draft))
    (back,) = police.render(opened("supplement", draft.facts, draft.body))
    assert isomorphic(graph(back.data), graph(file.data))


def test_a_note_and_items_without_properties(opened: Opened) -> None:
    note = body_pb2.NoteBody(title="补充", text="银行流水已调取")
    (file,) = police.render(opened("supplement", kinds_pb2.Supplement(), body_pb2.Body(note=note)))
    assert rdflib.Literal("银行流水已调取") in set(graph(file.data).objects())
    evidence = body_pb2.EvidenceBody()
    evidence.items.add(name="李四").identifiers.add(type=T.IDENTIFIER_TYPE_PHONE, value="13800138000")
    (file,) = police.render(opened("supplement", kinds_pb2.Supplement(), body_pb2.Body(evidence=evidence)))
    assert {rdflib.Literal("李四"), rdflib.Literal("13800138000")} <= set(graph(file.data).objects())


def test_what_others_wrote_does_not_break_the_file(opened: Opened) -> None:
    evidence = body_pb2.EvidenceBody(context="{broken")
    evidence.items.add(id="kb:1").properties.add(path="a", value="no json}")
    (file,) = police.render(opened("supplement", kinds_pb2.Supplement(), body_pb2.Body(evidence=evidence)))
    assert json.loads(file.data)["@graph"] == [{"@id": "kb:1", "a": "no json}"}]


def test_keys_of_attachments_stay_inside(opened: Opened) -> None:
    body = body_pb2.Body(lead=body_pb2.LeadBody(title="x"))
    body.attachments.add(key=b"K" * 32, name="a.pdf")
    file = police.render(opened("lead", kinds_pb2.Lead(), body))[1]
    assert b"a.pdf" in file.data and b"S0tLS0tL" not in file.data
