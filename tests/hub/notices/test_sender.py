"""The sender over a real mail server: what is tried when, and what a crash at each point leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog

from hub.notices import orders, outbox
from hub.notices.letter import Letter
from hub.notices.outbox import FAILED, LEASE_MS, MAIL, SENT, WAITING, WEBHOOK
from hub.notices.sender import Sender
from hub.orders import Order
from hub.recorder.record import erase
from hub.state.database import reading, writing
from hutong.errors import HutongError
from tests.hub.notices.conftest import Office
from tests.receivers import Mailbox, Receiver
from tests.towns import NOW

MINUTE = 60_000


def worked(sender: Sender, looks: int = 1) -> None:
    """Everything due now is tried, and settled."""

    async def story() -> None:
        for _ in range(looks):
            await sender.look()
            await sender.idle()
        await sender.close()

    asyncio.run(story())


def test_a_certificate_is_mailed_to_the_head_and_to_who_asked(reached: Office) -> None:
    mailbox = Mailbox()
    reached.certified()
    assert [notice.state for notice in reached.notices()] == [WAITING] * 2
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)))
    assert sorted(mail.to[0] for mail in mailbox.mails) == ["head@police.test", "liaison@market.test"]
    found = reached.notices()
    assert [(notice.channel, notice.state, notice.error) for notice in found] == [(MAIL, SENT, "")] * 2
    assert all(notice.sent_at == reached.clock.now() and notice.tries == 1 for notice in found)


def test_what_a_crash_before_sending_left_is_sent_after_the_lease(reached: Office) -> None:
    """The row is claimed, then the process dies: nobody has got anything."""
    mailbox = Mailbox()
    reached.certified()
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox), crash("notice-claimed")))
        assert mailbox.mails == [] and {notice.state for notice in reached.mails()} == {WAITING}
        worked(reached.sender(reached.carriers(mailbox)))
        assert mailbox.mails == [], "another may still be at it"
        reached.clock.time += LEASE_MS
        worked(reached.sender(reached.carriers(mailbox)))
    assert len(mailbox.mails) == 2 and {notice.tries for notice in reached.mails()} == {2}


def test_what_was_sent_and_not_marked_is_sent_again_as_the_same_mail(reached: Office) -> None:
    mailbox = Mailbox()
    reached.certified()
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox), crash("notice-sent")))
        assert len(mailbox.mails) == 2 and {notice.state for notice in reached.mails()} == {WAITING}
        reached.clock.time += LEASE_MS
        worked(reached.sender(reached.carriers(mailbox)))
    assert len(mailbox.mails) == 4
    assert len({mail.message["Message-ID"] for mail in mailbox.mails}) == 2
    assert len({mail.content for mail in mailbox.mails}) == 2, "to the byte"
    assert {notice.state for notice in reached.mails()} == {SENT}


def crash(where: str) -> Callable[[str], None]:
    def reach(point: str) -> None:
        if point == where:
            raise SystemError("the process ends here")

    return reach


def test_rows_and_statement_stand_or_fall_together(reached: Office) -> None:
    item = reached.lead()
    lines = reached.due(item)
    with pytest.raises(KeyError), writing(reached.engine) as connection:
        from hub.recorder.record import record
        from hub.recorder.work import Decided

        record(connection, Decided(lines=lines))
        raise KeyError("a crash before the commit")
    assert reached.notices() == []
    reached.keep(lines)
    assert reached.notices()


def test_an_order_carried_out_twice_is_one_test(reached: Office) -> None:
    head = reached.town.houses["police"].head
    order = Order(b"o" * 16, "test_notice", {"contact": head})
    for _ in range(2):
        orders.test(reached.engine, order, reached.town.directory, reached.clock.now())
    assert [(notice.cause, notice.index, notice.contact) for notice in reached.mails()] == [(order.id, 0, head)]


def test_no_notice_in_a_drill(reached: Office) -> None:
    header = reached.town.lead()
    header.facts.drill = True
    reached.case.say(header)
    item = bytes(header.message_id)
    said = [line for _ in range(3) for line in reached.due(item)]
    reached.keep(said)
    assert len(said) >= 3 and reached.notices() == []


def test_tries_come_further_and_further_apart_and_end(reached: Office) -> None:
    """The server is down: a minute, doubling up to an hour, eight times; then it has failed, and everybody can see."""
    mailbox = Mailbox()
    reached.certified()
    start, tried = reached.clock.now(), []
    for minute in range(200):
        reached.clock.time = start + minute * MINUTE
        before = reached.mails()[0].tries
        worked(reached.sender(reached.carriers(mailbox)))
        if reached.mails()[0].tries > before:
            tried.append(minute)
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123]
    assert [(n.state, n.tries, n.error, n.next_try) for n in reached.mails()] == [(FAILED, 8, "HT-NTC-07", 0)] * 2
    assert outbox.counts(reached.engine) == {"waiting": 0, "tried_in_vain": 0, "failed": 2, "unread": 2}
    with mailbox.running():
        assert outbox.retry(reached.engine, reached.mails()[0].id, reached.clock.now()) == 1
        worked(reached.sender(reached.carriers(mailbox)))
        assert len(mailbox.mails) == 1, "only the one"
        assert outbox.retry(reached.engine, None, reached.clock.now()) == 1, "the other, and not the one that was sent"
        worked(reached.sender(reached.carriers(mailbox)))
    assert {(notice.state, notice.error) for notice in reached.mails()} == {(SENT, "")}
    with pytest.raises(HutongError) as caught:
        outbox.retry(reached.engine, reached.mails()[0].id, reached.clock.now())
    assert caught.value.code == "HT-NTC-11"


@pytest.mark.parametrize(
    ("command", "answer", "state", "code"),
    [
        ("RCPT", "550 5.1.1 no such user head@police.test", FAILED, "HT-NTC-05"),
        ("RCPT", "450 4.2.0 greylisted", WAITING, "HT-NTC-06"),
        ("DATA", "554 5.7.1 refused", FAILED, "HT-NTC-05"),
        ("DATA", "451 4.3.0 later", WAITING, "HT-NTC-06"),
        ("DATA", "421 4.3.2 closing", WAITING, "HT-NTC-06"),
    ],
)
def test_what_the_server_says(reached: Office, command: str, answer: str, state: int, code: str) -> None:
    mailbox = Mailbox()
    mailbox.answers[command] = answer
    reached.certified()
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)))
    found = reached.mails()[0]
    assert (found.state, found.error, found.answer, found.tries) == (state, code, int(answer[:3]), 1)
    assert found.next_try == (reached.clock.now() + MINUTE if state == WAITING else 0)


def test_retry_does_not_wait_for_the_next_try(reached: Office) -> None:
    mailbox = Mailbox()
    reached.certified()
    worked(reached.sender(reached.carriers(mailbox)), looks=2)
    assert outbox.counts(reached.engine) == {"waiting": 2, "tried_in_vain": 2, "failed": 0, "unread": 0}
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)))
        assert not mailbox.mails, "the next try is a minute off"
        assert outbox.retry(reached.engine, None, reached.clock.now()) == 2
        worked(reached.sender(reached.carriers(mailbox)))
    assert len(mailbox.mails) == 2


def test_without_a_mail_server_it_fails_and_is_sent_once_there_is_one(reached: Office) -> None:
    mailbox = Mailbox()
    reached.certified()
    worked(reached.sender(reached.carriers()))
    assert {(notice.state, notice.error) for notice in reached.mails()} == {(FAILED, "HT-NTC-01")}
    outbox.retry(reached.engine, None, reached.clock.now())
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)))
    assert len(mailbox.mails) == 2


def test_who_has_confirmed_no_channel_finds_it_in_the_inbox_alone(office: Office) -> None:
    office.certified()
    assert office.notices() == []


def test_an_address_that_was_erased_meanwhile_is_seen_and_not_tried_again(reached: Office) -> None:
    mailbox, house = Mailbox(), reached.town.houses["police"]
    named = reached.reached_by("police", house.head, "new@police.test")
    reached.certified()
    older = next(each for each in reached.town.directory.channels.values() if each.contact == house.head)
    reached.change(replace(older, ended_at=NOW))
    with writing(reached.engine) as connection:
        erase(connection, named)
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)), looks=2)
    assert [mail.to for mail in mailbox.mails] == [["liaison@market.test"]]
    assert {(n.state, n.error, n.tries) for n in reached.mails()} == {(SENT, "", 1), (FAILED, "HT-NTC-02", 1)}


def test_a_new_channel_of_the_kind_takes_what_still_waits(reached: Office) -> None:
    mailbox, house = Mailbox(), reached.town.houses["police"]
    reached.certified()
    (older,) = [each for each in reached.town.directory.channels.values() if each.contact == house.head]
    reached.change(replace(older, ended_at=NOW))
    reached.reached_by("police", house.head, "new@police.test")
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)))
    assert sorted(mail.to[0] for mail in mailbox.mails) == ["liaison@market.test", "new@police.test"]


def test_nothing_goes_to_who_has_left(reached: Office) -> None:
    mailbox = Mailbox()
    reached.certified()
    liaison = reached.town.directory.contacts[reached.town.houses["market"].liaison]
    reached.change(replace(liaison, term_to=reached.clock.now()))
    with mailbox.running():
        worked(reached.sender(reached.carriers(mailbox)))
    assert [mail.to for mail in mailbox.mails] == [["head@police.test"]]
    assert {(notice.state, notice.error) for notice in reached.mails()} == {(SENT, ""), (FAILED, "HT-NTC-09")}


@pytest.mark.parametrize(
    "address",
    [
        "head@police.test\r\nBcc: everyone@police.test",
        "head@police.test\nDATA",
        "head@police.test, other@police.test",
        "Head <head@police.test>",
        "head@police.test> SIZE=1",
        "负责人@police.test",
        "head",
    ],
)
def test_a_bad_address_harms_nobody_else(office: Office, address: str) -> None:
    mailbox = Mailbox()
    office.reached_by("police", office.town.houses["police"].head, address)
    office.reached_by("market", office.town.houses["market"].liaison, "liaison@market.test")
    office.certified()
    with mailbox.running():
        worked(office.sender(office.carriers(mailbox)))
    assert [mail.to for mail in mailbox.mails] == [["liaison@market.test"]]
    assert sorted((notice.state, notice.error) for notice in office.mails()) == [(SENT, ""), (FAILED, "HT-NTC-03")]


def test_a_slow_webhook_holds_up_nobody_else(reached: Office) -> None:
    """Police's webhook does not answer. Mail goes out, market's webhook is called, and of police's many calls one is
    under way at a time."""
    mailbox, held = Mailbox(), asyncio.Event()

    class Slow:
        calls = 0

        async def send(self, letter: Letter, address: str) -> None:
            Slow.calls += 1
            if address.endswith("/slow"):
                await held.wait()

        async def close(self) -> None: ...

    police, market = reached.town.houses["police"], reached.town.houses["market"]
    reached.reached_by("police", police.head, "https://police.test/slow", WEBHOOK)
    reached.reached_by("market", market.liaison, "https://market.test/quick", WEBHOOK)
    for _ in range(5):
        reached.certified()

    async def story() -> None:
        sender = reached.sender(reached.carriers(mailbox) | {WEBHOOK: Slow()})
        while any(n.state == WAITING for n in reached.notices() if n.channel == MAIL or n.agency == "market"):
            await sender.look()
        under_way = [notice.lane for notice in sender._sending.values()]
        assert under_way.count((WEBHOOK, "police")) == 1
        held.set()
        while any(n.state == WAITING for n in reached.notices()):
            await sender.look()
            await sender.idle()
        await sender.close()

    with mailbox.running():
        asyncio.run(story())
    assert Slow.calls == 10 and len(mailbox.mails) == 10


def test_stopping_waits_for_nobody_and_loses_nothing(reached: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.notices.sender._GRACE_SECONDS", 0.01)
    mailbox = Mailbox()
    mailbox.hold.clear()
    reached.certified()

    async def story() -> None:
        sender = reached.sender(reached.carriers(mailbox))
        sender.start()
        await asyncio.to_thread(mailbox.until, lambda: mailbox.calls == 2)
        await sender.stop()

    with mailbox.running():
        asyncio.run(story())
        mailbox.hold.set()
        assert [(n.state, n.next_try) for n in reached.mails()] == [(WAITING, reached.clock.now())] * 2
        worked(reached.sender(reached.carriers(mailbox)))
    assert {notice.state for notice in reached.mails()} == {SENT}


def test_what_is_new_wakes_the_sender(reached: Office) -> None:
    mailbox = Mailbox()

    async def story() -> None:
        sender = reached.sender(reached.carriers(mailbox))
        sender.start()
        await asyncio.to_thread(reached.certified)
        await asyncio.to_thread(sender.notify)
        await asyncio.to_thread(mailbox.until, lambda: len(mailbox.mails) == 2)
        await sender.stop()

    with mailbox.running():
        asyncio.run(story())
    assert {notice.state for notice in reached.mails()} == {SENT}, "what was under way is settled before it ends"


def test_two_senders_on_one_database_send_each_once(reached: Office) -> None:
    mailbox = Mailbox()
    for _ in range(6):
        reached.certified()

    async def story() -> None:
        senders = [reached.sender(reached.carriers(mailbox)) for _ in range(2)]
        while any(notice.state == WAITING for notice in reached.notices()):
            await asyncio.gather(*(sender.look() for sender in senders))
            await asyncio.gather(*(sender.idle() for sender in senders))
        await asyncio.gather(*(sender.close() for sender in senders))

    with mailbox.running():
        asyncio.run(story())
    assert len(mailbox.mails) == 12 == len({(mail.message["Message-ID"], mail.to[0]) for mail in mailbox.mails})
    assert {notice.tries for notice in reached.mails()} == {1}


def test_the_outcome_of_a_lost_lease_is_no_outcome(reached: Office) -> None:
    """One sender stood still beyond its lease, and another has taken the row: the first one's failure is not noted."""
    reached.certified()
    notice = reached.notices()[0]
    (first,) = outbox.claim(reached.engine, [notice.id], reached.clock.now())
    assert outbox.claim(reached.engine, [notice.id], reached.clock.now()) == []
    reached.clock.time += LEASE_MS
    (second,) = outbox.claim(reached.engine, [notice.id], reached.clock.now())
    outbox.failed(reached.engine, first, HutongError("HT-NTC-05", status=550), reached.clock.now())
    with reading(reached.engine) as connection:
        (now,) = [each for each in outbox.listed(connection) if each.id == notice.id]
    assert now == second
    outbox.sent(reached.engine, second, reached.clock.now())
    outbox.failed(reached.engine, second, HutongError("HT-NTC-07"), reached.clock.now())
    assert reached.notices()[0].state == SENT


