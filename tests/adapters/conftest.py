"""What the adapters' tests share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import protovalidate
import pytest

from adapters import banking, cyberspace, education, market, police, telecom
from adapters.draft import Conversion
from hutong.catalogue import LANGS
from hutong.errors import category
from hutong.v1 import body_pb2, codes_pb2, header_pb2

SAMPLES = Path(__file__).parents[2] / "demo" / "samples"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ADAPTERS: dict[str, ModuleType] = {
    "banking": banking,
    "cyberspace": cyberspace,
    "education": education,
    "market": market,
    "police": police,
    "telecom": telecom,
}


@dataclass(frozen=True)
class Opened:
    """A statement as the client hands it over."""

    header: header_pb2.Header
    body: body_pb2.Body = field(default_factory=body_pb2.Body)
    sender_type: codes_pb2.AgencyType.ValueType = codes_pb2.AGENCY_TYPE_MARKET


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def opened() -> Callable[..., Opened]:
    def make(kind: str, facts: Any, body: body_pb2.Body, **header: Any) -> Opened:
        head = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000, **header)
        head.sender.agency = "wuxi-market"
        getattr(head, kind).CopyFrom(facts)
        return Opened(head, body)

    return make


@pytest.fixture(scope="session")
def convert() -> Callable[[str, bytes], Conversion]:
    """Convert, and judge what every conversion owes: JSON in both languages, known codes, facts within the contract."""

    def run(agency: str, data: bytes) -> Conversion:
        conversion = ADAPTERS[agency].convert(data, name="x", now=NOW)
        assert isinstance(conversion, Conversion)
        assert conversion.drafts or conversion.dead_letters
        for lang in LANGS:
            conversion.to_dict(lang)
        for letter in conversion.dead_letters:
            assert letter.where and letter.reason and category(letter.code)
        for draft in conversion.drafts:
            if draft.kind != "inquiry":  # lacks the approval that an officer adds
                protovalidate.validate(draft.facts)
            protovalidate.validate(draft.common)
            assert draft.source_record and draft.body.version == 1
            assert body_pb2.Body.FromString(draft.body.SerializeToString()) == draft.body
        return conversion

    return run
