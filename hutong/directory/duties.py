"""Who is on duty, stands in, is away, acts for whom, and is reached in which way: immutable records, as signed.

Times are milliseconds since 1970 (UTC), stretches from (inclusive) to (exclusive). ``order`` is the log index of the
statement that made the record. Nothing reaches back: a stretch begins with the recording of its statement at the
earliest, so that what is known of a past instant today is what was known then.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_MS = 60 * 1000


@dataclass(frozen=True, slots=True)
class Roster:
    """值班表 of a desk ("": the whole agency). Without contacts it takes back what earlier ones of its sort say."""

    id: bytes
    agency: str
    desk: str
    begins: int
    """Where the shifts are counted from; it may lie before ``since``."""
    ends: int
    contacts: tuple[str, ...]
    shift_minutes: int
    temporary: bool
    """专班: goes before the ordinary roster of the same desk."""
    since: int
    """When it was recorded."""
    order: int

    @property
    def shift(self) -> int:
        """The length of a shift in milliseconds."""
        return self.shift_minutes * MINUTE_MS

    @property
    def takes_effect(self) -> int:
        """The first instant that it speaks of."""
        return max(self.begins, self.since)

    def covers(self, at: int) -> bool:
        """Whether it speaks of ``at``."""
        return self.takes_effect <= at < self.ends

    def turn(self, at: int) -> str:
        """Whose shift ``at`` is; only where it covers ``at`` and has contacts."""
        return self.contacts[(at - self.begins) // self.shift % len(self.contacts)]


@dataclass(frozen=True, slots=True)
class Override:
    """替班: ``contact`` is on duty, in the place of ``replaces`` ("": of whoever it would be)."""

    id: bytes
    agency: str
    desk: str
    begins: int
    ends: int
    contact: str
    replaces: str
    order: int

    def covers(self, at: int) -> bool:
        """Whether it speaks of ``at``."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Swap:
    """换班: ``offerer`` gives one stretch and takes the other one, which is ``other``'s. Its id is the offer's."""

    id: bytes
    agency: str
    desk: str
    offerer: str
    begins: int
    ends: int
    other: str
    other_begins: int
    other_ends: int
    order: int
    answered_at: int = 0
    answer_order: int = 0
    accepted: bool = False

    def after(self, contact: str, at: int) -> str:
        """Who is on duty at ``at`` where it would be ``contact`` without this swap."""
        if contact == self.offerer and self.begins <= at < self.ends:
            return self.other
        if contact == self.other and self.other_begins <= at < self.other_ends:
            return self.offerer
        return contact


@dataclass(frozen=True, slots=True)
class Absence:
    """``contact`` is away. One that was taken back before it began covers nothing."""

    id: bytes
    agency: str
    contact: str
    begins: int
    ends: int
    order: int

    def covers(self, at: int) -> bool:
        """Whether the contact is away at ``at``."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Delegation:
    """委托代理: ``deputy`` may act in the place of ``principal``."""

    id: bytes
    agency: str
    principal: str
    deputy: str
    begins: int
    ends: int
    keyid: str
    """The key that signed it: where that is compromised, the delegation ends with it."""
    order: int

    def covers(self, at: int) -> bool:
        """Whether it is in force at ``at``; the terms of the two are another question."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Channel:
    """A way of telling ``contact``, which serves once a test has come back; its address is disclosed, never here."""

    id: bytes
    agency: str
    contact: str
    kind: int
    named_at: int
    order: int
    challenge_sha256: bytes = b""
    tested_at: int = 0
    confirmed_at: int = 0
    ended_at: int = 0
    """When another one of its kind took its place."""

    @property
    def serves(self) -> bool:
        """Whether notices may go there."""
        return bool(self.confirmed_at) and not self.ended_at


DutyRecord = Roster | Override | Swap | Absence | Delegation | Channel
