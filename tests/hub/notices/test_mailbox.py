"""Addresses: plain ones only."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notices.mailbox import is_mailbox


@pytest.mark.parametrize("text", ["a@b.test", "first.last+tag@sub.police.gov.test", "o'neil@x-y.test", "a@localhost"])
def test_taken(text: str) -> None:
    assert is_mailbox(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b.test",
        "a@",
        "a@b@c.test",
        "a..b@c.test",
        ".a@c.test",
        "a@-b.test",
        "a@b..test",
        "a@[127.0.0.1]",
        '"a b"@c.test',
        "a b@c.test",
        "a@b.test\n",
        "a@b.test\r\nBcc: c@d.test",
        "a@b.test,c@d.test",
        "A <a@b.test>",
        "<a@b.test>",
        "a@b.test>",
        "á@b.test",
        "a@bücher.test",
        "a@b.test\x00",
        "x" * 65 + "@b.test",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_refused(text: str) -> None:
    assert not is_mailbox(text)


@given(st.text(max_size=80) | st.from_regex(r"[ -~]{1,20}@[ -~]{1,20}", fullmatch=True))
def test_what_is_taken_stays_one_address_in_one_line(text: str) -> None:
    if is_mailbox(text):
        message = EmailMessage(policy=SMTP)
        message["To"] = text
        assert bytes(message).split(b"\r\n")[0] == f"To: {text}".encode()
        assert [each.addr_spec for each in message["To"].addresses] == [text]
