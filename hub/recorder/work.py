"""What the recorder is given and what it makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.admission.identify import Peer
from hub.admission.open import Opened
from hub.notices.rules import Told
from hutong.errors import HutongError
from hutong.v1 import entry_pb2, header_pb2
from rules.records import Record, Recorded
from rules.state import State

Answer: TypeAlias = "asyncio.Future[entry_pb2.Outcome]"


@dataclass(slots=True)
class Admitted:
    """A statement that is authentic; whether it is accepted is decided under the lock.

    ``refusal`` is what admission found after authenticity (permission): it becomes an entry all the same.
    """

    opened: Opened
    digest: bytes
    peer: Peer
    permitted_by: str
    permitted_at: int
    """Directory index at which ``permitted_by`` was found; when it has moved on, permission is asked again."""
    answer: Answer
    refusal: HutongError | None = None

    @property
    def size(self) -> int:
        """About how many bytes of memory it holds."""
        return self.opened.submission.ByteSize()


@dataclass(slots=True)
class HubTask:
    """Something that the hub itself says. ``make`` gives the header under the lock, or None when it has become moot."""

    make: Callable[[State, int], header_pb2.Header | None]
    statements: tuple[bytes, ...] = ()
    disclosure: bytes | None = None
    agency: str = ""
    """Whose head may be another one after it: what the present one owns is read too."""
    answer: Answer | None = None
    size: int = 0


@dataclass(slots=True)
class DueTask:
    """All that the hub has to say about one obligation by now."""

    item: bytes
    agency: str
    answer: Answer | None = None
    size: int = 0


Work: TypeAlias = Admitted | HubTask | DueTask


@dataclass(slots=True)
class Line:
    """One new entry of the log with everything that is written beside it."""

    index: int
    entry: bytes
    recorded: Recorded
    envelope: bytes
    sealed: bytes | None = None
    tokens: bytes | None = None
    disclosure: bytes | None = None
    conflict: bool = False
    changes: tuple[Record, ...] = ()
    deliver_to: tuple[str, ...] = ()
    attachments: tuple[bytes, ...] = ()
    """Addresses that the statement names, each once; of accepted statements only."""
    erases: bytes = b""
    refusal: HutongError | None = None
    notify: tuple[Told, ...] = ()
    """Who gets it as a notice as well."""


@dataclass(slots=True)
class Loaded:
    """What a batch reads, taken under the head lock: last sequence numbers by certificate and by case."""

    state: State
    sequences: dict[bytes, int]
    cases: dict[bytes, int]


@dataclass(slots=True)
class Decided:
    """What became of a batch: new lines, and for each piece of work where its answer stands."""

    lines: list[Line] = field(default_factory=list)
    answers: list[tuple[Work, Line | Recorded | HutongError | None]] = field(default_factory=list)
    sequences: dict[bytes, int] = field(default_factory=dict)
    cases: dict[bytes, int] = field(default_factory=dict)
