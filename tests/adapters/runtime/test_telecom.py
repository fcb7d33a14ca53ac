"""The police ask an operator for call records through two nodes; the operator's table finds its way back by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from adapters import telecom
from adapters.draft import Draft
from adapters.runtime.arrivals import Verdict
from adapters.runtime.matching import Matcher, OpenedInquiry
from adapters.runtime.verdict import opened
from hutong.client.joining import now_ms
from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from tests.adapters.runtime.stations import Desk, work
from tests.worlds import join

NUMBER = "13812345678"
TABLE = f"主叫号码,被叫号码,开始时间,通话时长(秒)\n{NUMBER},13987654321,2026-01-02 10:00:00,63\n"


def asked(reference: str, *numbers: str) -> Letter:
    facts = kinds_pb2.Inquiry(
        ask=codes_pb2.ASK_TYPE_CALL_RECORDS,
        subjects=[kinds_pb2.SubjectCount(role=codes_pb2.SUBJECT_ROLE_ORGANISER, count=len(numbers))],
        period_from="2026-01-01",
        period_to="2026-01-31",
        approval=kinds_pb2.Approval(
            level=codes_pb2.LEVEL_PREFECTURE, approved_on="2026-02-01", document_sha256=bytes(range(32))
        ),
    )
    subjects = [
        body_pb2.Subject(
            role=codes_pb2.SUBJECT_ROLE_ORGANISER,
            identifiers=[body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value=number)],
        )
        for number in numbers
    ]
    said = body_pb2.InquiryBody(
        reference=reference, subjects=subjects, period_from="2026-01-01", period_to="2026-01-31"
    )
    return Letter("inquiry", facts, to=[To("telecom")], body=body_pb2.Body(inquiry=said), legal_basis=["PSR-2005-14"])


def test_call_records_go_to_the_police_alone(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        regulator = await join(world.hub, world.folder, "telecom", codes_pb2.AGENCY_TYPE_TELECOM)
        station, police = await own_desk.station(regulator, "telecom"), await own_desk.station(world.police)
        asker = await world.client(world.police.liaison.profile)
        letter = asked("JZ-2026-017", NUMBER)
        await asker.send(await world.write(letter, world.police.officer(), world.police.liaison.profile))

        async with station.open() as node:
            await work(node)
            (name,) = station.names("out")
            message = json.loads((station.folder / "out" / name).read_bytes())
            # The node knows from the directory that it is the police who ask.
            assert "Payload" in message and not node.troubles.letters()
            station.put("cdr.csv", TABLE.encode("gb18030"))
            await work(node)
            assert node.outgoing.about(letter.message_id)[-1]["state"] == "waiting"

        owner = await world.client(regulator.liaison.profile)
        taken = Letter("acknowledged", kinds_pb2.Acknowledged(), to=[To("police")], item=letter.message_id)
        await owner.send(await world.write(taken, regulator.officer(), regulator.liaison.profile))
        async with station.open() as node:
            await work(node)
        async with police.open() as node:
            await work(node)
            (reply,) = [one for one in node.arrivals.newest(20) if one.verdict.kind == "inquiry_reply"]
            (call,) = opened(reply, node.profile.opening_keys(), "police").inquiry_reply.calls
            assert (call.caller, call.duration) == (NUMBER, "63")

    own_desk.world.run(story())


def held(letter: Letter, number: int) -> OpenedInquiry:
    message = bytes([number]) * 16
    header = header_pb2.Header(message_id=message, issued_at=1_770_000_000_000)
    header.sender.agency = "wuxi-police"
    header.recipients.add(agency="telecom", role=codes_pb2.RECIPIENT_ROLE_TO)
    header.inquiry.CopyFrom(letter.facts)  # type: ignore[arg-type]
    verdict = Verdict(message, message, "inquiry", "police", False, codes_pb2.OPENING_RESULT_OPENED, "", 1)
    assert letter.body is not None
    return OpenedInquiry(verdict, header, letter.body, codes_pb2.AGENCY_TYPE_POLICE)


def answer(**said: Any) -> Draft:
    reply = body_pb2.InquiryReplyBody(**said)
    facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL)
    return Draft("inquiry_reply", facts, header_pb2.CommonFacts(), body_pb2.Body(inquiry_reply=reply), "1")


def found(draft: Draft, *inquiries: OpenedInquiry) -> int | str:
    matcher = Matcher(telecom, lambda: datetime.fromtimestamp(now_ms() / 1000, UTC))
    try:
        return matcher.find(draft, inquiries).message_id[0]
    except HutongError as error:
        return error.code


def test_which_inquiry_an_operators_answer_belongs_to() -> None:
    other = "13900000000"
    first, second = held(asked("A-1", NUMBER), 1), held(asked("A-2", other), 2)
    call: Callable[..., body_pb2.CallRecord] = lambda a, b: body_pb2.CallRecord(caller=a, callee=b)  # noqa: E731
    assert found(answer(reference="A-2"), first, second) == 2
    assert found(answer(reference="CN-wuxi-police-A-1"), first, second) == 1, "the LDID under which it was written out"
    assert found(answer(calls=[call(f"+86{NUMBER}", "1"), call("2", NUMBER)]), first, second) == 1
    # A call between two who were both asked about: the rest of the calls tells which one it is.
    assert found(answer(calls=[call(NUMBER, other), call(other, "3")]), first, second) == 2
    assert found(answer(calls=[call(NUMBER, other)]), first, second) == "HT-NOD-06"
    # Calls of two numbers answer no one inquiry: what somebody else asked about must not travel along.
    assert found(answer(calls=[call(NUMBER, "1"), call(other, "3")]), first, second) == "HT-NOD-05"
    line = body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value=NUMBER)
    assert found(answer(subscribers=[body_pb2.Subscriber(identifiers=[line])]), first, second) == 1
    assert found(answer(filings=[body_pb2.SiteFiling(domains=["a.cn"])]), first, second) == "HT-NOD-05"
    assert found(answer(), first, second) == "HT-NOD-05"
