"""移送案卷: packages there and back, with lists of either sort, and packages that are not what they say."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.draft import Conversion
from adapters.police import transfer, transfer_writing, zips
from hutong.errors import HutongError
from hutong.v1 import body_pb2, case_codes_pb2, codes_pb2

Convert = Callable[[str, bytes], Conversion]
Part = case_codes_pb2.TransferPart

LETTER, REPORT, GOODS, PHOTO = b"%PDF letter", b"%PDF report", b"%PDF goods", b"\xff\xd8 photo"
LIST: dict[str, Any] = {
    "案号": "锡市监案移〔2026〕3号",
    "案件名称": "某某商贸有限公司涉嫌组织、领导传销活动案",
    "移送机关": "无锡市市场监督管理局",
    "接收机关": "无锡市公安局",
    "涉嫌罪名": "组织、领导传销活动罪",
    "批准人": "王局长",
    "批准日期": "2026-02-25",
    "移送日期": "2026-02-26",
    "执法人员": [
        {"姓名": "甲", "执法证号": "32020001", "电话": "0510-1"},
        {"姓名": "乙", "执法证号": "32020002", "职务": "科长"},
    ],
    "涉案人员": [
        {"姓名": "张三", "证件号码": "11010519491231002X", "角色": "组织者", "户籍": "无锡"},
        {"名称": "某某商贸有限公司", "统一社会信用代码": "91110108MA01R2DT2X", "角色": "经营者"},
    ],
    "涉案物品": [{"名称": "服务器", "数量": "2台", "价值": 12000, "强制措施": "查封", "保管地点": "仓库"}],
    "材料": [
        {"类别": "移送书", "文件": "01/移送书.pdf", "摘要": hashlib.sha256(LETTER).hexdigest()},
        {"类别": "调查报告", "文件": "02/报告.pdf"},
        {"类别": "涉案物品清单", "文件": "03/清单.pdf", "说明": "两页"},
        {"类别": "其他材料", "文件": "04/照片.jpg"},
    ],
    "缺件": [{"类别": "检验报告或者鉴定结论", "原因": "不需要鉴定"}],
    "密级备注": "无",
}
FILES = [("01/移送书.pdf", LETTER), ("02/报告.pdf", REPORT), ("03/清单.pdf", GOODS), ("04/照片.jpg", PHOTO)]


def package(listed: Any = LIST, files: list[tuple[str, bytes]] = FILES) -> bytes:
    return zips.make([("移送清单.json", json.dumps(listed, ensure_ascii=False).encode()), *files])


def contents(package: transfer.Package) -> dict[bytes, bytes]:
    return {part.sha256: b"".join(package.content(part)) for part in package.body.parts}


def codes(package: transfer.Package) -> list[str]:
    return [note.code for note in package.notes]


def test_a_package() -> None:
    found = transfer.read(package())
    body = found.body
    assert (body.case_number, body.to_agency, body.handed_over_on) == (LIST["案号"], "无锡市公安局", "2026-02-26")
    assert body.case_name == LIST["案件名称"], "an older name of the field"
    assert [(one.name, one.certificate, one.post) for one in body.officers] == [
        ("甲", "32020001", ""),
        ("乙", "32020002", "科长"),
    ]
    assert [(one.part, one.name, one.media_type, one.size) for one in body.parts] == [
        (Part.TRANSFER_PART_LETTER, "01/移送书.pdf", "application/pdf", len(LETTER)),
        (Part.TRANSFER_PART_REPORT, "02/报告.pdf", "application/pdf", len(REPORT)),
        (Part.TRANSFER_PART_PROPERTY_LIST, "03/清单.pdf", "application/pdf", len(GOODS)),
        (Part.TRANSFER_PART_OTHER, "04/照片.jpg", "image/jpeg", len(PHOTO)),
    ]
    assert [(one.part, one.reason) for one in body.missing] == [(Part.TRANSFER_PART_EXAMINATION, "不需要鉴定")]
    person, company = body.suspects
    assert person.role == codes_pb2.SUBJECT_ROLE_ORGANISER and company.organisation
    assert [(one.type, one.value) for one in person.identifiers] == [
        (codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, "张三"),
        (codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID, "11010519491231002X"),
    ]
    (thing,) = body.property
    assert (thing.description, thing.quantity, thing.status, thing.value.value, thing.value.currency) == (
        "服务器",
        "2台",
        "查封",
        "12000",
        "CNY",
    )
    assert contents(found)[hashlib.sha256(PHOTO).digest()] == PHOTO
    assert {(one.path, one.value) for one in found.extras} == {("密级备注", "无"), ("涉案人员[0]/户籍", "无锡")}
    assert "police-transfer-two-officers" not in codes(found)


@pytest.mark.parametrize("excel", [False, True])
def test_there_and_back(excel: bool) -> None:
    found = transfer.read(package())
    extras = {one.path: one.value for one in found.extras}
    data = transfer_writing.write(found.body, contents(found), extras, excel=excel)
    again = transfer.read(data)
    assert again.body == found.body
    assert {(one.path, one.value) for one in again.extras} == set(extras.items())
    assert contents(again) == contents(found)
    assert transfer_writing.write(again.body, contents(again), extras, excel=excel) == data


def test_the_excel_list_opens_in_excel() -> None:
    found = transfer.read(package())
    found.body.suspects[0].identifiers[0].value = "=HYPERLINK(1)"
    data = transfer_writing.write(found.body, contents(found), excel=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read("移送清单.xlsx")))
    assert book.sheetnames == ["基本情况", "执法人员", "涉案人员", "涉案物品", "材料", "缺件"]
    people = [[cell.value for cell in row] for row in book["涉案人员"].iter_rows()]
    assert people[0][0] == "姓名" and people[1][0] == "'=HYPERLINK(1)"
    assert transfer.read(data).body.suspects[0].identifiers[0].value == "=HYPERLINK(1)"


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_transfer_there_and_back(data: st.DataObject) -> None:
    # A list is read without space around its texts, and without empty ones.
    text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=8)
    some = text.filter(bool)
    body = body_pb2.TransferBody(case_number=data.draw(text), summary=data.draw(text), approved_on=data.draw(text))
    blobs = data.draw(st.lists(st.binary(max_size=20), max_size=4))
    for number, blob in enumerate(blobs):
        body.parts.add(
            part=data.draw(st.sampled_from([one for one in Part.values() if one])),
            name=f"{number}/文件.bin",
            media_type="application/octet-stream",
            sha256=hashlib.sha256(blob).digest(),
            size=len(blob),
            remark=data.draw(text),
        )
    for part in Part.values():
        if part and part not in {one.part for one in body.parts}:
            body.missing.add(part=part, reason=data.draw(text))
    for _ in range(data.draw(st.integers(0, 2))):
        body.officers.add(
            name=data.draw(some), certificate=data.draw(text), phone=data.draw(text), post=data.draw(text)
        )
        body.property.add(description=data.draw(some), quantity=data.draw(text), place=data.draw(text))
    files = {one.sha256: blob for one, blob in zip(body.parts, blobs, strict=True)}
    excel = data.draw(st.booleans())
    assert transfer.read(transfer_writing.write(body, files, excel=excel)).body == body


def test_without_a_list() -> None:
    found = transfer.read(
        zips.make([("案卷/涉嫌犯罪案件移送书.docx", b"1"), ("案卷/鉴定/意见.pdf", b"2"), ("x.txt", b"3")])
    )
    assert [one.part for one in found.body.parts] == [
        Part.TRANSFER_PART_LETTER,
        Part.TRANSFER_PART_EXAMINATION,
        Part.TRANSFER_PART_OTHER,
    ]
    assert [one.part for one in found.body.missing] == [Part.TRANSFER_PART_REPORT, Part.TRANSFER_PART_PROPERTY_LIST]
    assert codes(found)[0] == "police-transfer-no-list" and "police-transfer-two-officers" in codes(found)


def test_missing_parts_are_named_and_nobody_refuses() -> None:
    found = transfer.read(package({**LIST, "缺件": []}, FILES[1:]))
    assert [one.part for one in found.body.missing] == [Part.TRANSFER_PART_LETTER, Part.TRANSFER_PART_EXAMINATION]
    assert codes(found).count("police-transfer-part-missing") == 2
    assert "police-transfer-file-missing" in codes(found)


def test_a_file_that_the_list_does_not_name() -> None:
    found = transfer.read(package(files=[*FILES, ("检验报告.pdf", b"5")]))
    assert found.body.parts[-1].part == Part.TRANSFER_PART_EXAMINATION and "police-transfer-file-unlisted" in codes(
        found
    )


def test_one_officer_is_too_few() -> None:
    for officers in ([], LIST["执法人员"][:1], [LIST["执法人员"][0]] * 2):
        assert "police-transfer-two-officers" in codes(transfer.read(package({**LIST, "执法人员": officers})))


def test_numbers_that_cannot_be() -> None:
    listed = {**LIST, "涉案人员": [{"姓名": "张三", "证件号码": "110105194912310021", "角色": "看门的"}]}
    (one,) = transfer.read(package(listed)).body.suspects
    assert one.identifiers[1].type == codes_pb2.IDENTIFIER_TYPE_OTHER
    assert one.role == codes_pb2.SUBJECT_ROLE_UNKNOWN and one.remark == "看门的"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (package(files=[("01/移送书.pdf", b"changed"), *FILES[1:]]), "HT-ADP-242"),
        (package([1]), "HT-ADP-243"),
        (package({"材料": [1]}), "HT-ADP-243"),
        (zips.make([("移送清单.json", b"{"), *FILES]), "HT-ADP-21"),
        (zips.make([("移送清单.json", b'{"a":1,"a":2}'), *FILES]), "HT-ADP-23"),
        (zips.make([("移送清单.json", b""), *FILES]), "HT-ADP-10"),
        (zips.make([("移送清单.xlsx", b"no"), *FILES]), "HT-ADP-232"),
        (zips.make([("a.txt", b"1")]), "HT-ADP-11"),
        (package()[:300], "HT-ADP-232"),
        (b"PK\x05\x06" + bytes(18), "HT-ADP-11"),
        (package(files=[("../移送书.pdf", b"1")]), "HT-ADP-235"),
    ],
)
def test_what_is_no_package(data: bytes, code: str, convert: Convert) -> None:
    with pytest.raises(HutongError) as caught:
        transfer.read(data)
    assert caught.value.code == code
    assert [one.code for one in convert("police", data).dead_letters] == [code]


def test_a_package_waits_for_its_kind(convert: Convert) -> None:
    (letter,) = convert("police", package()).dead_letters
    assert letter.code == "HT-ADP-27"


def test_bytes_that_are_not_at_hand() -> None:
    found = transfer.read(package())
    with pytest.raises(HutongError) as caught:
        transfer_writing.write(found.body, {})
    assert caught.value.code == "HT-ADP-244"
    found.body.parts[0].name = "../x"
    with pytest.raises(HutongError) as caught:
        transfer_writing.write(found.body, contents(transfer.read(package())))
    assert caught.value.code == "HT-ADP-235"


def test_lists_have_an_end() -> None:
    row = {"名称": "x"}
    with pytest.raises(HutongError) as caught:
        transfer.read(package({**LIST, "涉案物品": [row] * 5001}))
    assert caught.value.code == "HT-ADP-245"
    assert len(transfer.read(package({**LIST, "涉案物品": [row] * 5000})).body.property) == 5000


def test_an_excel_list_of_goods_is_a_file_and_not_the_list() -> None:
    goods = transfer_writing.write(body_pb2.TransferBody(), {}, excel=True)
    with zipfile.ZipFile(io.BytesIO(goods)) as archive:
        book = archive.read("移送清单.xlsx")
    found = transfer.read(zips.make([("涉案物品清单.xlsx", book), ("移送书.pdf", b"1")]))
    assert [one.part for one in found.body.parts] == [Part.TRANSFER_PART_PROPERTY_LIST, Part.TRANSFER_PART_LETTER]
