"""The mail itself, and the ways to a mail server, before real ones."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from hub.notices.letter import Letter
from hub.notices.mail import MailServer
from hub.notices.wording import Said
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2
from tests.cases import Case, at
from tests.hub.notices.conftest import SENDER, Office
from tests.receivers import Mail, Mailbox, certificate
from tests.towns import NOW, Town, number

CONTACT = "c00000000abcd"
ADDRESS = "head@police.test"


def letter(header: header_pb2.Header | None, index: int = 7) -> Letter:
    cause = header.message_id if header is not None else b"\7" * 16
    return Letter(cause, CONTACT, NOW, Said(header, index, number("lead") if header is not None else 0))


def certificate_of_silence() -> header_pb2.Header:
    case = Case(Town.make())
    item = case.lead()
    case.now = case.duty(item).next_at
    header = case._next()
    assert header is not None
    return header


def sent(server: MailServer, mailbox: Mailbox, what: Letter, address: str = ADDRESS) -> Mail:
    with mailbox.running():
        asyncio.run(server.send(what, address))
    return mailbox.mails[-1]


def code(server: MailServer, mailbox: Mailbox) -> str:
    with mailbox.running(), pytest.raises(HutongError) as caught:
        asyncio.run(server.send(letter(None), ADDRESS))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__, "it may tell an address or a password"
    return caught.value.code


def test_what_a_mail_says(office: Office) -> None:
    header = certificate_of_silence()
    mailbox = Mailbox()
    mail = sent(office.mail(mailbox), mailbox, letter(header))
    message, digits = mail.message, header.item_id.hex()[-8:]
    assert (mail.sender, mail.to) == (SENDER, [ADDRESS])
    assert (message["From"], message["To"]) == (SENDER, ADDRESS)
    assert message["Message-ID"] == f"<{header.message_id.hex()}.{CONTACT}@hub.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "互通通知：逾期未应证明 / Hutong notice: non-response"
    assert message["Date"].datetime.isoformat() == "2026-10-12T10:00:00+08:00"
    assert mail.plain.splitlines() == [
        "互通通知：逾期未应证明",
        "",
        "通知：逾期未应证明",
        f"事项：线索 …{digits}",
        "承办机关：police",
        "时限：签收和办理",
        "到期：2026-10-13 10:00+08:00",
        "要求：逾期未签收，中枢已出具证明；承办机关请立即签收。",
        f"下一步：hutong show {digits}",
        "",
        "本邮件由互通中枢自动发出，不含姓名和案件内容，请勿回复。",
        "",
        "Hutong notice: non-response",
        "",
        "Notice: non-response",
        f"Item: lead …{digits}",
        "Agency in charge: police",
        "Clock: acknowledging and going on",
        "Due: 2026-10-13 10:00+08:00",
        "What is asked: Not acknowledged in time, as the hub has certified; the agency in charge acknowledges it now.",
        f"Next: hutong show {digits}",
        "",
        "Sent by a Hutong hub automatically, without names or content of the case; please do not reply.",
    ]


def test_the_page_says_the_same_and_fetches_nothing(office: Office) -> None:
    mailbox = Mailbox()
    mail = sent(office.mail(mailbox), mailbox, letter(certificate_of_silence()))
    part = mail.message.get_body(("html",))
    assert part is not None
    page = str(part.get_content())
    assert not re.search(r"https?:|src=|href=|<script|<style|url\(", page)
    assert page.count('lang="zh-CN"') == page.count('lang="en"') == 1

    class Text(HTMLParser):
        found = ""

        def handle_data(self, data: str) -> None:
            self.found += data

    reader = Text()
    reader.feed(page)
    squeezed = re.sub(r"\s", "", reader.found)
    for line in mail.plain.splitlines():
        for piece in re.split("：|: ", line, maxsplit=1):
            assert re.sub(r"\s", "", piece) in squeezed


@pytest.mark.parametrize("form", codes_pb2.EscalationForm.values()[1:])
@pytest.mark.parametrize("track", codes_pb2.LadderTrack.values()[1:])
def test_every_step_has_its_words(office: Office, form: Any, track: Any) -> None:
    from hub.notices import wording

    header = certificate_of_silence()
    header.escalated.agency, header.escalated.form, header.escalated.track = "police", form, track
    header.escalated.due_at = at("2026-10-09T16:30")
    said = Said(header, 7, number("inquiry"))
    chinese, english = wording.rows(said, "zh"), wording.rows(said, "en")
    assert len(chinese) == len(english) == 7
    assert [value for _, value in chinese][4] == [value for _, value in english][4] == "2026-10-09 16:30+08:00"
    assert all(value for _, value in chinese + english)
    assert not any("?" in value or "{" in value for _, value in chinese + english)


def test_a_fall_and_a_test_have_their_words() -> None:
    from hub.notices import wording

    header = certificate_of_silence()
    header.ownership_fell.agency, header.issued_at = "police", at("2026-10-09T16:30")
    rows = dict(wording.rows(Said(header, 7, number("lead")), "zh"))
    assert rows["时间"] == "2026-10-09 16:30+08:00" and "到期" not in rows and "时限" not in rows
    assert dict(wording.rows(Said(None), "en")) == {
        "Notice": "test",
        "What is asked": "The operator tries this channel; nothing is to be done.",
    }


def test_a_repeat_is_the_same_to_the_byte(office: Office) -> None:
    mailbox, what = Mailbox(), letter(certificate_of_silence())
    first, second = sent(office.mail(mailbox), mailbox, what), sent(office.mail(mailbox), mailbox, what)
    assert first.content == second.content
    assert b"\r\nMessage-ID: <" + what.cause.hex().encode() in first.content, "in one line"
    other = sent(office.mail(mailbox), mailbox, replace(what, contact="c00000000beef"))
    assert other.message["Message-ID"] != first.message["Message-ID"]


@pytest.mark.parametrize("address", ["a@b.test\r\nBcc: c@d.test", "a@b.test\r\nDATA", "", "A <a@b.test>", "é@b.test"])
def test_an_address_begins_no_header_and_no_command(office: Office, address: str) -> None:
    mailbox = Mailbox()
    with mailbox.running(), pytest.raises(HutongError) as caught:
        asyncio.run(office.mail(mailbox).send(letter(None), address))
    assert caught.value.code == "HT-NTC-03" and mailbox.calls == 0


def test_starttls_is_wanted_and_checked(office: Office, tmp_path: Path) -> None:
    context, ca = certificate(tmp_path)
    mailbox = Mailbox(tls_context=context, require_starttls=True)
    assert sent(office.mail(mailbox, tls="starttls", ca_file=ca), mailbox, letter(None)).to == [ADDRESS]
    assert code(office.mail(mailbox, tls="starttls"), mailbox) == "HT-NTC-08", "nobody known has certified it"
    assert code(office.mail(Mailbox(), tls="starttls", ca_file=tmp_path / "none"), mailbox) == "HT-NTC-08"
    plain = Mailbox()
    assert code(office.mail(plain, tls="starttls", ca_file=ca), plain) == "HT-NTC-08", "no way round"
    assert len(mailbox.mails) == 1 and not plain.mails


def test_tls_from_the_start(office: Office, tmp_path: Path) -> None:
    context, ca = certificate(tmp_path)
    mailbox = Mailbox(implicit_tls=context)
    assert sent(office.mail(mailbox, tls="tls", ca_file=ca), mailbox, letter(None)).to == [ADDRESS]
    assert code(office.mail(mailbox, tls="tls"), mailbox) == "HT-NTC-08"


def test_login_with_the_password_of_the_file(office: Office, tmp_path: Path) -> None:
    context, ca = certificate(tmp_path)
    word = tmp_path / "password"

    def check(_server: Any, _session: Any, _envelope: Any, _way: str, data: Any) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"hub", b"open sesame"), handled=False)

    mailbox = Mailbox(tls_context=context, require_starttls=True, auth_required=True, authenticator=check)
    server = office.mail(mailbox, tls="starttls", ca_file=ca, user="hub", password_file=word)
    assert code(server, mailbox) == "HT-NTC-08", "there is no such file"
    word.write_text("wrong\n")
    assert code(server, mailbox) == "HT-NTC-08", "what is wrong with the login is not final for the mail"
    word.write_text("open sesame\n")
    assert sent(server, mailbox, letter(None)).to == [ADDRESS]
    assert "sesame" not in repr(server)


def test_a_server_that_says_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.notices.mail._COMMAND_SECONDS", 0.05)
    monkeypatch.setattr("hub.notices.mail._PARTING_SECONDS", 0.05)
    mailbox = Mailbox()
    mailbox.hold.clear()
    with mailbox.running():
        with pytest.raises(HutongError) as caught:
            asyncio.run(office.mail(mailbox).send(letter(None), ADDRESS))
        mailbox.hold.set()
    assert caught.value.code == "HT-NTC-07"


@pytest.mark.parametrize("command", ["EHLO", "MAIL"])
def test_what_the_server_says_of_the_hub_is_not_final(office: Office, command: str) -> None:
    mailbox = Mailbox()
    mailbox.answers[command] = "550 5.7.1 not you"
    assert code(office.mail(mailbox), mailbox) == "HT-NTC-06"


def test_nor_is_a_greeting_that_sends_away(office: Office) -> None:
    async def away(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.3.2 closed for tonight\r\n")
        writer.close()

    async def story() -> None:
        mailbox = Mailbox()
        server = await asyncio.start_server(away, "127.0.0.1", mailbox.port)
        with pytest.raises(HutongError) as caught:
            await office.mail(mailbox).send(letter(None), ADDRESS)
        assert (caught.value.code, caught.value.params["status"]) == ("HT-NTC-06", "554")
        server.close()

    asyncio.run(story())


def test_nobody_listens(office: Office) -> None:
    with pytest.raises(HutongError) as caught:
        asyncio.run(office.mail(Mailbox()).send(letter(None), ADDRESS))
    assert caught.value.code == "HT-NTC-07"
