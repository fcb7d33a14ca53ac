"""移送清单, the list that a transfer package (移送案卷) brings: as JSON or as Excel, under names that drift.

Read into plain sections of texts; what they mean stands in transfer.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters import strict_json
from adapters import text as texts
from adapters.police import sheets
from adapters.police.jsontext import written
from adapters.police.vocabulary import Vocabulary
from adapters.police.zips import Archive, Member
from hutong.errors import HutongError

CASE = (
    "case_number",
    "case_name",
    "from_agency",
    "to_agency",
    "offence",
    "summary",
    "approver",
    "approved_on",
    "handed_over_on",
)
SECTIONS = ("officers", "suspects", "property", "parts", "missing")

WORDS = Vocabulary("transfer.toml")

Record = dict[str, str]

_STEMS = ("移送清单", "案卷清单", "manifest")
MAX_RECORDS = 5000
"""In one section of a list."""


@dataclass
class Manifest:
    """What a list says: of the case, and row by row. ``kept``: by path, what has no place."""

    case: Record = field(default_factory=dict)
    rows: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in SECTIONS})
    kept: list[tuple[str, str]] = field(default_factory=list)


def find(archive: Archive) -> Member | None:
    """The list among the files of a package: JSON before Excel; one that stands deeper is an ordinary file."""
    named = [one for one in archive.members if _stem(one.name) in _STEMS]
    top = min((one.name.count("/") for one in named), default=0)
    for ending in (".json", ".xlsx"):
        for one in named:
            if one.name.lower().endswith(ending) and one.name.count("/") == top:
                return one
    return None


def read(name: str, data: bytes) -> Manifest:
    """The list in ``data``. HT-ADP-243 for what is none, HT-ADP-21 to -24 for broken JSON, HT-ADP-237, -238 for
    Excel, HT-ADP-245 for one that is too long."""
    return _from_json(data) if name.lower().endswith(".json") else _from_workbook(data)


def to_json(manifest: Manifest) -> bytes:
    """The list as JSON, under the first name of each field."""
    said: dict[str, Any] = {WORDS.word("case", name): value for name, value in manifest.case.items() if value}
    for section in SECTIONS:
        records = [_named(section, record) for record in manifest.rows[section]]
        if records:
            said[WORDS.word("sections", section)] = records
    for path, value in manifest.kept:
        said.setdefault(path, value)
    return json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def to_workbook(manifest: Manifest) -> bytes:
    """The list as Excel: a sheet for each section, the case as names and values."""
    case = [(WORDS.word("case", name), value) for name, value in manifest.case.items() if value]
    tables: list[tuple[str, list[list[str]]]] = [
        (WORDS.word("sections", "case"), [[name, value] for name, value in (*case, *manifest.kept)])
    ]
    for section in SECTIONS:
        if records := manifest.rows[section]:
            header = dict.fromkeys(key for record in records for key in _named(section, record))
            rows = [[_named(section, record).get(key, "") for key in header] for record in records]
            tables.append((WORDS.word("sections", section), [list(header), *rows]))
    return sheets.to_workbook(tables)


def part_of(path: str) -> str:
    """Which part a file is by its path: the nearest step that holds one of the words; "OTHER" if none does."""
    for step in reversed(path.split("/")):
        for part, words in WORDS.tables["part"].items():
            if any(word in step for word in words):
                return part
    return "OTHER"


def _from_json(data: bytes) -> Manifest:
    value = strict_json.loads(texts.decode(data))
    if flaw := strict_json.flaw(value):
        raise HutongError(flaw)
    if not isinstance(value, dict):
        raise HutongError("HT-ADP-243")
    manifest = Manifest()
    # Some write the case as a section of its own.
    flat: list[tuple[str, Any]] = []
    for key, one in value.items():
        inner = WORDS.meaning("sections", key) == "case" and isinstance(one, dict)
        flat += list(one.items()) if inner else [(key, one)]
    for key, one in flat:
        section = WORDS.meaning("sections", key)
        if section in SECTIONS and isinstance(one, list):
            for number, record in enumerate(one):
                if not isinstance(record, dict):
                    raise HutongError("HT-ADP-243")
                _record(manifest, section, number, ((name, _text(cell)) for name, cell in record.items()))
        elif field_ := WORDS.meaning("case", key):
            manifest.case[field_] = _text(one)
        else:
            manifest.kept.append((key, _text(one)))
    return manifest


def _from_workbook(data: bytes) -> Manifest:
    manifest = Manifest()
    known = False
    for sheet in sheets.from_workbook(data):
        section = WORDS.meaning("sections", sheet.name)
        known = known or bool(section)
        header: list[str] = []
        for row in sheet.rows:
            cells = [cell.strip() for cell in row.cells]
            if row.error:
                raise row.error
            if not any(cells):
                continue
            if section not in SECTIONS:
                _pair(manifest, cells)
            elif not header:
                header = cells
            else:
                _record(manifest, section, len(manifest.rows[section]), zip(header, cells, strict=False))
    if not known:
        raise HutongError("HT-ADP-243")
    return manifest


def _pair(manifest: Manifest, cells: list[str]) -> None:
    """A row of names and values: of the case."""
    if name := WORDS.meaning("case", cells[0]):
        manifest.case.setdefault(name, next((cell for cell in cells[1:] if cell), ""))
    elif any(cells[1:]):
        manifest.kept.append((cells[0], " ".join(filter(None, cells[1:]))))


def _record(manifest: Manifest, section: str, number: int, cells: Iterable[tuple[str, str]]) -> None:
    if number >= MAX_RECORDS:
        raise HutongError("HT-ADP-245", limit=MAX_RECORDS)
    record: Record = {}
    for name, cell in cells:
        known = WORDS.meaning(section, name)
        if known and known not in record:
            record[known] = cell
        elif cell:
            # An unknown column keeps its own name, so that it is written under it again.
            record[f"={name}"] = cell
            manifest.kept.append((f"{WORDS.word('sections', section)}[{number}]/{name}", cell))
    manifest.rows[section].append(record)


def _named(section: str, record: Record) -> Record:
    return {
        name.removeprefix("=") if name.startswith("=") else WORDS.word(section, name): value
        for name, value in record.items()
        if value
    }


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else written(value)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0].strip().lower()
