"""What the telecom adapter's tests share: statements made of drafts, and a judge of messages beside the adapter's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from adapters import telecom
from adapters.draft import Conversion, Draft
from hutong.v1 import codes_pb2, header_pb2
from tests.adapters.conftest import NOW, Opened

SCHEMAS = Path(__file__).parents[3] / "adapters" / "telecom" / "etsi" / "schemas"


@pytest.fixture(scope="session")
def said() -> Callable[..., Opened]:
    """The statement that a draft becomes, still without a sender unless one is named."""

    def make(draft: Draft, asker: int = codes_pb2.AGENCY_TYPE_POLICE, sender: str = "") -> Opened:
        header = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000, handling=draft.handling)
        header.sender.agency = sender
        header.recipients.add(agency="jiangsu-telecom", role=codes_pb2.RECIPIENT_ROLE_TO)
        getattr(header, draft.kind).CopyFrom(draft.facts)
        return Opened(header, draft.body, codes_pb2.AgencyType.ValueType(asker))

    return make


@pytest.fixture(scope="session")
def read() -> Callable[[Any], Conversion]:
    """A message as a dictionary, converted."""

    def run(message: Any) -> Conversion:
        return telecom.convert(json.dumps(message).encode(), now=NOW)

    return run


@pytest.fixture(scope="session")
def judge() -> Callable[[bytes], Any]:
    """The message in a file, after ETSI's schemas as they are have accepted it."""
    contents = [json.loads(file.read_text(encoding="utf-8")) for file in SCHEMAS.glob("*.schema.json")]
    registry: Registry[Any] = Registry().with_resources(
        [(one["$id"], DRAFT202012.create_resource(one)) for one in contents]
    )
    core = next(one for one in contents if one["$id"] == "ts_103120_Core_2019_10")
    validator = Draft202012Validator(core, registry=registry)

    def run(data: bytes) -> Any:
        message = json.loads(data)
        validator.validate(message)
        return message

    return run


@pytest.fixture(scope="session")
def request4(samples: Path) -> Callable[[], Any]:
    """ETSI's example of a request, to be changed at will."""
    text = (samples / "telecom" / "request4.json").read_text(encoding="utf-8")
    return lambda: json.loads(text)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a JSON document with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}/{number}")
    else:
        yield path, value


def objects(message: Any) -> list[Any]:
    """The objects of a request, in order."""
    listed = message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"]
    return [next(inner for key, inner in one.items() if key != "ActionIdentifier")["HI1Object"] for one in listed]
