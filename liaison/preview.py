"""What is about to be signed: under which form it goes to whom, and who will see which field; for programs field by
field, for people in their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from google.protobuf.message import Message

from hutong.catalogue import say
from hutong.client.writing import Letter
from hutong.directory.records import Directory
from hutong.kinds import kind_of
from hutong.v1 import body_pb2, codes_pb2, directory_pb2, header_pb2
from liaison import words
from liaison.office import Draft
from liaison.reading import Line, agency, contact_with_id, lines, moment
from liaison.view import plain, without_enclosures
from rules.forms import document_form
from rules.relation import Relation, relation

Place = Literal["clear", "sealed", "disclosed"]
EVERYBODY, AUTHORITIES = "*", "**"
"""Readers: every agency; every agency that is no platform."""
_CARDS = {"channel_named": directory_pb2.ChannelCard}
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
class Form:
    """文种: as what a statement goes to one agency (主送), by what the sender is to it (rules/forms.py)."""

    statement: str
    agency: str
    relation: Relation
    form: str


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
        if letter.card:
            own = (header.sender.agency,)
            found += [Field(letter.kind, name, value, "disclosed", own) for name, value in _flat(plain(_card(letter)))]
        for number, file in enumerate(files):
            place = f"attachments[{number}]"
            found.append(Field(letter.kind, f"{place}.size", str(file.stat().st_size), "clear", readers))
            found.append(Field(letter.kind, f"{place}.name", file.name, "sealed", readers))
            found.append(Field(letter.kind, f"{place}.content", "…", "sealed", readers))
    return found


def forms(draft: Draft, directory: Directory) -> list[Form]:
    """The document form of each statement for each agency to which it is addressed; receipts are no documents."""
    return [form for letter, header, _ in _statements(draft) for form in _forms(letter.kind, header, directory)]


def parts(draft: Draft, names: Mapping[str, str], directory: Directory) -> list[Part]:
    """The same as a person reads it; ``names`` are agencies' names by code."""
    found: list[Part] = []
    for letter, header, files in _statements(draft):
        clear = header_pb2.Header()
        clear.CopyFrom(header)
        facts = getattr(header, letter.kind)
        for name in (*_KNOWN, letter.kind):
            clear.ClearField(name)  # type: ignore[arg-type]
        said = (
            *_acting_for(header, names),
            *_form_lines(letter.kind, header, directory, names),
            *lines(clear, names),
            *lines(facts, names),
        )
        found.append(Part(letter.kind, "clear", _readers(header), said))
        if letter.body is not None:
            attached = [_attached(file.name, file.stat().st_size) for file in files]
            found.append(Part(letter.kind, "sealed", _readers(header), (*body_lines(letter.body, names), *attached)))
        if letter.card:
            found.append(Part(letter.kind, "disclosed", (header.sender.agency,), tuple(lines(_card(letter), names))))
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


def _forms(kind: str, header: header_pb2.Header, directory: Directory) -> Iterator[Form]:
    for to in header.recipients:
        if to.role == codes_pb2.RECIPIENT_ROLE_TO:
            between = relation(directory, header.sender.agency, to.agency)
            if form := document_form(kind, between):
                yield Form(kind, to.agency, between, form)


def _form_lines(kind: str, header: header_pb2.Header, directory: Directory, names: Mapping[str, str]) -> Iterator[Line]:
    """One line, with the agencies only where they get different forms."""
    found = {form.agency: say(f"form.{form.form}") for form in _forms(kind, header, directory)}
    if len(set(found.values())) == 1:
        yield say("field-form"), next(iter(found.values()))
    elif found:
        each = (say("form-for", form=form, agency=agency(code, names)) for code, form in found.items())
        yield say("field-form"), say("list-comma").join(each)


def _card(letter: Letter) -> Message:
    return _CARDS[letter.kind].FromString(letter.card)


def _acting_for(header: header_pb2.Header, names: Mapping[str, str]) -> Iterator[Line]:
    """代理: in whose place it is signed."""
    if header.sender.acting_for:
        yield say("label.acting_for"), contact_with_id(header.sender.acting_for, names)


def _readers(header: header_pb2.Header) -> tuple[str, ...]:
    if kind_of(header).directory:
        return (AUTHORITIES if kind_of(header).roster else EVERYBODY,)
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
