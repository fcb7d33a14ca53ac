"""The rules that change with law and practice, as versioned data; ``DIGEST`` goes into every entry."""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from typing import Any

_FILES = ("clocks.toml", "codes.toml")
_TEXTS = {name: (files(__name__) / name).read_bytes() for name in _FILES}

CLOCKS: dict[str, Any] = tomllib.loads(_TEXTS["clocks.toml"].decode())
CODES: dict[str, Any] = tomllib.loads(_TEXTS["codes.toml"].decode())


def texts() -> dict[str, bytes]:
    """The rules files as they are, by name; an export carries them."""
    return dict(_TEXTS)


def _digest() -> bytes:
    whole = hashlib.sha256()
    for name in _FILES:
        whole.update(hashlib.sha256(name.encode() + b"\0" + _TEXTS[name]).digest())
    return whole.digest()


DIGEST: bytes = _digest()
"""SHA-256 over the digests of all rules files in order: the version under which a statement was decided."""
