"""Drafts and statements in JSON: what convert prints, --to native reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters import originals, plain, statements
from adapters.draft import Conversion
from hutong.errors import HutongError
from hutong.v1 import body_pb2, header_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]
FILES = ["banking/camt053.v3.xml", "cyberspace/apt1.json", "market/ccdb-v1-public.csv"]


def drafts(convert: Convert, samples: Path, file: str) -> tuple[Conversion, bytes]:
    conversion = convert(file.partition("/")[0], (samples / file).read_bytes())
    return conversion, json.dumps(conversion.to_dict("en"), ensure_ascii=False).encode()


@pytest.mark.parametrize("file", FILES)
def test_drafts_come_back(file: str, convert: Convert, samples: Path) -> None:
    conversion, printed = drafts(convert, samples, file)
    reading = statements.read(printed, 7)
    assert reading.dead_letters == 0
    for draft, statement in zip(conversion.drafts, reading.statements, strict=True):
        assert statement == statements.of_draft(draft, 7)
        assert statement.body == draft.body and statement.header.facts == draft.common
        assert getattr(statement.header, draft.kind) == draft.facts
        assert (statement.header.handling, statement.header.urgency) == (draft.handling, draft.urgency)
    ids = {statement.header.message_id for statement in reading.statements}
    assert len(ids) == len(conversion.drafts) and {len(each) for each in ids} == {16}


def test_one_draft_and_a_list_of_drafts(convert: Convert, samples: Path) -> None:
    _, printed = drafts(convert, samples, FILES[2])
    listed = json.loads(printed)["drafts"]
    whole = statements.read(printed, 0).statements
    assert statements.read(json.dumps(listed).encode(), 0).statements == whole
    assert statements.read(json.dumps(listed[3]).encode(), 0).statements == (whole[3],)


def test_statements_as_plain_writes_them(opened: Callable[..., Any]) -> None:
    said = opened("lead", kinds_pb2.Lead(received_on="2026-03-01"), body_pb2.Body(lead=body_pb2.LeadBody(title="甲")))
    (file,) = plain.render(said)
    (again,) = statements.read(b"\xef\xbb\xbf" + file.data, 0).statements
    assert (again.header, again.body) == (said.header, said.body)


def test_dead_letters_are_counted() -> None:
    found = statements.read(b'{"drafts": [], "dead_letters": [{"where": "line 1"}, {}]}', 0)
    assert found.statements == () and found.dead_letters == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "HT-ADP-10"),
        (b"\xff", "HT-ADP-13"),
        (b"{", "HT-ADP-21"),
        (b"[" * 1000, "HT-ADP-22"),
        (b'{"kind": 1, "kind": 2}', "HT-ADP-23"),
        (b'{"a": NaN}', "HT-ADP-24"),
        (b"7", "HT-ADP-262"),
        (b"{}", "HT-ADP-262"),
        (b'[{"kind": "lead"}]', "HT-ADP-262"),
        (b'{"kind": "message_id", "facts": {}, "body": {}}', "HT-ADP-262"),
        (b'{"kind": "lead", "facts": {"unheard": 1}, "body": {}}', "HT-ADP-262"),
        (b'{"kind": "lead", "facts": {}, "body": {}, "urgency": "URGENCY_SOON"}', "HT-ADP-262"),
        (b'{"header": {"handling": "SECRET"}, "body": {}}', "HT-ADP-262"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(HutongError) as caught:
        statements.read(data, 0)
    assert caught.value.code == code


def test_originals_are_the_records_of_the_file(convert: Convert, samples: Path) -> None:
    conversion, _ = drafts(convert, samples, FILES[2])
    said = [statements.of_draft(draft, 0) for draft in conversion.drafts]
    (file,) = originals.gather(said)
    assert file.name.endswith(".csv")
    assert file.data.split() == (samples / FILES[2]).read_bytes().split()
    (xml,) = originals.gather([statements.of_draft(drafts(convert, samples, FILES[0])[0].drafts[0], 0)])
    assert xml.media_type == "application/xml" and xml.data.startswith(b"<?xml")


def test_no_original() -> None:
    @dataclass
    class Bare:
        header: header_pb2.Header
        body: body_pb2.Body

    with pytest.raises(HutongError) as caught:
        originals.gather([Bare(header_pb2.Header(), body_pb2.Body())])
    assert caught.value.code == "HT-ADP-30"
