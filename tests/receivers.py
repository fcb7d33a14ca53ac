"""The other side of notices: a real SMTP server (aiosmtpd) and a real HTTP server (aiohttp) on loopback, each in a
thread of its own, which a test can stop, start again and have answer as it likes."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.worlds import free_ports

_SECONDS = 20.0


class Background:
    """A server on an event loop in a thread of its own; its port stays the same when it is started again."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.changed = threading.Condition()

    async def open(self) -> Callable[[], Awaitable[None]]:
        """Listen; what is returned closes."""
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator[None]:
        up: Future[asyncio.AbstractEventLoop] = Future()
        stop = asyncio.Event()

        async def main() -> None:
            close = await self.open()
            up.set_result(asyncio.get_running_loop())
            await stop.wait()
            await close()

        thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        thread.start()
        loop = up.result(_SECONDS)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(_SECONDS)
            assert not thread.is_alive()

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until what arrives here makes it so."""
        with self.changed:
            assert self.changed.wait_for(reached, _SECONDS)


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    sender: str
    to: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=modern)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def plain(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


class Mailbox(Background):
    """An SMTP server that keeps what it gets. ``answers`` maps a command ("EHLO", "MAIL", "RCPT", "DATA") to what it
    says instead."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.answers: dict[str, str] = {}
        self.hold = threading.Event()
        self.hold.set()
        self.calls = 0
        self._options = options
        self._implicit: ssl.SSLContext | None = options.pop("implicit_tls", None)

    async def open(self) -> Callable[[], Awaitable[None]]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.test", loop=loop, **self._options),
            "127.0.0.1",
            self.port,
            ssl=self._implicit,
        )

        async def close() -> None:
            server.close()

        return close

    async def handle_EHLO(
        self, _server: Any, session: Any, _envelope: Any, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [self.answers["EHLO"]] if "EHLO" in self.answers else answers

    async def handle_HELO(self, _server: Any, session: Any, _envelope: Any, hostname: str) -> str:
        session.host_name = hostname
        return self.answers.get("EHLO", "250 mail.test")

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        with self.changed:
            self.calls += 1
            self.changed.notify_all()
        await asyncio.to_thread(self.hold.wait)
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        with self.changed:
            self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.original_content)))
            self.changed.notify_all()
        return "250 OK"


@dataclass(frozen=True)
class Call:
    """One webhook call as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(Background):
    """An HTTP server that keeps what it gets and answers ``status``, or as ``answer`` says."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        self._tls = tls

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/hook"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def open(self) -> Callable[[], Awaitable[None]]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=self._tls).start()
        return runner.cleanup

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        with self.changed:
            self.calls.append(Call(request.path, dict(request.headers), body))
            self.changed.notify_all()
        if self.answer is not None:
            return await self.answer(request)
        return web.Response(status=self.status, headers=self.headers)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """TLS for a server on 127.0.0.1, and the file of who certifies it: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
