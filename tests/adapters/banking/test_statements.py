"""Account statements of every version become flow statements, and nothing that a bank says gets lost.

The schemas judge the instances, xml.etree says what is in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema

from adapters.draft import Conversion
from hutong.v1 import body_pb2, codes_pb2

Convert = Callable[[str, bytes], Conversion]
Make = Callable[[str, int, bool], bytes]

SCHEMAS = Path(__file__).parents[3] / "adapters" / "banking" / "schemas"
SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "banking"
CAMT = sorted(file.stem for file in SCHEMAS.glob("camt.*.xsd"))
GOOD = sorted(file.name for file in SAMPLES.glob("*camt*.xml") if "wrong" not in file.name)
# Said by a bool or by the extent of the reply instead of by text.
SAID_OTHERWISE = {"CdtDbtInd", "RvslInd", "LastPgInd", "CnfdtltySts"}


def said_by(document: bytes) -> Counter[str]:
    """Every text and attribute in the document."""
    found: Counter[str] = Counter()
    for element in ElementTree.fromstring(document).iter():  # noqa: S314 - made here
        name = element.tag.rpartition("}")[2]
        if element.text and element.text.strip() and name not in SAID_OTHERWISE:
            found[element.text.strip()] += 1
        found.update(value for key, value in element.attrib.items() if not key.startswith("{http://www.w3.org"))
    return found


def carried(message: Any) -> Iterator[str]:
    """Every text in a protobuf message; codes and remittance lines singly."""
    for field, value in message.ListFields():
        for one in value if field.is_repeated else [value]:
            if field.message_type:
                yield from carried(one)
            elif field.name == "transaction_code":
                yield from one.split("/")
            elif field.name in ("remittance", "remark"):
                yield from one.split("\n")
            elif isinstance(one, str) and field.name not in ("path", "source_system", "native_format", "source_record"):
                yield one


def lost(document: bytes, body: body_pb2.Body) -> Counter[str]:
    """What the document says and the body does not. The record's number stands once in ``source_record``."""
    return said_by(document) - Counter([*carried(body), body.source_record])


@pytest.mark.parametrize("optional", [True, False])
@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("name", CAMT)
def test_every_element_of_the_schema_is_carried(
    name: str, turn: int, optional: bool, make_instance: Make, convert: Convert
) -> None:
    document = make_instance(name, turn, optional)
    conversion = convert("banking", document)
    assert conversion.dead_letters == ()
    (draft,) = conversion.drafts
    assert lost(document, draft.body) == Counter()
    assert "adapter-version-unknown" not in {note.code for note in draft.notes}


@pytest.mark.parametrize("file", GOOD)
def test_every_text_of_a_sample_is_carried(file: str, convert: Convert) -> None:
    document = (SAMPLES / file).read_bytes()
    (draft,) = convert("banking", document).drafts
    assert lost(document, draft.body) == Counter()


@pytest.mark.parametrize("name", CAMT)
def test_what_the_body_names_is_read_and_not_merely_kept(name: str, make_instance: Make, convert: Convert) -> None:
    (draft,) = convert("banking", make_instance(name, 0, True)).drafts
    statement = draft.body.inquiry_reply.statements[0]
    entry = statement.entries[0]
    missing = {
        (message.DESCRIPTOR.name, field.name)
        for message in (statement, statement.account, entry, entry.transactions[0])
        for field in message.DESCRIPTOR.fields
        if not getattr(message, field.name) and field.name not in ("debit", "reversal")
    }
    # What a version has no element for; of an account's two sorts of number it gives one.
    wanted = {("Account", "other_id")}
    if name.startswith("camt.054"):
        wanted.add(("FlowStatement", "balances"))
    if name == "camt.052.001.01":
        wanted |= {("Entry", "entry_reference"), ("Account", "servicer_name")}
    assert missing == wanted


def test_a_statement_field_by_field(convert: Convert) -> None:
    (draft,) = convert("banking", (SAMPLES / "camt053.v3.xml").read_bytes()).drafts
    (statement,) = draft.body.inquiry_reply.statements
    assert draft.kind == "inquiry_reply" and draft.source_record == "CAMT053RIB000000000001"
    assert draft.facts.extent == codes_pb2.REPLY_EXTENT_FULL
    assert (draft.facts.accounts, draft.facts.transactions) == (1, 1)
    assert draft.handling == codes_pb2.HANDLING_WORK_SECRET
    assert statement.account.other_id == "NL26VAYB8060476890" and statement.account.servicer_bic == "KREDBEBB"
    assert [(b.type, b.amount.value, b.amount.currency, b.debit) for b in statement.balances] == [
        ("OPBD", "18.15", "EUR", False),
        ("CLBD", "27.00", "SEK", True),
        ("OPAV", "35.00", "CHF", False),
        ("CLAV", "2700", "JPY", True),
    ]
    (entry,) = statement.entries
    assert (entry.amount.value, entry.status, entry.transaction_code) == ("8.85", "BOOK", "PMNT/RCDT/DMCT")
    (transaction,) = entry.transactions
    assert (transaction.debtor_name, transaction.creditor_name) == ("NAME NAME", "Company Name")
    assert transaction.debtor_account == "NL56AGDH9619008421"
    assert transaction.remittance == "4654654654654654"


