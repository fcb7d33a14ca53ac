"""What an operator may set about notices, and what is refused with the name of the setting."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from hub.home import Home
from hub.notices.carriers import carriers
from hub.notices.mail import MailServer
from hub.notices.outbox import MAIL, WEBHOOK
from hub.notices.webhook import Webhooks
from hub.settings import load
from hutong.errors import HutongError
from hutong.signing.keys import SigningKey

GOOD: dict[str, Any] = {"mail_host": "mail.test", "mail_from": "hub@hutong.test"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mail_from": ""}, "mail_from"),
        ({"mail_from": "Hub <hub@hutong.test>"}, "mail_from"),
        ({"mail_from": "hub@hutong.test\r\nBcc: a@b.test"}, "mail_from"),
        ({"mail_port": 0}, "mail_port"),
        ({"mail_user": "hub"}, "mail_password_file"),
        ({"mail_password_file": "word"}, "mail_password_file"),
        ({"webhook_hosts": ["https://police.test"]}, "webhook_hosts.0"),
        ({"webhook_hosts": ["police.test", "*"]}, "webhook_hosts.1"),
        ({"mail_tls": "maybe"}, "mail_tls"),
        ({"mail_tls": "none"}, "mail_tls"),
        ({"mail_tls": "none", "mail_host": "127.0.0.1.evil.test"}, "mail_tls"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, given: dict[str, Any], field: str) -> None:
    with pytest.raises(HutongError) as caught:
        load(tmp_path, **(GOOD | given))
    assert (caught.value.code, caught.value.params["field"]) == ("HT-SYS-08", field)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_in_the_clear_on_this_machine_only(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, **(GOOD | {"mail_tls": "none", "mail_host": host})).mail_tls == "none"


def test_what_was_chosen_at_init_is_read_again(tmp_path: Path) -> None:
    word = {"mail_user": "hub", "mail_password_file": str(tmp_path / "word")}
    chosen = GOOD | word | {"webhook_hosts": ["a.test", "b.test:8443"]}
    Home.create(load(tmp_path, **chosen), dt.datetime.now(dt.UTC))
    again = load(tmp_path)
    assert (again.mail_host, again.mail_from) == ("mail.test", "hub@hutong.test")
    assert again.webhook_hosts == ("a.test", "b.test:8443")
    assert again.mail_password_file == tmp_path / "word" and again.mail_tls == "starttls"


def test_carriers_follow_the_settings(tmp_path: Path) -> None:
    key = SigningKey.generate()
    assert carriers(load(tmp_path), key) == {}
    opened = carriers(load(tmp_path, **GOOD, webhook_hosts=["a.test"]), key)
    mail, hooks = opened[MAIL], opened[WEBHOOK]
    assert isinstance(mail, MailServer) and isinstance(hooks, Webhooks)
    assert (mail.host, mail.port, mail.tls, mail.name) == ("mail.test", 587, "starttls", "hub.hutong.example")
    assert hooks.hosts == ("a.test",) and not hooks.plain_on_loopback
    shown = carriers(load(tmp_path, demo_clock=True, webhook_hosts=["a.test"]), key)[WEBHOOK]
    assert isinstance(shown, Webhooks) and shown.plain_on_loopback
