"""What a decision yields, and its digest: the log carries it, so that a replay can be compared entry by entry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from rules.records import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """The records put in place and the agencies that get the statement."""

    changes: tuple[Record, ...] = ()
    deliver_to: tuple[str, ...] = ()
    erases: bytes = b""
    """Message id whose body the hub deletes with this entry."""


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else list(value)


def as_plain(record: Record) -> dict[str, Any]:
    """A record as JSON values: its type's name under "record", bytes as hex."""
    return {"record": type(record).__name__, **json.loads(json.dumps(asdict(record), default=_plain))}


def digest(outcome: Outcome) -> bytes:
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of changes and deliveries."""
    plain = {"changes": [as_plain(c) for c in outcome.changes], "deliver_to": list(outcome.deliver_to)}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()
