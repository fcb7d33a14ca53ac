"""An entry that says anything else than the statement it is about is told, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.client.trust import check_entry
from hutong.errors import HutongError
from hutong.proofs.entry import disagreements
from hutong.signing.dsse import sign, statement_digest
from hutong.signing.keys import SigningKey
from hutong.v1 import envelope_pb2, header_pb2, kinds_pb2, options_pb2
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED, Entry

ORIGIN = "hub.hutong.example/log"
KEY = SigningKey.generate()


def statement() -> tuple[envelope_pb2.Envelope, header_pb2.Header]:
    header = header_pb2.Header(
        version=1,
        origin=ORIGIN,
        message_id=b"m" * 16,
        sender=header_pb2.Sender(agency="market", contact="c0123456789ab"),
        recipients=[header_pb2.Recipient(agency="police"), header_pb2.Recipient(agency="bank", contact="c" * 13)],
        item_id=b"i" * 16,
        case_id=b"c" * 16,
        client_sequence=7,
        commitment=b"k" * 32,
        supplement=kinds_pb2.Supplement(),
        signers=[
            header_pb2.Signer(role=options_pb2.SIGNER_ROLE_OFFICER, keyid=KEY.keyid, algorithm=KEY.algorithm),
        ],
    )
    return sign(header.SerializeToString(), [KEY]), header


def true_entry(envelope: envelope_pb2.Envelope) -> Entry:
    return Entry(
        version=1,
        event=ENTRY_EVENT_RECORDED,
        message_id=b"m" * 16,
        statement_sha256=statement_digest(envelope),
        agencies=["market", "police", "bank"],
        contacts=["c0123456789ab", "", "c" * 13],
        keyids=[bytes.fromhex(KEY.keyid)],
        item_id=b"i" * 16,
        case_id=b"c" * 16,
        client_sequence=7,
        commitment=b"k" * 32,
        kind=101,
    )


def test_an_entry_that_repeats_its_statement() -> None:
    envelope, header = statement()
    assert disagreements(true_entry(envelope), header, ORIGIN) == []
    check_entry(true_entry(envelope), envelope, ORIGIN)


FALSE: dict[str, dict[str, Any]] = {
    "message_id": {"message_id": b"n" * 16},
    "agencies": {"agencies": ["market", "police"]},
    "contacts": {"contacts": ["c0123456789ab", "c0123456789ac", "c" * 13]},
    "kind": {"kind": 100},
    "keyids": {"keyids": []},
    "commitment": {"commitment": b""},
    "item_id": {"item_id": b""},
    "case_id": {"case_id": b"d" * 16},
    "client_sequence": {"client_sequence": 8},
}


@pytest.mark.parametrize("field", sorted(FALSE))
def test_an_entry_that_says_something_else(field: str) -> None:
    envelope, header = statement()
    entry = true_entry(envelope)
    for name, value in FALSE[field].items():
        entry.ClearField(name)  # type: ignore[arg-type]
        entry.MergeFrom(Entry(**{name: value}))
    assert disagreements(entry, header, ORIGIN) == [field]
    with pytest.raises(HutongError) as caught:
        check_entry(entry, envelope, ORIGIN)
    assert caught.value.code == "HT-CLI-12" and field in caught.value.params["why"]


def test_an_entry_of_another_log_and_one_about_another_statement() -> None:
    envelope, _ = statement()
    entry = true_entry(envelope)
    with pytest.raises(HutongError) as caught:
        check_entry(entry, envelope, "other.hutong.example/log")
    assert "origin" in caught.value.params["why"]
    entry.statement_sha256 = bytes(32)
    with pytest.raises(HutongError) as caught:
        check_entry(entry, envelope, ORIGIN)
    assert caught.value.code == "HT-CLI-12"


def test_a_refusal_may_leave_codes_out_that_the_directory_never_gave() -> None:
    envelope, header = statement()
    entry = true_entry(envelope)
    entry.agencies[2], entry.contacts[2] = "", ""
    assert disagreements(entry, header, ORIGIN) == ["agencies", "contacts"]
    entry.event = ENTRY_EVENT_REFUSED
    assert disagreements(entry, header, ORIGIN) == []
    entry.agencies[2] = "other"
    assert disagreements(entry, header, ORIGIN) == ["agencies"]


def test_a_refusal_may_leave_ids_out_that_name_nothing_here() -> None:
    envelope, header = statement()
    entry = true_entry(envelope)
    entry.item_id = entry.case_id = b""
    assert disagreements(entry, header, ORIGIN) == ["item_id", "case_id"]
    entry.event = ENTRY_EVENT_REFUSED
    assert disagreements(entry, header, ORIGIN) == []
    entry.item_id = b"o" * 16
    assert disagreements(entry, header, ORIGIN) == ["item_id"]


def test_an_entry_names_no_case_of_its_own() -> None:
    envelope, header = statement()
    header.case_id = b""
    assert disagreements(true_entry(envelope), header, ORIGIN) == ["case_id"]
