"""The two plain encodings that notes, policies and proofs share, taken strictly: one text for one value."""

from __future__ import annotations

import base64
import binascii
import re

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """The bytes of standard base64, or None for any text that ``to_base64`` would not write (stray bits included)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if to_base64(data) == text else None


def from_decimal(text: str) -> int | None:
    """A number below 2^63 in ASCII decimal without leading zeros, or None."""
    if _DECIMAL.fullmatch(text) is None or int(text) >= 1 << 63:
        return None
    return int(text)
