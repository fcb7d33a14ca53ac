"""Which format a file is in shows in its content; damaged archives and workbooks end as dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import police
from adapters.draft import Conversion
from adapters.police import sheets, zips
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]

WORKBOOK = sheets.to_workbook([("名单", [["姓名", "身份证号"], ["张三", "11010519491231002X"]])])
PACKAGE = zips.make([("移送清单.json", json.dumps({"案号": "1"}).encode()), ("移送书.pdf", b"1" * 500)])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (WORKBOOK, "inquiry"),
        ("姓名,证件号码\n张三,1\n".encode(), "inquiry"),
        ("姓名,证件号码,核查结果\n张三,1,一致\n".encode(), "inquiry_reply"),
        (b'{"@graph": [{"@type": "uco-core:Event"}]}', "supplement"),
        (b'\xef\xbb\xbf  {"@graph": [{"@type": "uco-core:Event"}]}', "supplement"),
    ],
)
def test_formats_by_content(data: bytes, kind: str, convert: Convert) -> None:
    assert [draft.kind for draft in convert("police", data).drafts] == [kind]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_archives(data: st.DataObject, convert: Convert) -> None:
    whole = data.draw(st.sampled_from([WORKBOOK, PACKAGE]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(4, len(whole)))
        whole = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + data.draw(st.integers(0, 40)) :]
    convert("police", whole)


def test_a_zip_of_nothing_known(convert: Convert) -> None:
    (letter,) = convert("police", zips.make([("a.txt", b"1")])).dead_letters
    assert letter.code == "HT-ADP-11"
    (letter,) = convert("police", sheets.to_workbook([("x", [["a", "b"], ["1", "2"]])])).dead_letters
    assert letter.code == "HT-ADP-11"


def test_kinds_without_a_form_come_whole(opened: Callable[..., object]) -> None:
    asked = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY)
    (file,) = police.render(opened("inquiry", asked, body_pb2.Body(inquiry=body_pb2.InquiryBody(remark="x"))))  # type: ignore[arg-type]
    assert json.loads(file.data)["body"]["inquiry"] == {"remark": "x"}
    (file,) = police.render(opened("completed", kinds_pb2.Completed(), body_pb2.Body()))  # type: ignore[arg-type]
    assert "completed" in json.loads(file.data)["header"]


def test_every_sample_converts_or_names_its_fault(samples: Path, convert: Convert) -> None:
    faults = {"nibrs_ZeroReport_Sample.xml": "HT-ADP-230", "Flatfile-XML_Test_1.xml": "HT-XML-04"}
    for file in (samples / "police").iterdir():
        if file.suffix in (".xml", ".json"):
            conversion = convert("police", file.read_bytes())
            expected = [faults[file.name]] if file.name in faults else []
            assert [letter.code for letter in conversion.dead_letters] == expected, file.name
            assert len(conversion.drafts) == 1 - len(expected), file.name
