"""The codes of channels' tests, by the same carriers as notices, from a thread that waits."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from hub.notices.codes import Codes
from hub.notices.outbox import MAIL, WEBHOOK
from hutong.errors import HutongError
from tests.hub.notices.conftest import Office
from tests.receivers import Mailbox

CODE = bytes(range(16))


def test_a_code_is_mailed_with_what_is_to_be_done(office: Office) -> None:
    mailbox = Mailbox()

    async def story() -> None:
        codes = Codes(office.carriers(mailbox), office.clock, asyncio.get_running_loop())
        await asyncio.to_thread(codes.send, MAIL, "head@police.test", CODE)

    with mailbox.running():
        asyncio.run(story())
    (mail,) = mailbox.mails
    assert mail.to == ["head@police.test"]
    assert mail.message["Subject"] == "互通通知：确认通知渠道 / Hutong notice: confirm this channel"
    assert mail.message["Message-ID"] == f"<{sha256(CODE).hexdigest()[:32]}@hub.test>"
    assert mail.plain.count(f"hutong contacts channel confirm {CODE.hex()}") == 2, "in either language"


def test_what_cannot_be_sent_is_said(office: Office) -> None:
    async def story() -> list[str]:
        codes = Codes(office.carriers(Mailbox()), office.clock, asyncio.get_running_loop())
        refused = []
        for kind, address in (
            (MAIL, "head@police.test"),
            (MAIL, "no address"),
            (WEBHOOK, "https://police.test/"),
            (9, ""),
        ):
            with pytest.raises(HutongError) as caught:
                await asyncio.to_thread(codes.send, kind, address, CODE)
            refused.append(caught.value.code)
        return refused

    assert asyncio.run(story()) == ["HT-NTC-07", "HT-NTC-03", "HT-NTC-04", "HT-NTC-01"]


def test_stopping_lets_nobody_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.notices.mail._PARTING_SECONDS", 0.05)
    mailbox = Mailbox()
    mailbox.hold.clear()

    async def story() -> None:
        codes = Codes(office.carriers(mailbox), office.clock, asyncio.get_running_loop())
        waiting = asyncio.create_task(asyncio.to_thread(codes.send, MAIL, "head@police.test", CODE))
        await asyncio.to_thread(mailbox.until, lambda: mailbox.calls == 1)
        codes.stop()
        for call in (waiting, asyncio.to_thread(codes.send, MAIL, "head@police.test", CODE)):
            with pytest.raises(HutongError) as caught:
                await call
            assert caught.value.code == "HT-NTC-07"

    with mailbox.running():
        asyncio.run(story())
        mailbox.hold.set()
    assert mailbox.mails == []
