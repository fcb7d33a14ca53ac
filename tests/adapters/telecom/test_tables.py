"""Call records, subscribers and filings in any layout → replies, and out again as they came in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import telecom
from adapters.cells import neutral, plain
from adapters.draft import MAX_BODY_BYTES, Conversion, Draft
from adapters.telecom.tables import layouts, values
from hutong.v1 import body_pb2, codes_pb2, header_pb2
from tests.adapters.conftest import NOW, Opened

HEADER = "主叫号码,被叫号码,开始时间,通话时长(秒)"


def read(data: str | bytes) -> Conversion:
    return telecom.convert(data.encode() if isinstance(data, str) else data, now=NOW)


def one(data: str | bytes) -> Draft:
    conversion = read(data)
    assert not conversion.dead_letters, conversion.dead_letters
    (draft,) = conversion.drafts
    return draft


def written(draft: Draft) -> bytes:
    header = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000)
    header.sender.agency = "jiangsu-telecom"
    header.inquiry_reply.CopyFrom(draft.facts)
    (file,) = telecom.render(Opened(header, draft.body))
    assert file.name.endswith(".csv")
    return file.data


LAYOUTS = {
    "zh": "主叫号码,被叫号码,开始时间,通话时长(秒),呼叫类型,小区\n"
    "13812345678,13987654321,2026-01-02 10:00:00,63,主叫,1a2b\n",
    "own and peer": "本机号码,对方号码,呼叫类型,通话日期,通话时间,时长\r\n"
    "13812345678,13987654321,被叫,2026-01-02,10:00:00,1分3秒\r\n",
    "tabs": "calling_number\tcalled_number\tstart_time\tend_time\tduration\n"
    "8613812345678\t1002\t2026-01-02T10:00:00+08:00\t\t63\n",
    "semicolons": "A_Number;B_Number;Call Date;Call Duration\n+442079460223;112;02.01.2026 10:00:00;63\n",
    "pipes": "src|dst|calldate|billsec|disposition\n1001|1002|20260102100000|63|ANSWERED\n",
    "full-width": "主叫号码，被叫号码，开始时间，时长\n13812345678，13987654321，2026年1月2日 10时00分，63\n",
    "preamble": "某公司话单\n打印时间：2026-02-01\n主叫号码,被叫号码,开始时间,时长\n"
    "13812345678,13987654321,2026-01-02 10:00:00,63\n",
    "quoted": '"src","dst","start","duration","备注"\n"1001","1002","2026-01-02 10:00:00","63","a, ""b""\nc"\n',
    "freeswitch": '"Li","1001","1002","default","2026-01-02 10:00:00","","2026-01-02 10:01:03","63","60",'
    '"NORMAL","u-1","","","PCMU","PCMU"\n',
    "asterisk": '"","1001","1002","in","""Li"" <1001>","SIP/1","SIP/2","Dial","SIP/2","2026-01-02 10:00:00","",'
    '"2026-01-02 10:01:03","63","60","ANSWERED","DOCUMENTATION","173.5",""\n',
    "no header": "13812345678,13987654321,2026-01-02 10:00:00,63\n13812345678,13900000000,2026-01-03 10:00:00,5\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_come_back_to_the_byte(name: str) -> None:
    draft = one(LAYOUTS[name])
    call = draft.body.inquiry_reply.calls[0]
    assert draft.kind == "inquiry_reply" and draft.facts.extent == codes_pb2.REPLY_EXTENT_FULL
    assert call.caller and call.callee and call.started_at
    assert "63" in (call.duration, call.billed) or call.duration == "1分3秒"
    assert written(draft).decode() == LAYOUTS[name].replace("+4420", "'+4420")
    assert ("telecom-guessed" in {note.code for note in draft.notes}) == (name == "no header")


def test_the_sample_comes_back_to_the_byte(samples: Path) -> None:
    data = (samples / "telecom" / "import_cdr.txt").read_bytes()
    draft = one(data)
    assert [call.caller_name for call in draft.body.inquiry_reply.calls][:2] == ["John Bench", "Hector Fania"]
    assert all(call.direction == body_pb2.CALL_DIRECTION_IN for call in draft.body.inquiry_reply.calls)
    assert written(draft) == data


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_come_back(encoding: str) -> None:
    data = LAYOUTS["zh"].encode(encoding)
    assert written(one(data)) == data


def test_who_called_whom_follows_the_direction() -> None:
    for word, caller in (
        ("主叫", "13812345678"),
        ("被叫", "13987654321"),
        ("outgoing", "13812345678"),
        ("MT", "13987654321"),
    ):
        draft = one(f"本机号码,对方号码,呼叫类型,开始时间\n13812345678,13987654321,{word},2026-01-02 10:00:00\n")
        assert draft.body.inquiry_reply.calls[0].caller == caller
        assert draft.body.inquiry_reply.calls[0].others == [word]


