"""The rules that change with law and practice, as versioned data; ``DIGEST`` goes into every entry."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from hutong.worktime.statutory import statutory_text

_FILES = ("clocks.toml", "codes.toml", "ladders.toml", "relations.toml", "thresholds.toml")
_TEXTS = {name: (files(__name__) / name).read_bytes() for name in _FILES}
_TEXTS["statutory.toml"] = statutory_text().encode()
_TEXTS["divisions.csv"] = (files("hutong.identifiers") / "data" / "divisions.csv").read_bytes()

CLOCKS: dict[str, Any] = tomllib.loads(_TEXTS["clocks.toml"].decode())
CODES: dict[str, Any] = tomllib.loads(_TEXTS["codes.toml"].decode())
LADDERS: dict[str, Any] = tomllib.loads(_TEXTS["ladders.toml"].decode())
RELATIONS: dict[str, Any] = tomllib.loads(_TEXTS["relations.toml"].decode())
THRESHOLDS: dict[str, Any] = tomllib.loads(_TEXTS["thresholds.toml"].decode())


def texts() -> dict[str, bytes]:
    """The rules files as they are, by name; an export carries them."""
    return dict(_TEXTS)


def digest_of(texts: Mapping[str, bytes]) -> bytes:
    """SHA-256 over the digests of all ``texts`` with their names, in the names' order: it tells one version of them."""
    whole = hashlib.sha256()
    for name, text in sorted(texts.items()):
        whole.update(hashlib.sha256(name.encode() + b"\0" + text).digest())
    return whole.digest()


DIGEST: bytes = digest_of(_TEXTS)
"""The version of the rules under which a statement was decided."""
