"""移送案卷: a transfer package (zip with its list) ↔ TransferBody with the bytes of its files.

《行政执法机关移送涉嫌犯罪案件的规定》(国务院令第310号, 2020 修订): article 6 names the five parts, article 5 the two
officers. A part that is missing makes nobody refuse (article 7: the police ask for it); it is named.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from adapters.draft import Note
from adapters.market.values import money
from adapters.police import manifest, zips
from adapters.police.identity import WORDS as ROLES
from adapters.police.manifest import WORDS, Manifest, Record
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, case_codes_pb2, codes_pb2

OFFICERS = 2

_Part = case_codes_pb2.TransferPart
_ORGANISATION = frozenset({"是", "单位", "true", "1", "y"})
_T = codes_pb2
SUSPECT = (
    ("id", _T.IDENTIFIER_TYPE_RESIDENT_ID),
    ("uscc", _T.IDENTIFIER_TYPE_USCC),
    ("phone", _T.IDENTIFIER_TYPE_PHONE),
    ("account", _T.IDENTIFIER_TYPE_BANK_ACCOUNT),
)
_CHECKS = {_T.IDENTIFIER_TYPE_RESIDENT_ID: people.resident_id, _T.IDENTIFIER_TYPE_USCC: people.company_code}
_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "zip": "application/zip",
}
PROPERTY = ("code", "description", "quantity", "status", "date", "place", "remark")


@dataclass(frozen=True)
class Package:
    """A package that was read. ``body.parts`` name its files; ``content`` gives their bytes, for attachments.
    ``extras``: what the list says beyond that, by path."""

    body: body_pb2.TransferBody
    extras: tuple[body_pb2.Extra, ...] = ()
    notes: tuple[Note, ...] = ()
    files: Mapping[str, zips.Member] = field(default_factory=dict, repr=False)
    archive: zips.Archive | None = field(default=None, repr=False)

    def content(self, part: body_pb2.TransferFile) -> Iterator[bytes]:
        """The bytes of one of the parts, in pieces. KeyError for what is none of them."""
        assert self.archive is not None or not self.files  # noqa: S101 - files come from an archive
        member = self.files[part.name]
        yield from self.archive.pieces(member) if self.archive else ()


def read(data: bytes) -> Package:
    """The package in ``data``. HT-ADP-232 to -236 for an archive that cannot be trusted; HT-ADP-11 if there is neither
    a list nor a file that a transfer has; HT-ADP-242 if a file's digest is not what the list says; HT-ADP-243 and what
    it names for a list that cannot be read."""
    archive = zips.open_archive(data)
    listed = manifest.find(archive)
    others = [one for one in archive.members if one is not listed]
    if listed is None and not any(manifest.part_of(one.name) != "OTHER" for one in others):
        raise HutongError("HT-ADP-11", agency="police")
    return _Reading(archive, others, manifest.read(listed.name, archive.read(listed)) if listed else None).package()


class _Reading:
    """One package being read."""

    def __init__(self, archive: zips.Archive, members: list[zips.Member], listed: Manifest | None) -> None:
        self.archive, self.members = archive, members
        self.listed = listed or Manifest()
        self.body = body_pb2.TransferBody()
        self.notes: list[Note] = [] if listed else [Note.of("police-transfer-no-list")]
        self.files: dict[str, zips.Member] = {}

    def package(self) -> Package:
        for name, value in self.listed.case.items():
            setattr(self.body, name, value)
        self.parts()
        self.missing()
        self.officers()
        for record in self.listed.rows["suspects"]:
            self.suspect(record)
        for record in self.listed.rows["property"]:
            self.thing(record)
        extras = tuple(body_pb2.Extra(path=path, value=value) for path, value in self.listed.kept)
        self.notes += [Note.of("adapter-kept", path, count=1) for path, _ in self.listed.kept]
        return Package(self.body, extras, tuple(self.notes), self.files, self.archive)

    def parts(self) -> None:
        """The files in the order of the list, then those that it does not name."""
        by_name = {_plain(one.name): one for one in self.members}
        for record in self.listed.rows["parts"]:
            member = by_name.pop(_plain(record.get("name", "")), None)
            if member is None:
                self.notes.append(Note.of("police-transfer-file-missing", record.get("part", "")))
                self.body.missing.add(
                    part=_part(record.get("part", "") or record.get("name", "")), reason=record.get("remark", "")
                )
            else:
                self.file(member, record)
        for member in self.members:
            if by_name.pop(_plain(member.name), None):
                if self.listed.rows["parts"]:
                    self.notes.append(Note.of("police-transfer-file-unlisted"))
                self.file(member, {})

    def file(self, member: zips.Member, record: Record) -> None:
        digest = hashlib.sha256()
        for piece in self.archive.pieces(member):
            digest.update(piece)
        said = record.get("sha256", "").lower()
        if said and said != digest.hexdigest():
            raise HutongError("HT-ADP-242", number=len(self.body.parts) + 1)
        self.body.parts.add(
            part=_part(record["part"])
            if record.get("part")
            else _Part.Value(f"TRANSFER_PART_{manifest.part_of(member.name)}"),
            name=member.name,
            media_type=record.get("media_type", "") or _media_type(member.name),
            sha256=digest.digest(),
            size=member.size,
            remark=record.get("remark", ""),
        )
        self.files[member.name] = member

    def missing(self) -> None:
        """Every part of the five that is not there, with the reason that the list gives."""
        there = {part.part for part in self.body.parts}
        named = {one.part for one in self.body.missing}
        for record in self.listed.rows["missing"]:
            part = _part(record.get("part", ""))
            if part not in named:
                self.body.missing.add(part=part, reason=record.get("reason", ""))
                named.add(part)
        for part in _Part.values():
            if part and part not in there and part not in named:
                self.body.missing.add(part=part)
        for one in self.body.missing:
            self.notes.append(Note.of("police-transfer-part-missing", part=WORDS.word("part", part_name(one.part))))

    def officers(self) -> None:
        for record in self.listed.rows["officers"]:
            self.body.officers.add(**{key: value for key, value in record.items() if not key.startswith("=")})
        if len({one.name for one in self.body.officers if one.name}) < OFFICERS:
            self.notes.append(Note.of("police-transfer-two-officers"))

    def suspect(self, record: Record) -> None:
        said = record.get("organisation", "")
        organisation = said.lower() in _ORGANISATION or bool(record.get("uscc"))
        name = _T.IDENTIFIER_TYPE_COMPANY if organisation else _T.IDENTIFIER_TYPE_PERSON_NAME
        one = self.body.suspects.add(
            role=_role(record.get("role", "")), organisation=organisation, remark=record.get("remark", "")
        )
        if (
            record.get("role")
            and one.role == _T.SUBJECT_ROLE_UNKNOWN
            and ROLES.word("roles", "UNKNOWN") != record["role"]
        ):
            self.notes.append(Note.of("police-role-unread"))
            one.remark = "；".join(filter(None, (record["role"], one.remark)))
        for kind, value in ((name, record.get("name", "")), *((kind, record.get(key, "")) for key, kind in SUSPECT)):
            if value:
                one.identifiers.append(self.checked(kind, value))

    def checked(self, kind: codes_pb2.IdentifierType.ValueType, value: str) -> body_pb2.Identifier:
        if kind in _CHECKS:
            try:
                return body_pb2.Identifier(type=kind, value=_CHECKS[kind](value))
            except HutongError:
                self.notes.append(Note.of("adapter-identifier-check"))
                return body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_OTHER, value=value)
        return body_pb2.Identifier(type=kind, value=value)

    def thing(self, record: Record) -> None:
        one = self.body.property.add(**{name: record[name] for name in PROPERTY if record.get(name)})
        if worth := record.get("value"):
            amount = money(worth, "元", record.get("currency", ""))
            if amount is None:
                self.notes.append(Note.of("adapter-amount-unread"))
                one.remark = "；".join(filter(None, (worth, one.remark)))
            else:
                one.value.value, one.value.currency = amount.value, amount.currency


def _part(text: str) -> case_codes_pb2.TransferPart.ValueType:
    """The part that a word of the list names; what nobody knows is other material."""
    return _Part.Value(f"TRANSFER_PART_{WORDS.meaning('part', text) or manifest.part_of(text)}")


def part_name(part: case_codes_pb2.TransferPart.ValueType) -> str:
    known = _Part.DESCRIPTOR.values_by_number.get(part)
    return known.name.removeprefix("TRANSFER_PART_") if known else "OTHER"


def _role(text: str) -> codes_pb2.SubjectRole.ValueType:
    return _T.SubjectRole.Value(f"SUBJECT_ROLE_{ROLES.meaning('roles', text) or 'UNKNOWN'}")


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./")).casefold()
