"""Where people are reached: mailboxes, webhooks and telephone numbers as they are taken. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from hutong.errors import HutongError
from hutong.identifiers.people import compact
from hutong.tls.names import is_loopback

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9][0-9]{9})")
_LANDLINE = re.compile(r"(?:(?:00)?86|0)([1-9][0-9]{8,10})")
_LONGEST_MAILBOX = 254
_LONGEST_URL = 2048


def is_mailbox(text: str) -> bool:
    """Whether ``text`` is a plain addr-spec (RFC 5322 §3.4.1) in ASCII: dot-atom, "@", host name; nothing else, so that
    nothing in it can begin another header or another command."""
    return len(text) <= _LONGEST_MAILBOX and _MAILBOX.fullmatch(text) is not None


def is_webhook(text: str) -> bool:
    """Whether ``text`` is an https URL (RFC 3986) in ASCII with a host and without a login; http only to this machine,
    for hubs that demonstrate."""
    try:
        parsed = urlsplit(text)
        host, port = parsed.netloc.rpartition("@")[2].removesuffix(f":{parsed.port}"), parsed.port or 443
    except ValueError:
        return False
    plain = parsed.scheme == "http" and is_loopback(f"{host}:{port}")
    printable = len(text) <= _LONGEST_URL and all("!" <= char <= "~" for char in text)
    return (
        printable and (parsed.scheme == "https" or plain) and "@" not in parsed.netloc and bool(_HOST.fullmatch(host))
    )


def phone(text: str) -> str:
    """A telephone number in E.164 ("+861066010000"): one with its country's code, or a number in China, a mobile one or
    with its area code. HT-IDF-07."""
    written = compact(text)
    china = _MOBILE.fullmatch(written) or _LANDLINE.fullmatch(written)
    number = f"+86{china[1]}" if china else written
    if not _E164.fullmatch(number):
        raise HutongError("HT-IDF-07")
    return number