def test_unknown_columns_are_kept_and_reported() -> None:
    draft = one(f"{HEADER},归属地,XYZ\n13812345678,1002,2026-01-02 10:00:00,63,无锡,7\n")
    assert draft.body.inquiry_reply.calls[0].others == ["无锡", "7"]
    assert {note.where for note in draft.notes if note.code == "adapter-unknown-column"} == {"归属地", "XYZ"}


def test_a_bad_row_costs_itself_alone() -> None:
    text = (
        f"{HEADER}\n13812345678,1,2026-02-30 10:00:00,1\n13812345678,2,2026-02-28 25:61:00,1\n,,2026-02-28 10:00:00,1\n"
        '13812345678,3,2026-02-28 10:00:00\n"13812345678,4,2026-02-28 10:00:00,1\n13812345678,5,2026-02-28 10:00:00,1\n'
        "13812345678,6,2026-02-28 10:00:00,\x001\n13812345678,7,2026-02-28 10:00:00,1\n13812345678,8,2026-"
    )
    conversion = read(text)
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [
        ("line 2", "HT-ADP-208"),
        ("line 3", "HT-ADP-208"),
        ("line 4", "HT-ADP-209"),
        ("line 5", "HT-ADP-15"),
        ("line 6", "HT-ADP-16"),
        ("line 8", "HT-ADP-14"),
        ("line 10", "HT-ADP-15"),
    ]
    (draft,) = conversion.drafts
    assert [call.callee for call in draft.body.inquiry_reply.calls] == ["5", "7"]


def test_a_row_in_another_encoding() -> None:
    good = f"{HEADER},姓名\n".encode() + "13812345678,1,2026-02-28 10:00:00,1,张\n".encode()
    conversion = read(good + b"13812345678,2,2026-02-28 10:00:00,1,\xff\xff\n" + good.splitlines()[1] + b"\n")
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [("line 3", "HT-ADP-13")]
    assert len(conversion.drafts[0].body.inquiry_reply.calls) == 2


def test_a_header_alone_is_a_dead_letter() -> None:
    assert [letter.code for letter in read(HEADER + "\n").dead_letters] == ["HT-ADP-18"]


def test_duplicates_are_kept_and_counted() -> None:
    row = "13812345678,1,2026-02-28 10:00:00,1\n"
    draft = one(f"{HEADER}\n{row}{row}{row}")
    assert len(draft.body.inquiry_reply.calls) == 3
    assert "2" in next(note.text for note in draft.notes if note.code == "telecom-duplicates")


def test_each_inquiry_gets_its_own_rows() -> None:
    text = (
        f"协查编号,{HEADER}\nA-1,13812345678,1,2026-02-28 10:00:00,1\n"
        "B-2,13900000000,2,2026-02-28 10:00:00,1\nA-1,13812345678,3,2026-02-28 10:00:00,1\n"
    )
    first, second = read(text).drafts
    assert [(d.body.inquiry_reply.reference, len(d.body.inquiry_reply.calls)) for d in (first, second)] == [
        ("A-1", 2),
        ("B-2", 1),
    ]
    # What somebody else has asked about does not travel along.
    assert b"B-2" not in first.body.SerializeToString() and not first.body.native and not second.body.native
    assert first.source_record != second.source_record
    assert written(second).decode().splitlines()[1] == "B-2,13900000000,2,2026-02-28 10:00:00,1"


def test_many_rows_go_in_parts_that_fit() -> None:
    count = 120_000
    text = HEADER + "\n" + "".join(f"13812345678,{n:011d},2026-02-28 10:00:00,{n}\n" for n in range(count))
    conversion = read(text)
    assert len(conversion.drafts) > 1 and not conversion.dead_letters
    assert all(draft.body.ByteSize() <= MAX_BODY_BYTES for draft in conversion.drafts)
    extents = [draft.facts.extent for draft in conversion.drafts]
    assert extents == [codes_pb2.REPLY_EXTENT_PARTIAL] * (len(extents) - 1) + [codes_pb2.REPLY_EXTENT_FULL]
    calls = [call.duration for draft in conversion.drafts for call in draft.body.inquiry_reply.calls]
    assert calls == [str(n) for n in range(count)]
    assert len({draft.source_record for draft in conversion.drafts}) == len(extents)


