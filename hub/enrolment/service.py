"""Enrolment and Renewal (proto/hutong/v1/enrolment.proto).

First certificates by one-time token; those of contacts and further systems because the agency bound their TLS key in
the log; renewals by the certificate in force, for the same key, from half of its life on. Another key is another word
of the agency (KeyBound), and a key whose certificate was revoked gets none any more. The hub never sees a private key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import Connection, Engine, select

from hub.edge import Context, Door, guarded
from hub.enrolment.authority import Authority
from hub.enrolment.certificates import check_not_revoked, remember, still_young, use_token
from hub.standing import Standing
from hub.state import tables
from hub.state.database import writing
from hub.state.records import table_of
from hutong.errors import HutongError
from hutong.tls.requests import read_csr
from hutong.tls.spiffe import Subject
from hutong.v1 import codes_pb2, enrolment_pb2, enrolment_pb2_grpc

T = TypeVar("T")
_CERTIFICATES = table_of(tables.CertificateRow)


@dataclass
class Enrolment(enrolment_pb2_grpc.EnrolmentServicer, enrolment_pb2_grpc.RenewalServicer):
    """Both services; they stand on two ports (one asks for no certificate, the other for one in force)."""

    door: Door
    standing: Standing
    engine: Engine
    executor: Executor
    authority: Authority
    host: str
    lifetime: dt.timedelta

    async def Enrol(self, request: enrolment_pb2.EnrolRequest, context: Context) -> enrolment_pb2.EnrolResponse:
        """The agency's system and its head, by token."""
        return await guarded(context, lambda: self._run(lambda: self._enrol(request)))

    async def Certify(self, request: enrolment_pb2.CertifyRequest, context: Context) -> enrolment_pb2.CertifyResponse:
        """Whoever's TLS key stands in the directory."""
        return await guarded(context, lambda: self._run(lambda: self._certify(request.request)))

    async def Renew(self, request: enrolment_pb2.RenewRequest, context: Context) -> enrolment_pb2.RenewResponse:
        """The caller's own successor certificate."""

        async def call() -> enrolment_pb2.RenewResponse:
            peer = self.door.peer(context)
            return await self._run(lambda: self._renew(request.request, peer.fingerprint))

        return await guarded(context, call)

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.executor, function)

    def _enrol(self, request: enrolment_pb2.EnrolRequest) -> enrolment_pb2.EnrolResponse:
        wanted = [read_csr(der) for der in request.requests]
        if [subject.kind for subject, _ in wanted] != ["system", "contact"]:
            raise HutongError("HT-ENR-13")
        with writing(self.engine) as connection:
            agency = use_token(connection, request.token, b"".join(spki for _, spki in wanted), self.door.clock.now())
            registered = self.standing.directory.agencies.get(agency)
            if registered is None:
                raise HutongError("HT-ENR-15", agency=agency)
            if wanted[1][0].name != registered.head_contact:
                raise HutongError("HT-ENR-14", contact=wanted[1][0].name, agency=agency)
            chains = [self._issue(connection, subject, spki, agency) for subject, spki in wanted]
        self.standing.reload_certificates(self.engine)
        return enrolment_pb2.EnrolResponse(chains=chains)

    def _certify(self, der: bytes) -> enrolment_pb2.CertifyResponse:
        subject, spki = read_csr(der)
        key = self.standing.directory.key_in_force(sha256(spki).hexdigest(), self.door.clock.now())
        holder = subject.name if subject.kind == "contact" else ""
        if key is None or key.use != codes_pb2.KEY_USE_TLS or (key.agency, key.holder) != (subject.agency, holder):
            raise HutongError("HT-ENR-12", agency=subject.agency)
        with writing(self.engine) as connection:
            chain = self._issue(connection, subject, spki, key.agency)
        self.standing.reload_certificates(self.engine)
        return enrolment_pb2.CertifyResponse(chain=chain)

    def _renew(self, der: bytes, fingerprint: bytes) -> enrolment_pb2.RenewResponse:
        subject, spki = read_csr(der)
        with writing(self.engine) as connection:
            query = select(_CERTIFICATES).where(_CERTIFICATES.c.fingerprint == fingerprint)
            old = connection.execute(query).mappings().one()
            now = self.door.clock.now()
            if (old["subject"], old["keyid"]) != (subject.uri, sha256(spki).hexdigest()):
                raise HutongError("HT-ENR-16")
            since = (old["not_before"] + old["not_after"]) // 2
            if now < since:
                raise HutongError("HT-ENR-17", since=dt.datetime.fromtimestamp(since / 1000, dt.UTC).date())
            chain = self._issue(connection, subject, spki, old["agency"])
        self.standing.reload_certificates(self.engine)
        return enrolment_pb2.RenewResponse(chain=chain)

    def _issue(self, connection: Connection, subject: Subject, spki: bytes, agency: str) -> str:
        if (subject.hub, subject.agency) != (self.host, agency):
            raise HutongError("HT-ENR-18", agency=agency, hub=self.host)
        keyid, now = sha256(spki).hexdigest(), self.door.clock.now()
        check_not_revoked(connection, keyid)
        # Whoever asks again, because the answer was lost, gets the same: nobody piles up certificates.
        if young := still_young(connection, subject.uri, keyid, now):
            return young
        # By the machine's clock, because that is what TLS compares with; a demo's moved clock would not do.
        chain = self.authority.issue(subject, spki, dt.datetime.now(dt.UTC), self.lifetime)
        return remember(connection, agency, subject.uri, chain)
