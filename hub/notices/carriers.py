"""The carriers that a hub's settings name."""

from __future__ import annotations

from collections.abc import Mapping

from hub.notices.carrying import Carrier
from hub.notices.mail import MailServer
from hub.notices.outbox import MAIL, WEBHOOK
from hub.notices.webhook import Webhooks
from hub.settings import HubSettings
from hutong.signing.keys import SigningKey


def carriers(settings: HubSettings, key: SigningKey) -> Mapping[int, Carrier]:
    """By ChannelKind: mail where a server is set, webhooks where a host is allowed. ``key`` is the log's."""
    found: dict[int, Carrier] = {}
    if settings.mail_host:
        found[MAIL] = MailServer(
            host=settings.mail_host,
            port=settings.mail_port,
            tls=settings.mail_tls,
            sender=settings.mail_from,
            name=settings.origin.partition("/")[0],
            user=settings.mail_user,
            password_file=settings.mail_password_file,
            ca_file=settings.notices_ca_file,
        )
    if settings.webhook_hosts:
        found[WEBHOOK] = Webhooks(
            origin=settings.origin,
            key=key,
            hosts=settings.webhook_hosts,
            ca_file=settings.notices_ca_file,
            plain_on_loopback=settings.demo_clock,
        )
    return found
