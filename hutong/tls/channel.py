"""Channels to a hub (or an agency's node): gRPC over mutual TLS from a profile.

A hub may move between hosts, so its certificate does not name one: it carries the DNS name ``hub`` under the hub's own
root, and clients ask for that name whatever the address is. Clients' certificates carry a SPIFFE id only and can
therefore never pass for it.
"""

from __future__ import annotations

import grpc
import grpc.aio

from hutong.tls.names import check_address, is_loopback
from hutong.tls.profile import Profile
from hutong.tls.ticket import Ticket

HUB_NAME = "hub"
"""DNS name in the hub's server certificate."""
MAX_MESSAGE = 16 * 1024 * 1024
"""Bytes of one gRPC message: a sealed body of 4 MiB with room, or a batch of smaller ones."""
_KEEPALIVE_MS = 30_000

Options = list[tuple[str, str | int]]

SERVER_OPTIONS: Options = [
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Clients ping on idle streams every 30 s; a server's default would take that for an attack and hang up.
    ("grpc.http2.min_ping_interval_without_data_ms", _KEEPALIVE_MS // 2),
    ("grpc.so_reuseport", 0),
]
"""What a server that these channels talk to is set to."""


def client_options(address: str, server_name: str = HUB_NAME) -> Options:
    """Channel options for ``address``."""
    options: Options = [
        ("grpc.ssl_target_name_override", server_name),
        ("grpc.max_receive_message_length", MAX_MESSAGE),
        ("grpc.max_send_message_length", MAX_MESSAGE),
        # A subscription waits for hours: without pings a connection that a firewall dropped looks alive for ever.
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 15_000),
    ]
    if is_loopback(address):
        options.append(("grpc.enable_http_proxy", 0))
    return options


def credentials(profile: Profile) -> grpc.ChannelCredentials:
    """The profile's certificate and key, and the hub's root as the only authority. HT-TLS-01 before enrolment."""
    return grpc.ssl_channel_credentials(
        root_certificates=profile.root_pem.encode(),
        private_key=profile.tls_key_pem(),
        certificate_chain=profile.chain_pem().encode(),
    )


def channel(profile: Profile, address: str = "", server_name: str = HUB_NAME) -> grpc.Channel:
    """A channel to the profile's hub, or to ``address`` with a certificate for ``server_name`` under the same root."""
    target = check_address(address or profile.address)
    return grpc.secure_channel(target, credentials(profile), client_options(target, server_name))


def aio_channel(profile: Profile, address: str = "", server_name: str = HUB_NAME) -> grpc.aio.Channel:
    """The same for asyncio."""
    target = check_address(address or profile.address)
    return grpc.aio.secure_channel(target, credentials(profile), client_options(target, server_name))


def enrolment_channel(ticket: Ticket | Profile) -> grpc.Channel:
    """A channel to the enrolment service: the server is checked against the root, the client has no certificate yet."""
    target = check_address(ticket.enrol_address)
    only_root = grpc.ssl_channel_credentials(root_certificates=ticket.root_pem.encode())
    return grpc.secure_channel(target, only_root, client_options(target))
