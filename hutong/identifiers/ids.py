"""Ids of messages (UUIDv7, RFC 9562 §5.7), of contacts, and of the hub's own statements."""

from __future__ import annotations

import re
import secrets
import threading
import time
from hashlib import sha256

from hutong.errors import HutongError

_RANDOM_BITS = 74
_STEP_BITS = 32
_HEX = re.compile(r"[0-9a-f]{32}")


class _Clock:
    """The newest id's time and random part: within one millisecond the random part counts up by random steps (RFC 9562
    §6.2 method 2), so ids of one process sort as they were made, also when the system's clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._time = 0
        self._random = 0

    def next(self, now: int) -> tuple[int, int]:
        with self._lock:
            if now > self._time:
                self._time, self._random = now, secrets.randbits(_RANDOM_BITS)
            else:
                self._random += 1 + secrets.randbits(_STEP_BITS)
                if self._random >> _RANDOM_BITS:
                    self._time, self._random = self._time + 1, secrets.randbits(_RANDOM_BITS)
            return self._time, self._random


_clock = _Clock()


def new_message_id() -> bytes:
    """A new UUIDv7: 16 bytes, later ones of this process greater."""
    unix_ms, random = _clock.next(time.time_ns() // 1_000_000)
    high, low = random >> 62, random & (2**62 - 1)
    return (unix_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low).to_bytes(16, "big")


def unix_ms(message_id: bytes) -> int | None:
    """When a UUIDv7 was made (milliseconds since 1970, UTC); None for 16 bytes of any other form."""
    number = int.from_bytes(message_id, "big")
    shaped = len(message_id) == 16 and number >> 76 & 0xF == 0x7 and number >> 62 & 0b11 == 0b10
    return number >> 80 if shaped else None


def new_contact_id() -> str:
    """An opaque contact id: "c" and 12 hex digits. It tells nothing of the person and is never given twice."""
    return "c" + secrets.token_hex(6)


def format_message_id(message_id: bytes) -> str:
    """32 lower-case hex digits, as people copy them."""
    return message_id.hex()


def parse_message_id(text: str) -> bytes:
    """16 bytes from 32 hex digits, with or without the hyphens of a UUID; HT-IDF-01 otherwise."""
    plain = text.strip().lower().replace("-", "")
    if not _HEX.fullmatch(plain):
        raise HutongError("HT-IDF-01")
    return bytes.fromhex(plain)


def hub_statement_id(origin: str, cause_id: bytes, ordinal: int) -> bytes:
    """The id of the hub's own statement number ``ordinal`` (u32) after its cause, so that replay derives the same one.

    SHA-256("hutong/hubstmt/v1" 0x00 || u16be(len(origin)) || origin || cause_id || u32be(ordinal)), first 16 bytes.
    """
    name = origin.encode()
    cause = len(name).to_bytes(2, "big") + name + cause_id + ordinal.to_bytes(4, "big")
    return sha256(b"hutong/hubstmt/v1\x00" + cause).digest()[:16]


def hub_nonce(statement_id: bytes) -> bytes:
    """The nonce of the hub's own statement: 32 bytes that replay can derive as well."""
    return sha256(b"hutong/hubnonce/v1\x00" + statement_id).digest()
