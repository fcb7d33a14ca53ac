"""What happens: leads from agencies' own records, their way to named contacts, and the answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from demo.account import SAMPLES, Told, drop, until
from demo.founding import Stage, serve
from demo.processes import Processes
from hutong.v1 import casework_pb2, codes_pb2
from liaison import drafting
from liaison.office import Office
from liaison.papers.answer import answer
from liaison.papers.opening import opening
from liaison.papers.yaml import Plain

_FED = {
    "market": ("ccdb-v1-intake.csv", "ccdb-from_s3.json", "list-panel.json"),
    "cyberspace": (
        "indicator-to-campaign-relationship.json",
        "test_event1_stix21.json",
        "interop-objectmarking-test.json",
    ),
}
_FINDING: dict[str, Plain] = {
    "outcome": "unsubstantiated",
    "title": "核查结果",
    "text": "演示：经核查，未发现传销事实。",
}
_LEADS_WANTED = 30


async def leads_arrive(stage: Stage, told: Told) -> None:
    """Real files fall into the watched folders of two agencies; their nodes make leads of them."""
    for code, names in _FED.items():
        for name in names:
            drop(SAMPLES / code / name, stage.members[code].node / "in" / name)
    async with Office.open(stage.members["police"].liaison) as police:

        async def enough() -> bool:
            found = await police.obligations(ended=True)
            return sum(1 for each in found if each.delivered_at) >= _LEADS_WANTED

        await until(enough, "leads at the police")
        found = await police.obligations()
        told.tell("demo.leads", count=len(found), files=sum(map(len, _FED.values())))
        entries = await police.node().entries()
        at_once = [s.sig for entry in entries for s in entry.envelope.signatures if s.HasField("batch")]
        told.tell("demo.batch", count=len(at_once), signatures=len(set(at_once)))


async def officers_work(stage: Stage, told: Told) -> None:
    """The police liaison looks, acknowledges, closes some and returns one."""
    async with Office.open(stage.members["police"].liaison) as police:
        duties = (await police.inbox()).duties
        for place, duty in enumerate(duties[:8]):
            item = duty.record.item_id
            if place == 0:
                view = await police.show(item)
                told.tell(
                    "demo.opened", title=view.opening.body.lead.title if view.opening and view.opening.body else "?"
                )
            await police.send(await drafting.acknowledgement(police, item))
            if place == 7:
                elsewhere = codes_pb2.REASON_CODE_WRONG_REGION
                await police.send(await drafting.return_(police, item, elsewhere, "演示：请转送有管辖权的机关。"))
            elif place % 2:
                await police.send(await drafting.reply(police, item, answer(dict(_FINDING), Path())))
        told.tell("demo.worked", acknowledged=min(8, len(duties)))
    async with Office.open(stage.members["market"].liaison) as market:
        duties = (await market.inbox()).duties
        if duties:
            await market.send(await drafting.acknowledgement(market, duties[0].record.item_id))
            told.tell("demo.indicator", count=len(duties))


async def banks_are_asked(stage: Stage, told: Told) -> None:
    """An account inquiry under approval goes out as ISO 20022; a bank's statement comes back as the answer."""
    document = stage.folder / "approval.txt"
    document.write_text("演示：账户查询审批表\n", encoding="utf-8")
    paper: dict[str, Plain] = {
        "to": "banking",
        "urgency": "urgent",
        "legal_basis": ["PSR-2005-14"],
        "facts": {
            "ask": "transactions",
            "subjects": [{"role": "organiser", "count": "1"}],
            "period_from": "2010-10-01",
            "period_to": "2010-10-31",
            "approval": {"level": "prefecture", "approved_on": "2026-10-12", "document": document.name},
        },
        "body": {
            "reference": "DEMO-2026-0001",
            "legal_mandate": "《禁止传销条例》第十四条",
            "period_from": "2010-10-01",
            "period_to": "2010-10-31",
            "accounts": [
                {"role": "organiser", "account": {"other_id": "50000000054910000003", "owner_name": "FINPETROL"}}
            ],
        },
    }
    banking = stage.members["banking"]
    async with Office.open(stage.members["market"].liaison) as market:
        (asked,) = await market.send(drafting.opening(market, opening("inquiry", paper, stage.folder)))
        item = asked.entry.message_id
        async with Office.open(banking.liaison) as bank:

            async def delivered() -> bool:
                return any(each.item_id == item and each.delivered_at for each in await bank.obligations())

            await until(delivered, "the inquiry at the banking regulator")

            async def written() -> bool:
                return any((banking.node / "out").glob("*.xml"))

            await until(written, "auth.001 in the node's folder")
            await bank.send(await drafting.acknowledgement(bank, item))
            name = "business_sample_camt.054.001.04.xml"
            drop(SAMPLES / "banking" / name, banking.node / "in" / name)

            async def answered() -> bool:
                (duty,) = await market.duties(item)
                return duty.record.state == casework_pb2.OBLIGATION_STATE_REPORTED

            await until(answered, "the bank's answer")
            closing: dict[str, Plain] = {"outcome": "answered", "title": "办结", "text": "演示：已全部答复。"}
            await bank.send(await drafting.reply(bank, item, answer(closing, Path())))

        async def opened() -> bool:
            view = await market.show(item)
            return any(each.body is not None and each.body.HasField("inquiry_reply") for each in view.opened)

        await until(opened, "the opened answer at the asking agency")
    told.tell("demo.bank", reference="DEMO-2026-0001")


async def hub_restarts(stage: Stage, processes: Processes, told: Told) -> None:
    """The hub is killed with work under way and comes back; the nodes go on by themselves."""
    name, node = "ccdb-v1-public.csv", stage.members["market"].node
    async with Office.open(stage.members["market"].liaison) as market:
        before = len(await market.obligations(outgoing=True, ended=True))
    drop(SAMPLES / "market" / name, node / "in" / name)
    processes.kill("hub")
    await asyncio.to_thread(serve, processes, stage.home)
    async with Office.open(stage.members["market"].liaison) as market:

        async def all_there() -> bool:
            sent = await market.obligations(outgoing=True, ended=True)
            taken = not any((node / "in").iterdir()) and (await market.node().status()).outbox == 0
            return taken and len(sent) > before and all(each.delivered_at for each in sent)

        await until(all_there, "the deliveries after the restart")
        after = len(await market.obligations(outgoing=True, ended=True))
    told.tell("demo.restart", count=after - before)
