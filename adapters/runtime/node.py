"""The node: every part put together, started and stopped in order.

    intake     in/ → outbox                  writeback  inbox → out/
    sender     outbox → hub                  watch      directory, own keys, one history
    receiver   hub → inbox, Delivered        renewal    the system's certificate

Each part keeps what it does in the store before it goes on, so a node may be killed at any moment and started again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import grpc
import grpc.aio
import structlog

from adapters import registry
from adapters.contract import Adapter
from adapters.runtime.arrivals import Arrivals
from adapters.runtime.folder import Folder
from adapters.runtime.inbox import Receiver
from adapters.runtime.intake import Intake
from adapters.runtime.keywatch import KeyWatch
from adapters.runtime.link import Link
from adapters.runtime.outbox import Sender
from adapters.runtime.outgoing import Outgoing
from adapters.runtime.pen import Pen
from adapters.runtime.renewal import Renewal
from adapters.runtime.rounds import Round
from adapters.runtime.service import NodeService
from adapters.runtime.settings import NodeSettings
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from adapters.runtime.writeback import WriteBack
from hutong.client.joining import now_ms
from hutong.errors import HutongError
from hutong.tls.channel import SERVER_OPTIONS
from hutong.tls.files import sole
from hutong.tls.profile import Profile
from hutong.v1 import node_pb2_grpc

_log = structlog.get_logger("adapters.node")
_GRACE_SECONDS = 5.0
_MAX_CONNECTION_MS = 6 * 3600 * 1000
_RECONNECT_SECONDS = 0.2


def _nothing(_point: str) -> None:
    """Where tests stand to pull the plug."""


class Node:
    """A node on its folder. Made on the event loop that it will run on; ``run`` serves until ``stop``.

    ``clock``: milliseconds since 1970 (UTC). ``reach`` is called at every point between two durable steps.
    """

    def __init__(
        self,
        settings: NodeSettings,
        *,
        clock: Callable[[], int] = now_ms,
        reach: Callable[[str], None] = _nothing,
        adapter: Adapter | None = None,
    ) -> None:
        """HT-NOD-19: another node runs on this folder; HT-TLS-01: no profile, certificate or opening key."""
        self.settings = settings
        self.port = 0
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._lock = _lock(settings)
        self.profile = Profile.open(settings.profile_folder)
        self.profile.opening_key()
        self.store = Store(settings.database)
        self.troubles = Troubles(self.store, clock)
        self.arrivals = Arrivals(self.store)
        self.outgoing = Outgoing(self.store, self.troubles, clock)
        self.link = Link(self.profile, self.store)
        self._assemble(adapter or (registry.load(settings.adapter) if settings.adapter else None), clock, reach)

    def _assemble(self, adapter: Adapter | None, clock: Callable[[], int], reach: Callable[[str], None]) -> None:
        settings, folder = self.settings, Folder(self.settings.folder)
        pen = Pen(
            origin=self.profile.origin,
            agency=self.profile.agency,
            key=self.profile.signing_key(),
            mandates=[bytes.fromhex(mandate) for mandate in settings.mandates],
            recipients=settings.recipients,
        )
        self.intake = Intake(
            link=self.link,
            store=self.store,
            folder=folder,
            arrivals=self.arrivals,
            outgoing=self.outgoing,
            troubles=self.troubles,
            pen=pen,
            adapter=adapter,
            clock=clock,
            reach=reach,
            queued=lambda: self._wake("sender", "writeback"),
        )
        self.sender = Sender(self.link, self.store, self.outgoing, self.troubles, reach)
        self.receiver = Receiver(
            link=self.link,
            store=self.store,
            arrivals=self.arrivals,
            outgoing=self.outgoing,
            troubles=self.troubles,
            pen=pen,
            settings=settings,
            clock=clock,
            reach=reach,
            arrived=lambda: self._wake("sender", "writeback"),
            works=lambda: self._rounds["receiver"].works(),
        )
        self.writeback = WriteBack(self.link, self.store, folder, self.arrivals, self.troubles, adapter, reach)
        self.watch = KeyWatch(self.link, self.store, self.troubles, settings, clock, lambda: self._wake("intake"))
        self.renewal = Renewal(self.link, self.troubles, clock, lambda: _log.info("certificate renewed"))
        self.service = NodeService(self.link, self.arrivals, self.outgoing, self.troubles, clock)
        steps = {
            "watch": (self.watch.step, settings.watch_seconds),
            "renewal": (self.renewal.step, settings.watch_seconds),
            "receiver": (self.receiver.step, _RECONNECT_SECONDS),
            "review": (self.receiver.review, settings.watch_seconds),
            "intake": (self.intake.step, settings.poll_seconds),
            "sender": (self.sender.step, settings.poll_seconds),
            "writeback": (self.writeback.step, settings.poll_seconds),
        }
        self._rounds = {name: Round(name, step, self.troubles, every) for name, (step, every) in steps.items()}

    async def run(self, ready: Callable[[Node], None]) -> None:
        """Serve until stopped; ``ready`` is called once the port listens. Whatever happens, the folder is left such
        that the next start goes on from there."""
        server = self._make_server()
        tasks: list[asyncio.Task[None]] = []
        try:
            await server.start()
            _log.info("serving", agency=self.profile.agency, port=self.port)
            tasks = [asyncio.create_task(one.run(), name=name) for name, one in self._rounds.items()]
            ready(self)
            stopping = asyncio.create_task(self._stopping.wait())
            done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.stop(_GRACE_SECONDS)
            await self.close()
            _log.info("stopped")

    def stop(self) -> None:
        """Stop gracefully. May come from any thread or signal handler."""
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def close(self) -> None:
        """Let go of hub, store and folder."""
        await self.link.close()
        self.store.close()
        os.close(self._lock)

    def _wake(self, *names: str) -> None:
        for name in names:
            self._rounds[name].wake.set()

    def _make_server(self) -> grpc.aio.Server:
        options = [*SERVER_OPTIONS, ("grpc.max_connection_age_ms", _MAX_CONNECTION_MS)]
        server = grpc.aio.server(options=options)
        node_pb2_grpc.add_NodeServicer_to_server(self.service, server)
        # Asked at every handshake, so that a renewed certificate is shown without a restart.
        credentials = grpc.dynamic_ssl_server_credentials(self._certificate(), self._certificate, True)
        try:
            self.port = server.add_secure_port(f"{self.settings.host}:{self.settings.port}", credentials)
        except RuntimeError as error:
            raise HutongError("HT-NOD-20", host=self.settings.host, port=self.settings.port) from error
        return server

    def _certificate(self) -> grpc.ServerCertificateConfiguration:
        chain = self.profile.tls_key_pem(), self.profile.chain_pem().encode()
        return grpc.ssl_server_certificate_configuration([chain], self.profile.root_pem.encode())


def _lock(settings: NodeSettings) -> int:
    """Only one node at a time works on a folder; a crash lets go of it. HT-NOD-19."""
    descriptor = sole(settings.folder / ".node.lock")
    if descriptor is None:
        raise HutongError("HT-NOD-19", folder=settings.folder.name)
    return descriptor
