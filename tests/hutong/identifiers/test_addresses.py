"""Mailboxes, webhooks and telephones: plain ones only."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.identifiers.addresses import is_mailbox, is_webhook, phone


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


@pytest.mark.parametrize(
    "url",
    [
        "https://police.example/notices",
        "https://police.example:8443",
        "https://10.0.0.8/a?b=c",
        "https://[::1]:8443/x",
        "http://127.0.0.1:9000/n",
    ],
)
def test_webhooks_taken(url: str) -> None:
    assert is_webhook(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "police.example/notices",
        "duty@police.example",
        "http://police.example/notices",
        "ftp://police.example",
        "https://",
        "https:///notices",
        "https://user:secret@police.example",
        "https://police.example:port/",
        "https://police.example:99999/",
        "https://police example/",
        "https://公安.example/",
        "https://police.example/\r\nHost: other",
        "https://police.example/" + "x" * 2048,
        "https://[::1",
    ],
)
def test_webhooks_refused(url: str) -> None:
    assert not is_webhook(url)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("13800000000", "+8613800000000"),
        ("+86 138-0000-0000", "+8613800000000"),
        ("0086 13800000000", "+8613800000000"),
        ("010-66010000", "+861066010000"),
        ("（0771）2801000", "+867712801000"),
        ("+49 30 901820", "+4930901820"),
    ],
)
def test_telephones(given: str, number: str) -> None:
    assert phone(given) == number == phone(number)


@pytest.mark.parametrize("given", ["", "110", "66010000", "+", "+0123456789", "not a number", "+86123456789012345"])
def test_what_is_no_telephone(given: str) -> None:
    with pytest.raises(HutongError) as refused:
        phone(given)
    assert refused.value.code == "HT-IDF-07" and given not in refused.value.params.values()
