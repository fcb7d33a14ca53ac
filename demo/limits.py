"""Where it ends: what is refused, with an entry and without, what is erased, and who is found not to have answered."""

from __future__ import annotations

import asyncio

from demo.account import Told, until
from demo.founding import Member, Stage
from hub import orders
from hub.state.database import open_engine
from hutong.client.hub import Accepted
from hutong.client.joining import now_ms
from hutong.client.refusals import Refused
from hutong.client.writing import Author, write
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.v1 import codes_pb2, header_pb2
from liaison import drafting
from liaison.office import Office
from liaison.papers.opening import Opening, opening
from liaison.papers.yaml import Plain

_FLASH_MS = 31 * 60_000
_ORDER_SECONDS = 15.0


async def cheats_are_refused(stage: Stage, told: Told) -> None:
    """A forged statement is refused; the same bytes sent twice are recorded once."""
    paper: dict[str, Plain] = {
        "to": "police",
        "facts": {"source": "report", "received_on": "2026-10-12", "offences": ["none_known"]},
        "body": {"title": "演示：群众举报", "narrative": "演示：举报内容。"},
    }
    member: Member = stage.members["market"]
    async with Office.open(member.liaison) as market:
        letter = opening("lead", paper, stage.folder).letter()
        author = Author(member.liaison.origin, member.role.code, member.liaison.contact, market.key)
        directory, sequence = market.directory.records, member.liaison.next_sequence()
        honest = write(letter, author, directory, sequence, now_ms())
        forged = type(honest)()
        forged.CopyFrom(honest)
        signature = bytearray(forged.envelope.signatures[0].sig)
        signature[0] ^= 1
        forged.envelope.signatures[0].sig = bytes(signature)
        try:
            await market.hub.submit(forged)
            raise HutongError("HT-DMO-03", what="refusal of the forgery")
        except Refused as refused:
            told.tell("demo.forged", code=refused.code)
        first: Accepted = await market.hub.send(honest)
        again: Accepted = await market.hub.send(honest)
        if first.receipt != again.receipt:
            raise HutongError("HT-DMO-03", what="the same receipt for the same bytes")
        told.tell("demo.replayed", index=first.index)


async def what_one_may_not_ask(stage: Stage, told: Told) -> None:
    """Education asks the telecom regulator for a subscriber's data, which the law leaves to police and procuratorate.
    Its officer is told before signing, and signs all the same. The statement is authentic, so its refusal is an entry,
    and the officer holds the proof of it."""
    paper: dict[str, Plain] = {
        "to": "telecom",
        "facts": {"ask": "subscriber"},
        "body": {
            "reference": "DEMO-2026-0002",
            "subjects": [{"role": "organiser", "identifiers": [{"type": "phone", "value": "13800000000"}]}],
        },
    }
    asked = opening("inquiry", paper, stage.folder)
    async with Office.open(stage.members["education"].liaison) as education:
        warning = _warning(education, asked)
        told.tell("demo.warned", code=warning.code, next=warning.sentences().next)
        try:
            await education.dispatch(asked.letter())
        except Refused as refused:
            if refused.receipt is None:
                raise
            told.tell("demo.refused", code=refused.code, index=refused.receipt.index)
            return
    raise HutongError("HT-DMO-03", what="refusal of the inquiry")


def _warning(office: Office, asked: Opening) -> HutongError:
    """What the officer is told who prepares ``asked``: one may not ask this, and what is lawful instead."""
    try:
        drafting.opening(office, asked)
    except HutongError as warning:
        if warning.code == "HT-PRM-03":
            return warning
        raise
    raise HutongError("HT-DMO-03", what="warning before signing")


async def a_lead_is_withdrawn(stage: Stage, told: Told) -> None:
    """Education has sent a pupil's data that it should not have; at its request the operator erases the lead."""
    paper: dict[str, Plain] = {
        "to": "police",
        "facts": {"source": "report", "received_on": "2026-10-12", "offences": ["none_known"]},
        "body": {"title": "演示：误送的学生信息", "narrative": "演示：此件误送，应予撤回。"},
    }
    async with (
        Office.open(stage.members["education"].liaison) as education,
        Office.open(stage.members["police"].liaison) as police,
    ):
        (sent,) = await education.send(drafting.opening(education, opening("lead", paper, stage.folder)))
        item = sent.entry.message_id

        async def delivered() -> bool:
            (duty,) = await education.duties(item)
            return bool(duty.record.delivered_at)

        await until(delivered, "the lead that is withdrawn")
        reason = codes_pb2.ErasureReason.Name(codes_pb2.ERASURE_REASON_RECALLED)
        await _order(stage, "erase", message_id=item.hex(), reason=reason)

        async def notices() -> list[int]:
            return [
                entry.receipt.index
                for entry in await police.node().entries(item)
                if kind_of(header_pb2.Header.FromString(entry.envelope.payload)).name == "erased"
            ]

        async def noticed() -> bool:
            return bool(await notices())

        await until(noticed, "the notice of the erasure")
        told.tell("demo.erased", index=sent.index, notice=(await notices())[0])


async def _order(stage: Stage, what: str, **details: object) -> None:
    """What the operator orders with ``hutong hub``, carried out."""
    engine = open_engine(stage.home.settings.url)
    await asyncio.to_thread(orders.wait, engine, orders.place(engine, what, details), _ORDER_SECONDS)


async def nobody_answers(stage: Stage, told: Told) -> None:
    """A flash lead to an agency whose officers are away: at the end of the clock the hub certifies the silence."""
    paper: dict[str, Plain] = {
        "to": "telecom",
        "urgency": "flash",
        "facts": {"source": "monitoring", "received_on": "2026-10-12", "offences": ["cl_224_1"]},
        "body": {"title": "演示：疑似网络传销平台", "narrative": "演示：请协助核查域名。"},
    }
    async with Office.open(stage.members["market"].liaison) as market:
        (sent,) = await market.send(drafting.opening(market, opening("lead", paper, stage.folder)))
        item = sent.entry.message_id

        async def delivered() -> bool:
            (duty,) = await market.duties(item)
            return bool(duty.record.delivered_at)

        await until(delivered, "the flash lead at telecom")
        await _order(stage, "advance", milliseconds=_FLASH_MS)

        async def certified() -> bool:
            (duty,) = await market.duties(item)
            return duty.record.non_response

        await until(certified, "the certificate of non-response")
        (duty,) = await market.duties(item)
        told.tell("demo.silence", owner=duty.owner_name)
