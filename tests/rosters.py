"""A house in which everything that there is to say about duty was said, on a real hub."""

from __future__ import annotations

import asyncio
from typing import Any

from hub.recorder.work import HubTask
from hutong.client import joining
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, directory_pb2, entry_pb2, kinds_pb2
from tests.worlds import World

HOUR = 3_600_000
DAY = 24 * HOUR
ADDRESS = "duty@police.example"


def letter(kind: str, facts: Any, **more: Any) -> Letter:
    return Letter(kind, facts, purpose=codes_pb2.PURPOSE_ADMINISTRATION, **more)


async def say(world: World, person: Any, *letters: Letter) -> None:
    client = await world.client(person.profile)
    for each in letters:
        await joining.say(client, person.key, each)


def say_as_hub(world: World, task: HubTask) -> None:
    """What the hub says, durable once this returns; the refusal is raised."""
    server = world.hub.server

    async def hand_in() -> entry_pb2.Outcome:
        task.answer = asyncio.get_running_loop().create_future()
        server._recorder.submit(task)
        return await task.answer

    outcome = asyncio.run_coroutine_threadsafe(hand_in(), server._loop).result(20)
    if outcome.HasField("refusal"):
        raise HutongError(outcome.refusal.code, **outcome.refusal.params)


def roster(now: int, *contacts: str, **more: Any) -> Letter:
    given: dict[str, Any] = {"begins": now, "ends": now + 30 * DAY, "contacts": contacts, "shift_minutes": 720} | more
    return letter("roster_published", kinds_pb2.RosterPublished(**given))


def mail(address: str = ADDRESS) -> Letter:
    card = directory_pb2.ChannelCard(address=address).SerializeToString()
    return letter("channel_named", kinds_pb2.ChannelNamed(kind=codes_pb2.CHANNEL_KIND_MAIL), card=card)


async def story(world: World) -> int:
    """The police publish, override, swap, go away and come back, delegate and name a channel; when it began."""
    police, now = world.police, joining.now_ms()
    begins = now + HOUR
    head, liaison = police.head, police.liaison
    offer = letter(
        "swap_offered",
        kinds_pb2.SwapOffered(
            begins=begins + DAY,
            ends=begins + DAY + DAY // 2,
            other=liaison.contact,
            other_begins=begins + DAY // 2,
            other_ends=begins + DAY,
        ),
    )
    away = letter(
        "absence_declared",
        kinds_pb2.AbsenceDeclared(contact=liaison.contact, begins=begins + 9 * DAY, ends=begins + 10 * DAY),
    )
    await say(world, head, roster(begins, head.contact, liaison.contact), offer)
    await say(world, liaison, letter("swap_answered", kinds_pb2.SwapAnswered(offer=offer.message_id, accepted=True)))
    stand_in = kinds_pb2.DutyOverridden(begins=begins + 3 * DAY, ends=begins + 4 * DAY, contact=liaison.contact)
    await say(world, head, letter("duty_overridden", stand_in))
    await say(world, liaison, away, mail())
    earlier = kinds_pb2.AbsenceDeclared(contact=liaison.contact, ends=begins + 9 * DAY + 1, earlier=away.message_id)
    await say(world, head, letter("absence_declared", earlier))
    return begins
