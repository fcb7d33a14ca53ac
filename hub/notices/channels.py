"""The channels that a hub's settings open."""

from __future__ import annotations

from hub.notices.mail import MailServer
from hub.notices.outbox import MAIL, WEBHOOK
from hub.notices.sender import Channel
from hub.notices.webhook import Webhooks
from hub.settings import HubSettings
from hutong.signing.keys import SigningKey


def channels(settings: HubSettings, key: SigningKey) -> dict[int, Channel]:
    """By NoticeChannel; none for mail where no server is set. ``key`` is the log's."""
    opened: dict[int, Channel] = {
        WEBHOOK: Webhooks(
            origin=settings.origin,
            key=key,
            hosts=settings.webhook_hosts,
            ca_file=settings.notices_ca_file,
            plain_on_loopback=settings.demo_clock,
        )
    }
    if settings.mail_host:
        opened[MAIL] = MailServer(
            host=settings.mail_host,
            port=settings.mail_port,
            tls=settings.mail_tls,
            sender=settings.mail_from,
            name=settings.origin.partition("/")[0],
            user=settings.mail_user,
            password_file=settings.mail_password_file,
            ca_file=settings.notices_ca_file,
        )
    return opened