class Broken:
    """A channel with a fault that nobody thought of, and that speaks of what it was given."""

    async def send(self, letter: Letter, address: str) -> None:
        raise RuntimeError(f"cannot write to {address}")

    async def close(self) -> None: ...


@pytest.mark.parametrize("how", ["taken", "refused", "down", "broken", "unusable"])
def test_no_address_in_logs_or_rows(
    office: Office, how: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    mailbox, receiver = Mailbox(), Receiver()
    mark = "secret-local-part"
    address = f"{mark}@police.test" + ("\r\nX: y" if how == "unusable" else "")
    hook = f"{receiver.url}/{mark}"
    for agency, house in office.town.houses.items():
        for contact in (house.head, house.liaison):
            office.reached_by(agency, contact, address)
            office.reached_by(agency, contact, hook, WEBHOOK)
    if how == "refused":
        mailbox.answers["RCPT"] = f"550 no {mark} here"
        receiver.status, receiver.headers = 302, {"Location": f"https://other.test/{mark}"}
    office.certified()
    channels: Any = {MAIL: Broken(), WEBHOOK: Broken()} if how == "broken" else office.carriers(mailbox, receiver)
    with structlog.testing.capture_logs() as logs:
        if how == "down":
            worked(office.sender(channels))
        else:
            with mailbox.running(), receiver.running():
                worked(office.sender(channels))
    rows = office.notices()
    assert len(rows) == 4 and logs and all(notice.tries == 1 for notice in rows)
    ours = [str(record.__dict__) for record in caplog.records if record.name != "mail.log"]
    everything = f"{logs}{rows}{ours}{''.join(capfd.readouterr())}"
    assert mark not in everything and "police.test" not in everything
    if how != "taken":
        assert all(line["code"].startswith("HT-NTC-") and line["trace_id"] for line in logs if "code" in line)
        assert any("code" in line for line in logs)
