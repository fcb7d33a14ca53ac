"""Complaint files of many shapes become leads; bad records become dead letters with their line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.draft import Conversion, Draft
from adapters.market import columns
from hutong.v1 import codes_pb2

Convert = Callable[[str, bytes], Conversion]

CHINESE = """编号,登记时间,被投诉主体,信用代码,涉案金额（万元）,人数,投诉内容,区划代码,保密,业务类型,紧急程度,新列
SC2026-1,2026年3月1日,无锡某某商贸有限公司,91110108MA01ABCD0B,3.5,约130人,"拉人头,
发展下线",320200,是,举报,加急,新值
"""


@pytest.fixture
def one(convert: Convert) -> Callable[[Any], Draft]:
    def run(source: Any) -> Draft:
        data = source.encode() if isinstance(source, str) else json.dumps(source).encode()
        conversion = convert("market", data)
        assert not conversion.dead_letters, conversion.dead_letters
        (draft,) = conversion.drafts
        return draft

    return run


def codes(conversion: Conversion) -> list[tuple[str, str]]:
    return [(letter.where, letter.code) for letter in conversion.dead_letters]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_register_in_chinese(encoding: str, convert: Convert) -> None:
    (draft,) = convert("market", CHINESE.encode(encoding)).drafts
    facts, lead = draft.facts, draft.body.lead
    assert draft.kind == "lead" and draft.source_record == draft.body.source_record == "SC2026-1"
    assert draft.urgency == codes_pb2.URGENCY_URGENT
    assert facts.source == codes_pb2.LEAD_SOURCE_REPORT and facts.informant_confidential
    assert facts.received_on == "2026-03-01"
    assert facts.participants == codes_pb2.PARTICIPANT_BAND_120_OR_MORE
    assert facts.amount == codes_pb2.AMOUNT_BAND_UNDER_100K
    assert list(draft.common.occurrence_regions) == ["320200"]
    assert (lead.amounts[0].value, lead.amounts[0].currency) == ("35000", "CNY")
    assert lead.narrative == "拉人头,\n发展下线"
    assert [(note.code, note.where) for note in draft.notes if note.code == "adapter-unknown-column"] == [
        ("adapter-unknown-column", "新列")
    ]
    assert ("新列", "新值") in [(extra.path, extra.value) for extra in draft.body.extras]


def test_company_codes_are_checked(one: Callable[[Any], Draft]) -> None:
    good = one({"被投诉主体": "甲", "统一社会信用代码": "91350100M000100Y43", "投诉内容": "x"})
    bad = one({"被投诉主体": "甲", "统一社会信用代码": "91350100M000100Y44", "投诉内容": "x"})
    counts = {count.type: count.count for count in good.facts.identifiers}
    assert counts == {codes_pb2.IDENTIFIER_TYPE_COMPANY: 1, codes_pb2.IDENTIFIER_TYPE_USCC: 1}
    assert codes_pb2.IDENTIFIER_TYPE_USCC not in {count.type for count in bad.facts.identifiers}
    assert "adapter-identifier-check" in {note.code for note in bad.notes}
    assert bad.body.lead.subjects[0].identifiers[1].value == "91350100M000100Y44"


def test_no_field_of_the_record_is_lost(one: Callable[[Any], Draft]) -> None:
    record = {alias: f"值{n}" for n, aliases in enumerate(columns.table()["fields"].values()) for alias in aliases[:2]}
    record |= {"登记时间": "2026-03-01", "登记日期": "2026-03-02", "区划代码": "000000", "无名列": "值X"}
    said = str(one(record).to_dict("zh"))
    assert [value for value in record.values() if value not in said] == []


def test_header_facts_hold_none_of_the_text(one: Callable[[Any], Draft]) -> None:
    draft = one(CHINESE)
    told = draft.facts.SerializeToString() + draft.common.SerializeToString()
    for word in ("无锡", "91110108MA01ABCD0B", "SC2026", "拉人头", "35000", "130"):
        assert word.encode() not in told


def test_bad_records_do_not_stop_the_rest(convert: Convert) -> None:
    text = (
        "Date received,Complaint ID,Company,Issue,Amount\n"
        '9/24/19,1,A,"two\nlines",\n'
        "2019-02-31,2,A,x,\n"
        "9/25/19,3,A\n"
        "9/26/19,4,,,5\n"
        "9/27/19,5,B,y,many\n"
    )
    conversion = convert("market", text.encode())
    assert codes(conversion) == [("line 4", "HT-ADP-20"), ("line 5", "HT-ADP-15"), ("line 6", "HT-ADP-19")]
    assert [draft.source_record for draft in conversion.drafts] == ["1", "5"]
    assert "adapter-amount-unread" in {note.code for note in conversion.drafts[1].notes}


def test_dead_letters_hold_nothing_of_the_record(convert: Convert) -> None:
    text = "登记时间,投诉内容,投诉人\n张三的日子,李四被骗,王五13800138000\n2026-01-01,只有两列\n"
    for letter in convert("market", text.encode()).dead_letters:
        assert not {"张三", "李四", "王五", "138"} & {letter.reason[i : i + n] for i in range(300) for n in (2, 3)}


@pytest.mark.parametrize(
    "shape",
    [
        lambda record: [record],
        lambda record: {"hits": {"total": 1, "hits": [{"_id": "1", "_source": record}]}},
        lambda record: {"hits": [record]},
        lambda record: {"code": 0, "data": {"total": 1, "list": [record]}},
        lambda record: record,
    ],
)
def test_shapes_of_json(shape: Callable[[Any], Any], one: Callable[[Any], Draft]) -> None:
    draft = one(shape({"complaint_id": 7, "date_received": "2024-11-05T12:00:00-05:00", "company": "A", "issue": "x"}))
    assert (draft.source_record, draft.facts.received_on) == ("7", "2024-11-05")


def test_ndjson(convert: Convert) -> None:
    lines = [
        '{"complaint_id":1,"company":"A","issue":"x"}',
        "",
        '{"complaint_id":2',
        '{"company":"A","company":"B","issue":"x"}',
        "[" * 500,
        '{"complaint_id":5,"company":"A","date_received":NaN}',
        '{"complaint_id":6,"company":"A"}',
    ]
    conversion = convert("market", "\n".join(lines).encode())
    assert [draft.source_record for draft in conversion.drafts] == ["1", "6"]
    assert codes(conversion) == [
        ("line 3", "HT-ADP-21"), ("line 4", "HT-ADP-23"), ("line 5", "HT-ADP-22"), ("line 6", "HT-ADP-24"),
    ]  # fmt: skip


def test_a_list_that_breaks_off(convert: Convert) -> None:
    conversion = convert("market", b'[{"complaint_id":1,"company":"A"},\n{"complaint_id":2,"comp')
    assert [draft.source_record for draft in conversion.drafts] == ["1"]
    assert codes(conversion) == [("line 2", "HT-ADP-21")]


def test_strange_things_in_a_list(convert: Convert) -> None:
    conversion = convert("market", b'[{"complaint_id":1,"company":"A"}, 5, null, {"complaint_id":4}]')
    assert len(conversion.drafts) == 1
    assert codes(conversion) == [("record 2", "HT-ADP-25"), ("record 3", "HT-ADP-25"), ("record 4", "HT-ADP-19")]


@pytest.mark.parametrize(
    ("data", "where", "code"),
    [
        (b"", "line 1", "HT-ADP-10"),
        (b"\xef\xbb\xbf", "line 1", "HT-ADP-10"),
        (b"[]", "record 1", "HT-ADP-18"),
        (b'{"hits": []}', "record 1", "HT-ADP-18"),
        ("投诉编号,投诉内容".encode(), "line 1", "HT-ADP-18"),
        (b"code,name\n1,2\n", "line 1", "HT-ADP-11"),
        (b'{"type": "bundle", "objects": []}', "line 1", "HT-ADP-11"),
        (b'{"a": ', "line 1", "HT-ADP-21"),
        (b"[" * 10_000, "line 1", "HT-ADP-22"),
        (b"\xff\xfe\xfd", "line 1", "HT-ADP-13"),
        ("\n投诉编号,投诉内容,".encode() + b"\xff\n1,2,3\n", "line 2", "HT-ADP-13"),
        (b"\x80\xff\x80\n\x80", "line 1", "HT-ADP-13"),
    ],
)
def test_whole_files(data: bytes, where: str, code: str, convert: Convert) -> None:
    conversion = convert("market", data)
    assert not conversion.drafts and codes(conversion) == [(where, code)]


def test_records_without_number_keep_their_names(convert: Convert) -> None:
    text = "date_received,issue\n" + "2026-01-01,x\n" * 2 + "2026-01-01,y\n"
    first, again = (convert("market", text.encode()) for _ in range(2))
    names = [draft.source_record for draft in first.drafts]
    assert len(set(names)) == 3 and names == [draft.source_record for draft in again.drafts]


def test_titles_above_the_header_are_noted(convert: Convert) -> None:
    (draft,) = convert("market", "12315投诉举报导出表\n\n投诉编号,投诉内容\n1,甲\n".encode()).drafts
    assert [(note.code, note.where) for note in draft.notes] == [
        ("adapter-preamble", "line 3"),
        ("adapter-no-date", ""),
    ]


def test_header_names_may_drift(convert: Convert) -> None:
    for header in (
        "Complaint ID,Date received,Company",
        "complaint_id,date_received,company",
        "COMPLAINT-ID, date  received ,Company(公司)",
    ):
        (draft,) = convert("market", f"{header}\n1,2026-01-01,A\n".encode()).drafts
        assert draft.source_record == "1" and draft.facts.received_on == "2026-01-01"


def test_too_large_for_a_message(convert: Convert) -> None:
    record = {"complaint_id": "1", "company": "A", "narrative": "x" * (5 * 1024 * 1024)}
    assert codes(convert("market", json.dumps(record).encode())) == [("record 1", "HT-ADP-26")]


def test_no_alias_stands_twice() -> None:
    table = columns.table()
    keys = [columns._key(alias) for aliases in [*table["fields"].values(), table["kept"]["names"]] for alias in aliases]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_both_forms_of_one_register_say_the_same(samples: Path, convert: Convert) -> None:
    public, intake = (
        convert("market", (samples / "market" / f"ccdb-v1-{form}.csv").read_bytes()).drafts
        for form in ("public", "intake")
    )
    assert [(d.source_record, d.facts, d.body.lead) for d in public] == [
        (d.source_record, d.facts, d.body.lead) for d in intake
    ]
    assert [[e.value for e in d.body.extras] for d in public] == [[e.value for e in d.body.extras] for d in intake]
