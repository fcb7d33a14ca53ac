"""A complaint register in Excel says what its CSV says."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters import market
from adapters.draft import Conversion
from adapters.statements import of_draft
from hutong.v1 import codes_pb2
from tests.adapters.books import book, by_hand, row

Convert = Callable[[str, bytes], Conversion]
HEADER = ["投诉编号", "登记时间", "被投诉主体", "统一社会信用代码", "收款账号", "投诉内容"]


def test_the_same_register_in_both_forms(samples: Path, convert: Convert) -> None:
    text = (samples / "market" / "ccdb-v1-public.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    from_excel, from_csv = convert("market", book(rows)), convert("market", text.encode())
    assert from_excel.dead_letters == ()
    for one, other in zip(from_excel.drafts, from_csv.drafts, strict=True):
        assert (one.facts, one.common, one.source_record, one.body.lead) == (
            other.facts, other.common, other.source_record, other.body.lead,
        )  # fmt: skip
        assert one.body.native == other.body.native


def test_figures_that_are_numbers(convert: Convert) -> None:
    rows: list[list[Any]] = [HEADER, [7, "2026-03-01", "甲公司", None, 622202000000000012, "拉人头"]]
    rows.append([8, "2026-03-01", "乙公司", None, 95588000000000, "拉人头"])
    first, second = convert("market", book(rows)).drafts
    kinds = {i.value: i.type for draft in (first, second) for i in draft.body.lead.subjects[0].identifiers}
    assert kinds["622202000000000000"] == codes_pb2.IDENTIFIER_TYPE_OTHER
    assert kinds["95588000000000"] == codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT
    assert ("sheet-digits", "收款账号") in [(note.code, note.where) for note in first.notes]
    assert ("sheet-number", "收款账号") in [(note.code, note.where) for note in second.notes]


def test_places_titles_and_other_sheets(convert: Convert) -> None:
    rows: list[list[Any]] = [
        ["12315投诉举报导出表"],
        HEADER,
        ["1", "2026-03-01", "甲", "", "", "x", "多"],
        ["2", "昨天", "乙"],
    ]
    conversion = convert("market", book([["说明"], ["本表由系统导出"]], rows, [["秘密"]], hidden=[2]))
    assert conversion.drafts == ()
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [
        ("sheet 2 row 3", "HT-ADP-15"),
        ("sheet 2 row 4", "HT-ADP-20"),
    ]
    rows[2:] = [["1", "2026-03-01", "甲", "", "", "x"]]
    (draft,) = convert("market", book([["说明"]], rows, [["秘密"]], hidden=[2])).drafts
    assert [(note.code, note.where) for note in draft.notes] == [
        ("sheet-hidden", ""),
        ("sheet-skipped", "sheet 1"),
        ("adapter-preamble", "sheet 2 row 2"),
    ]


def test_whole_files(convert: Convert) -> None:
    def codes(data: bytes) -> list[str]:
        return [letter.code for letter in convert("market", data).dead_letters]

    assert codes(book([["a", "b"]])) == ["HT-ADP-11"]
    assert codes(book([HEADER])) == ["HT-ADP-18"]
    assert codes(book([HEADER])[:-100]) == ["HT-ADP-271"]
    assert codes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) == ["HT-ADP-270"]


def test_a_broken_sheet_gives_what_stands_before_the_break(convert: Convert) -> None:
    lines = row(1, *HEADER) + "".join(row(n, str(n), "2026-03-01", "甲", "", "", "x") for n in range(2, 2000))
    conversion = convert("market", by_hand(lines + '<row r="2000"><c'))
    assert len(conversion.drafts) > 1000
    assert [letter.code for letter in conversion.dead_letters] == ["HT-ADP-271"]


def test_the_ledger_reads_back(samples: Path, convert: Convert) -> None:
    drafts = convert("market", (samples / "market" / "ccdb-complaints-subset.csv").read_bytes()).drafts
    said = [of_draft(draft, 0) for draft in drafts]
    for form in ("csv", "xlsx"):
        (file,) = market.FORMS[form](said)
        again = convert("market", file.data)
        assert again.dead_letters == ()
        for old, new in zip(drafts, again.drafts, strict=True):
            assert new.facts == old.facts and new.source_record == old.source_record
            assert new.body.lead.title == old.body.lead.title
            assert new.body.lead.subjects == old.body.lead.subjects


def test_no_cell_of_a_ledger_is_a_formula(convert: Convert) -> None:
    text = '投诉编号,投诉内容,被投诉主体\n1,"=HYPERLINK(""http://a.example"")",+86\n'
    drafts = convert("market", text.encode()).drafts
    (file,) = market.gather([of_draft(draft, 0) for draft in drafts])
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"), newline="")))
    assert not any(cell[:1] in ("=", "+", "-", "@") for line in rows for cell in line)
    (again,) = convert("market", file.data).drafts
    assert again.body.lead.narrative == '=HYPERLINK("http://a.example")'
