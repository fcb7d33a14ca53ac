"""Whose it is when people come and go: a handover before leave, a fall to the head, more time, a hold."""

from __future__ import annotations

import datetime as dt

from demo import acts
from demo.account import Told, until
from demo.founding import Stage
from hutong.client.refusals import Refused
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.tls.profile import Profile
from hutong.v1 import casework_pb2, codes_pb2, kinds_pb2
from hutong.worktime.calendar import ZONE
from liaison import days, moves, people, rosters, terms
from liaison.office import Office
from liaison.papers.roster import roster

_MINUTE = 60_000
_HOLD_MS = 30 * _MINUTE


async def a_roster_is_published(stage: Stage, told: Told) -> None:
    """值班表: the telecom regulator says for thirty days whose week it is."""
    telecom = stage.members["telecom"]
    today = dt.datetime.fromtimestamp(stage.now / 1000, ZONE).date()
    paper = roster(
        {
            "desk": "liaison",
            "from": today.isoformat(),
            "to": (today + dt.timedelta(days=30)).isoformat(),
            "shift": "7d",
            "contacts": [telecom.role.liaison, telecom.role.deputy],
        }
    )
    async with Office.open(telecom.head) as head:
        await head.send(rosters.publication(head, paper))
    told.tell("demo.roster", agency=telecom.role.name_zh, owner=telecom.role.liaison)


async def a_colleague_leaves(stage: Stage, told: Told) -> None:
    """工作交接 before leave. Whoever owns something cannot be let go of their own accord; signed all the same, it is
    refused with an entry. After a colleague has accepted the handover it goes through."""
    telecom = stage.members["telecom"]
    leaver, taker = telecom.others["officer"], telecom.liaison
    paper = acts.lead(acts.to_person("telecom", leaver), "演示：请核查一个号段")
    async with Office.open(stage.members["market"].liaison) as market:
        item = await acts.send(stage, market, "lead", paper)
    await acts.take_on(leaver, item)
    refused = await _withdrawal_refused(telecom.head, leaver.contact)
    if refused.receipt is None:
        raise refused
    told.tell("demo.leave.refused", name=telecom.role.officer, code=refused.code, index=refused.receipt.index)
    async with Office.open(leaver) as office:
        await office.send(await moves.handover(office, [], taker.contact, leaving=True))
    async with Office.open(taker) as office:
        answer, _ = await moves.handover_answer(office, "", accepted=True)
        await office.send(answer)
    async with Office.open(telecom.head) as head:
        (gone,) = await head.send(await people.withdrawal(head, leaver.contact, voluntary=True))
    told.tell("demo.leave", name=telecom.role.officer, taker=telecom.role.liaison, index=gone.index)
    await acts.close(taker, item, "演示：交接后办结。")


async def _withdrawal_refused(profile: Profile, contact: str) -> Refused:
    """The head is told before signing that this contact has to hand over first (HT-DTY-42), and signs all the same."""
    said = kinds_pb2.ContactWithdrawn(contact=contact, voluntary=True)
    async with Office.open(profile) as head:
        try:
            await people.withdrawal(head, contact, voluntary=True)
        except HutongError as warning:
            if warning.code != "HT-DTY-42":
                raise
            try:
                await head.dispatch(Letter("contact_withdrawn", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION))
            except Refused as refused:
                return refused
    raise HutongError("HT-DMO-03", what="refusal of a withdrawal without handover")


async def an_owner_is_gone(stage: Stage, told: Told) -> None:
    """A withdrawal with immediate effect: what the contact owned is the head's at once, as a breach on record, until
    the head gives it to somebody. That colleague asks for more time, and then holds the item until the hub ends it."""
    police = stage.members["police"]
    owner, colleague = police.others["officer"], police.others["deputy"]
    paper = acts.lead(acts.to_person("police", owner), "演示：请核查一处窝点", urgency="urgent")
    async with Office.open(stage.members["market"].liaison) as market:
        item = await acts.send(stage, market, "lead", paper)
        await acts.take_on(owner, item)
        async with Office.open(police.head) as head:
            (gone,) = await head.send(await people.withdrawal(head, owner.contact))
            fallen = (await acts.duty(head, item)).record
            if (fallen.owner, fallen.breach) != (police.head.contact, True):
                raise HutongError("HT-DMO-03", what="the fall of the ownership to the head")
            told.tell("demo.fell", name=police.role.officer, head=police.role.head, index=gone.index)
            await head.send(await moves.assignment(head, item, colleague.contact, ""))
        told.tell("demo.assigned", name=police.role.deputy)
        await _more_time(police.head, colleague, market, item)
        told.tell("demo.extended", name=police.role.deputy, head=police.role.head)
        await _hold(stage, colleague, market, item)
        told.tell("demo.resumed", minutes=_HOLD_MS // _MINUTE)
    await acts.close(colleague, item, "演示：延期后办结。")


async def _more_time(head: Profile, owner: Profile, requester: Office, item: bytes) -> None:
    """延期: asked by the owner, approved by the head, granted by whoever set the time."""
    async with Office.open(owner) as office:
        latest = days.day_of(terms.latest_extension(office, await office.item(item))).isoformat()
        reason = codes_pb2.EXTENSION_REASON_COMPLEX
        await office.send(await terms.extension(office, item, latest, reason, "演示：人数众多，申请延期。"))
    async with Office.open(head) as office:
        await office.send(await terms.extension_decision(office, item, "", granted=True, text=""))
    await requester.send(await terms.extension_decision(requester, item, "", granted=True, text=""))


async def _hold(stage: Stage, owner: Profile, requester: Office, item: bytes) -> None:
    """挂起 for half an hour, which then is over without anybody's doing."""
    until_when = dt.datetime.fromtimestamp((stage.now + _HOLD_MS) / 1000, ZONE).isoformat()
    reason = codes_pb2.HOLD_REASON_WAITING_FOR_MATERIAL
    async with Office.open(owner) as office:
        await office.send(await terms.hold(office, item, until_when, reason, "演示：等待补充材料。"))
    await stage.order("advance", milliseconds=_HOLD_MS + _MINUTE)

    async def resumed() -> bool:
        return (await acts.duty(requester, item)).record.state == casework_pb2.OBLIGATION_STATE_IN_PROGRESS

    await until(resumed, "the end of the hold")
