"""Notices by mail: one for each contact, in Chinese and English, to a server that the operator has set (aiosmtplib).

The mail's bytes follow from the statement and the contact, the Message-ID (RFC 5322 §3.6.4) with them: what is sent
twice after a crash is the same mail, and mailboxes can tell. RFC 3834 says that no answering machine answers it.
"""

from __future__ import annotations

import asyncio
import html
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from pathlib import Path

import aiosmtplib

from hub.notices import wording
from hub.notices.letter import Letter
from hub.notices.mailbox import Tls
from hub.notices.wording import Said
from hutong.catalogue import LANGS, Lang
from hutong.errors import HutongError
from hutong.identifiers.addresses import is_mailbox

_TAGS: dict[Lang, str] = {"zh": "zh-CN", "en": "en"}
_COMMAND_SECONDS = 20.0
_PARTING_SECONDS = 2.0


class _Whole(MessageIDHeader):
    """A Message-ID in one line however long: folded before it begins, many a mailbox does not find it."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header's line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("message-id", _Whole)  # type: ignore[arg-type]


@dataclass(frozen=True)
class MailServer:
    """The operator's mail server; the password is read from its file at each connection."""

    host: str
    port: int
    tls: Tls
    sender: str
    name: str
    """The hub's host name, by which it greets; the machine's own is nobody's business."""
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None

    async def send(self, letter: Letter, address: str) -> None:
        """Durable at the other server once it returns. HT-NTC-03, -05 for good; -06, -07, -08 for now."""
        if not is_mailbox(address):
            raise HutongError("HT-NTC-03")
        message = composed(letter, self.sender, address, self.name)
        client = await self._client()
        try:
            await _connect(client)
            await _hand_over(client, message, self.sender, address)
        finally:
            # What was taken is taken, whether or not the server says goodbye.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_PARTING_SECONDS)
            client.close()

    async def close(self) -> None:
        """Nothing stays open between two mails."""

    async def _client(self) -> aiosmtplib.SMTP:
        try:
            context = await asyncio.to_thread(ssl.create_default_context, cafile=self.ca_file)
            password = await asyncio.to_thread(self._password)
        except (OSError, UnicodeDecodeError):
            # From None, here and below: what others' exceptions say may hold an address or a secret.
            raise HutongError("HT-NTC-08") from None
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "tls",
            start_tls=self.tls == "starttls",
            tls_context=context,
            username=self.user or None,
            password=password,
            local_hostname=self.name,
            timeout=_COMMAND_SECONDS,
        )

    def _password(self) -> str | None:
        return self.password_file.read_text(encoding="utf-8").rstrip("\r\n") if self.password_file else None


async def _connect(client: aiosmtplib.SMTP) -> None:
    """Up to the login: no answer here is about this mail, so none is final."""
    try:
        await client.connect()
    except aiosmtplib.SMTPConnectResponseError as error:
        raise HutongError("HT-NTC-06", status=error.code) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        trusted = not isinstance(error, ssl.SSLError) and not isinstance(error.__cause__, ssl.SSLError)
        unreached = isinstance(error, (OSError, TimeoutError)) and trusted
        raise HutongError("HT-NTC-07" if unreached else "HT-NTC-08") from None


async def _hand_over(client: aiosmtplib.SMTP, message: EmailMessage, sender: str, address: str) -> None:
    """5xx to RCPT or DATA is the last word on this mail (RFC 5321 §4.2.1); 4xx is not. What the server says to EHLO or
    MAIL is about the hub."""
    try:
        await client.send_message(message, sender=sender, recipients=[address])
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _answered(error.recipients[0].code) from None
    except (aiosmtplib.SMTPHeloError, aiosmtplib.SMTPSenderRefused) as error:
        raise HutongError("HT-NTC-06", status=error.code) from None
    except aiosmtplib.SMTPResponseException as error:
        raise _answered(error.code) from None
    except (aiosmtplib.SMTPException, OSError):
        raise HutongError("HT-NTC-07") from None


def _answered(status: int) -> HutongError:
    return HutongError("HT-NTC-05" if 500 <= status < 600 else "HT-NTC-06", status=status)


def composed(letter: Letter, sender: str, address: str, name: str) -> EmailMessage:
    """The mail as it is sent; ``address`` must be a mailbox."""
    message = EmailMessage(policy=SMTP.clone(header_factory=_HEADERS))
    message["From"], message["To"] = sender, address
    message["Subject"] = " / ".join(wording.subject(letter.said, lang) for lang in LANGS)
    message["Date"] = format_datetime(wording.local(letter.made_at))
    message["Message-ID"] = f"<{'.'.join(filter(None, (letter.cause.hex(), letter.contact)))}@{name}>"
    message["Auto-Submitted"] = "auto-generated"
    # Base64 whatever the server can carry, so that a mail sent again has the same bytes.
    message.set_content("\n".join(_plain(letter.said, lang) for lang in LANGS), cte="base64")
    page = f"<!DOCTYPE html>\n<html><body>\n{''.join(_page(letter.said, lang) for lang in LANGS)}</body></html>\n"
    message.add_alternative(page, subtype="html", cte="base64")
    message.set_boundary(f"hutong-{letter.cause.hex()}")
    return message


def _plain(said: Said, lang: Lang) -> str:
    gap = "：" if lang == "zh" else ": "
    lines = [f"{label}{gap}{value}" for label, value in wording.rows(said, lang)]
    return "\n".join([wording.subject(said, lang), "", *lines, "", wording.foot(lang), ""])


def _page(said: Said, lang: Lang) -> str:
    cells = (map(html.escape, row) for row in wording.rows(said, lang))
    table = "".join(f"<tr><th align=left>{label}</th><td>{value}</td></tr>\n" for label, value in cells)
    title, foot = html.escape(wording.subject(said, lang)), html.escape(wording.foot(lang))
    return f'<div lang="{_TAGS[lang]}">\n<h3>{title}</h3>\n<table>\n{table}</table>\n<p>{foot}</p>\n</div>\n'
