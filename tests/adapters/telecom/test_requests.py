"""TS 103 120 requests → inquiries and supplements, and back without losing a field."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import telecom
from adapters.draft import Conversion
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2
from tests.adapters.conftest import NOW, Opened
from tests.adapters.telecom.conftest import leaves, objects

Read = Callable[[Any], Conversion]
Make = Callable[[], Any]
TYPES = {"common:Owner": "ETSI", "common:Name": "RequestType"}


def codes(conversion: Conversion) -> list[str]:
    return [letter.code for letter in conversion.dead_letters]


def test_a_request_becomes_an_inquiry(request4: Make, read: Read) -> None:
    conversion = read(request4())
    (draft,) = conversion.drafts
    inquiry, facts = draft.body.inquiry, draft.facts
    assert draft.kind == "inquiry" and not conversion.dead_letters
    assert draft.handling == codes_pb2.HANDLING_WORK_SECRET
    assert inquiry.reference == draft.source_record == "XX-ACTOR01-1234"
    assert [(one.type, one.value) for one in inquiry.subjects[0].identifiers] == [
        (codes_pb2.IDENTIFIER_TYPE_PHONE, "442079460223")
    ]
    assert (facts.period_from, facts.period_to) == ("2019-09-30", "2019-12-30")
    assert facts.subjects[0].count == 1
    assert inquiry.instrument.reference == "W000001" and inquiry.instrument.valid_to == "2019-12-01T12:00:00Z"
    assert inquiry.operators == ["XX/ACTOR02"]
    # Nothing of the warrant or the number stands in the header: a digest does.
    assert len(facts.approval.document_sha256) == 32 and facts.approval.approved_on == "2019-09-30"
    assert b"W000001" not in facts.SerializeToString() and b"442079460223" not in facts.SerializeToString()


def test_the_instruments_digest_covers_the_random_id_and_what_it_says(request4: Make, read: Read) -> None:
    def digest(change: Callable[[Any], None]) -> bytes:
        message = request4()
        change(objects(message)[0])
        return bytes(read(message).drafts[0].facts.approval.document_sha256)

    given = digest(lambda one: None)
    assert digest(lambda one: None) == given
    assert digest(lambda one: one.update({"auth:AuthorisationReference": "W000002"})) != given
    message = request4()
    objects(message)[0]["ObjectIdentifier"] = "7dbbc880-8750-4d3c-abe7-ea4a17646046"
    objects(message)[1]["AssociatedObjects"]["AssociatedObject"] = ["7dbbc880-8750-4d3c-abe7-ea4a17646046"]
    assert read(message).drafts[0].facts.approval.document_sha256 != given


@pytest.mark.parametrize(
    ("said", "ask"),
    [
        ("SubscriberData", codes_pb2.ASK_TYPE_SUBSCRIBER),
        ("UserIdentifyingData", codes_pb2.ASK_TYPE_SUBSCRIBER),
        ("TrafficData", codes_pb2.ASK_TYPE_CALL_RECORDS),
        ("TrafficDataAndStoredContentData", codes_pb2.ASK_TYPE_CALL_RECORDS),
        ("IcpLookup", codes_pb2.ASK_TYPE_SITE_OR_APP),
    ],
)
def test_what_is_asked_for(said: str, ask: int, request4: Make, read: Read) -> None:
    message = request4()
    objects(message)[1]["task:RequestDetails"]["task:Type"] = {**TYPES, "common:Value": said}
    (draft,) = read(message).drafts
    assert draft.facts.ask == ask
    noted = {note.code for note in draft.notes}
    assert not noted & {"telecom-read-as-calls", "telecom-read-as-subscriber"}
    assert ("telecom-partly-content" in noted) == ("Content" in said)


def test_an_unsaid_type_is_read_as_what_asks_more(request4: Make, read: Read) -> None:
    message = request4()
    (draft,) = read(message).drafts
    assert draft.facts.ask == codes_pb2.ASK_TYPE_CALL_RECORDS
    assert "telecom-read-as-calls" in {note.code for note in draft.notes}
    details = objects(message)[1]["task:RequestDetails"]
    del details["task:StartTime"], details["task:EndTime"]
    (draft,) = read(message).drafts
    assert draft.facts.ask == codes_pb2.ASK_TYPE_SUBSCRIBER
    assert "telecom-read-as-subscriber" in {note.code for note in draft.notes}


def test_content_and_interception_do_not_pass(request4: Make, read: Read) -> None:
    message = request4()
    objects(message)[1]["task:RequestDetails"]["task:Type"] = {**TYPES, "common:Value": "StoredContentData"}
    conversion = read(message)
    assert codes(conversion) == ["HT-ADP-203"] and not conversion.drafts
    task = {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LITaskObject",
        "ObjectIdentifier": "2b36a78b-b628-416d-bd22-404e68a0cd36",
        "task:Reference": "LIID1",
    }
    message = request4()
    message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"][1]["CREATE"]["HI1Object"] = task
    conversion = read(message)
    assert codes(conversion) == ["HT-ADP-202"]
    assert conversion.dead_letters[0].where.endswith("ActionRequest[1]")
    assert [draft.kind for draft in conversion.drafts] == ["supplement"]  # the authorisation that came with it


def test_a_request_about_nobody(request4: Make, read: Read) -> None:
    message = request4()
    del objects(message)[1]["task:RequestDetails"]["task:RequestValues"]
    assert codes(read(message)) == ["HT-ADP-205"]


def test_no_approval_is_made_up(request4: Make, read: Read) -> None:
    message = request4()
    del message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"][0]
    (draft,) = read(message).drafts
    assert not draft.facts.HasField("approval")
    assert "telecom-instrument-missing" in {note.code for note in draft.notes}
    for status in ("AwaitingApproval", "Rejected", "Cancelled", "Expired", "Whatever"):
        message = request4()
        entry = {"common:Owner": "ETSI", "common:Name": "AuthorisationStatus", "common:Value": status}
        objects(message)[0]["auth:AuthorisationStatus"] = entry
        (draft,) = read(message).drafts
        assert not draft.facts.HasField("approval")
        assert "telecom-instrument-status" in {note.code for note in draft.notes}


def test_each_task_has_its_own_instrument(request4: Make, read: Read) -> None:
    message = request4()
    listed = message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"]
    more = copy.deepcopy(listed)
    for one, other in zip(
        more, ("7dbbc880-8750-4d3c-abe7-000000000001", "2b36a78b-b628-416d-bd22-000000000001"), strict=True
    ):
        one["ActionIdentifier"] += 2
        one["CREATE"]["HI1Object"]["ObjectIdentifier"] = other
    more[0]["CREATE"]["HI1Object"]["auth:AuthorisationReference"] = "W000002"
    more[1]["CREATE"]["HI1Object"]["AssociatedObjects"]["AssociatedObject"] = ["7dbbc880-8750-4d3c-abe7-000000000001"]
    more[1]["CREATE"]["HI1Object"]["task:Reference"] = "XX-ACTOR01-1235"
    listed += more
    drafts = read(message).drafts
    assert [one.body.inquiry.instrument.reference for one in drafts] == ["W000001", "W000002"]
    assert [one.source_record for one in drafts] == ["XX-ACTOR01-1234", "XX-ACTOR01-1235"]
    # What the other task says does not travel along.
    assert "XX-ACTOR01-1235" not in str(drafts[0].body.inquiry) + str(drafts[0].body.extras)


def test_preservation(request4: Make, read: Read, said: Callable[..., Opened], judge: Callable[[bytes], Any]) -> None:
    message = request4()
    task = {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}LPTaskObject",
        "ObjectIdentifier": "f1205c94-4f56-4d97-9717-39410073979b",
        "ExternalIdentifier": "BQ-7",
        "AssociatedObjects": {"AssociatedObject": ["7dbbc880-8750-4d3c-abe7-ea4a17646045"]},
        "task:RequestDetails": objects(message)[1]["task:RequestDetails"],
        "task:DesiredPreservationExpiration": "2020-06-30T12:00:00Z",
    }
    message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"][1]["CREATE"]["HI1Object"] = task
    (draft,) = read(message).drafts
    assert draft.body.inquiry.preserve_until == "2020-06-30T12:00:00Z"
    assert draft.body.inquiry.reference == "BQ-7"
    (file,) = telecom.render(said(draft))
    back = judge(file.data)
    assert dict(leaves(message)).items() <= dict(leaves(back)).items()


def test_takedown_of_a_later_version(samples: Path, request4: Make, read: Read, said: Callable[..., Opened]) -> None:
    message = request4()
    message["Header"]["Version"]["ETSIVersion"] = "V1.22.1"
    task = {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Task}TDTaskObject",
        "ObjectIdentifier": "29939969-292d-4e9f-be5e-b74bcd7764fb",
        "task:RequesterReference": "GT-3",
        "task:RequestDetails": {
            "task:RequestValues": {
                "task:RequestValue": [
                    {
                        "task:FormatType": {"task:FormatOwner": "ETSI", "task:FormatName": "URL"},
                        "task:Value": "http://a.cn/x",
                    }
                ]
            },
            "task:RequestValueRefinement": "the page on joining",
            "task:ObservedTimes": {"task:ObservedTime": ["2025-12-01T12:00:00Z", "2025-12-02T12:00:00Z"]},
        },
        "task:Deadlines": {
            "task:TakedownDeadline": [{"task:DateTime": "2026-02-01T12:00:00Z", "task:OtherInformation": "x"}]
        },
        "task:ManualInformation": "soon",
    }
    message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"][1]["CREATE"]["HI1Object"] = task
    (draft,) = read(message).drafts
    inquiry = draft.body.inquiry
    assert draft.facts.ask == codes_pb2.ASK_TYPE_SITE_OR_APP
    assert inquiry.takedown.refinement == "the page on joining" and inquiry.takedown.due_at == "2026-02-01T12:00:00Z"
    assert len(inquiry.takedown.observed_at) == 2 and inquiry.remark == "soon"
    assert {"telecom-takedown", "adapter-version-unknown"} <= {note.code for note in draft.notes}
    # Whoever it is: takedowns are for market regulators, too.
    (file,) = telecom.render(said(draft, codes_pb2.AGENCY_TYPE_MARKET))
    back = json.loads(file.data)
    assert dict(leaves(message)).items() <= dict(leaves(back)).items()
    (again,) = telecom.convert(file.data, now=NOW).drafts
    assert again.body.inquiry == inquiry


def test_changes_and_lone_instruments_are_supplements(
    request4: Make, read: Read, said: Callable[..., Opened], judge: Callable[[bytes], Any]
) -> None:
    message = request4()
    listed = message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"]
    task = listed[1].pop("CREATE")
    status = {"common:Owner": "ETSI", "common:Name": "LDTaskDesiredStatus", "common:Value": "Cancelled"}
    task["HI1Object"]["task:DesiredStatus"] = status
    listed[1]["UPDATE"] = task
    instrument, change = read(message).drafts
    assert (instrument.kind, change.kind) == ("supplement", "supplement")
    assert "Cancelled" in change.body.note.title and change.body.note.text == "XX-ACTOR01-1234"
    assert "W000001" in instrument.body.note.title
    for draft, number in ((instrument, 0), (change, 1)):
        (file,) = telecom.render(said(draft))
        assert objects(judge(file.data)) == [objects_of(message)[number]]


def objects_of(message: Any) -> list[Any]:
    return objects(message)


def test_actions_without_a_statement(request4: Make, read: Read) -> None:
    message = request4()
    listed = message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"]
    listed.append({"ActionIdentifier": 2, "GET": {"Identifier": "7dbbc880-8750-4d3c-abe7-ea4a17646045"}})
    listed.append({"ActionIdentifier": 3, "LIST": {}})
    conversion = read(message)
    assert codes(conversion) == ["HT-ADP-204", "HT-ADP-204"] and len(conversion.drafts) == 1


def test_documents_go_with_their_instrument(
    request4: Make, read: Read, said: Callable[..., Opened], judge: Callable[[bytes], Any]
) -> None:
    message = request4()
    warrant = {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2020/09/Document}DocumentObject",
        "ObjectIdentifier": "eb229e4e-e80c-4b4a-9d82-a4bb1cdffa9a",
        "AssociatedObjects": {"AssociatedObject": ["7dbbc880-8750-4d3c-abe7-ea4a17646045"]},
        "doc:DocumentName": "调取证据通知书",
        "doc:DocumentBody": {"doc:Contents": "VGhpcw==", "doc:ContentType": "application/pdf"},
    }
    without = read(message).drafts[0].facts.approval.document_sha256
    listed = message["Payload"]["RequestPayload"]["ActionRequests"]["ActionRequest"]
    listed.append({"ActionIdentifier": 2, "CREATE": {"HI1Object": warrant}})
    conversion = read(message)
    (draft,) = conversion.drafts
    assert not conversion.dead_letters and draft.facts.approval.document_sha256 != without
    (file,) = telecom.render(said(draft))
    assert objects(judge(file.data))[2] == warrant
    # One that belongs to nothing in the message is not passed over in silence.
    warrant["AssociatedObjects"]["AssociatedObject"] = ["00000000-8750-4d3c-abe7-ea4a17646045"]
    assert codes(read(message)) == ["HT-ADP-204"]


def test_no_field_is_lost_on_the_way_back(
    request4: Make, read: Read, said: Callable[..., Opened], judge: Callable[[bytes], Any]
) -> None:
    message = request4()
    given, task = objects(message)
    given |= {
        "Generation": 3,
        "ExternalIdentifier": "案-1",
        "auth:AuthorisationLegalType": {
            "common:Owner": "CN",
            "common:Name": "LegalType",
            "common:Value": "调取证据通知书",
        },
        "auth:AuthorisationPriority": {
            "common:Owner": "ETSI",
            "common:Name": "AuthorisationPriority",
            "common:Value": "High",
        },
        "auth:AuthorisationTypeOfCase": {
            "common:Owner": "ETSI",
            "common:Name": "AuthorisationTypeOfCase",
            "common:Value": "Other",
        },
        "auth:AuthorisationLegalEntity": "无锡市公安局",
        "auth:AuthorisationJurisdiction": "320200",
        "auth:AuthorisationManualInformation": "《刑事诉讼法》第五十四条",
        "auth:AuthorisationApprovalDetails": [
            {
                "common:ApprovalType": "written",
                "common:ApproverDetails": {"common:ApproverName": "张某", "common:ApproverRole": "局长"},
                "common:ApprovalTimestamp": "2019-09-29T08:00:00+08:00",
                "common:ApprovalIsEmergency": True,
            },
            {"common:ApprovalType": "second"},
        ],
        "auth:NationalAuthorisationParameters": {
            "auth:CountryCode": "XX",
            "x:Own": {"deep": [1, 2.50, None, True, {}]},
        },
    }
    task |= {
        "task:Flags": {
            "task:LDTaskFlag": [{"common:Owner": "ETSI", "common:Name": "LDTaskFlag", "common:Value": "IsTest"}]
        },
        "task:AlternativePreservationReferences": {
            "task:AlternativePreservationReference": [
                {"task:ReferenceValue": "BQ/1", "task:NatureOfReference": "a[0]#json"}
            ]
        },
    }
    task["task:RequestDetails"]["task:ObservedTimes"] = ["2019-10-01T00:00:00Z"]
    task["task:RequestDetails"]["task:RequestValues"]["task:RequestValue"] += [
        {"task:FormatType": {"task:FormatOwner": "ETSI", "task:FormatName": name}, "task:Value": value}
        for name, value in (
            ("IMSI", "460001234567890"),
            ("IMEISV", "1234567890123456"),
            ("IPv4Address", "192.0.2.7"),
            ("IPv6CIDR", "2001:0db8:0000:0000:0000:0000:0000:0000/32"),
            ("EmailAddress", "a@b.cn"),
            ("MACAddress", "aa:bb:cc:dd:ee:ff"),
            ("GPSIMSISDN", "8613812345678"),
            ("SIPURI", "sip:1@x.cn"),
        )
    ]
    (draft,) = read(message).drafts
    inquiry = draft.body.inquiry
    assert draft.urgency == codes_pb2.URGENCY_URGENT and inquiry.instrument.approver_role == "局长"
    assert draft.facts.approval.approved_on == "2019-09-29"
    assert inquiry.legal_mandate == "《刑事诉讼法》第五十四条" and inquiry.instrument.sort == "调取证据通知书"
    assert [one.identifiers[0].type for one in inquiry.subjects[1:4]] == [
        codes_pb2.IDENTIFIER_TYPE_IMSI,
        codes_pb2.IDENTIFIER_TYPE_IMEI,
        codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS,
    ]
    (file,) = telecom.render(said(draft))
    back = dict(leaves(judge(file.data)))
    missing = {path: value for path, value in leaves(message) if back.get(path, "-") != value}
    assert missing == {}


def test_the_sender_is_whom_the_hub_has_verified(
    request4: Make, read: Read, said: Callable[..., Opened], judge: Callable[[bytes], Any]
) -> None:
    message = request4()
    message["Header"]["SenderIdentifier"] = {"CountryCode": "CN", "UniqueIdentifier": "ministry-of-public-security"}
    (file,) = telecom.render(said(read(message).drafts[0], sender="wuxi-police"))
    header = judge(file.data)["Header"]
    assert header["SenderIdentifier"] == {"CountryCode": "CN", "UniqueIdentifier": "wuxi-police"}
    assert header["TransactionIdentifier"] == message["Header"]["TransactionIdentifier"]


def test_xml_is_read_as_the_json_would_be(samples: Path, request4: Make, read: Read) -> None:
    (draft,) = telecom.convert((samples / "telecom" / "request9_contact_details.xml").read_bytes(), now=NOW).drafts
    assert draft.kind == "supplement" and "W000001" in draft.body.note.text
    assert "adapter-version-unknown" in {note.code for note in draft.notes}
    kept = {extra.path: extra.value for extra in draft.body.extras}
    where = "Authorisation/auth:AuthorisationApprovalDetails[0]/common:ApproverDetails/common:ApproverContactDetails[0]"
    assert kept[f"{where}/common:Name"] == "Approver name"
    xml = to_xml(request4())
    (by_xml,), (by_json,) = telecom.convert(xml, now=NOW).drafts, read(request4()).drafts
    assert by_xml.body.inquiry == by_json.body.inquiry and by_xml.facts == by_json.facts
    by_json_only = {(e.path, e.value) for e in by_json.body.extras} - {(e.path, e.value) for e in by_xml.body.extras}
    assert not {path for path, _ in by_json_only if "@xmlns" not in path}


def to_xml(message: Any) -> bytes:
    """The XML form of a message, written by hand: prefixes are those of the JSON form."""

    def element(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(name, one) for one in value)
        if not isinstance(value, dict):
            return f"<{name}>{value}</{name}>"
        kind = value.get("@xsi:type", "")
        uri, _, local = kind.partition("}")
        prefix = {"Authorisation": "auth", "Task": "task"}.get(uri.rpartition("/")[2], "")
        typed = f' xsi:type="{prefix}:{local}"' if kind else ""
        inner = "".join(element(key, one) for key, one in value.items() if not key.startswith("@"))
        return f"<{name}{typed}>{inner}</{name}>"

    spaces = "".join(f' {key[1:]}="{value}"' for key, value in message.items() if key.startswith("@"))
    inner = "".join(element(key, value) for key, value in message.items() if not key.startswith("@"))
    return f"<HI1Message{spaces}>{inner}</HI1Message>".encode()


def test_the_schema_refuses_the_whole(request4: Make, read: Read) -> None:
    message = request4()
    objects(message)[1]["task:Reference"] = "secret-reference"
    conversion = read(message)
    assert codes(conversion) == ["HT-ADP-206"] and not conversion.drafts
    (letter,) = conversion.dead_letters
    assert letter.where.endswith("HI1Object/task:Reference") and "pattern" in letter.reason
    assert "secret" not in str(letter)
    message["Header"]["Version"]["ETSIVersion"] = "V1.17.1"
    (draft,) = read(message).drafts  # no schema is carried for it
    assert draft.body.inquiry.reference == "secret-reference"
    del message["Header"]["Version"]
    assert codes(read(message)) == ["HT-ADP-206"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "HT-ADP-10"),
        (b'{"Header": {}, "Payload": {}', "HT-ADP-21"),
        (b'{"Header": {}, "Header": {}, "Payload": {}}', "HT-ADP-23"),
        (b'{"Header": {"x": NaN}, "Payload": {}}', "HT-ADP-24"),
        (b'{"Header": ' + b"[" * 100 + b"]" * 100 + b', "Payload": {}}', "HT-ADP-22"),
        (b"\xff\xfe{\x00\x00\xd8", "HT-ADP-13"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><HI1Message/>', "HT-XML-02"),
        (b"<HI1Message", "HT-XML-01"),
        (b'<HI1Message xmlns="urn:other"/>', "HT-ADP-11"),
        (b'<HI1Message xmlns="http://uri.etsi.org/03120/common/2019/10/Core"/>', "HT-ADP-30"),
        (b"{}", "HT-ADP-11"),
        (b"PK\x03\x04" + bytes(40), "HT-ADP-11"),
        (b"[]", "HT-ADP-11"),
    ],
)
def test_what_cannot_be_read(data: bytes, code: str) -> None:
    assert codes(telecom.convert(data, now=NOW)) == [code]


def test_too_large() -> None:
    assert codes(telecom.convert(b" " * 40_000_000 + b"x", now=NOW)) == ["HT-ADP-12"]


def test_bom_and_utf16(request4: Make) -> None:
    text = json.dumps(request4())
    for data in (b"\xef\xbb\xbf" + text.encode(), b"\xff\xfe" + text.encode("utf-16-le")):
        assert len(telecom.convert(data, now=NOW).drafts) == 1


PLACES = st.sampled_from(
    [
        "Message/Header", "Message/Header/Version", "Actions/Task", "Actions/Task/CREATE", "Actions/Documents",
        "Actions/Documents[0]", "Documents[0]", "Documents", "Task", "Task/task:RequestDetails",
        "Task/AssociatedObjects",
        "Task/task:RequestDetails/task:Type", "Task/task:RequestDetails/task:StartTime", "Task/ObjectIdentifier",
        "Task/task:RequestDetails/task:RequestValues/task:RequestValue[0]/task:FormatType/task:FormatName",
        "Authorisation/auth:AuthorisationLegalType", "Payload/ResponsePayload", "Delivery/delivery:SequenceNumber",
        "Actions/Delivery", "Actions/Delivery/DELIVER", "Notification/x", "Actions/Notification", "Task/task:Status",
    ]
)  # fmt: skip
JUNK = st.sampled_from(["5", "[]", "{}", "null", '"x"', '[{"a":1}]', "not json", '{"@xsi:type":5}'])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    extras=st.lists(st.tuples(PLACES, JUNK, st.booleans()), max_size=4),
    sort=st.sampled_from(["inquiry", "reply", "note"]),
)
def test_extras_of_another_party_break_nothing(
    extras: list[tuple[str, str, bool]], sort: str, request4: Make, read: Read, said: Callable[..., Opened]
) -> None:
    (draft,) = read(request4()).drafts
    if sort == "reply":
        facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_NONE, asked=1)
        draft = replace(draft, kind="inquiry_reply", facts=facts, body=body_pb2.Body())
        draft.body.inquiry_reply.reference = "CN-a-1"
    elif sort == "note":
        draft = replace(draft, kind="supplement", facts=kinds_pb2.Supplement(), body=body_pb2.Body())
        draft.body.note.text = "x"
    draft.body.source_system = "etsi-103120"
    del draft.body.extras[:]
    for path, value, plain in extras:
        draft.body.extras.add(path=path if plain else f"{path}#json", value=value)
    try:
        files = telecom.render(said(draft))
    except HutongError:
        return
    assert all(json.loads(file.data) for file in files)
