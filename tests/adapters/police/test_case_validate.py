"""case_validate judges what is written: the CASE ontology's own shapes (pip install case-utils; CASE 1.5)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters import police
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(shutil.which("case_validate") is None, reason="case_validate is not installed"),
]


def conforms(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    command = ["case_validate", "--built-version", "case-1.5.0", "--allow-info", str(path)]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, text=True)
    return done.returncode == 0 and "Conforms: True" in done.stdout


def test_a_lead_with_every_sort_of_identifier(tmp_path: Path, opened: Callable[..., Any]) -> None:
    lead = body_pb2.LeadBody(title="传销", narrative="n", place="无锡", occurred_on="2026-01-02T03:04:05+08:00")
    for role in codes_pb2.SubjectRole.values():
        subject = lead.subjects.add(role=role, organisation=bool(role % 2))
        for kind in codes_pb2.IdentifierType.values()[1:]:
            subject.identifiers.add(type=kind, value=f"value {kind}")
        subject.identifiers.add(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value="alias")
        subject.identifiers.add(type=codes_pb2.IDENTIFIER_TYPE_FILE_HASH, value="a" * 64)
    lead.indicators.add(type=codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS, value="2001:db8::1", pattern="p")
    body = body_pb2.Body(lead=lead, extras=[body_pb2.Extra(path="a", value="b")])
    bundle = police.render(opened("lead", kinds_pb2.Lead(source=1), body))[1]
    assert conforms(tmp_path / "lead.jsonld", bundle.data)
    broken = bundle.data.replace(b'"uco-types:key"', b'"uco-types:lock"', 1)
    assert not conforms(tmp_path / "broken.jsonld", broken), "the judge can say no"


def test_a_note_and_evidence(tmp_path: Path, opened: Callable[..., Any]) -> None:
    note = body_pb2.Body(note=body_pb2.NoteBody(title="t", text="x"))
    (file,) = police.render(opened("supplement", kinds_pb2.Supplement(), note))
    assert conforms(tmp_path / "note.jsonld", file.data)
    empty = body_pb2.Body(note=body_pb2.NoteBody())
    (file,) = police.render(opened("supplement", kinds_pb2.Supplement(), empty))
    assert conforms(tmp_path / "empty.jsonld", file.data)
    evidence = body_pb2.EvidenceBody()
    evidence.items.add(name="李四").identifiers.add(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value="13800138000")
    (file,) = police.render(opened("supplement", kinds_pb2.Supplement(), body_pb2.Body(evidence=evidence)))
    assert conforms(tmp_path / "evidence.jsonld", file.data)
