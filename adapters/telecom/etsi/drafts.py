"""Drafts from messages of TS 103 120: nothing that a message says is lost, whether understood or not."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from google.protobuf.message import Message as ProtoMessage

from adapters.draft import MAX_NATIVE_BYTES, Draft, Note, enclose
from adapters.telecom.etsi import schemas
from adapters.telecom.etsi.documents import SOURCE_SYSTEM, Message
from adapters.telecom.etsi.reading import Reading
from hutong.v1 import body_pb2, codes_pb2, header_pb2

_PLACE = re.compile(r"\[\d+\]")
# How two systems find each other and number their actions is kept without a remark.
_UNREMARKED = ("Message/", "Actions/")
_IDENTITY = ("/@xsi:type", "/ObjectIdentifier", "/CountryCode", "/OwnerIdentifier", "/common:Owner", "/common:Name")


def draft(
    kind: str,
    facts: ProtoMessage,
    body: body_pb2.Body,
    message: Message,
    parts: Iterable[Reading],
    notes: list[Note],
    urgency: codes_pb2.Urgency.ValueType = codes_pb2.URGENCY_ROUTINE,
) -> Draft:
    """A draft whose body holds what was read, everything else of ``parts`` by path, and the message where it is small.

    ``body`` comes with its content and, if there is one, its number as ``source_record``. Who is investigated is a work
    secret. HT-ADP-26 if it all is too much for one statement.
    """
    body.version = 1
    body.source_system = SOURCE_SYSTEM
    body.source_record = body.source_record or hashlib.sha256(message.native).hexdigest()[:32]
    if not message.checked:
        notes = [Note.of("adapter-version-unknown", schema=f"{schemas.NAME} {message.version}".strip()), *notes]
    notes = notes + _keep(body, [message.around(), *parts])
    if len(message.native) > MAX_NATIVE_BYTES:
        notes.append(Note.of("adapter-native-left-out"))
    enclose(body, message.native, message.media_type)
    return Draft(
        kind,
        facts,
        header_pb2.CommonFacts(),
        body,
        body.source_record,
        urgency=urgency,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(notes),
    )


def _keep(body: body_pb2.Body, parts: Iterable[Reading]) -> list[Note]:
    """Put what nobody took into the extras; one note for each path, whatever its places in lists."""
    counts: Counter[str] = Counter()
    for part in parts:
        for path, value in part.left():
            body.extras.add(path=path, value=value)
            if not path.startswith(_UNREMARKED) and not path.endswith(_IDENTITY):
                counts[_PLACE.sub("", path).removesuffix("#json")] += 1
    return [Note.of("adapter-kept", path, count=count) for path, count in counts.items()]
