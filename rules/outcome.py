"""What a decision yields, and its digest: the log carries it, so that a replay can be compared entry by entry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

from hutong.directory.records import PLACES
from rules.casework.records import SHELVES
from rules.records import Approval, Handover, Item, Obligation, Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """The records put in place and the agencies that get the statement."""

    changes: tuple[Record, ...] = ()
    deliver_to: tuple[str, ...] = ()
    erases: bytes = b""
    """Message id whose body the hub deletes with this entry."""


def as_plain(record: Record) -> dict[str, Any]:
    """A record as JSON values: its type's name under "record", bytes as hex, tuples as lists."""
    plain: dict[str, Any] = {name: _plain(getattr(record, name)) for name in _FIELDS[type(record)]}
    plain["record"] = type(record).__name__
    return plain


_FIELDS: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (*PLACES, Item, Obligation, Handover, Approval, *SHELVES)
}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def digest(outcome: Outcome) -> bytes:
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of changes and deliveries."""
    plain = {"changes": [as_plain(change) for change in outcome.changes], "deliver_to": list(outcome.deliver_to)}
    return hashlib.sha256(_canonical(plain).encode()).digest()
