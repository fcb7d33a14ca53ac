"""An inquiry reaches the bank's system as auth.001; its camt answer waits for 签收 and then goes to whoever asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from adapters import banking
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

IBAN = "NL26VAYB8060476890"
SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "banking"


def inquiry_letter(reference: str, iban: str) -> Letter:
    facts = kinds_pb2.Inquiry(
        ask=codes_pb2.ASK_TYPE_TRANSACTIONS,
        subjects=[kinds_pb2.SubjectCount(role=codes_pb2.SUBJECT_ROLE_ORGANISER, count=1)],
        period_from="2013-04-01",
        period_to="2013-04-30",
        approval=kinds_pb2.Approval(
            level=codes_pb2.LEVEL_NATION, approved_on="2026-03-01", document_sha256=bytes(range(32))
        ),
    )
    asked = body_pb2.AccountAsked(account=body_pb2.Account(iban=iban), role=codes_pb2.SUBJECT_ROLE_ORGANISER)
    said = body_pb2.InquiryBody(
        reference=reference,
        legal_mandate="《禁止传销条例》第十四条",
        accounts=[asked],
        period_from="2013-04-01",
        period_to="2013-04-30",
    )
    return Letter("inquiry", facts, to=[To("banking")], body=body_pb2.Body(inquiry=said), legal_basis=["PSR-2005-14"])


def test_an_answer_waits_for_the_acknowledgement(own_desk: Desk) -> None:
    async def story() -> None:
        world = own_desk.world
        bank = await join(world.hub, world.folder, "banking", codes_pb2.AGENCY_TYPE_BANKING)
        station, police = await own_desk.station(bank, "banking"), await own_desk.station(world.police)
        asker = await world.client(world.police.liaison.profile)
        letter = inquiry_letter("JZ-2026-017", IBAN)
        await asker.send(await world.write(letter, world.police.officer(), world.police.liaison.profile))

        station.put("early.xml", (SAMPLES / "camt053.v3.xml").read_bytes())
        async with station.open() as node:
            await node.watch.step()
            await node.intake.step()  # before the inquiry has arrived
            assert [one.code for one in node.troubles.letters()] == ["HT-NOD-05"]
            await work(node)
            (name,) = station.names("out")
            assert b"auth.001.001.01" in (station.folder / "out" / name).read_bytes()
            for sample in ("camt053.v2.minimal.ultimate.xml", "camt053.v2.with-party-ids.xml"):
                station.put(sample, (SAMPLES / sample).read_bytes())
            await work(node)
            assert node.outgoing.count("waiting") >= 1 and node.outgoing.count("queued", "refused") == 0
            waiting = node.outgoing.count("waiting")
            assert node.outgoing.about(letter.message_id)[-1]["state"] == "waiting"

        owner = await world.client(bank.liaison.profile)
        taken = Letter("acknowledged", kinds_pb2.Acknowledged(), to=[To("police")], item=letter.message_id)
        await owner.send(await world.write(taken, bank.officer(), bank.liaison.profile))
        async with station.open() as node:
            await work(node)
            assert node.outgoing.count("waiting", "queued", "refused") == 0
            assert node.store.one("SELECT count(*) FROM outbox WHERE kind = 'inquiry_reply'")[0] == waiting
        async with police.open() as node:
            await work(node)
            replies = [one for one in node.arrivals.newest(20) if one.verdict.kind == "inquiry_reply"]
            assert len(replies) == waiting
            body = opened(replies[0], node.profile.opening_keys(), "police")
            assert body.inquiry_reply.statements[0].account.iban == IBAN
            assert all(one.verdict.item == letter.message_id for one in replies)

    own_desk.world.run(story())


def _held(reference: str, *ibans: str, number: int = 1) -> OpenedInquiry:
    letter = inquiry_letter(reference, ibans[0])
    body = letter.body
    assert body is not None
    for iban in ibans[1:]:
        body.inquiry.accounts.add(account=body_pb2.Account(iban=iban))
    message = bytes([number]) * 16
    header = header_pb2.Header(message_id=message, legal_basis=["PSR-2005-14"])
    header.inquiry.CopyFrom(letter.facts)  # type: ignore[arg-type]
    verdict = Verdict(message, message, "inquiry", "police", False, codes_pb2.OPENING_RESULT_OPENED, "", 1)
    return OpenedInquiry(verdict, header, body)


def _answer(reference: str, *ibans: str) -> Draft:
    reply = body_pb2.InquiryReplyBody(reference=reference)
    for iban in ibans:
        reply.statements.add(account=body_pb2.Account(iban=iban))
    facts = kinds_pb2.InquiryReply(extent=codes_pb2.REPLY_EXTENT_FULL)
    return Draft("inquiry_reply", facts, header_pb2.CommonFacts(), body_pb2.Body(inquiry_reply=reply), "1")


def _found(draft: Draft, *held: OpenedInquiry) -> int | str:
    matcher = Matcher(banking, lambda: datetime.fromtimestamp(now_ms() / 1000, UTC))
    try:
        return matcher.find(draft, held).message_id[0]
    except HutongError as error:
        return error.code


def test_which_inquiry_an_answer_belongs_to() -> None:
    other = "DE89370400440532013000"
    first, second = _held("A-1", IBAN, number=1), _held("A-2", other, number=2)
    assert _found(_answer("A-2"), first, second) == 2
    assert _found(_answer("", f"{IBAN[:4]} {IBAN[4:]}"), first, second) == 1
    assert _found(_answer("unknown", other), first, second) == 2
    assert _found(_answer("unknown"), first, second) == "HT-NOD-05"
    assert _found(_answer(""), first) == "HT-NOD-05"
    # Two agencies asked under one reference: the account decides, and if it cannot, a person does.
    same = _held("A-1", other, number=3)
    assert _found(_answer("A-1", other), first, same) == 3
    assert _found(_answer("A-1"), first, same) == "HT-NOD-06"
    # An account that this inquiry did not ask about must not travel to whoever sent it.
    assert _found(_answer("", IBAN, other), first, second) == "HT-NOD-05"
    # Several accounts in one inquiry go out as several messages, numbered; each number finds its way back.
    both = _held("A-9", IBAN, other, number=9)
    assert _found(_answer("A-9-2", other), first, both) == 9
