"""What the hub remembers beside the directory: immutable records, times in milliseconds since 1970 (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hutong.directory.records import Record as DirectoryRecord
from hutong.v1 import casework_pb2

OPEN_STATES = (
    casework_pb2.OBLIGATION_STATE_PENDING,
    casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
    casework_pb2.OBLIGATION_STATE_REPORTED,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A lead or inquiry; its id is the message id of the statement that opened it."""

    id: bytes
    kind: int
    from_agency: str
    from_contact: str
    urgency: int
    parties: tuple[str, ...]
    opened_at: int
    drill: bool


@dataclass(frozen=True, slots=True)
class Obligation:
    """One item × one recipient agency. ``owner`` is always exactly one named contact."""

    item: bytes
    agency: str
    owner: str
    state: int
    available_at: int
    acknowledge_by: int
    delivered_at: int = 0
    seen_at: int = 0
    acknowledged_at: int = 0
    closed_at: int = 0
    outcome: int = 0
    returned_for: int = 0
    non_response: bool = False

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is kept of a statement for those that refer to it."""

    message_id: bytes
    digest: bytes
    index: int
    kind: int
    agency: str
    contact: str
    item: bytes
    recipients: tuple[str, ...]
    recorded_at: int
    refusal: str = ""
    erased: bool = False


Record: TypeAlias = DirectoryRecord | Item | Obligation
