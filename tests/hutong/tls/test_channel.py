"""Real handshakes on loopback: who gets through and who does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from hutong.errors import HutongError
from hutong.tls.channel import SERVER_OPTIONS, aio_channel, channel, client_options, enrolment_channel
from hutong.tls.profile import Profile

METHOD = "/test.Echo/Who"
NewProfile = Callable[..., Profile]


def who(request: bytes, context: grpc.ServicerContext) -> bytes:
    """Answers with the alternative names that the handshake proved."""
    return b",".join(context.auth_context().get("x509_subject_alternative_name", [b"nobody"]))  # type: ignore[arg-type]


@contextmanager
def serving(key: bytes, chain: bytes, root: str, client_certificate: bool = True) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(2), options=SERVER_OPTIONS)
    handler = grpc.unary_unary_rpc_method_handler(who)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Echo", {"Who": handler})])
    credentials = grpc.ssl_server_credentials(
        [(key, chain)],
        root_certificates=root.encode() if client_certificate else None,
        require_client_auth=client_certificate,
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def ask(open_channel: grpc.Channel) -> bytes:
    with open_channel:
        answer = open_channel.unary_unary(METHOD)(b"", timeout=10, wait_for_ready=False)
        assert isinstance(answer, bytes)
        return answer


def fails(open_channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        ask(open_channel)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.fixture
def enrolled(new_profile: NewProfile, authority: Any) -> Profile:
    profile = new_profile()
    profile.save_chain(authority.certify(profile.request()))
    return profile


def test_sync_and_aio(enrolled: Profile, authority: Any) -> None:
    with serving(*authority.server(), authority.root_pem) as port:
        assert ask(channel(enrolled, f"127.0.0.1:{port}")).decode() == enrolled.subject.uri
        assert ask(channel(enrolled, f"localhost:{port}")).decode() == enrolled.subject.uri

        async def ask_aio() -> bytes:
            async with aio_channel(enrolled, f"127.0.0.1:{port}") as open_channel:
                return await open_channel.unary_unary(METHOD)(b"", timeout=10)

        assert asyncio.run(ask_aio()).decode() == enrolled.subject.uri


def test_the_profiles_own_address_and_a_node(enrolled: Profile, authority: Any) -> None:
    with serving(*authority.server("node"), authority.root_pem) as port:
        config = enrolled.config
        enrolled.save_config(type(config)(origin=config.origin, address=f"127.0.0.1:{port}", subject=config.subject))
        assert ask(channel(Profile.open(enrolled.path), server_name="node")).decode() == enrolled.subject.uri
        fails(channel(enrolled))


def test_a_server_under_another_root(enrolled: Profile, other_authority: Any, authority: Any) -> None:
    with serving(*other_authority.server(), authority.root_pem) as port:
        fails(channel(enrolled, f"127.0.0.1:{port}"))


def test_a_client_cannot_pass_for_the_hub(enrolled: Profile, authority: Any) -> None:
    with serving(enrolled.tls_key_pem(), enrolled.chain_pem().encode(), authority.root_pem) as port:
        fails(channel(enrolled, f"127.0.0.1:{port}"))


def test_a_client_of_another_root(enrolled: Profile, other_authority: Any, authority: Any) -> None:
    with serving(*authority.server(), other_authority.root_pem) as port:
        fails(channel(enrolled, f"127.0.0.1:{port}"))


def test_enrolment_needs_no_certificate_but_the_right_server(
    new_profile: NewProfile, authority: Any, other_authority: Any
) -> None:
    with serving(*authority.server(), authority.root_pem, client_certificate=False) as port:
        profile = new_profile(address=f"127.0.0.1:{port}")
        assert ask(enrolment_channel(profile)) == b"nobody"
        with pytest.raises(HutongError, match="HT-TLS-01"):
            channel(profile)
    with serving(*authority.server(), authority.root_pem) as port:
        fails(enrolment_channel(new_profile("second", address=f"127.0.0.1:{port}")))
    with serving(*other_authority.server(), authority.root_pem, client_certificate=False) as port:
        fails(enrolment_channel(new_profile("third", address=f"127.0.0.1:{port}")))


@pytest.mark.parametrize("address", ["unix:/run/x", "dns:///hub", "hub", "hub:0", "hub:65536", "a b:1", "hub:1\n", ""])
def test_addresses_that_are_not_host_and_port(address: str, enrolled: Profile) -> None:
    if address:
        with pytest.raises(HutongError, match="HT-TLS-07"):
            channel(enrolled, address)


def test_proxies_are_for_other_machines_only() -> None:
    off = ("grpc.enable_http_proxy", 0)
    assert all(off in client_options(address) for address in ("127.0.0.1:1", "localhost:1", "[::1]:1"))
    assert off not in client_options("hub.example:443")
