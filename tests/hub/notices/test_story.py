"""An unanswered lead on a real hub: who is told by mail, through an outage and restarts, and who sees what was not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hutong.client import joining
from hutong.client.hub import checked
from hutong.client.writing import Letter
from hutong.v1 import casework_pb2, codes_pb2, directory_pb2, kinds_pb2
from tests.receivers import Mailbox, Receiver
from tests.rosters import letter, mail, say
from tests.worlds import Agency, Person, RunningHub, ServedHub, World, close, make_world

MINUTE = 60_000
HOUR = 60 * MINUTE
WAITING, SENT, FAILED = (
    casework_pb2.NOTICE_STATE_WAITING,
    casework_pb2.NOTICE_STATE_SENT,
    casework_pb2.NOTICE_STATE_FAILED,
)


def mailing(mailbox: Mailbox, *hosts: str) -> dict[str, Any]:
    return {
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
        "mail_tls": "none",
        "mail_from": "hub@hutong.test",
        "webhook_hosts": list(hosts),
    }


def reachable(world: World, person: Person, mailbox: Mailbox, address: str) -> None:
    """``person`` names a mailbox, gets the hub's code there and shows it, as people do."""
    before, named = len(mailbox.mails), mail(address)
    world.run(say(world, person, named))
    mailbox.until(lambda: len(mailbox.mails) > before)
    (sent,) = mailbox.mails[before:]
    found = re.search(r"hutong contacts channel confirm ([0-9a-f]{32})", sent.plain)
    assert sent.to == [address] and found
    world.run(say(world, person, shown(named, found[1])))


def callable_at(world: World, person: Person, receiver: Receiver) -> None:
    """The same with a webhook."""
    card = directory_pb2.ChannelCard(address=receiver.url).SerializeToString()
    facts = kinds_pb2.ChannelNamed(kind=codes_pb2.CHANNEL_KIND_WEBHOOK)
    named = letter("channel_named", facts, card=card)
    world.run(say(world, person, named))
    receiver.until(lambda: bool(receiver.calls))
    told = json.loads(receiver.calls.pop().body)
    assert told["kind"] == "channel_test"
    world.run(say(world, person, shown(named, told["code"])))


def shown(named: Letter, code: str) -> Letter:
    facts = kinds_pb2.ChannelConfirmed(channel=named.message_id, code=bytes.fromhex(code))
    return letter("channel_confirmed", facts)


def unanswered(world: World) -> bytes:
    """A lead, and the hub's clock a minute past the time for acknowledging it; its item."""

    async def lead() -> Any:
        client = await world.client(world.market.liaison.profile)
        return await client.submit(await world.lead())

    item = bytes(world.run(lead()).entry.message_id)
    with world.hub.engine.connect() as connection:
        by = int(connection.execute(text("SELECT acknowledge_by FROM obligations")).scalar_one())
    advance(world, by - joining.now_ms() + MINUTE)
    return item


def advance(world: World, milliseconds: int) -> None:
    world.hub.order("advance", milliseconds=milliseconds)


def listed(world: World, agency: Agency, *, failed_only: bool = False) -> list[casework_pb2.Notice]:
    async def call() -> Any:
        client = await world.client(agency.liaison.profile)
        return await checked(client.casework.ListNotices(casework_pb2.ListNoticesRequest(failed_only=failed_only)))

    return list(world.run(call()).notices)


def until(
    world: World, agency: Agency, reached: Callable[[list[casework_pb2.Notice]], bool]
) -> list[casework_pb2.Notice]:
    """The notices of ``agency`` once they are so."""
    end = time.monotonic() + 30
    while not reached(found := listed(world, agency)):
        assert time.monotonic() < end, found
    return found


def certificates(found: list[casework_pb2.Notice]) -> list[casework_pb2.Notice]:
    from tests.towns import number

    return [notice for notice in found if notice.kind == number("non_response")]


def restarted(world: World) -> None:
    world.hub.stop()
    world.hub.start()

    async def again() -> None:
        for agency in (world.market, world.police):
            for profile in (agency.liaison.profile, agency.head.profile):
                await world.reconnected(profile)

    world.run(again())


