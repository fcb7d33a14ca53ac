"""Answers as banks write them: camt and auth.002 out, judged by xmlschema; every message comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters import banking
from adapters.draft import Conversion, Draft
from adapters.statements import Statement, of_draft
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]
Make = Callable[[str, int, bool], bytes]
Opened = Callable[..., Any]

SCHEMAS = Path(__file__).parents[3] / "adapters" / "banking" / "schemas"
SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "banking"
GOOD = sorted(file.name for file in SAMPLES.glob("*.xml") if "wrong" not in file.name and "auth.001" not in file.name)
JUDGES = {
    name: xmlschema.XMLSchema(SCHEMAS / f"{name}.xsd")
    for name in ("camt.052.001.08", "camt.053.001.08", "auth.002.001.01", "auth.003.001.01")
}
MESSAGES = sorted(file.stem for file in SCHEMAS.glob("*.xsd"))


def judged(data: bytes) -> str:
    """The message's name, after its schema has accepted it."""
    name = str(etree.QName(etree.fromstring(data)).namespace).rpartition(":")[2]
    JUDGES[name].validate(data)
    return name


def without_native(draft: Draft) -> Statement:
    statement = of_draft(draft, 1_770_000_000_000)
    body = body_pb2.Body()
    body.CopyFrom(statement.body)
    body.ClearField("native")
    return Statement(statement.header, body)


def canonical(data: bytes) -> bytes:
    return etree.tostring(
        etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True)), method="c14n2", strip_text=True
    )


@pytest.mark.parametrize("file", GOOD)
def test_every_sample_comes_back(file: str, convert: Convert) -> None:
    data = (SAMPLES / file).read_bytes()
    (draft,) = convert("banking", data).drafts
    (native,) = banking.render(of_draft(draft, 0))
    assert canonical(native.data) == canonical(data)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_comes_back_element_by_element(name: str, make_instance: Make, convert: Convert) -> None:
    for turn in range(2):
        data = make_instance(name, turn, True)
        (draft,) = convert("banking", data).drafts
        native, *rest = banking.render(of_draft(draft, 0))
        if draft.body.native:
            assert not rest and canonical(native.data) == canonical(data)
        else:  # it was too large to travel along: what camt has no field for stands beside it
            judged(native.data)
            said = json.loads(rest[0].data)["body"]["extras"]
            assert [(one["path"], one["value"]) for one in said] == [(e.path, e.value) for e in draft.body.extras]


@pytest.mark.parametrize("name", [name for name in MESSAGES if name.startswith("camt")])
def test_without_the_native_message_the_fields_say_it_again(name: str, make_instance: Make, convert: Convert) -> None:
    (draft,) = convert("banking", make_instance(name, 0, True)).drafts
    said = without_native(draft)
    # The version before 2008's last knows codes for these that are longer than today's.
    (written, rest) = banking.render(said)
    assert judged(written.data) in ("camt.052.001.08", "camt.053.001.08", "auth.002.001.01")
    assert rest.media_type == "application/json"
    (again,) = convert("banking", written.data).drafts
    for old, new in zip(draft.body.inquiry_reply.statements, again.body.inquiry_reply.statements, strict=True):
        assert new.account == old.account and new.balances == old.balances
        assert new.entries == old.entries and new.statement_id == old.statement_id


@pytest.mark.parametrize("file", [name for name in GOOD if "camt" in name])
def test_samples_without_their_native_message(file: str, convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / file).read_bytes()).drafts
    written, *_ = banking.FORMS["camt"]([without_native(draft)])
    judged(written.data)
    (again,) = convert("banking", written.data).drafts
    old, new = draft.body.inquiry_reply, again.body.inquiry_reply
    assert [one.entries for one in new.statements] == [one.entries for one in old.statements]
    assert [one.account for one in new.statements] == [one.account for one in old.statements]
    assert (new.reference, new.remark) == (old.reference, old.remark)
    assert again.facts == draft.facts


def test_a_native_message_that_says_something_else_is_not_handed_on(convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / "camt053.v3.xml").read_bytes()).drafts
    said = without_native(draft)
    said.body.native = draft.body.native.replace(b"8.85", b"885.00")
    written, _ = banking.render(said)
    assert b"8.85" in written.data and b"885.00" not in written.data
    said.body.native = draft.body.native[:-20]
    assert banking.render(said)[0].data == written.data


def test_what_stood_around_the_message_is_not_lost(convert: Convert) -> None:
    inner = (SAMPLES / "camt053.v3.xml").read_bytes().split(b"?>", 1)[1]
    (draft,) = convert("banking", b"<BizMsg><Hdr><From>BANK A</From></Hdr>" + inner + b"</BizMsg>").drafts
    native, rest = banking.render(of_draft(draft, 0))
    assert canonical(native.data) == canonical(inner) and "BANK A" in rest.data.decode()


def reply(**changes: Any) -> body_pb2.InquiryReplyBody:
    entry = body_pb2.FlowStatement.Entry(
        amount=body_pb2.Money(value="100.50", currency="CNY"),
        debit=True,
        status="BOOK",
        booked_at="2026-01-05",
        transactions=[body_pb2.FlowStatement.Transaction(creditor_name="李四", creditor_account="6222020000000000000")],
    )
    statement = body_pb2.FlowStatement(account=body_pb2.Account(other_id="6225880000000000"), entries=[entry])
    return body_pb2.InquiryReplyBody(**({"reference": "锡市监协查12号", "statements": [statement]} | changes))