@pytest.mark.parametrize("version", ["05", "09", "13"])
def test_versions_without_schema_are_read_leniently(version: str, convert: Convert) -> None:
    document = (
        (SAMPLES / "camt052.v8.xml").read_bytes().replace(b"camt.052.001.08", b"camt.053.001." + version.encode())
    )
    document = (
        document.replace(b"BkToCstmrAcctRpt", b"BkToCstmrStmt")
        .replace(b"Rpt>", b"Stmt>")
        .replace(b"<Ccy>", b"<New>1</New><Ccy>")
    )
    (draft,) = convert("banking", document).drafts
    assert draft.body.inquiry_reply.statements[0].entries[0].amount.value == "200000"
    assert "adapter-version-unknown" in {note.code for note in draft.notes}
    assert lost(document, draft.body) == Counter()


def test_the_same_message_with_a_prefix_and_in_an_envelope(convert: Convert) -> None:
    plain = (SAMPLES / "camt053.v3.xml").read_bytes()
    inner = plain.split(b"?>", 1)[1]
    wrapped = b'<e:BizMsg xmlns:e="urn:x"><e:Hdr><e:From>BANK A</e:From></e:Hdr>' + inner * 2 + b"</e:BizMsg>"
    (first,), both = convert("banking", plain).drafts, convert("banking", wrapped).drafts
    assert len(both) == 2
    for draft in both:
        assert draft.body.inquiry_reply == first.body.inquiry_reply
        assert ("/BizMsg/Hdr/From", "BANK A") in [(extra.path, extra.value) for extra in draft.body.extras]
    prefixed = inner.replace(b"<", b"<p:").replace(b"<p:/", b"</p:").replace(b"xmlns=", b"xmlns:p=")
    (same,) = convert("banking", prefixed).drafts
    assert same.body.inquiry_reply == first.body.inquiry_reply


def test_a_page_that_is_not_the_last_is_partial(convert: Convert) -> None:
    document = (SAMPLES / "camt052.v8.xml").read_bytes().replace(b"<LastPgInd>true", b"<LastPgInd>false")
    (draft,) = convert("banking", document).drafts
    assert draft.facts.extent == codes_pb2.REPLY_EXTENT_PARTIAL


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'<Amt Ccy="EUR">8.85</Amt>', b'<Amt Ccy="EUR">Zhang San 138</Amt>', "/Document/BkToCstmrStmt/Stmt/Ntry/Amt"),
        (b"<CdtDbtInd>CRDT</CdtDbtInd>", b"", "/Document/BkToCstmrStmt/Stmt/Bal/Dt"),
        (b"<Sts>BOOK</Sts>", b"<Sts>BOOK</Sts><Zhang>San 138</Zhang>", "/Document/BkToCstmrStmt/Stmt/Ntry/Zhang"),
        (b"<MsgId>CAMT053RIB000000000001", b"<MsgId>" + b"Zhang San 138" * 9, "/Document/BkToCstmrStmt/GrpHdr/MsgId"),
    ],
)
def test_refused_by_the_schema(old: bytes, new: bytes, where: str, convert: Convert) -> None:
    document = (SAMPLES / "camt053.v3.xml").read_bytes()
    assert old in document
    conversion = convert("banking", document.replace(old, new))
    assert not conversion.drafts
    (letter,) = conversion.dead_letters
    assert (letter.code, letter.where) == ("HT-XML-04", where)
    assert "138" not in letter.reason


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "HT-ADP-10"),
        (b"%PDF-1.4", "HT-ADP-11"),
        (b"<Document/>", "HT-ADP-11"),
        (b"<html><body/></html>", "HT-ADP-11"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"/>', "HT-ADP-27"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.99"/>', "HT-XML-05"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.99"><BkToCstmrStmt/></Document>', "HT-XML-05"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "HT-XML-04"),
        (b'<!DOCTYPE x><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "HT-XML-02"),
        (b"<Document", "HT-XML-01"),
    ],
)
def test_whole_files(data: bytes, code: str, convert: Convert) -> None:
    conversion = convert("banking", data)
    assert [letter.code for letter in conversion.dead_letters] == [code] and not conversion.drafts


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_encodings(encoding: str, convert: Convert) -> None:
    text = (SAMPLES / "camt053.v3.xml").read_text(encoding="utf-8").replace("NAME NAME", "张三")
    data = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
    (draft,) = convert("banking", data).drafts
    assert draft.body.inquiry_reply.statements[0].entries[0].transactions[0].debtor_name == "张三"


def test_too_large_for_one_message(convert: Convert, monkeypatch: pytest.MonkeyPatch) -> None:
    document = (SAMPLES / "camt053.v3.xml").read_bytes()
    (draft,) = convert("banking", document).drafts
    size = draft.body.ByteSize() - len(draft.body.native) - len(draft.body.native_format)
    monkeypatch.setattr("adapters.draft.MAX_BODY_BYTES", size + 100)
    assert not convert("banking", document).drafts[0].body.native
    monkeypatch.setattr("adapters.draft.MAX_BODY_BYTES", size - 100)
    assert [letter.code for letter in convert("banking", document).dead_letters] == ["HT-ADP-26"]


@pytest.mark.parametrize("name", ["auth.002.001.01", "camt.052.001.01", "camt.053.001.08"])
def test_the_instances_are_instances(name: str, make_instance: Make) -> None:
    schema = xmlschema.XMLSchema(SCHEMAS / f"{name}.xsd")
    schema.validate(make_instance(name, 1, True))
