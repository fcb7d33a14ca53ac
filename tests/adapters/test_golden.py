"""Every sample file against what it became when somebody last looked at it.

After a change that is meant, write the golden files anew and read the difference before it is committed:

    HUTONG_GOLDEN=write .venv/bin/pytest tests/adapters/test_golden.py
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.draft import Conversion

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = Path(__file__).parents[2] / "demo" / "samples"
AGENCIES = ("banking", "cyberspace", "education", "market", "police", "telecom")
FULL_DRAFTS = 5
FILES = sorted(
    f"{agency}/{file.name}"
    for agency in AGENCIES
    for file in (SAMPLES / agency).iterdir()
    if file.suffix in (".xml", ".json", ".csv", ".txt", ".zip", ".xlsx")
)


def _pictured(conversion: Conversion) -> dict[str, Any]:
    """The conversion with native bytes, and drafts after the first few, as digests."""
    said = conversion.to_dict("en")
    for draft in said["drafts"]:
        if native := draft["body"].pop("native", None):
            draft["body"]["native_sha256"] = hashlib.sha256(native.encode()).hexdigest()
    said["drafts"][FULL_DRAFTS:] = [
        {"source_record": draft["source_record"], "sha256": hashlib.sha256(json.dumps(draft).encode()).hexdigest()}
        for draft in said["drafts"][FULL_DRAFTS:]
    ]
    return said


@pytest.mark.parametrize("name", FILES)
def test_sample_becomes_what_it_became(name: str, convert: Callable[[str, bytes], Conversion]) -> None:
    agency, _, file = name.partition("/")
    said = _pictured(convert(agency, (SAMPLES / name).read_bytes()))
    golden = GOLDEN / agency / f"{file}.json"
    if os.environ.get("HUTONG_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert said == json.loads(golden.read_text(encoding="utf-8"))


def test_sources_name_every_sample() -> None:
    schemas = [Path(f"adapters/{place}/schemas") for place in ("banking", "education", "telecom/etsi")]
    for folder in sorted([*(SAMPLES / agency for agency in AGENCIES), *schemas]):
        root = folder if folder.is_absolute() else SAMPLES.parents[1] / folder
        rows = [line.split("\t") for line in (root / "SOURCES.tsv").read_text(encoding="utf-8").splitlines()[1:]]
        assert sorted(row[0] for row in rows) == sorted(f.name for f in root.iterdir() if f.name != "SOURCES.tsv")
        for row in rows:
            assert hashlib.sha256((root / row[0]).read_bytes()).hexdigest() == row[2], row[0]
