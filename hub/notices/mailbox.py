"""Mail addresses as they are taken, and the ways to a mail server."""

from __future__ import annotations

import re
from typing import Literal

Tls = Literal["starttls", "tls", "none"]
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_LONGEST = 254


def is_mailbox(text: str) -> bool:
    """Whether ``text`` is a plain addr-spec (RFC 5322 §3.4.1) in ASCII: dot-atom, "@", host name; nothing else, so that
    nothing in it can begin another header or another command."""
    return len(text) <= _LONGEST and _MAILBOX.fullmatch(text) is not None
