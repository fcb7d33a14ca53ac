"""Obligations as officers see them: the clock, the lamp, the order in which they want to be done. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from hutong.errors import HutongError
from hutong.identifiers.ids import parse_message_id
from hutong.v1 import casework_pb2

_DIGITS = re.compile(r"[0-9a-f]{6,32}")
_DURATION = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WARNING_SHARE = 4
"""The lamp turns yellow when a quarter of the clock is left."""


class Lamp(StrEnum):
    """How an obligation stands; always shown with an icon and a word beside the colour."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
    BLUE = "blue"


ICONS = {Lamp.GREEN: "●", Lamp.YELLOW: "▲", Lamp.RED: "■", Lamp.GREY: "○", Lamp.BLUE: "◆"}


@dataclass(frozen=True)
class Duty:
    """One obligation: the hub's record, the names that the directory and the agency's node add, and the time of looking
    (milliseconds since 1970)."""

    record: casework_pb2.Obligation
    now: int
    owner_name: str = ""
    title: str = ""

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        ended = (casework_pb2.OBLIGATION_STATE_CLOSED, casework_pb2.OBLIGATION_STATE_RETURNED)
        return self.record.state not in ended

    @property
    def pending(self) -> bool:
        """Whether it waits for its 签收."""
        return self.record.state == casework_pb2.OBLIGATION_STATE_PENDING

    @property
    def left(self) -> int | None:
        """Milliseconds until the acknowledgement is due, negative when overdue; None once it is acknowledged."""
        return self.record.acknowledge_by - self.now if self.pending else None

    @property
    def lamp(self) -> Lamp:
        """红 overdue, 黄 a quarter of the clock left or less, 绿 on track, 蓝 taken on, 灰 ended."""
        if not self.open:
            return Lamp.GREY
        if self.left is None:
            return Lamp.BLUE
        if self.left <= 0 or self.record.non_response:
            return Lamp.RED
        whole = self.record.acknowledge_by - self.record.available_at
        return Lamp.YELLOW if self.left * _WARNING_SHARE <= whole else Lamp.GREEN


def by_urgency(duties: Iterable[Duty]) -> list[Duty]:
    """Least time left first; then what is taken on already, oldest first; what has ended at last, newest first."""

    def place(duty: Duty) -> tuple[int, int]:
        if not duty.open:
            return 2, -duty.record.closed_at
        return (1, duty.record.available_at) if duty.left is None else (0, duty.left)

    return sorted(duties, key=place)


def due_within(duties: Iterable[Duty], milliseconds: int) -> list[Duty]:
    """Those whose acknowledgement is due within that time, the overdue included."""
    return [duty for duty in duties if duty.left is not None and duty.left <= milliseconds]


def hub_now(local: int, records: Iterable[casework_pb2.Obligation]) -> int:
    """The time to count by: this machine's, unless the hub has shown that it is later there."""
    shown = (max(r.available_at, r.delivered_at, r.seen_at, r.acknowledged_at, r.closed_at) for r in records)
    return max(local, *shown, 0)


def resolve(text: str, known: Sequence[bytes]) -> bytes:
    """The item that ``text`` means: a full id, or six digits or more with which only one of ``known`` ends (or begins).

    Ids begin with the time (UUIDv7, RFC 9562), so those of one morning begin alike; their ends are random. HT-CLI-25
    for no id at all, HT-CLI-24 where none fits, HT-CLI-23 where several do.
    """
    plain = text.strip().lower().replace("-", "")
    if not _DIGITS.fullmatch(plain):
        raise HutongError("HT-CLI-25", given=text[:40])
    if len(plain) == 32:
        return parse_message_id(plain)
    found = sorted({item for item in known if item.hex().endswith(plain) or item.hex().startswith(plain)})
    if not found:
        raise HutongError("HT-CLI-24", given=plain)
    if len(found) > 1:
        raise HutongError("HT-CLI-23", count=len(found), length=_distinct(found))
    return found[0]


def _distinct(items: Iterable[bytes]) -> int:
    """How many digits at the end tell ``items`` apart."""
    texts = sorted(item.hex()[::-1] for item in set(items))
    pairs = pairwise(texts)
    shared = (next(i for i, (a, b) in enumerate(zip(x, y, strict=True)) if a != b) for x, y in pairs)
    return 1 + max(shared, default=0)


def short_ids(items: Iterable[bytes], least: int = 8) -> dict[bytes, str]:
    """The shortest ends, of one length, that tell ``items`` apart. Give all that ``resolve`` looks at."""
    every = set(items)
    length = max(least, _distinct(every))
    return {item: item.hex()[-length:] for item in every}


def duration(text: str) -> int:
    """Milliseconds of "30m", "4h" or "2d"; HT-CLI-29."""
    found = _DURATION.fullmatch(text.strip().lower())
    if not found:
        raise HutongError("HT-CLI-29", given=text[:40], form="30m, 4h, 2d")
    return int(found[1]) * _UNITS[found[2]]
