"""What happens: leads from agencies' own records, their way to named contacts, the answers, and what is refused."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from demo.founding import Member, Stage, serve
from demo.processes import Processes
from hub import orders
from hub.state.database import open_engine
from hutong.catalogue import say
from hutong.client.hub import Accepted
from hutong.client.joining import now_ms
from hutong.client.refusals import Refused
from hutong.client.writing import Author, write
from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2
from liaison import drafting
from liaison.office import Office
from liaison.papers.answer import answer
from liaison.papers.opening import opening
from liaison.papers.yaml import Plain

SAMPLES = Path(str(files("demo"))) / "samples"
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
_PATIENCE = 60.0
_POLL = 0.25
_FLASH_MS = 31 * 60_000


@dataclass
class Told:
    """What the account and the summary are made of."""

    lines: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def tell(self, key: str, **params: Any) -> None:
        """One line of the account."""
        self.lines.append(say(key, **params))


async def until(found: Callable[[], Awaitable[bool]], what: str) -> None:
    """Look until ``found``; HT-DMO-03 names ``what`` when it takes too long."""
    end = asyncio.get_running_loop().time() + _PATIENCE
    while not await found():
        if asyncio.get_running_loop().time() > end:
            raise HutongError("HT-DMO-03", what=what)
        await asyncio.sleep(_POLL)


async def leads_arrive(stage: Stage, told: Told) -> None:
    """Real files fall into the watched folders of two agencies; their nodes make leads of them."""
    for code, names in _FED.items():
        for name in names:
            _drop(SAMPLES / code / name, stage.members[code].node / "in" / name)
    async with Office.open(stage.members["police"].liaison) as police:

        async def enough() -> bool:
            found = await police.obligations(ended=True)
            return sum(1 for each in found if each.delivered_at) >= _LEADS_WANTED

        await until(enough, "leads at the police")
        found = await police.obligations()
        told.tell("demo.leads", count=len(found), files=sum(map(len, _FED.values())))


def _drop(source: Path, target: Path) -> None:
    """As a system exports: written beside, then renamed."""
    draft = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, draft)
    draft.rename(target)


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
            _drop(SAMPLES / "banking" / name, banking.node / "in" / name)

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
    _drop(SAMPLES / "market" / name, node / "in" / name)
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
        engine = open_engine(stage.home.settings.url)
        order = orders.place(engine, "advance", {"milliseconds": _FLASH_MS})
        await asyncio.to_thread(orders.wait, engine, order, 15.0)

        async def certified() -> bool:
            (duty,) = await market.duties(item)
            return duty.record.non_response

        await until(certified, "the certificate of non-response")
        (duty,) = await market.duties(item)
        told.tell("demo.silence", owner=duty.owner_name)


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
            told.refusals.append(refused.code)
            told.tell("demo.forged", code=refused.code)
        first: Accepted = await market.hub.send(honest)
        again: Accepted = await market.hub.send(honest)
        if first.receipt != again.receipt:
            raise HutongError("HT-DMO-03", what="the same receipt for the same bytes")
        told.tell("demo.replayed", index=first.index)
