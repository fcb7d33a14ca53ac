"""TransferBody with the bytes of its files → a transfer package (移送案卷) with its list; transfer.py reads it back."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.police import manifest, zips
from adapters.police.identity import WORDS as ROLES
from adapters.police.manifest import WORDS, Manifest, Record
from adapters.police.transfer import PROPERTY, SUSPECT, part_name
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2

_T = codes_pb2


def write(
    body: body_pb2.TransferBody,
    contents: Mapping[bytes, bytes],
    extras: Mapping[str, str] | None = None,
    *,
    excel: bool = False,
) -> bytes:
    """The package of a transfer; ``contents`` are its files' bytes by SHA-256. The list comes as JSON, or as Excel.

    HT-ADP-244 if the bytes of a part are not at hand, HT-ADP-235, -236 for names that no archive may hold, HT-ADP-31,
    -32 for texts that Excel cannot hold.
    """
    listed = _listed(body, dict(extras or {}))
    name, data = (
        ("移送清单.xlsx", manifest.to_workbook(listed)) if excel else ("移送清单.json", manifest.to_json(listed))
    )
    files = [(name, data)]
    for number, part in enumerate(body.parts, 1):
        if part.sha256 not in contents:
            raise HutongError("HT-ADP-244", number=number)
        files.append((part.name, contents[part.sha256]))
    made = zips.make(files)
    zips.open_archive(made)
    return made


def _listed(body: body_pb2.TransferBody, extras: dict[str, str]) -> Manifest:
    """The list of a transfer."""
    made = Manifest()
    made.case = {name: str(getattr(body, name)) for name in manifest.CASE}
    made.rows["officers"] = [
        {"name": one.name, "certificate": one.certificate, "phone": one.phone, "post": one.post}
        for one in body.officers
    ]
    made.rows["suspects"] = [_suspect(one) for one in body.suspects]
    made.rows["property"] = [
        {
            **{name: str(getattr(one, name)) for name in PROPERTY},
            "value": one.value.value,
            "currency": one.value.currency,
        }
        for one in body.property
    ]
    made.rows["parts"] = [
        {
            "part": WORDS.word("part", part_name(one.part)),
            "name": one.name,
            "media_type": one.media_type,
            "sha256": one.sha256.hex(),
            "remark": one.remark,
        }
        for one in body.parts
    ]
    made.rows["missing"] = [
        {"part": WORDS.word("part", part_name(one.part)), "reason": one.reason} for one in body.missing
    ]
    for path, value in extras.items():
        _restore(made, path, value)
    return made


def _restore(made: Manifest, path: str, value: str) -> None:
    """An extra back into the row and column that it came from; one of the whole list beside the case."""
    place, slash, name = path.partition("/")
    section, bracket, number = place.removesuffix("]").partition("[")
    rows = made.rows.get(WORDS.meaning("sections", section), []) if slash and bracket else []
    if number.isascii() and number.isdecimal() and int(number) < len(rows):
        rows[int(number)][f"={name}"] = value
    else:
        made.kept.append((path, value))


def _suspect(one: body_pb2.Subject) -> Record:
    known = codes_pb2.SubjectRole.DESCRIPTOR.values_by_number.get(one.role)
    said: Record = {
        "organisation": "是" if one.organisation else "",
        "role": ROLES.word("roles", known.name.removeprefix("SUBJECT_ROLE_")) if known else "",
        "remark": one.remark,
    }
    keys = {kind: key for key, kind in SUSPECT} | {
        _T.IDENTIFIER_TYPE_PERSON_NAME: "name",
        _T.IDENTIFIER_TYPE_COMPANY: "name",
        _T.IDENTIFIER_TYPE_OTHER: "id",
    }
    for identifier in one.identifiers:
        said.setdefault(keys.get(identifier.type, "remark"), identifier.value)
    return {"name": said.get("name", ""), **said}
