"""What the hub remembers beside the directory: immutable records, times in milliseconds since 1970 (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hutong.directory.records import Record as DirectoryRecord
from hutong.v1 import casework_pb2
from rules.casework.records import CaseRecord

OPEN_STATES = (
    casework_pb2.OBLIGATION_STATE_PENDING,
    casework_pb2.OBLIGATION_STATE_ACKNOWLEDGED,
    casework_pb2.OBLIGATION_STATE_IN_PROGRESS,
    casework_pb2.OBLIGATION_STATE_REPORTED,
    casework_pb2.OBLIGATION_STATE_IN_REVIEW,
    casework_pb2.OBLIGATION_STATE_ON_HOLD,
    casework_pb2.OBLIGATION_STATE_REDIRECTED,
)


BY_HEAD, BY_ORIGINATOR = casework_pb2.EXTENSION_STAGE_HEAD, casework_pb2.EXTENSION_STAGE_ORIGINATOR
"""Whose decision an extension waits for: the owner's head's, that of the agency that opened the item."""


@dataclass(frozen=True, slots=True)
class Item:
    """A lead, inquiry or supervision; its id is the message id of the statement that opened it."""

    id: bytes
    kind: int
    from_agency: str
    from_contact: str
    urgency: int
    parties: tuple[str, ...]
    opened_at: int
    drill: bool
    dedup_key: bytes = b""


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
    """The first 签收, whatever became of it."""
    closed_at: int = 0
    outcome: int = 0
    returned_for: int = 0
    non_response: bool = False
    complete_by: int = 0
    """0: the clock of completion has not begun."""
    complete_rule: str = ""
    received_at: int = 0
    """Organisational receipt, from which the time for completing runs."""
    received_on: str = ""
    """The day on a paper receipt (YYYY-MM-DD)."""
    attention: tuple[str, ...] = ()
    """What is left of the ladder of acknowledging and going on (rules/ladder.py); its deadline; when it goes on."""
    attention_by: int = 0
    attention_at: int = 0
    completion: tuple[str, ...] = ()
    completion_at: int = 0
    forced: tuple[str, ...] = ()
    forced_at: int = 0
    next_at: int = 0
    """The earliest of the three; 0: nothing is due any more."""
    steps: int = 0
    """How many statements of the hub's own the obligation has had: each is said once, under its number."""
    held_until: int = 0
    holds: int = 0
    extension_until: int = 0
    extension_request: bytes = b""
    """The message id of the request that waits."""
    extension_stage: int = 0
    """Whose decision an extension waits for: an ExtensionStage."""
    extension_since: int = 0
    """Since when the request waits for whose decision it waits."""
    extension_asked_by: str = ""
    """The contact who signed the request."""
    extensions: int = 0
    overran_at: int = 0
    """The time for completing that had run out when a later one was granted."""
    redirected_to: str = ""
    redirected_from: str = ""
    reported_at: int = 0
    """The first substantive feedback."""
    answer_seen_at: int = 0
    """When a contact of the agency that opened the item first opened what was reported."""
    review_from: int = 0
    sent_back: int = 0
    forced_by_others: int = 0
    pushed_at: int = 0
    """When a step was last taken early."""
    moved: int = 0
    """How often ownership was moved by a head, a coordinator or a fall."""
    breach: bool = False
    """Ownership fell to the head and nobody has taken the obligation up since."""
    red: bool = False
    """The ladder has ended and nobody acted."""

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN_STATES

    @property
    def runs_out_at(self) -> int:
        """When the time for completing is over. A request that lies with the agency that opened the item since before
        that counts as long as it is not decided: up to the time asked for, and no longer."""
        waits = self.extension_stage == BY_ORIGINATOR and self.extension_since <= self.complete_by
        return max(self.complete_by, self.extension_until) if waits else self.complete_by


@dataclass(frozen=True, slots=True)
class Handover:
    """Open obligations that one contact offers another; its id is the offer's message id."""

    id: bytes
    agency: str
    giver: str
    taker: str
    items: tuple[bytes, ...]
    leaving: bool
    offered_at: int
    answered_at: int = 0
    accepted: bool = False
    ends_at: int = 0
    """When it ends at the latest, if nobody answers."""
    withdrawn_at: int = 0


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision taken on paper and entered here; its id is the entry's message id."""

    id: bytes
    item: bytes
    agency: str
    subject: int
    granted: bool
    decided_on: str
    late: bool
    """补录: entered after the day of the paper."""
    entered_by: str
    entered_at: int
    request: bytes = b""
    """The request for an extension that it decides."""
    checked_by: str = ""
    agrees: bool = False
    entered_for: str = ""
    """In whose place ``entered_by`` acted; empty: in nobody's. So with ``checked_for``."""
    checked_for: str = ""


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


Record: TypeAlias = DirectoryRecord | Item | Obligation | Handover | Approval | CaseRecord
