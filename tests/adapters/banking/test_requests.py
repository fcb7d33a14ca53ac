"""Inquiries as auth.001, and back; answers in auth.002; changes of status in auth.003.

Output is judged by the schema, read by another implementation (xmlschema) than the one that writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import banking
from adapters.draft import Conversion
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]
Make = Callable[[str, int, bool], bytes]
Opened = Callable[..., Any]

SCHEMAS = Path(__file__).parents[3] / "adapters" / "banking" / "schemas"
AUTH_001 = xmlschema.XMLSchema(SCHEMAS / "auth.001.001.01.xsd")
TEXT = st.text(max_size=40) | st.sampled_from(
    ["6222020000000000000", "DE89370400440532013000", "张三", "DEUTDEFF", "x" * 400]
)
DAYS = st.dates().map(str) | st.sampled_from(["", "2026-02-30"])
ACCOUNTS = st.builds(
    body_pb2.AccountAsked,
    account=st.builds(
        body_pb2.Account,
        iban=TEXT,
        other_id=TEXT,
        currency=TEXT,
        owner_name=TEXT,
        servicer_bic=TEXT,
        servicer_name=TEXT,
        account_name=TEXT,
    ),
)
SUBJECTS = st.builds(
    body_pb2.Subject,
    organisation=st.booleans(),
    remark=TEXT,
    identifiers=st.lists(
        st.builds(
            body_pb2.Identifier, type=st.sampled_from(sorted(set(codes_pb2.IdentifierType.values()) - {0})), value=TEXT
        ),
        max_size=4,
    ),
)
INQUIRIES = st.builds(
    body_pb2.InquiryBody,
    reference=TEXT,
    legal_mandate=TEXT,
    accounts=st.lists(ACCOUNTS, max_size=3),
    subjects=st.lists(SUBJECTS, max_size=2),
    period_from=DAYS,
    period_to=DAYS,
    due_on=DAYS,
    confidential=st.booleans(),
)


def person(**identifiers: str) -> body_pb2.Subject:
    found = [
        body_pb2.Identifier(type=codes_pb2.IdentifierType.Value(f"IDENTIFIER_TYPE_{name}"), value=value)
        for name, value in identifiers.items()
    ]
    return body_pb2.Subject(role=codes_pb2.SUBJECT_ROLE_ORGANISER, identifiers=found)


def inquiry(**changes: Any) -> body_pb2.InquiryBody:
    given = {
        "reference": "锡市监协查〔2026〕12号",
        "legal_mandate": "《禁止传销条例》第十四条",
        "period_from": "2025-01-01",
        "period_to": "2025-12-31",
        "due_on": "2026-03-20",
        "confidential": True,
        "accounts": [
            body_pb2.AccountAsked(account=body_pb2.Account(iban="DE89370400440532013000", owner_name="甲公司"))
        ],
    }
    return body_pb2.InquiryBody(**(given | changes))


def written(
    opened: Opened, body: body_pb2.InquiryBody, ask: int = codes_pb2.ASK_TYPE_TRANSACTIONS, **header: Any
) -> list[bytes]:
    files = banking.render(opened("inquiry", kinds_pb2.Inquiry(ask=ask), body_pb2.Body(inquiry=body), **header))
    assert len({file.name for file in files}) == len(files)
    for file in files:
        AUTH_001.validate(file.data)
    return [file.data for file in files]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=INQUIRIES)
def test_valid_or_refused(body: body_pb2.InquiryBody, opened: Opened) -> None:
    try:
        files = written(opened, body)
    except HutongError as error:
        assert error.code in ("HT-ADP-30", "HT-ADP-31", "HT-ADP-32", "HT-ADP-33")
    else:
        assert files


def test_one_message_for_each_account_and_subject(opened: Opened) -> None:
    body = inquiry(
        accounts=[
            body_pb2.AccountAsked(account=body_pb2.Account(iban="DE89370400440532013000")),
            body_pb2.AccountAsked(account=body_pb2.Account(other_id="6222020000000000000", servicer_bic="ICBKCNBJ")),
        ],
        subjects=[
            person(
                PERSON_NAME="张三",
                RESIDENT_ID="11010519491231002X",
                PHONE="13800138000",
                BANK_ACCOUNT="955880000000000",
            ),
            person(BANK_ACCOUNT="955990000000000"),
        ],
    )
    found = [AUTH_001.to_dict(data)["InfReqOpng"] for data in written(opened, body)]
    assert [one["InvstgtnId"] for one in found] == [f"锡市监协查〔2026〕12号-{n}" for n in range(1, 6)]
    criteria = [one["SchCrit"] for one in found]
    assert [next(key for key in one if not key.startswith("@")) for one in criteria] == ["Acct"] * 4 + ["CstmrId"]
    assert criteria[0]["Acct"]["Id"]["Id"] == {"IBAN": "DE89370400440532013000"}
    assert [one["Acct"]["Id"]["Id"]["Othr"]["Id"] for one in criteria[1:4]] == [
        "6222020000000000000",
        "955880000000000",
        "955990000000000",
    ]
    party = criteria[4]["CstmrId"]["Pty"]
    assert party["Nm"] == "张三" and party["CtctDtls"]["MobNb"] == "+86-13800138000"
    assert party["Id"]["PrvtId"]["Othr"][0]["Id"] == "11010519491231002X"
    for one in found:
        assert one["CnfdtltySts"] is True and one["DueDt"]["DueDt"] == "2026-03-20"
        assert one["InvstgtnPrd"]["Dt"] == {"FrDt": "2025-01-01", "ToDt": "2025-12-31"}
        assert one["LglMndtBsis"] == {"Prgrph": "《禁止传销条例》第十四条"}


@pytest.mark.parametrize(
    ("reference", "accounts", "wanted"),
    [
        ("r" * 35, 1, ["r" * 35]),
        ("r" * 36, 1, ["AAAQEAYEAUDAOCAJBIFQYDIOB4"]),
        ("", 1, ["AAAQEAYEAUDAOCAJBIFQYDIOB4"]),
        ("r" * 33, 2, ["r" * 33 + "-1", "r" * 33 + "-2"]),
        ("r" * 34, 2, ["AAAQEAYEAUDAOCAJBIFQYDIOB4-1", "AAAQEAYEAUDAOCAJBIFQYDIOB4-2"]),
    ],
)
def test_references_stay_within_35_characters(reference: str, accounts: int, wanted: list[str], opened: Opened) -> None:
    body = inquiry(reference=reference, accounts=[inquiry().accounts[0]] * accounts)
    assert [AUTH_001.to_dict(data)["InfReqOpng"]["InvstgtnId"] for data in written(opened, body)] == wanted


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"accounts": []}, "HT-ADP-30"),
        ({"period_from": ""}, "HT-ADP-30"),
        ({"legal_mandate": " "}, "HT-ADP-30"),
        ({"accounts": [body_pb2.AccountAsked()]}, "HT-ADP-30"),
        ({"legal_mandate": "x" * 351}, "HT-ADP-31"),
        ({"accounts": [body_pb2.AccountAsked(account=body_pb2.Account(other_id="9" * 35))]}, "HT-ADP-31"),
        ({"legal_mandate": "a\x01b"}, "HT-ADP-32"),
        ({"period_to": "2025-02-30"}, "HT-ADP-33"),
        ({"accounts": [body_pb2.AccountAsked(account=body_pb2.Account(other_id="1", currency="元"))]}, "HT-ADP-33"),
    ],
)
def test_refused_and_never_cut(changes: dict[str, Any], code: str, opened: Opened) -> None:
    with pytest.raises(HutongError) as caught:
        written(opened, inquiry(**changes))
    assert caught.value.code == code


def test_a_long_mandate_is_whole(opened: Opened) -> None:
    words = "《禁止传销条例》第十四条第一款第（八）项及《中华人民共和国反洗钱法》有关规定，经负责人批准"
    (data,) = written(opened, inquiry(legal_mandate=words), legal_basis=["PSR-2005-14"])
    assert AUTH_001.to_dict(data)["InfReqOpng"]["LglMndtBsis"] == {"Prgrph": "PSR-2005-14", "Dsclmr": words}


@pytest.mark.parametrize("ask", [codes_pb2.ASK_TYPE_ACCOUNT, codes_pb2.ASK_TYPE_TRANSACTIONS])
def test_there_and_back(ask: int, opened: Opened, convert: Convert) -> None:
    body = inquiry(subjects=[person(COMPANY="甲公司", USCC="91350100M000100Y43", EMAIL="a@b.example")])
    first, second = (convert("banking", data).drafts[0] for data in written(opened, body, ask))
    assert first.kind == second.kind == "inquiry" and first.facts.ask == ask
    for draft in (first, second):
        again = draft.body.inquiry
        for field in ("legal_mandate", "period_from", "period_to", "due_on", "confidential"):
            assert getattr(again, field) == getattr(body, field)
        assert "adapter-approval-needed" in {note.code for note in draft.notes}
    assert first.body.inquiry.accounts[0].account == body.accounts[0].account
    assert list(second.body.inquiry.subjects[0].identifiers) == list(body.subjects[0].identifiers)


def test_inquiries_that_are_none_of_a_banks_come_whole(opened: Opened) -> None:
    (file,) = banking.render(
        opened("inquiry", kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY), body_pb2.Body(inquiry=inquiry()))
    )
    assert file.media_type == "application/json"


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("name", ["auth.001.001.01", "auth.002.001.01", "auth.003.001.01"])
def test_valid_messages_become_drafts(name: str, turn: int, make_instance: Make, convert: Convert) -> None:
    for optional in (True, False):
        conversion = convert("banking", make_instance(name, turn, optional))
        assert conversion.dead_letters == ()
        kinds = {"auth.001": "inquiry", "auth.002": "inquiry_reply", "auth.003": "supplement"}
        assert [draft.kind for draft in conversion.drafts] == [kinds[name[:8]]]


@pytest.mark.parametrize(
    ("status", "extent"),
    [
        ("COMP", codes_pb2.REPLY_EXTENT_FULL),
        ("PART", codes_pb2.REPLY_EXTENT_PARTIAL),
        ("NRES", codes_pb2.REPLY_EXTENT_NONE),
    ],
)
def test_an_answer_with_a_statement_inside(
    status: str, extent: int, samples: Path, make_instance: Make, convert: Convert
) -> None:
    statement = (samples / "banking" / "camt053.v3.xml").read_bytes().split(b"?>", 1)[1]
    response = make_instance("auth.002.001.01", 0, False)
    start = response.index(b"<InvstgtnRslt>") + len(b"<InvstgtnRslt>")
    end = response.index(b"</InvstgtnRslt>")
    for old in (b"NRES", b"PART", b"COMP"):
        response = response.replace(old, status.encode())
    response = response[:start] + b"<Rslt>" + statement + b"</Rslt>" + response[end:]
    (draft,) = convert("banking", response).drafts
    (alone,) = convert("banking", statement).drafts
    reply = draft.body.inquiry_reply
    assert draft.facts.extent == extent and reply.reference.startswith("t")
    assert list(reply.statements) == list(alone.body.inquiry_reply.statements)
    broken = response.replace(b"<Sts>BOOK</Sts>", b"<Sts>LOST</Sts>")
    assert [letter.code for letter in convert("banking", broken).dead_letters] == ["HT-XML-04"]
