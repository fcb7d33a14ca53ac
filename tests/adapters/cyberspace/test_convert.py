"""STIX bundles of many makers become leads."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.draft import Conversion, Draft
from hutong.v1 import codes_pb2

Convert = Callable[[str, bytes], Conversion]
ACTOR = {
    "type": "threat-actor",
    "id": "threat-actor--6d179234-61fc-40c4-ae86-3d53308d8e65",
    "name": "头目",
    "roles": ["director"],
}


@pytest.fixture
def lead(convert: Convert) -> Callable[..., Draft]:
    def run(*objects: Any, **bundle: Any) -> Draft:
        data = json.dumps(
            {"type": "bundle", "id": "bundle--44af6c39-c09b-49c5-9de2-394224b04982", "objects": objects} | bundle
        )
        (draft,) = convert("cyberspace", data.encode()).drafts
        return draft

    return run


def counts(draft: Draft) -> dict[str, int]:
    return {
        codes_pb2.IdentifierType.Name(c.type).removeprefix("IDENTIFIER_TYPE_"): c.count for c in draft.facts.identifiers
    }


def notes(draft: Draft) -> list[tuple[str, str]]:
    return [(note.code, note.where) for note in draft.notes if note.code != "stix-unmarked"]


def test_apt1(samples: Path, convert: Convert) -> None:
    data = (samples / "cyberspace" / "apt1.json").read_bytes()
    (draft,) = convert("cyberspace", data).drafts
    objects = json.loads(data)["objects"]
    patterns = [item["pattern"] for item in objects if item["type"] == "indicator"]
    assert draft.facts.source == codes_pb2.LEAD_SOURCE_INDICATOR
    assert draft.body.native == data
    assert {indicator.pattern for indicator in draft.body.lead.indicators} == set(patterns)
    assert counts(draft)["DOMAIN"] == 3 and counts(draft)["IP_ADDRESS"] == 4 and counts(draft)["FILE_HASH"] == 3
    names = {identifier.value for subject in draft.body.lead.subjects for identifier in subject.identifiers}
    assert {item["name"] for item in objects if item["type"] in ("threat-actor", "intrusion-set")} <= names


def test_actors_victims_and_authors(lead: Callable[..., Draft]) -> None:
    def identity(number: int, name: str, sort: str) -> dict[str, str]:
        given = f"identity--{number:08}-0000-4000-8000-000000000000"
        return {"type": "identity", "id": given, "name": name, "identity_class": sort}

    author, victim, company = (
        identity(1, "作者", "organization"),
        identity(2, "张三", "individual"),
        identity(3, "甲公司", "organization"),
    )
    aim = {
        "type": "relationship",
        "id": "relationship--1",
        "relationship_type": "targets",
        "source_ref": ACTOR["id"],
        "target_ref": victim["id"],
    }
    draft = lead(ACTOR | {"created_by_ref": author["id"]}, author, victim, company, aim)
    roles = {subject.identifiers[0].value: subject.role for subject in draft.body.lead.subjects}
    assert roles == {
        "头目": codes_pb2.SUBJECT_ROLE_ORGANISER,
        "张三": codes_pb2.SUBJECT_ROLE_VICTIM,
        "甲公司": codes_pb2.SUBJECT_ROLE_UNKNOWN,
    }
    assert counts(draft) == {"PERSON_NAME": 1, "COMPANY": 1, "OTHER": 1}


def test_observables_are_counted_once(lead: Callable[..., Draft]) -> None:
    draft = lead(
        {"type": "indicator", "id": "indicator--1", "pattern": "[domain-name:value = 'a']", "pattern_type": "stix"},
        {"type": "domain-name", "id": "domain-name--1", "value": "a"},
        {"type": "domain-name", "id": "domain-name--2", "value": "b"},
        {"type": "file", "id": "file--1", "hashes": {"MD5": "x", "SHA-1": "y"}},
        {"type": "observed-data", "id": "observed-data--1", "objects": {"0": {"type": "url", "value": "http://c"}}},
    )
    assert counts(draft) == {"DOMAIN": 2, "URL": 1, "FILE_HASH": 2}
    assert [
        indicator.value
        for indicator in draft.body.lead.indicators
        if indicator.type == codes_pb2.IDENTIFIER_TYPE_DOMAIN
    ] == ["a", "b"]


def test_revoked_objects_are_noted_and_not_counted(lead: Callable[..., Draft]) -> None:
    draft = lead(ACTOR, {"type": "indicator", "id": "indicator--1", "pattern": "[url:value = 'x']", "revoked": True})
    assert "URL" not in counts(draft) and ("stix-revoked", "/objects/1") in notes(draft)


def test_what_is_odd_is_noted(lead: Callable[..., Draft]) -> None:
    draft = lead({"type": "threat-actor", "id": "nonsense", "name": "x"}, 7, {"name": "no type"}, spec_version="2.0")
    assert notes(draft) == [
        ("stix-bad-object", "/objects/1"),
        ("stix-bad-object", "/objects/2"),
        ("stix-old-version", ""),
        ("stix-bad-id", "/objects/0"),
    ]


@pytest.mark.parametrize("wrap", [lambda o: o, lambda o: [o], lambda o: {"more": False, "objects": [o]}])
def test_objects_outside_of_a_bundle(wrap: Callable[[Any], Any], convert: Convert) -> None:
    (draft,) = convert("cyberspace", json.dumps(wrap(ACTOR)).encode()).drafts
    assert ("stix-bare-objects", "") in notes(draft)


def test_patterns_in_other_languages_are_kept(lead: Callable[..., Draft]) -> None:
    draft = lead({"type": "indicator", "id": "indicator--1", "pattern": "rule x { }", "pattern_type": "yara"})
    assert draft.body.lead.indicators[0].pattern == "rule x { }"
    assert ("stix-pattern-unread", "/objects/0") in notes(draft)


def test_large_bundles_travel_by_object(convert: Convert) -> None:
    objects = [ACTOR | {"id": f"threat-actor--{n}", "description": "x" * 1000} for n in range(400)]
    data = json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()
    (draft,) = convert("cyberspace", data).drafts
    assert not draft.body.native and [json.loads(extra.value) for extra in draft.body.extras] == objects


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (b"", "HT-ADP-10", "/"),
        (b"url,score\n", "HT-ADP-11", "/"),
        (b"{}", "HT-ADP-11", "/"),
        (b"[]", "HT-ADP-11", "/"),
        (b'{"type": "bundle"', "HT-ADP-21", "line 1"),
        (b"[" * 5000, "HT-ADP-22", "/"),
        (b'{"type": "bundle", "type": "bundle", "objects": []}', "HT-ADP-23", "/"),
        (b'{"type": "bundle", "objects": [{"type": "x", "n": NaN}]}', "HT-ADP-24", "/"),
        (b'{"type": "bundle", "objects": []}', "HT-STX-04", "/"),
        (b'{"type": "bundle", "objects": [1]}', "HT-STX-04", "/"),
        (b'{"type": "bundle", "objects": [{"type": "indicator", "revoked": true}]}', "HT-STX-04", "/"),
        (b'{"type": "bundle"}', "HT-STX-04", "/"),
        (b'{"Event": {}}', "HT-ADP-266", "/Event"),
        (b'{"type": "bundle", "objects": [{"type": "x", "v": "\xff"}]}', "HT-ADP-13", "/"),
    ],
)
def test_refused(data: bytes, code: str, where: str, convert: Convert) -> None:
    conversion = convert("cyberspace", data)
    assert [(letter.code, letter.where) for letter in conversion.dead_letters] == [(code, where)]
    assert not conversion.drafts


def test_nothing_is_resolved(samples: Path, convert: Convert, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an indicator was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for file in sorted((samples / "cyberspace").glob("*.json")):
        convert("cyberspace", file.read_bytes())
