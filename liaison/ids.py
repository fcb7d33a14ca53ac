"""Ids as people type them: the ends of an item's id, and times as "4h". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from hutong.errors import HutongError
from hutong.identifiers.ids import parse_message_id

_DIGITS = re.compile(r"[0-9a-f]{6,32}")
_DURATION = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


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
