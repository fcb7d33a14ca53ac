"""Who will see which field of what is about to be signed: for programs field by field, for people in their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hutong.catalogue import say
from hutong.client.writing import Letter
from hutong.kinds import kind_of
from hutong.v1 import body_pb2, header_pb2
from liaison import words
from liaison.office import Draft
from liaison.reading import Line, agency, lines, moment
from liaison.view import plain, without_enclosures

Place = Literal["clear", "sealed"]
EVERYBODY = "*"
"""A reader: every agency."""
REDIRECT_NOTE = "redirect.note"
"""Where a redirect's body has the words of whoever passes the item on: its content is the original's."""
_MECHANICS = (
    "version",
    "nonce",
    "issued_at",
    "expires_at",
    "client_sequence",
    "signers",
    "message_id",
    "origin",
)
_KNOWN = (*_MECHANICS, "sender", "item_id", "in_reply_to")
"""What tells a person nothing: it follows from the command."""


@dataclass(frozen=True)
class Field:
    """One field: in which statement and where it stands, what it says, and the agencies that can read it (beside the
    hub and its auditors, who read everything in the clear)."""

    statement: str
    name: str
    value: str
    place: Place
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """The clear or the sealed part of one statement, in words."""

    statement: str
    place: Place
    readers: tuple[str, ...]
    lines: tuple[Line, ...]


def fields(draft: Draft) -> list[Field]:
    """Every field as the headers and bodies would carry it, the clear ones of each statement first."""
    found: list[Field] = []
    for letter, header, files in _statements(draft):
        readers = _readers(header)
        clear = {name: value for name, value in plain(header).items() if name not in _MECHANICS}
        found += [Field(letter.kind, name, value, "clear", readers) for name, value in _flat(clear)]
        if letter.body is not None:
            found += [Field(letter.kind, name, value, "sealed", readers) for name, value in _sealed(letter.body)]
        for number, file in enumerate(files):
            place = f"attachments[{number}]"
            found.append(Field(letter.kind, f"{place}.size", str(file.stat().st_size), "clear", readers))
            found.append(Field(letter.kind, f"{place}.name", file.name, "sealed", readers))
            found.append(Field(letter.kind, f"{place}.content", "…", "sealed", readers))
    return found


def parts(draft: Draft, names: Mapping[str, str]) -> list[Part]:
    """The same as a person reads it; ``names`` are agencies' names by code."""
    found: list[Part] = []
    for letter, header, files in _statements(draft):
        clear = header_pb2.Header()
        clear.CopyFrom(header)
        facts = getattr(header, letter.kind)
        for name in (*_KNOWN, letter.kind):
            clear.ClearField(name)  # type: ignore[arg-type]
        said = (*lines(clear, names), *lines(facts, names))
        found.append(Part(letter.kind, "clear", _readers(header), said))
        if letter.body is not None:
            attached = [_attached(file.name, file.stat().st_size) for file in files]
            found.append(Part(letter.kind, "sealed", _readers(header), (*body_lines(letter.body, names), *attached)))
    return found


def body_lines(body: body_pb2.Body, names: Mapping[str, str]) -> Iterator[Line]:
    """A body in words: why it was passed on, content, what is passed on, attachments."""
    for extra in body.extras:
        if extra.path == REDIRECT_NOTE:
            yield say("field-redirect-note"), extra.value
    content = body.WhichOneof("content")
    if content:
        yield from lines(getattr(body, content), names)
    for each in body.enclosed:
        yield say("field-enclosed"), _enclosed(each, names)
    for attachment in body.attachments:
        yield _attached(attachment.name, attachment.plaintext_size)


def _attached(name: str, size: int) -> Line:
    return say("field-attachment"), say("attachment-shown", name=name, size=size)


def _enclosed(each: body_pb2.Enclosed, names: Mapping[str, str]) -> str:
    header = header_pb2.Header.FromString(each.envelope.payload)
    kind = words.kind_word(kind_of(header).number)
    return f"{kind} · {agency(header.sender.agency, names)} · {moment(header.issued_at)}"


def _sealed(body: body_pb2.Body) -> Iterator[tuple[str, str]]:
    """The leaves of a body; of a statement that it passes on only the id, because its parts stand there already."""
    yield from _flat(plain(without_enclosures(body)))
    for number, each in enumerate(body.enclosed):
        yield f"enclosed[{number}]", header_pb2.Header.FromString(each.envelope.payload).message_id.hex()


def _statements(draft: Draft) -> Iterator[tuple[Letter, header_pb2.Header, Sequence[Path]]]:
    for number, (letter, header) in enumerate(zip(draft.letters, draft.headers, strict=True)):
        yield letter, header, () if number else draft.files


def _readers(header: header_pb2.Header) -> tuple[str, ...]:
    if kind_of(header).directory:
        return (EVERYBODY,)
    return tuple(dict.fromkeys((header.sender.agency, *(to.agency for to in header.recipients))))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of nested JSON values, each with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _flat(each, f"{name}[{number}]")
    else:
        yield name, str(value)
