"""What officers do again and again in the story: send a paper, take an item on, close it."""

from __future__ import annotations

from pathlib import Path

from demo.account import until
from demo.founding import Stage
from hutong.tls.profile import Profile
from liaison import drafting
from liaison.items import Duty
from liaison.office import Office
from liaison.papers.answer import answer
from liaison.papers.opening import opening
from liaison.papers.yaml import Plain


def lead(to: Plain, title: str, *, urgency: str = "routine", cc: str = "", drill: bool = False) -> dict[str, Plain]:
    """The paper of a lead."""
    facts: dict[str, Plain] = {"source": "monitoring", "received_on": "2026-10-12", "offences": ["none_known"]}
    return {
        "to": to,
        "cc": cc,
        "urgency": urgency,
        "facts": facts | ({"drill": "yes"} if drill else {}),
        "body": {"title": title, "narrative": "演示：请协助核查。"},
    }


def to_person(agency: str, profile: Profile) -> dict[str, Plain]:
    """主送 one named contact."""
    return {"agency": agency, "contact": profile.contact}


async def send(stage: Stage, office: Office, kind: str, paper: dict[str, Plain]) -> bytes:
    """Open an item with ``paper``, and wait until its recipient's node has it; the item's id."""
    drafted = opening(kind, paper, stage.folder)
    about = await drafting.named_in(office, drafted)
    (sent,) = await office.send(drafting.opening(office, drafted, *about))
    item = sent.entry.message_id

    async def delivered() -> bool:
        return bool((await duty(office, item)).record.delivered_at)

    await until(delivered, f"the delivery of a {kind}")
    return item


async def duty(office: Office, item: bytes) -> Duty:
    """The one obligation that there is on ``item``."""
    (found,) = await office.duties(item)
    return found


async def take_on(profile: Profile, item: bytes) -> None:
    """签收 in the name of the contact whose ``profile`` it is."""
    async with Office.open(profile) as office:
        await office.send(await drafting.acknowledgement(office, item))


async def close(profile: Profile, item: bytes, text: str) -> None:
    """办结 by the owner."""
    paper: dict[str, Plain] = {"outcome": "unsubstantiated", "title": "演示：核查结果", "text": text}
    async with Office.open(profile) as office:
        await office.send(await drafting.reply(office, item, answer(paper, Path())))