def test_spreadsheets_get_no_formula_and_it_is_undone() -> None:
    text = f"{HEADER},备注\n+8613812345678,1,2026-02-28 10:00:00,1,=1+1\n13812345678,@x,2026-02-28 10:00:00,1,'=2\n"
    draft = one(text)
    data = written(draft)
    cells = [cell for row in csv.reader(io.StringIO(data.decode())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    again = one(data)
    assert again.body.inquiry_reply == draft.body.inquiry_reply
    assert draft.body.inquiry_reply.calls[0].caller == "+8613812345678"


def test_quotes_left_open_do_not_take_for_ever() -> None:
    line = '"13812345678,1,2026-02-28 10:00:00,1\n'
    conversion = read(HEADER + "\n" + line * 5_001)
    assert conversion.dead_letters and len(conversion.dead_letters) <= 5_001
    assert not conversion.drafts


def test_filings_and_their_numbers() -> None:
    text = (
        "备案号,域名,主办单位,单位性质,统一社会信用代码,审核通过日期,公安备案号,备注\n"
        "京ICP备12345678号-1,a.cn;b.cn,某公司,企业,91350100M000100Y43,2020-01-01,京公网安备11010502030143号,x\n"
        "备案 无,c.cn,某人,个人,91350100M000100Y44,,,\n"
        ",d.cn,,,,,,未备案\n"
        ",,某公司,,,,,\n"
    )
    conversion = read(text)
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [("line 5", "HT-ADP-209")]
    (draft,) = conversion.drafts
    first, second, third = draft.body.inquiry_reply.filings
    assert list(first.domains) == ["a.cn", "b.cn"] and first.holder == "某公司"
    assert first.identifiers[0] == body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_USCC, value="91350100M000100Y43")
    assert second.identifiers[0].type == codes_pb2.IDENTIFIER_TYPE_OTHER
    assert {note.where for note in draft.notes if note.code == "adapter-identifier-check"} == {
        "备案号",
        "统一社会信用代码",
    }
    assert third.domains == ["d.cn"] and draft.facts.answered == 3
    assert written(draft).decode() == text.replace(",,某公司,,,,,\n", "")


def test_subscribers() -> None:
    text = (
        "号码,机主姓名,证件类型,证件号码,登记地址,入网时间,运营商\n"
        "13812345678,李某,身份证,11010519491231002X,无锡市,2020-01-01,移动\n"
        "13900000000,王某,护照,E12345678,,,\n"
        ",无名,,,,,\n"
    )
    conversion = read(text)
    assert [letter.code for letter in conversion.dead_letters] == ["HT-ADP-209"]
    first, second = conversion.drafts[0].body.inquiry_reply.subscribers
    assert first.name == "李某" and [one.type for one in first.identifiers] == [
        codes_pb2.IDENTIFIER_TYPE_PHONE,
        codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID,
    ]
    assert second.identifiers[1] == body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_OTHER, value="E12345678")
    assert written(conversion.drafts[0]).decode() == text.replace(",无名,,,,,\n", "")


def test_a_layout_from_another_party_is_judged() -> None:
    good = layouts.default("cdr")
    assert layouts.Layout.from_json("cdr", good.to_json()) == good
    for wrong in (
        "",
        "[]",
        "{}",
        good.to_json().replace('"delimiter":","', '"delimiter":"ab"'),
        good.to_json().replace('"utf-8-sig"', '"rot13"'),
        good.to_json().replace('"caller"', '"password"'),
        good.to_json().replace('"preamble":[]', '"preamble":["a\\nb"]'),
        "[" * 10_000,
    ):
        assert layouts.Layout.from_json("cdr", wrong) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-28 10:00:00",
        "2026/2/8 9:05",
        "2026-02-28T10:00:00.123+08:00",
        "20260228100000",
        "20260228",
        "1770000000",
        "1770000000000",
        "28.02.2026 10:00",
        "10:00:00",
        "2026年2月28日10时00分05秒",
        "2024-02-29",
    ],
)
def test_times(text: str) -> None:
    assert values.is_time(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "20260230100000", "soon", "13812345678", "2026-02-28 99:00", ""]
)
def test_no_times(text: str) -> None:
    assert not values.is_time(text)


cells = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), cells, cells), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
)
def test_any_cells_come_back(listed: list[tuple[str, str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(["主叫号码", "被叫号码", "开始时间", "备注", "说明"])
    writer.writerows([number, "10086", "2026-02-28 10:00:00", neutral(a), neutral(b)] for number, a, b in listed)
    draft = one(out.getvalue())
    assert [tuple(call.others) for call in draft.body.inquiry_reply.calls] == [(a, b) for _, a, b in listed]
    again = one(written(draft))
    assert again.body.inquiry_reply == draft.body.inquiry_reply


@given(cells)
def test_guarding_is_undone(text: str) -> None:
    assert plain(neutral(text)) == text
    assert neutral(text)[:1] not in tuple("=+-@\t\r")
