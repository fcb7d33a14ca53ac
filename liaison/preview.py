"""Who will see which field of a statement: shown before signing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hutong.client.writing import Letter
from hutong.v1 import header_pb2
from liaison.view import plain

Place = Literal["clear", "sealed"]
_MECHANICS = frozenset(
    {"version", "nonce", "issued_at", "expires_at", "client_sequence", "signers", "message_id", "origin"}
)


@dataclass(frozen=True)
class Field:
    """One field: where it stands, what it says, and the agencies that can read it (beside the hub and its auditors,
    who read everything in the clear)."""

    name: str
    value: str
    place: Place
    readers: tuple[str, ...]


def preview(letter: Letter, header: header_pb2.Header, files: Sequence[Path] = ()) -> list[Field]:
    """Every field of ``letter`` as ``header`` would carry it, the clear ones first."""
    parties = tuple(dict.fromkeys((header.sender.agency, *(to.agency for to in header.recipients))))
    clear = {name: value for name, value in plain(header).items() if name not in _MECHANICS}
    fields = [Field(name, value, "clear", parties) for name, value in flat(clear)]
    if letter.body is not None:
        fields += [Field(name, value, "sealed", parties) for name, value in flat(plain(letter.body))]
    for number, file in enumerate(files):
        fields.append(Field(f"attachments[{number}].size", str(file.stat().st_size), "clear", parties))
        fields.append(Field(f"attachments[{number}].name", file.name, "sealed", parties))
        fields.append(Field(f"attachments[{number}].content", "…", "sealed", parties))
    return fields


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of nested JSON values, each with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from flat(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from flat(each, f"{name}[{number}]")
    else:
        yield name, str(value)
