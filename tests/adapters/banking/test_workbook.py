"""Banks' Excel files: transactions, and lists of accounts with the fields of the notice, in and out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters import banking
from adapters.draft import Conversion
from adapters.statements import of_draft
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2
from tests.adapters.books import book

Convert = Callable[[str, bytes], Conversion]
T = codes_pb2
SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "banking"
HEADER = ["账号", "交易日期", "借方金额", "贷方金额", "对方户名"]


def codes(conversion: Conversion) -> list[tuple[str, str]]:
    return [(letter.where, letter.code) for letter in conversion.dead_letters]


def test_flows_field_by_field(convert: Convert) -> None:
    conversion = convert("banking", (SAMPLES / "flows.xlsx").read_bytes())
    (draft,) = conversion.drafts
    assert codes(conversion) == [("sheet 1 row 5", "HT-ADP-20")]
    assert draft.kind == "inquiry_reply" and draft.handling == T.HANDLING_WORK_SECRET
    assert (draft.facts.accounts, draft.facts.transactions) == (2, 3)
    reply = draft.body.inquiry_reply
    assert reply.reference == "锡市监协查〔2026〕12号"
    first, second = reply.statements
    assert (first.account.other_id, first.account.owner_name) == ("6222020000000000001", "样某")
    came, went = first.entries
    assert (came.amount.value, came.amount.currency, came.debit) == ("12800.00", "CNY", False)
    assert came.booked_at == "2026-01-05T09:30:15" and came.servicer_reference == "T0001"
    assert came.transactions[0].debtor_name == "样二" and came.transactions[0].debtor_account == "6225880000000000002"
    assert came.transactions[0].remittance == "入会费"
    assert went.debit and went.transactions[0].creditor_name == "样品一号商贸有限公司"
    assert second.entries[0].booked_at == "2026-01-06" and not second.entries[0].debit
    assert ("sheet 1/2/网点", "城中支行") in [(extra.path, extra.value) for extra in draft.body.extras]


def test_flows_there_and_back(convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / "flows.xlsx").read_bytes()).drafts
    (file,) = banking.FORMS["xlsx"]([of_draft(draft, 0)])
    (again,) = convert("banking", file.data).drafts
    assert again.body.inquiry_reply == draft.body.inquiry_reply and again.facts == draft.facts


def test_an_account_statement_as_excel(convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / "camt052.v8.xml").read_bytes()).drafts
    (file,) = banking.FORMS["xlsx"]([of_draft(draft, 0)])
    (again,) = convert("banking", file.data).drafts
    old, new = draft.body.inquiry_reply.statements, again.body.inquiry_reply.statements
    assert [e.amount for s in new for e in s.entries] == [e.amount for s in old for e in s.entries]
    assert [e.debit for s in new for e in s.entries] == [e.debit for s in old for e in s.entries]


def test_excel_flows_as_camt(convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / "flows.xlsx").read_bytes()).drafts
    (file,) = banking.FORMS["camt"]([of_draft(draft, 0)])
    (again,) = convert("banking", file.data).drafts
    assert [s.entries for s in again.body.inquiry_reply.statements] == [
        s.entries for s in draft.body.inquiry_reply.statements
    ]


def test_the_notice_and_the_accounts(convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / "account-query.xlsx").read_bytes()).drafts
    assert draft.kind == "inquiry" and draft.facts.ask == T.ASK_TYPE_TRANSACTIONS
    assert {(s.role, s.count) for s in draft.facts.subjects} == {
        (T.SUBJECT_ROLE_ORGANISER, 1),
        (T.SUBJECT_ROLE_OPERATOR, 1),
    }
    inquiry = draft.body.inquiry
    assert (inquiry.period_from, inquiry.period_to, inquiry.due_on) == ("2025-01-01", "2026-02-28", "2026-03-20")
    assert inquiry.accounts[0].account.other_id == "6222020000000000001"
    assert inquiry.subjects[0].organisation
    assert inquiry.subjects[0].identifiers[1].type == T.IDENTIFIER_TYPE_USCC
    notice = inquiry.notice
    assert notice.number == "锡市监协查〔2026〕12号" and notice.approved_by == "样局长"
    assert [(o.name, o.certificate) for o in notice.officers] == [("样甲", "32020001"), ("样乙", "32020002")]
    assert "adapter-approval-needed" in {note.code for note in draft.notes}
    (file,) = banking.FORMS["xlsx"]([of_draft(draft, 0)])
    (again,) = convert("banking", file.data).drafts
    assert again.body.inquiry == inquiry and again.facts == draft.facts
    assert len(banking.render(of_draft(draft, 0))) == 2  # an auth.001 for each


def test_columns_for_each_direction_and_signs(convert: Convert) -> None:
    rows: list[list[Any]] = [
        HEADER,
        ["6222", "2026年1月5日", "1,000.5", None, "甲"],
        ["6222", "20260106", None, 20, "乙"],
        ["6222", "2026-01-07", 0, 7, "丙"],
    ]
    (draft,) = convert("banking", book(rows)).drafts
    entries = draft.body.inquiry_reply.statements[0].entries
    assert [(e.amount.value, e.debit, e.booked_at) for e in entries] == [
        ("1000.5", True, "2026-01-05"),
        ("20", False, "2026-01-06"),
        ("7", False, "2026-01-07"),
    ]
    rows = [["账号", "交易日期", "金额"], ["6222", "2026-01-05", "-5"], ["6222", "2026-01-05", "5"]]
    (draft,) = convert("banking", book(rows)).drafts
    assert [e.debit for e in draft.body.inquiry_reply.statements[0].entries] == [True, False]
    assert "adapter-direction-missing" in {note.code for note in draft.notes}


def test_bad_rows_do_not_stop_the_rest(convert: Convert) -> None:
    rows: list[list[Any]] = [
        HEADER,
        [None, "2026-01-05", "1", None, None],
        ["6222", None, "1", None, None],
        ["6222", "2026-01-05", "很多", None, None],
        ["6222", "2026-01-05", None, None, "x"],
        ["6222", "2026-01-05", "1", None, "x", "多"],
        ["6222", "2026-01-05", "1", None, "x"],
    ]
    conversion = convert("banking", book(rows))
    assert len(conversion.drafts) == 1
    assert codes(conversion) == [
        ("sheet 1 row 2", "HT-ADP-282"),
        ("sheet 1 row 3", "HT-ADP-282"),
        ("sheet 1 row 4", "HT-ADP-283"),
        ("sheet 1 row 5", "HT-ADP-282"),
        ("sheet 1 row 6", "HT-ADP-15"),
    ]


def test_account_numbers_that_excel_has_spoilt_are_noted(convert: Convert) -> None:
    rows: list[list[Any]] = [HEADER, [6222020000000000123, "2026-01-05", "1", None, "x"]]
    (draft,) = convert("banking", book(rows)).drafts
    assert ("sheet-digits", "账号") in [(note.code, note.where) for note in draft.notes]


def test_whole_files(convert: Convert) -> None:
    assert codes(convert("banking", book([["a", "b"]]))) == [("/", "HT-ADP-11")]
    assert codes(convert("banking", book([HEADER])[:-100])) == [("/", "HT-ADP-271")]
    assert codes(convert("banking", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)) == [("/", "HT-ADP-270")]


def test_what_is_no_table(opened: Callable[..., Any]) -> None:
    with pytest.raises(HutongError) as caught:
        banking.FORMS["xlsx"]([opened("supplement", kinds_pb2.Supplement(), body_pb2.Body())])
    assert caught.value.code == "HT-ADP-30"
