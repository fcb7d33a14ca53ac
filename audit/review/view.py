"""What a proof, entry, statement, checkpoint or export says, for a person or a machine. Nothing is verified here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.message import DecodeError, Message

from audit.log.folder import CHECKPOINT
from audit.log.tiles import MAX_ENTRY
from hutong.errors import HutongError
from hutong.kinds import by_number
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.proofs.proof import HEADING, MAX_PROOF, LogProof
from hutong.proofs.tree import leaf_hash
from hutong.signing.dsse import PAYLOAD_TYPE, statement_digest
from hutong.v1.entry_pb2 import Entry, EntryEvent
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.header_pb2 import Header

from .files import read_file
from .findings import printable
from .manifest import MANIFEST, MAX_MANIFEST, Manifest

Fields = dict[str, Any]
_BEIJING = ZoneInfo("Asia/Shanghai")


def view(path: Path) -> Fields:
    """The fields of what stands at ``path``; "kind" says what it is.

    Raises:
        HutongError: HT-LOG-46 for anything else; HT-LOG-06, -07, -17, -21 for a damaged one of these.
    """
    if path.is_dir():
        return _folder(path)
    data = read_file(path.resolve(), MAX_MANIFEST if path.name == MANIFEST else MAX_PROOF, path.name)
    if path.name == MANIFEST:
        return _manifest(Manifest.parse(data))
    if data.startswith(HEADING.encode()) or path.suffix == ".tlog-proof":
        return _proof(LogProof.parse(data))
    if path.suffix == ".entry":
        return _entry(data)
    if path.suffix == ".pb":
        return _statement(data)
    try:
        return {"kind": "checkpoint", **_note(Note.parse(data))}
    except HutongError:
        if path.name == CHECKPOINT:
            raise
        return _entry(data)


def _folder(path: Path) -> Fields:
    if (path / MANIFEST).exists():
        return view(path / MANIFEST)
    if (path / CHECKPOINT).exists():
        return view(path / CHECKPOINT)
    raise HutongError("HT-LOG-46")


def _note(note: Note) -> Fields:
    head = Checkpoint.parse(note.text)
    signatures = [f"{line.name}+{line.key_id.hex()}" for line in note.signatures]
    return {"origin": head.origin, "size": head.size, "root": head.root.hex(), "signatures": signatures}


def _proof(proof: LogProof) -> Fields:
    return {"kind": "proof", "index": proof.index, "path": [node.hex() for node in proof.path], **_note(proof.note)}


def _manifest(manifest: Manifest) -> Fields:
    return {
        "kind": "export",
        "origin": manifest.origin,
        "size": manifest.log_size,
        "root": manifest.root,
        "signatures": [manifest.key],
        "files": len(manifest.files),
        "bytes": sum(record.size for record in manifest.files),
    }


def _entry(data: bytes) -> Fields:
    """The fields that are set, in the contract's order, with digests in hex and both clocks."""
    try:
        entry = Entry.FromString(data)
    except DecodeError:
        raise HutongError("HT-LOG-46") from None
    if entry.version != 1 or not entry.event or len(data) > MAX_ENTRY:
        raise HutongError("HT-LOG-46")
    fields: Fields = {"leaf_hash": leaf_hash(data).hex()}
    for field, value in entry.ListFields():
        fields[field.name] = _plain(field.name, value)
    # The entry's own "kind" is the statement's; the view's says what the file is.
    if "kind" in fields:
        fields["statement_kind"] = fields.pop("kind")
    return {"kind": "entry", **fields}


def _statement(data: bytes) -> Fields:
    """What a statement says in the clear, field by field, and by which keys it is signed."""
    try:
        envelope = Envelope.FromString(data)
        header = Header.FromString(envelope.payload)
    except DecodeError:
        raise HutongError("HT-LOG-46") from None
    kind = header.WhichOneof("kind")
    if envelope.payload_type != PAYLOAD_TYPE or kind is None:
        raise HutongError("HT-LOG-46")
    fields = {"statement_kind": kind, "statement_sha256": statement_digest(envelope).hex(), **dict(_said(header, ""))}
    return {"kind": "statement", **fields, "signatures": [signature.keyid for signature in envelope.signatures]}


def _said(message: Message, place: str) -> Iterator[tuple[str, Any]]:
    """The fields of ``message`` that are set, each with its place: "recipients[0].agency"."""
    for field, value in message.ListFields():
        name = f"{place}{field.name}"
        for at, each in enumerate(value) if field.is_repeated else [(None, value)]:
            where = name if at is None else f"{name}[{at}]"
            if field.message_type is not None:
                yield from _said(each, f"{where}.")
            elif field.enum_type is not None:
                known = field.enum_type.values_by_number.get(each)
                yield where, known.name if known else str(each)
            elif field.type == field.TYPE_INT64:
                # In a header every int64 is an instant, and nothing else is one.
                yield where, moment(each)
            else:
                yield where, each.hex() if isinstance(each, bytes) else each


def _plain(name: str, value: Any) -> Any:
    if name == "event":
        return EntryEvent.Name(value) if value in EntryEvent.values() else str(value)
    if name == "kind":
        return by_number()[value].name if value in by_number() else str(value)
    if name == "recorded_at":
        return moment(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str | int):
        return value
    return [item.hex() if isinstance(item, bytes) else item for item in value]


def moment(milliseconds: int) -> str:
    """Milliseconds since 1970 as Beijing time and UTC; the bare number where no calendar reaches."""
    try:
        there = datetime.fromtimestamp(milliseconds / 1000, UTC)
        here = there.astimezone(_BEIJING)
    except (OverflowError, ValueError, OSError):
        return str(milliseconds)
    return f"{here.isoformat(' ', 'milliseconds')} ({there.isoformat(' ', 'milliseconds').replace('+00:00', ' UTC')})"


def shown(value: Any) -> str:
    """One field's value as a line's end."""
    if isinstance(value, list):
        return "\n".join(printable(str(item)) for item in value)
    return printable(str(value))
