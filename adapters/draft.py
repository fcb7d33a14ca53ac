"""What an adapter makes of a native file: drafts of statements, and dead letters for what could not become one.

A draft holds everything of a statement that comes from the record; the agency node adds ids, parties, mandate,
signatures and seal. A note is something that a person may want to know about a draft; a dead letter needs a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from hutong.catalogue import Lang, default_lang, say
from hutong.errors import HutongError, sentences
from hutong.v1 import body_pb2, codes_pb2, header_pb2

MAX_BODY_BYTES = 4 * 1024 * 1024 - 1024
"""What fits into Sealed.ciphertext (envelope.proto: 4 MiB) after nonce, r and tag."""

MAX_NATIVE_BYTES = 256 * 1024
"""Native records up to this size travel along with the body."""

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Note:
    """Something about a draft that a person may want to know. ``code`` is a key of catalogue/texts."""

    code: str
    text: str
    where: str = ""
    params: Params = field(default=(), compare=False, repr=False)

    @classmethod
    def of(cls, code: str, where: str = "", **params: Any) -> Note:
        """The note ``code`` in the language of this process."""
        return cls(code, say(code, **params), where, tuple((key, str(value)) for key, value in params.items()))

    def to_dict(self, lang: Lang | None = None) -> dict[str, str]:
        """Its JSON form, in ``lang``."""
        return {"code": self.code, "text": say(self.code, lang, **dict(self.params)), "where": self.where}


@dataclass(frozen=True)
class DeadLetter:
    """A record, or a whole file, that no statement could be made of: where it stands ("line 7", "record 3", an XML
    path), the error's code, and the reason in words. Neither holds anything of the record's content."""

    where: str
    code: str
    reason: str
    params: Params = field(default=(), compare=False, repr=False)

    @classmethod
    def of(cls, where: str, error: HutongError) -> DeadLetter:
        """The dead letter that ``error`` makes of what stands at ``where``."""
        return cls(where, error.code, _reason(error.code, error.params, None), tuple(error.params.items()))

    def to_dict(self, lang: Lang | None = None) -> dict[str, str]:
        """Its JSON form, in ``lang``."""
        return {"where": self.where, "code": self.code, "reason": _reason(self.code, dict(self.params), lang)}


@dataclass(frozen=True)
class Draft:
    """One statement to be. ``kind`` is the field's name in Header.kind ("lead"), ``facts`` the message of that kind;
    in ``body`` message id and parties are left empty."""

    kind: str
    facts: Message
    common: header_pb2.CommonFacts
    body: body_pb2.Body
    source_record: str
    urgency: codes_pb2.Urgency.ValueType = codes_pb2.URGENCY_ROUTINE
    handling: codes_pb2.Handling.ValueType = codes_pb2.HANDLING_INTERNAL
    notes: tuple[Note, ...] = ()

    def to_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """Its JSON form: protobuf JSON with the names of the .proto files for facts, common and body."""
        return {
            "kind": self.kind,
            "source_record": self.source_record,
            "urgency": codes_pb2.Urgency.Name(self.urgency),
            "handling": codes_pb2.Handling.Name(self.handling),
            "facts": _json(self.facts),
            "common": _json(self.common),
            "body": _json(self.body),
            "notes": [note.to_dict(lang) for note in self.notes],
        }


@dataclass(frozen=True)
class Conversion:
    """All that came of one native file, in the file's order."""

    drafts: tuple[Draft, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()

    @classmethod
    def collect(cls, results: Iterator[Draft | DeadLetter]) -> Conversion:
        """Drafts and dead letters sorted apart."""
        drafts: list[Draft] = []
        dead: list[DeadLetter] = []
        for result in results:
            if isinstance(result, Draft):
                drafts.append(result)
            else:
                dead.append(result)
        return cls(tuple(drafts), tuple(dead))

    @classmethod
    def refused(cls, where: str, error: HutongError) -> Conversion:
        """The whole file is one dead letter."""
        return cls((), (DeadLetter.of(where, error),))

    def to_dict(self, lang: Lang | None = None) -> dict[str, Any]:
        """{"drafts": […], "dead_letters": [{"where", "code", "reason"}]}"""
        return {
            "drafts": [draft.to_dict(lang) for draft in self.drafts],
            "dead_letters": [letter.to_dict(lang) for letter in self.dead_letters],
        }


def enclose(body: body_pb2.Body, native: bytes, native_format: str) -> None:
    """Put the native record into ``body`` where it is small enough. HT-ADP-26 if the body cannot travel in one message
    even without it."""
    size = body.ByteSize()
    if size > MAX_BODY_BYTES:
        raise HutongError("HT-ADP-26", size=size, limit=MAX_BODY_BYTES)
    if len(native) <= MAX_NATIVE_BYTES and size + len(native) + 256 <= MAX_BODY_BYTES:
        body.native = native
        body.native_format = native_format


def _reason(code: str, params: dict[str, Any], lang: Lang | None) -> str:
    said = sentences(code, params, lang)
    return ("" if (lang or default_lang()) == "zh" else " ").join((said.what, said.why, said.next))


def _json(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True)