def written(opened: Opened, said: body_pb2.InquiryReplyBody, extent: int = codes_pb2.REPLY_EXTENT_FULL) -> list[Any]:
    return banking.render(
        opened("inquiry_reply", kinds_pb2.InquiryReply(extent=extent), body_pb2.Body(inquiry_reply=said))
    )


@pytest.mark.parametrize(
    ("extent", "status"), [(codes_pb2.REPLY_EXTENT_FULL, "COMP"), (codes_pb2.REPLY_EXTENT_PARTIAL, "PART")]
)
def test_an_answer_is_an_auth_002_with_its_report_inside(
    extent: int, status: str, opened: Opened, convert: Convert
) -> None:
    (file,) = written(opened, reply(remark="无其他账户"), extent)
    assert judged(file.data) == "auth.002.001.01"
    said = JUDGES["auth.002.001.01"].to_dict(file.data, validation="lax")[0]["InfReqRspn"]
    assert (said["InvstgtnId"], said["RspnSts"]) == ("锡市监协查12号", status)
    assert said["SchCrit"]["Acct"]["Id"]["Id"] == {"Othr": {"Id": "6225880000000000"}}
    (draft,) = convert("banking", file.data).drafts
    again = draft.body.inquiry_reply
    assert draft.facts.extent == extent and (again.reference, again.remark) == ("锡市监协查12号", "无其他账户")
    assert again.statements[0].entries == reply().statements[0].entries


@pytest.mark.parametrize(
    "changes", [{"reference": ""}, {"reference": "x" * 36}, {"statements": [*reply().statements] * 2}]
)
def test_other_answers_are_reports(changes: dict[str, Any], opened: Opened) -> None:
    said = reply(**changes)
    if len(said.statements) == 2:
        said.statements[1].account.other_id = "6225880000000001"
    if len(said.reference) > 35:
        with pytest.raises(HutongError) as caught:
            written(opened, said)
        assert caught.value.code == "HT-ADP-31"
        return
    (file,) = written(opened, said)
    assert judged(file.data) == "camt.052.001.08"


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("currency", "HT-ADP-32"),
        ("account", "HT-ADP-30"),
        ("amount", "HT-ADP-30"),
        ("status", "HT-ADP-30"),
        ("booked_at", "HT-ADP-33"),
    ],
)
def test_refused_and_never_guessed(field: str, code: str, opened: Opened) -> None:
    said = reply(reference="")
    statement = said.statements[0]
    if field == "account":
        statement.ClearField("account")
    elif field == "currency":
        statement.entries[0].amount.currency = "C\x1bY"
    elif field == "booked_at":
        statement.entries[0].booked_at = "2026-02-30"
    else:
        statement.entries[0].ClearField(field)  # type: ignore[arg-type]
    with pytest.raises(HutongError) as caught:
        written(opened, said)
    assert caught.value.code == code


def test_an_answer_without_accounts_comes_whole(opened: Opened) -> None:
    (file,) = written(opened, body_pb2.InquiryReplyBody(remark="无此客户"))
    assert file.media_type == "application/json"


@pytest.mark.parametrize("status", ["true", "false"])
def test_a_change_of_confidentiality(status: str, convert: Convert) -> None:
    data = f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:auth.003.001.01"><InfReqStsChngNtfctn>
    <OrgnlBizQry>锡市监协查12号</OrgnlBizQry><CnfdtltySts>{status}</CnfdtltySts></InfReqStsChngNtfctn></Document>"""
    (draft,) = convert("banking", data.encode()).drafts
    (file,) = banking.render(without_native(draft))
    assert judged(file.data) == "auth.003.001.01" and canonical(file.data) == canonical(data.encode())


TEXT = st.text(max_size=40) | st.sampled_from(["DE89370400440532013000", "张三", "BOOK", "x" * 600, "1.5", "CNY"])
MONEY = st.builds(body_pb2.Money, value=TEXT | st.just("7.00"), currency=TEXT | st.just("CNY"))
STATEMENTS = st.builds(
    body_pb2.FlowStatement,
    statement_id=TEXT,
    created_at=TEXT | st.just("2026-01-01"),
    account=st.builds(body_pb2.Account, other_id=TEXT | st.just("6225880000000000"), owner_name=TEXT),
    balances=st.lists(
        st.builds(body_pb2.FlowStatement.Balance, type=TEXT, amount=MONEY, date=st.just("2026-01-01")), max_size=1
    ),
    entries=st.lists(
        st.builds(
            body_pb2.FlowStatement.Entry,
            amount=MONEY,
            status=TEXT | st.just("BOOK"),
            transaction_code=TEXT,
            transactions=st.lists(
                st.builds(body_pb2.FlowStatement.Transaction, debtor_name=TEXT, remittance=TEXT), max_size=1
            ),
        ),
        max_size=2,
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statements=st.lists(STATEMENTS, min_size=1, max_size=2), reference=TEXT)
def test_valid_or_refused(statements: list[body_pb2.FlowStatement], reference: str, opened: Opened) -> None:
    said = body_pb2.InquiryReplyBody(reference=reference, statements=statements)
    try:
        (file,) = written(opened, said)
    except HutongError as error:
        assert error.code in ("HT-ADP-30", "HT-ADP-31", "HT-ADP-32", "HT-ADP-33")
    else:
        judged(file.data)
