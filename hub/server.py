"""One hub process: everything put together, started and stopped in order."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import grpc.aio
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from hub.admission.admission import Admission
from hub.admission.quota import RefusalQuota
from hub.attachments import Attachments
from hub.channels import ChannelTests
from hub.clock import clock_of
from hub.clockwork import Clockwork
from hub.crash import crash_at
from hub.delivery.wakeup import Wakeup
from hub.edge import Door
from hub.enrolment.service import Enrolment
from hub.home import Home
from hub.notices.carriers import carriers
from hub.notices.codes import Codes
from hub.notices.sender import Sender
from hub.publisher import Publisher
from hub.recorder.judge import Judge
from hub.recorder.recorder import Recorder
from hub.requests import Requests
from hub.saying import Saying
from hub.services.audit import Audit
from hub.services.casework import Casework
from hub.services.directory import Directory
from hub.services.exchange import Exchange
from hub.services.withheld import Withheld
from hub.standing import Standing
from hub.state.attachments import is_erased
from hub.state.database import migrate, open_engine, reading
from hub.state.records import newest_directory_index
from hub.ticker import Ticker
from hub.tiles_http import TilesServer
from hub.watch import Watch
from hutong.errors import HutongError
from hutong.tls.channel import SERVER_OPTIONS
from hutong.tls.files import write_private
from hutong.v1 import (
    audit_pb2,
    audit_pb2_grpc,
    casework_pb2,
    casework_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
    enrolment_pb2,
    enrolment_pb2_grpc,
    exchange_pb2,
    exchange_pb2_grpc,
)
from rules.permit.policy_set import Policies

_log = structlog.get_logger("hub")
_GRACE_SECONDS = 5.0
_MAX_CONNECTION_MS = 6 * 3600 * 1000
_SERVER_DAYS = 365


class Server:
    """A hub on its folder. Made on the event loop that it will run on; ``run`` serves until ``stop``."""

    def __init__(self, home: Home) -> None:
        settings = home.settings
        self._home = home
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._failure: HutongError | None = None
        self.port = self.enrolment_port = self.tiles_port = 0
        migrate(settings.url)
        self._engine = open_engine(settings.url)
        self._publisher = Publisher(self._engine, settings.log_folder)
        # Refuses to go on where the published log is ahead of the database, before anything is signed.
        self._publisher.publish()
        self._clock = clock_of(settings)
        policies = Policies.shipped()
        with reading(self._engine) as connection:
            self._standing = Standing.load(connection, policies, newest_directory_index(connection))
        self._wakeup = Wakeup(self._loop)
        self._attachments = Attachments(settings.attachments, self._is_erased)
        self._verifiers = ThreadPoolExecutor(settings.verify_workers, "verify")
        self._readers = ThreadPoolExecutor(4, "read")
        self._door = Door(self._standing, self._clock)
        self._recorder = self._make_recorder(policies)
        self._carriers = carriers(settings, home.key)
        self._codes = Codes(self._carriers, self._clock, self._loop)
        self._notices = self._make_sender()
        self._ticker = self._make_ticker()
        self._tiles = TilesServer(self._door, settings.log_folder)
        self._watch = Watch(self._engine, home.policy, self._clock, settings.watch_seconds, settings.home)
        self._main, self._enrol = self._make_servers()

    def _is_erased(self, address: bytes) -> bool:
        with reading(self._engine) as connection:
            return is_erased(connection, address)

    async def run(self, ready: Callable[[Server], None]) -> None:
        """Serve until stopped; ``ready`` is called once every port listens. Raises what made the hub stop by itself."""
        self._notices.start()
        self._recorder.start()
        self._publisher.start()
        await self._main.start()
        await self._enrol.start()
        settings, keys = self._home.settings, self._home.settings.keys
        files = keys / "server.pem", keys / "server.key", keys / "root.pem"
        await self._tiles.start(settings.host, settings.tiles_port, *files)
        self.tiles_port = self._tiles.port
        self._ticker.start()
        self._watch.start()
        checks, names = self._health
        for name in names:
            await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
        _log.info("serving", origin=settings.origin, port=self.port, size=self._recorder.size)
        ready(self)
        await self._stopping.wait()
        await self._stop()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Stop gracefully: what was handed in is recorded and answered. May come from any thread or signal handler."""
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def _stop(self) -> None:
        """The reverse of starting: no new work, then what is under way, then what was derived from it."""
        await self._health[0].enter_graceful_shutdown()
        self._wakeup.stop()
        self._codes.stop()
        await asyncio.to_thread(self._watch.stop)
        await asyncio.to_thread(self._ticker.stop)
        await asyncio.gather(self._main.stop(_GRACE_SECONDS), self._enrol.stop(_GRACE_SECONDS), self._tiles.stop())
        await asyncio.to_thread(self._recorder.stop)
        await self._notices.stop()
        await asyncio.to_thread(self._publisher.stop)
        self._verifiers.shutdown()
        self._readers.shutdown()
        self._engine.dispose()
        _log.info("stopped", size=self._recorder.size)

    def _fatal(self, error: HutongError) -> None:
        self._failure = error
        _log.critical("the hub stops", code=error.code, why=error.params.get("why", ""))
        self.stop()

    def _make_recorder(self, policies: Policies) -> Recorder:
        settings = self._home.settings
        judge = Judge(
            origin=settings.origin,
            key=self._home.key,
            policies=policies,
            quota=RefusalQuota(settings.refusals_per_minute),
            missing=self._attachments.missing,
        )
        return Recorder(
            engine=self._engine,
            judge=judge,
            standing=self._standing,
            clock=self._clock,
            key=self._home.vkey,
            sign=self._home.key.sign,
            batch_limit=settings.batch_limit,
            queue_limit=settings.queue_limit,
            queue_bytes=settings.queue_bytes,
            on_commit=self._committed,
            on_fatal=self._fatal,
            on_notices=lambda: self._notices.notify(),
            reach=crash_at(settings),
        )

    def _make_ticker(self) -> Ticker:
        settings, keyid = self._home.settings, self._home.key.keyid
        saying = Saying(self._recorder, self._loop)
        clockwork = Clockwork(
            engine=self._engine,
            saying=saying,
            standing=self._standing,
            clock=self._clock,
            node=self._home.node,
            page=settings.batch_limit,
            reach=self._recorder.reach,
        )
        tests = ChannelTests(
            engine=self._engine,
            standing=self._standing,
            clock=self._clock,
            origin=settings.origin,
            keyid=keyid,
            say=saying.say,
            send=self._codes.send,
            kinds=self._carriers.keys(),
        )
        return Ticker(
            engine=self._engine,
            saying=saying,
            clockwork=clockwork,
            channel_tests=tests,
            standing=self._standing,
            clock=self._clock,
            attachments=self._attachments,
            wakeup=self._wakeup,
            origin=settings.origin,
            keyid=keyid,
            seconds=settings.tick_seconds,
            notices_days=settings.notices_days,
        )

    def _make_sender(self) -> Sender:
        settings = self._home.settings
        return Sender(
            engine=self._engine,
            directory=lambda: self._standing.directory,
            clock=self._clock,
            carriers=self._carriers,
            seconds=settings.tick_seconds,
            reach=crash_at(settings),
        )

    def _committed(self, agencies: frozenset[str], moved: bool) -> None:
        if moved:
            self._wakeup.notify_all()
        else:
            self._wakeup.notify(agencies)
        self._publisher.notify()

    def _make_servers(self) -> tuple[grpc.aio.Server, grpc.aio.Server]:
        """The main server, which wants a client certificate, and the enrolment server, which cannot."""
        settings = self._home.settings
        door, engine, readers = self._door, self._engine, self._readers
        quota = RefusalQuota(settings.refusals_per_minute)
        admission = Admission(settings.origin, self._standing, self._recorder, self._verifiers, self._clock, quota)
        enrolment = Enrolment(
            door=door,
            standing=self._standing,
            engine=engine,
            executor=readers,
            authority=self._home.authority,
            host=settings.origin.partition("/")[0],
            lifetime=dt.timedelta(days=settings.certificate_days),
        )
        options = [*SERVER_OPTIONS, ("grpc.max_connection_age_ms", _MAX_CONNECTION_MS)]
        main = grpc.aio.server(options=options, interceptors=[Requests()])
        exchange = Exchange(door, admission, engine, readers, self._wakeup, self._attachments)
        exchange_pb2_grpc.add_ExchangeServicer_to_server(exchange, main)
        withheld = Withheld()
        directory_pb2_grpc.add_DirectoryServicer_to_server(Directory(door, engine, readers, withheld), main)
        audit_pb2_grpc.add_AuditServicer_to_server(Audit(door, self._home, engine, readers), main)
        casework = Casework(door, engine, readers, self._watch.cards, withheld)
        casework_pb2_grpc.add_CaseworkServicer_to_server(casework, main)
        enrolment_pb2_grpc.add_RenewalServicer_to_server(enrolment, main)
        self._health = _add_health_and_reflection(main)
        enrol = grpc.aio.server(options=options, interceptors=[Requests()])
        enrolment_pb2_grpc.add_EnrolmentServicer_to_server(enrolment, enrol)
        key, certificate = self._server_certificate()
        root = self._home.authority.root_pem.encode()
        mutual = grpc.ssl_server_credentials([(key, certificate)], root, require_client_auth=True)
        self.port = _listen(main, settings.host, settings.port, mutual)
        server_only = grpc.ssl_server_credentials([(key, certificate)])
        self.enrolment_port = _listen(enrol, settings.host, settings.enrolment_port, server_only)
        return main, enrol

    def _server_certificate(self) -> tuple[bytes, bytes]:
        """A new key and certificate for this run; the root stays."""
        key, certificate = self._home.authority.server(dt.datetime.now(dt.UTC), dt.timedelta(days=_SERVER_DAYS))
        folder: Path = self._home.settings.keys
        write_private(folder / "server.key", key)
        write_private(folder / "server.pem", certificate)
        return key, certificate


def _listen(server: grpc.aio.Server, host: str, port: int, credentials: grpc.ServerCredentials) -> int:
    """The port that ``server`` has; HT-SYS-07 when it cannot have it."""
    try:
        return server.add_secure_port(f"{host}:{port}", credentials)
    except RuntimeError as error:
        raise HutongError("HT-SYS-07", host=host, port=port) from error


def _add_health_and_reflection(server: grpc.aio.Server) -> tuple[health.aio.HealthServicer, list[str]]:
    """Health, all services not serving until ``run`` says so, and reflection."""
    names = [
        module.DESCRIPTOR.services_by_name[service].full_name
        for module, service in (
            (exchange_pb2, "Exchange"),
            (directory_pb2, "Directory"),
            (audit_pb2, "Audit"),
            (casework_pb2, "Casework"),
            (enrolment_pb2, "Renewal"),
        )
    ]
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    return checks, [*names, ""]
