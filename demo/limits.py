"""Where it ends: what is refused, with an entry and without, and what is erased."""

from __future__ import annotations

from demo.account import Told, until
from demo.founding import Member, Stage
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
        await stage.order("erase", message_id=item.hex(), reason=reason)

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
