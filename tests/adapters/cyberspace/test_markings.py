"""TLP and other markings: what may leave, and what may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.cyberspace import markings
from adapters.draft import Conversion
from hutong.v1 import codes_pb2

Convert = Callable[[str, bytes], Conversion]

WHITE_1 = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
RED_1 = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
IDS = {
    WHITE_1: "PUBLIC",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "INTERNAL",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "WORK_SECRET",
    RED_1: "HT-STX-01",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "PUBLIC",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "INTERNAL",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "WORK_SECRET",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "HT-STX-02",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "HT-STX-01",
    "marking-definition--00000000-0000-4000-8000-000000000000": "HT-STX-03",
}
OWN = "marking-definition--11111111-1111-4111-8111-111111111111"
INDICATOR = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": "indicator--33fe3b22-0201-47cf-85d0-97c02164528d",
    "created": "2014-05-08T09:00:00.000Z",
    "modified": "2014-05-08T09:00:00.000Z",
    "pattern": "[domain-name:value = 'a.example']",
    "pattern_type": "stix",
    "valid_from": "2014-05-08T09:00:00Z",
}


def tlp_2(colour: Any) -> dict[str, Any]:
    return {"extensions": {markings.TLP_2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": colour}}}


def outcome(convert: Convert, *objects: dict[str, Any]) -> str:
    bundle = {"type": "bundle", "id": "bundle--44af6c39-c09b-49c5-9de2-394224b04982", "objects": list(objects)}
    conversion = convert("cyberspace", json.dumps(bundle).encode())
    if conversion.dead_letters:
        assert not conversion.drafts
        (letter,) = conversion.dead_letters
        return letter.code
    (draft,) = conversion.drafts
    return codes_pb2.Handling.Name(draft.handling).removeprefix("HANDLING_")


@pytest.mark.parametrize(("ref", "wanted"), sorted(IDS.items()))
def test_published_ids(ref: str, wanted: str, convert: Convert) -> None:
    assert outcome(convert, INDICATOR | {"object_marking_refs": [ref]}) == wanted


@pytest.mark.parametrize(
    ("definition", "wanted"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "white"}}, "PUBLIC"),
        ({"definition_type": "tlp", "definition": {"tlp": "GREEN"}}, "INTERNAL"),
        ({"definition_type": "tlp", "definition": {"tlp": "TLP:AMBER"}}, "WORK_SECRET"),
        ({"definition_type": "tlp", "definition": {"tlp": "amber+strict"}}, "HT-STX-02"),
        ({"definition_type": "tlp", "definition": {"tlp": "red"}}, "HT-STX-01"),
        ({"definition_type": "tlp", "definition": {"tlp": "purple"}}, "HT-STX-03"),
        ({"definition_type": "tlp", "definition": "red"}, "HT-STX-03"),
        ({"definition_type": "tlp"}, "HT-STX-03"),
        (tlp_2("clear"), "PUBLIC"),
        (tlp_2("amber"), "WORK_SECRET"),
        (tlp_2("amber+strict"), "HT-STX-02"),
        (tlp_2("red"), "HT-STX-01"),
        (tlp_2("puce"), "HT-STX-03"),
        (tlp_2(None), "HT-STX-03"),
        ({"extensions": {"extension-definition--x": {"level": 3}}}, "HT-STX-03"),
        ({"name": "TLP:RED"} | tlp_2("clear"), "HT-STX-01"),
        ({"name": "TLP:GREEN"}, "INTERNAL"),
        ({"definition_type": "statement", "definition": {"statement": "Copyright 2026, A"}}, "INTERNAL"),
        ({"definition_type": "statement", "definition": {"statement": "Handle as TLP:RED please"}}, "HT-STX-01"),
        ({"definition_type": "iep", "definition": {"tlp": "white"}}, "HT-STX-03"),
        ({}, "HT-STX-03"),
    ],
)
def test_definitions_in_the_bundle(definition: dict[str, Any], wanted: str, convert: Convert) -> None:
    marking = {"type": "marking-definition", "spec_version": "2.1", "id": OWN, "created": "2026-01-01T00:00:00Z"}
    assert outcome(convert, marking | definition, INDICATOR | {"object_marking_refs": [OWN]}) == wanted


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ({}, "INTERNAL"),
        ({"object_marking_refs": []}, "INTERNAL"),
        ({"object_marking_refs": "red"}, "HT-STX-03"),
        ({"object_marking_refs": [7]}, "HT-STX-03"),
        ({"object_marking_refs": None}, "HT-STX-03"),
        ({"granular_markings": [{"marking_ref": RED_1, "selectors": ["pattern"]}]}, "HT-STX-01"),
        ({"granular_markings": [{"lang": "en", "selectors": ["name"]}]}, "INTERNAL"),
        ({"granular_markings": [{"selectors": ["name"]}]}, "HT-STX-03"),
        ({"granular_markings": {}}, "HT-STX-03"),
        ({"extensions": {"x": {"object_marking_refs": [RED_1]}}}, "HT-STX-01"),
        ({"labels": ["tlp:red"]}, "HT-STX-01"),
        ({"labels": ['misp:tlp="amber+strict"']}, "HT-STX-02"),
        ({"labels": ["TLP:GREEN"]}, "INTERNAL"),
        ({"labels": ["tlp:infrared"]}, "HT-STX-03"),
        ({"labels": ["malicious"]}, "INTERNAL"),
        ({"object_marking_refs": [WHITE_1, RED_1]}, "HT-STX-01"),
    ],
)
def test_where_markings_stand(properties: dict[str, Any], wanted: str, convert: Convert) -> None:
    assert outcome(convert, INDICATOR | properties) == wanted


def test_a_published_id_cannot_be_redefined(convert: Convert) -> None:
    lie = {"type": "marking-definition", "id": RED_1, "definition_type": "tlp", "definition": {"tlp": "white"}}
    assert outcome(convert, lie, INDICATOR | {"object_marking_refs": [RED_1]}) == "HT-STX-01"
    second = lie | {"id": OWN}, lie | {"id": OWN, "definition": {"tlp": "red"}}
    assert outcome(convert, *second, INDICATOR | {"object_marking_refs": [OWN]}) == "HT-STX-01"


def test_one_object_forbids_the_whole(convert: Convert) -> None:
    other = INDICATOR | {"id": "indicator--44fe3b22-0201-47cf-85d0-97c02164528d", "object_marking_refs": [RED_1]}
    assert outcome(convert, INDICATOR | {"object_marking_refs": [WHITE_1]}, other) == "HT-STX-01"
    # Also one that is revoked: its words still stand in the bundle.
    assert outcome(convert, INDICATOR, other | {"revoked": True}) == "HT-STX-01"


def test_an_unmarked_object_is_not_public(convert: Convert) -> None:
    other = INDICATOR | {"id": "indicator--44fe3b22-0201-47cf-85d0-97c02164528d"}
    assert outcome(convert, INDICATOR | {"object_marking_refs": [WHITE_1]}, other) == "INTERNAL"


def test_statements_travel_along(convert: Convert) -> None:
    marking = {
        "type": "marking-definition",
        "id": OWN,
        "definition_type": "statement",
        "definition": {"statement": "不得转载"},
    }
    data = json.dumps([marking, INDICATOR | {"object_marking_refs": [OWN]}]).encode()
    (draft,) = convert("cyberspace", data).drafts
    assert [(extra.path, extra.value) for extra in draft.body.extras] == [("marking-definition/statement", "不得转载")]
    assert "stix-statement-marking" in {note.code for note in draft.notes}
