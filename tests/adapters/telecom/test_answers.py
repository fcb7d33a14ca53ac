"""Deliveries, responses and notices of operators → statements, and replies → messages that ETSI's schemas accept."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters import telecom
from adapters.draft import Conversion
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from tests.adapters.conftest import NOW, Opened
from tests.adapters.telecom.conftest import leaves, objects

Read = Callable[[Any], Conversion]
Judge = Callable[[bytes], Any]
CSV = "主叫号码,被叫号码,开始时间,通话时长(秒)\r\n13812345678,13987654321,2026-01-02 10:00:00,63\r\n".encode("gb18030")


@pytest.fixture
def delivery(samples: Path) -> Any:
    return json.loads((samples / "telecom" / "request5-JSON-Delivery.json").read_text(encoding="utf-8"))


@pytest.fixture
def response(samples: Path) -> Any:
    return json.loads((samples / "telecom" / "response4.json").read_text(encoding="utf-8"))


def delivered(message: Any, content: Any) -> Any:
    objects(message)[0]["delivery:Delivery"] = content
    return message


def binary(data: bytes, **more: str) -> dict[str, Any]:
    said = {"delivery:Data": base64.b64encode(data).decode(), "delivery:ContentType": "text/csv"} | more
    return {"delivery:BinaryData": said}


def reply(kind: kinds_pb2.InquiryReply, body: body_pb2.InquiryReplyBody) -> Opened:
    header = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000, item_id=bytes(16))
    header.sender.agency = "jiangsu-telecom"
    header.recipients.add(agency="wuxi-police", role=codes_pb2.RECIPIENT_ROLE_TO)
    header.inquiry_reply.CopyFrom(kind)
    return Opened(header, body_pb2.Body(inquiry_reply=body))


def test_somebody_elses_delivery_is_kept_whole(
    delivery: Any, read: Read, said: Callable[..., Opened], judge: Judge
) -> None:
    (draft,) = read(delivery).drafts
    assert draft.kind == "inquiry_reply" and draft.body.inquiry_reply.reference == "XX-ACTOR01-1234"
    assert draft.facts.extent == codes_pb2.REPLY_EXTENT_FULL
    kept = {extra.path: extra.value for extra in draft.body.extras}
    data = json.loads(kept["Delivery/delivery:Delivery/delivery:JSONData#json"])
    assert data == {"field1": "this is native JSON embedded data", "field2": 1234}
    (file,) = telecom.render(said(draft))
    assert dict(leaves(delivery)).items() <= dict(leaves(judge(file.data))).items()


def test_not_the_last_delivery_is_a_part(delivery: Any, read: Read, said: Callable[..., Opened], judge: Judge) -> None:
    objects(delivery)[0]["delivery:LastSequence"] = False
    objects(delivery)[0]["delivery:SequenceNumber"] = 4
    (draft,) = read(delivery).drafts
    assert draft.facts.extent == codes_pb2.REPLY_EXTENT_PARTIAL and draft.source_record.endswith("/4")
    (one,) = objects(judge(telecom.render(said(draft))[0].data))
    assert (one["delivery:LastSequence"], one["delivery:SequenceNumber"]) == (False, 4)


def test_a_table_in_a_delivery(delivery: Any, read: Read, said: Callable[..., Opened], judge: Judge) -> None:
    checksum = hashlib.sha256(CSV).hexdigest()
    content = binary(CSV, **{"delivery:Checksum": checksum, "delivery:ChecksumType": "SHA-256"})
    (draft,) = read(delivered(delivery, content)).drafts
    (call,) = draft.body.inquiry_reply.calls
    assert (call.caller, call.callee, call.duration) == ("13812345678", "13987654321", "63")
    assert "telecom-payload-kept" not in {note.code for note in draft.notes}
    (file,) = telecom.render(said(draft))
    (one,) = objects(judge(file.data))
    assert one["delivery:Delivery"] == content, "the same bytes, in the encoding that they came in"


def test_a_bad_row_in_a_delivery(delivery: Any, read: Read, said: Callable[..., Opened], judge: Judge) -> None:
    content = binary(CSV + b"1,2,2026-02-30 10:00:00,3\r\n")
    conversion = read(delivered(delivery, content))
    (letter,) = conversion.dead_letters
    assert letter.code == "HT-ADP-208" and letter.where.endswith("line 3")
    (draft,) = conversion.drafts
    assert len(draft.body.inquiry_reply.calls) == 1
    assert "telecom-payload-kept" in {note.code for note in draft.notes}
    (one,) = objects(judge(telecom.render(said(draft))[0].data))
    assert one["delivery:Delivery"] == content, "what was not all read goes back as it was"


@pytest.mark.parametrize(
    "content",
    [
        binary(b"") | {"delivery:BinaryData": {"delivery:Data": "A", "delivery:ContentType": "text/csv"}},
        binary(CSV, **{"delivery:Checksum": "0" * 64, "delivery:ChecksumType": "SHA-256"}),
    ],
)
def test_damaged_content(content: Any, delivery: Any, read: Read) -> None:
    conversion = read(delivered(delivery, content))
    assert [letter.code for letter in conversion.dead_letters] == ["HT-ADP-210"] and not conversion.drafts


def test_interceptions_product_does_not_pass(delivery: Any, read: Read) -> None:
    objects(delivery)[0]["delivery:Reference"] = {"delivery:LIID": "LIID1"}
    assert [letter.code for letter in read(delivery).dead_letters] == ["HT-ADP-202"]


def full() -> body_pb2.InquiryReplyBody:
    return body_pb2.InquiryReplyBody(
        reference="XX-ACTOR01-1234",
        remark="见附",
        subscribers=[
            body_pb2.Subscriber(
                identifiers=[body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value="13812345678")],
                name="李某",
                address="无锡",
                active_from="2020-01-01",
            )
        ],
        calls=[
            body_pb2.CallRecord(
                caller="13812345678",
                callee="13987654321",
                started_at="2026-01-02 10:00:00",
                duration="63",
                direction=body_pb2.CALL_DIRECTION_OUT,
                others=["x"],
            )
        ],
        filings=[body_pb2.SiteFiling(icp_number="京ICP备12345678号-1", domains=["a.cn", "b.cn"], holder="某公司")],
    )


def test_a_reply_goes_out_as_a_delivery_and_as_tables(judge: Judge) -> None:
    facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_PARTIAL, asked=1, answered=1)
    files = {file.name.rpartition("-")[2]: file for file in telecom.render(reply(facts, full()))}
    message, *_ = files.values()
    (one,) = objects(judge(message.data))
    assert one["delivery:LastSequence"] is False and one["delivery:Reference"] == {"delivery:LDID": "XX-ACTOR01-1234"}
    (draft,) = telecom.convert(message.data, now=NOW).drafts
    assert draft.body.inquiry_reply == full() and draft.facts.extent == codes_pb2.REPLY_EXTENT_PARTIAL
    calls = telecom.convert(files["cdr.csv"].data, now=NOW).drafts[0].body.inquiry_reply.calls
    assert (calls[0].caller, calls[0].duration, calls[0].direction) == (
        "13812345678",
        "63",
        body_pb2.CALL_DIRECTION_OUT,
    )
    filings = telecom.convert(files["icp.csv"].data, now=NOW).drafts[0].body.inquiry_reply.filings
    assert list(filings[0].domains) == ["a.cn", "b.cn"] and filings[0].holder == "某公司"
    (found,) = telecom.convert(files["subscriber.csv"].data, now=NOW).drafts[0].body.inquiry_reply.subscribers
    assert found.name == "李某" and found.identifiers[0].value == "13812345678"


def test_nothing_to_deliver_is_a_status(judge: Judge) -> None:
    for extent, status, reason in (
        (codes_pb2.REPLY_EXTENT_NONE, "DisclosureNotAvailable", codes_pb2.REASON_CODE_UNSPECIFIED),
        (codes_pb2.REPLY_EXTENT_REFUSED, "Rejected", codes_pb2.REASON_CODE_NO_LEGAL_BASIS),
    ):
        facts = kinds_pb2.InquiryReply(extent=extent, asked=1, refusal=reason)
        body = body_pb2.InquiryReplyBody(reference="CN-wuxi-7", remark="查无此号")
        (file,) = telecom.render(reply(facts, body))
        task = judge(file.data)["Payload"]["ResponsePayload"]["ActionResponses"]["ActionResponse"][0]["GETResponse"][
            "HI1Object"
        ]
        assert task["task:Status"]["common:Value"] == status
        (draft,) = telecom.convert(file.data, now=NOW).drafts
        assert draft.kind == "inquiry_reply" and draft.facts == facts
        assert draft.body.inquiry_reply == body


def test_receipts_of_the_other_system(response: Any, read: Read, said: Callable[..., Opened], judge: Judge) -> None:
    (draft,) = read(response).drafts
    assert draft.kind == "supplement"
    assert "2b36a78b-b628-416d-bd22-404e68a0cd36" in draft.body.note.text and "CREATEResponse" in draft.body.note.text
    (file,) = telecom.render(said(draft))
    assert dict(leaves(response)).items() <= dict(leaves(judge(file.data))).items()


def test_errors_are_refusals(response: Any, read: Read, said: Callable[..., Opened], judge: Judge) -> None:
    one = copy.deepcopy(response)
    error = {"ErrorCode": 3007, "ErrorDescription": "no such number range"}
    one["Payload"]["ResponsePayload"]["ActionResponses"]["ActionResponse"][1] = {
        "ActionIdentifier": 1,
        "ErrorInformation": error,
    }
    whole = copy.deepcopy(response)
    whole["Payload"]["ResponsePayload"] = {"ErrorInformation": error}
    for message in (one, whole):
        (draft,) = read(message).drafts
        assert draft.kind == "inquiry_reply" and draft.facts.extent == codes_pb2.REPLY_EXTENT_REFUSED
        assert (draft.facts.asked, draft.facts.answered) == (1, 0)
        assert draft.body.inquiry_reply.remark == "3007 no such number range"
        (file,) = telecom.render(said(draft))
        assert dict(leaves(message)).items() <= dict(leaves(judge(file.data))).items()


@pytest.mark.parametrize(
    ("status", "extent"),
    [("Disclosed", codes_pb2.REPLY_EXTENT_FULL), ("Rejected", codes_pb2.REPLY_EXTENT_REFUSED), ("Cancelled", 0)],
)
def test_a_task_that_has_ended(status: str, extent: int, request4: Any, response: Any, read: Read) -> None:
    task = objects(request4())[1]
    task["task:Status"] = {"common:Owner": "ETSI", "common:Name": "LDTaskStatus", "common:Value": status}
    listed = [{"ActionIdentifier": 0, "GETResponse": {"HI1Object": task}}]
    response["Payload"]["ResponsePayload"]["ActionResponses"]["ActionResponse"] = listed
    (draft,) = read(response).drafts
    assert draft.kind == ("inquiry_reply" if extent else "supplement")
    if extent:
        assert draft.facts.extent == extent and draft.body.inquiry_reply.reference == "XX-ACTOR01-1234"


def test_a_notice(request4: Any, read: Read, said: Callable[..., Opened], judge: Judge) -> None:
    message = request4()
    notice = {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2016/02/Notification}NotificationObject",
        "ObjectIdentifier": "7dbbc880-8750-4d3c-abe7-ea4a17646047",
        "notification:NotificationDetails": "数据将于今日到期",
        "notification:NewNotification": True,
        "notification:StatusOfAssociatedObjects": {
            "notification:AssociatedObjectStatus": [
                {
                    "notification:AssociatedObject": "2b36a78b-b628-416d-bd22-404e68a0cd36",
                    "notification:Status": {
                        "common:Owner": "ETSI",
                        "common:Name": "LDTaskStatus",
                        "common:Value": "Error",
                    },
                    "notification:Details": "设备故障",
                }
            ]
        },
    }
    message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"] = [
        {"ActionIdentifier": 0, "CREATE": {"HI1Object": notice}}
    ]
    (draft,) = read(message).drafts
    assert draft.kind == "supplement"
    assert all(word in draft.body.note.text for word in ("数据将于今日到期", "Error", "设备故障"))
    (one,) = objects(judge(telecom.render(said(draft))[0].data))
    assert dict(leaves(notice)).items() <= dict(leaves(one)).items()


def test_a_note_goes_out_as_a_notice(judge: Judge) -> None:
    header = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000)
    header.sender.agency = "wuxi-police"
    header.supplement.CopyFrom(kinds_pb2.Supplement())
    body = body_pb2.Body(note=body_pb2.NoteBody(title="补充", text="另有一号"))
    (file,) = telecom.render(Opened(header, body))
    (one,) = objects(judge(file.data))
    assert one["notification:NotificationDetails"] == "补充\n另有一号"
    (draft,) = telecom.convert(file.data, now=NOW).drafts
    assert draft.kind == "supplement" and draft.body.note.text == "补充\n另有一号"


def test_a_foreign_manifest_is_not_believed(delivery: Any, read: Read) -> None:
    one = objects(delivered(delivery, {"delivery:JSONData": {"calls": [{"caller": 5}]}}))[0]
    entry = {"common:Owner": "CN-HUTONG", "common:Name": "ManifestSpecification", "common:Value": "hutong-answer-1"}
    one["delivery:Manifest"] = {"delivery:Specification": entry}
    (draft,) = read(delivery).drafts
    assert not draft.body.inquiry_reply.calls and "telecom-payload-kept" in {note.code for note in draft.notes}
    assert draft.body.inquiry_reply.reference == "XX-ACTOR01-1234"
