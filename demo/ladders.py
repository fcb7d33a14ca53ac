"""What happens when nothing happens: a flash lead climbs its whole ladder, the superior presses, a drill is quick.

The hub's clock is moved on by hours, not days: statements are good for seven days from when officers, whose clocks are
not moved, sign them.
"""

from __future__ import annotations

from demo import acts
from demo.account import Told, until
from demo.founding import Stage
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2
from liaison import terms
from liaison.office import Office
from liaison.papers.yaml import Plain

_MINUTE = 60_000
_TO_CERTIFICATE, _APART, _STEPS = 31, 15, 7
"""Minutes: until the time for 签收 of a flash lead is over; between the steps that follow, and how many there are."""
_DRILL = 4
"""Minutes past the first steps of a drill."""


async def nobody_answers(stage: Stage, told: Told) -> bytes:
    """A flash lead to an agency whose officer on duty is away; the item. The deputy is told at once, the hub certifies
    the silence, and the ladder climbs to its end before the deputy takes it on."""
    telecom = stage.members["telecom"]
    desk: dict[str, Plain] = {"agency": "telecom", "desk": "liaison"}
    paper = acts.lead(desk, "演示：疑似网络传销平台", urgency="flash", cc="government")
    async with Office.open(stage.members["market"].liaison) as market:
        item = await acts.send(stage, market, "lead", paper)
        await stage.order("advance", milliseconds=_TO_CERTIFICATE * _MINUTE)

        async def certified() -> bool:
            return (await acts.duty(market, item)).record.non_response

        await until(certified, "the certificate of non-response")
        told.tell("demo.silence", owner=(await acts.duty(market, item)).owner_name)
        for _ in range(_STEPS):
            await _next_step(stage, market, item)
        record = (await acts.duty(market, item)).record
        if not record.red:
            raise HutongError("HT-DMO-03", what="the end of the ladder")
    minutes, above = _TO_CERTIFICATE + _STEPS * _APART, stage.members["government"].role.liaison
    told.tell("demo.climbed", steps=record.steps, minutes=minutes, coordinator=above)
    deputy = telecom.others["deputy"]
    await acts.take_on(deputy, item)
    async with Office.open(deputy) as office:
        await office.send(await terms.progress(office, item, codes_pb2.PROGRESS_STEP_VERIFYING, "演示：正在核查。"))
    await acts.close(deputy, item, "演示：平台已关停。")
    told.tell("demo.late", name=telecom.role.deputy)
    return item


async def _next_step(stage: Stage, office: Office, item: bytes) -> None:
    """A quarter of an hour on, so that each step is said when it is due."""
    before = (await acts.duty(office, item)).record.steps
    await stage.order("advance", milliseconds=_APART * _MINUTE)

    async def taken() -> bool:
        return (await acts.duty(office, item)).record.steps > before

    await until(taken, "the next step of the ladder")


async def the_superior_presses(stage: Stage, told: Told, about: bytes) -> None:
    """督办 about the item that was left standing; done only when whoever pressed has reviewed it (复核)."""
    government, telecom = stage.members["government"], stage.members["telecom"]
    paper: dict[str, Plain] = {
        "to": "telecom",
        "urgency": "urgent",
        "facts": {"about_item": about.hex()},
        "body": {"title": "演示：督办逾期线索", "text": "演示：请说明逾期原因并整改。"},
    }
    async with Office.open(government.liaison) as office:

        async def has_the_copy() -> bool:
            return bool(await office.node().entries(about))

        await until(has_the_copy, "the copy of the flash lead at the government")
        item = await acts.send(stage, office, "supervision", paper)
        await acts.take_on(telecom.liaison, item)
        await acts.close(telecom.liaison, item, "演示：已整改，值班已补位。")
        accepted = codes_pb2.REASON_CODE_UNSPECIFIED
        await office.send(await terms.review(office, item, "telecom", accepted, ""))

        async def closed() -> bool:
            return (await acts.duty(office, item)).record.state == casework_pb2.OBLIGATION_STATE_CLOSED

        await until(closed, "the review of the supervision")
    told.tell("demo.supervised", agency=government.role.name_zh)


async def a_drill_is_held(stage: Stage, told: Told) -> None:
    """演练: the same in minutes, marked in every statement, and in no figure of any scorecard."""
    police = stage.members["police"]
    paper = acts.lead("police", "【演练】演示：一条线索", urgency="flash", drill=True)
    async with Office.open(stage.members["market"].liaison) as market:
        item = await acts.send(stage, market, "lead", paper)
        await stage.order("advance", milliseconds=_DRILL * _MINUTE)

        async def urged() -> bool:
            record = (await acts.duty(market, item)).record
            return record.non_response and record.next_at > stage.now

        await until(urged, "the ladder of the drill")
    await acts.take_on(police.liaison, item)
    await acts.close(police.liaison, item, "【演练】演示：办结。")
    told.tell("demo.drill", minutes=_DRILL)