def hutong(world: World, *words: str) -> tuple[int, dict[str, Any], str]:
    home = str(world.hub.home.settings.home)
    command = [sys.executable, "-m", "hutong", "hub", *words, "--home", home]
    env = os.environ | {"HUTONG_LANG": "en"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def mailed(tmp_path: Path, loop: Any, mailbox: Mailbox, receiver: Receiver) -> Iterator[World]:
    """A world whose hub mails; police's head and market's liaison have confirmed channels."""
    world = make_world(tmp_path, loop, RunningHub, **mailing(mailbox, receiver.host))
    with mailbox.running(), receiver.running():
        reachable(world, world.police.head, mailbox, "head@police.test")
        reachable(world, world.market.liaison, mailbox, "liaison@market.test")
        callable_at(world, world.market.liaison, receiver)
    mailbox.mails.clear()
    yield world
    close(world)


def test_silence_is_mailed_when_the_mail_server_and_the_hub_are_back(
    mailed: World, mailbox: Mailbox, receiver: Receiver
) -> None:
    item = unanswered(mailed)
    tried = until(mailed, mailed.police, lambda found: any(n.error for n in certificates(found)))
    (waiting,) = [notice for notice in certificates(tried) if notice.channel == codes_pb2.CHANNEL_KIND_MAIL]
    assert (waiting.state, waiting.error, waiting.tries) == (WAITING, "HT-NTC-07", 1)
    assert (waiting.item_id, waiting.contact) == (item, mailed.police.head.contact)
    assert waiting.next_try >= waiting.made_at + MINUTE and not waiting.sent_at
    asked = listed(mailed, mailed.market)
    assert {notice.contact for notice in asked} == {mailed.market.liaison.contact}, "each sees its own people's"
    with mailbox.running(), receiver.running():
        restarted(mailed)
        advance(mailed, 2 * MINUTE)
        sent = until(mailed, mailed.police, lambda found: all(n.state == SENT for n in certificates(found)))
        until(mailed, mailed.market, lambda found: all(n.state == SENT for n in found))
    (certificate,) = certificates(sent)
    assert certificate.tries == 2 and certificate.message_id == waiting.message_id and not certificate.error
    mails = {str(mail.message["Message-ID"]): mail for mail in mailbox.mails}
    mail = mails[f"<{waiting.message_id.hex()}.{mailed.police.head.contact}@hub.hutong.example>"]
    assert mail.to == ["head@police.test"] and f"hutong show {item.hex()[-8:]}" in mail.plain
    assert {mail.to[0] for mail in mailbox.mails} == {"head@police.test", "liaison@market.test"}
    assert [json.loads(call.body)["item"] for call in receiver.calls] == [item.hex()] * len(receiver.calls)
    assert receiver.calls


def test_what_cannot_be_sent_is_seen_by_agency_and_operator_and_sent_again_on_order(
    mailed: World, mailbox: Mailbox
) -> None:
    unanswered(mailed)

    def given_up(found: list[casework_pb2.Notice]) -> bool:
        advance(mailed, HOUR)
        return certificates(found)[0].state == FAILED

    (failed,) = certificates(until(mailed, mailed.police, given_up))
    assert (failed.error, failed.tries, failed.next_try) == ("HT-NTC-07", 8, 0)
    assert failed in listed(mailed, mailed.police, failed_only=True)
    assert hutong(mailed, "status")[1]["notices"]["failed"] >= 2
    shown = hutong(mailed, "notices", "--failed")[1]["notices"]
    (ours,) = [each for each in shown if each["contact"] == failed.contact and each["statement"] == failed.index]
    assert (ours["state"], ours["error"], ours["channel"]) == ("failed", "HT-NTC-07", "mail")
    assert "police.test" not in json.dumps(shown)
    mailed.hub.stop()
    mailed.hub.start()
    code, _, said = hutong(mailed, "notices", "retry", "999999")
    assert code == 1 and "HT-NTC-11" in said
    with mailbox.running():
        assert hutong(mailed, "notices", "retry", str(ours["id"]))[0] == 0
        mailbox.until(lambda: len(mailbox.mails) == 1)
        assert hutong(mailed, "notices", "retry", "all")[0] == 0
        mailbox.until(lambda: len(mailbox.mails) >= 2)


def test_an_operator_tries_a_contact(mailed: World, mailbox: Mailbox, receiver: Receiver) -> None:
    liaison = mailed.market.liaison.contact
    with mailbox.running(), receiver.running():
        code, said, _ = hutong(mailed, "notices", "test", liaison)
    assert code == 0 and sorted((n["channel"], n["state"]) for n in said["notices"]) == [
        ("mail", "sent"),
        ("webhook", "sent"),
    ]
    (mail,) = mailbox.mails
    assert mail.message["Subject"] == "互通通知：测试 / Hutong notice: test"
    mailbox.answers["RCPT"] = "550 no"
    with mailbox.running():
        code, said, error = hutong(mailed, "notices", "test", mailed.police.head.contact)
        assert code == 1 and "HT-NTC-05" in error and "550" in error
        assert [(n["state"], n["error"]) for n in said["notices"]] == [("failed", "HT-NTC-05")]
        code, said, error = hutong(mailed, "notices", "test", mailed.police.liaison.contact)
        assert code == 1 and "no confirmed channel" in error
    code, _, error = hutong(mailed, "notices", "test", "c0000deadbeef")
    assert code == 1 and "c0000deadbeef" in error
    tests = [notice for notice in listed(mailed, mailed.market) if not notice.index]
    assert len(tests) == 2 and all(not notice.item_id and not notice.message_id for notice in tests)


@pytest.mark.faults
def test_a_hub_killed_after_sending_sends_the_same_mail_again(tmp_path: Path, loop: Any, mailbox: Mailbox) -> None:
    from hub.crash import VARIABLE

    world = make_world(tmp_path, loop, ServedHub, **mailing(mailbox))
    assert isinstance(world.hub, ServedHub)
    with mailbox.running():
        reachable(world, world.police.head, mailbox, "head@police.test")
        mailbox.mails.clear()
    world.hub.stop()
    world.hub.start(**{VARIABLE: "notice-sent:1"})
    with mailbox.running():
        unanswered(world)
        assert world.hub.process.wait(30) != 0
        mailbox.until(lambda: len(mailbox.mails) >= 1)
        before = [str(mail.message["Message-ID"]) for mail in mailbox.mails]
        world.hub.start()
        advance(world, 3 * MINUTE)
        until(
            world,
            world.police,
            lambda found: all(n.state == SENT for n in found if n.contact == world.police.head.contact),
        )
        repeated = [str(mail.message["Message-ID"]) for mail in mailbox.mails]
    assert repeated.count(before[0]) == 2, "once before the crash and once after it"
    assert len({mail.content for mail in mailbox.mails if mail.message["Message-ID"] == before[0]}) == 1
    close(world)
