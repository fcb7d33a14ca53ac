"""Enrolment and Renewal (proto/hutong/v1/enrolment.proto).

First certificates by one-time token; those of contacts and further systems because the agency bound their TLS key in
the log; renewals by the certificate in force, from half of its life on. The hub never sees a private key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection, Engine, select

from hub.edge import Context, Door, guarded
from hub.enrolment.authority import Authority
from hub.enrolment.certificates import remember, use_token
from hub.standing import Standing
from hub.state import tables
from hub.state.database import reading, writing
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
        with writing(self.engine) as connection:
            agency = use_token(connection, request.token, self.door.clock.now())
            registered = self.standing.directory.agencies.get(agency)
            if registered is None:
                raise HutongError("HT-ENR-12", why=f"{agency} is not registered yet")
            chains = []
            for subject, spki in wanted:
                if subject.kind == "contact" and subject.name != registered.head_contact:
                    raise HutongError("HT-ENR-12", why="a token is for the agency's system and its head only")
                chains.append(self._issue(connection, subject, spki, agency))
        self._reload()
        return enrolment_pb2.EnrolResponse(chains=chains)

    def _certify(self, der: bytes) -> enrolment_pb2.CertifyResponse:
        subject, spki = read_csr(der)
        key = self.standing.directory.key_in_force(sha256(spki).hexdigest(), self.door.clock.now())
        holder = subject.name if subject.kind == "contact" else ""
        if key is None or key.use != codes_pb2.KEY_USE_TLS or (key.agency, key.holder) != (subject.agency, holder):
            raise HutongError("HT-ENR-12", why="the agency has not bound this TLS key for this holder (KeyBound)")
        with writing(self.engine) as connection:
            chain = self._issue(connection, subject, spki, key.agency)
        self._reload()
        return enrolment_pb2.CertifyResponse(chain=chain)

    def _renew(self, der: bytes, fingerprint: bytes) -> enrolment_pb2.RenewResponse:
        subject, spki = read_csr(der)
        with writing(self.engine) as connection:
            query = select(_CERTIFICATES).where(_CERTIFICATES.c.fingerprint == fingerprint)
            old = connection.execute(query).mappings().one()
            now = self.door.clock.now()
            if old["subject"] != subject.uri:
                raise HutongError("HT-ENR-12", why="the name is not the caller's own")
            if now < (old["not_before"] + old["not_after"]) // 2:
                raise HutongError("HT-ENR-12", why="the certificate has not reached half of its life")
            chain = self._issue(connection, subject, spki, old["agency"])
        self._reload()
        return enrolment_pb2.RenewResponse(chain=chain)

    def _issue(self, connection: Connection, subject: Subject, spki: bytes, agency: str) -> str:
        if (subject.hub, subject.agency) != (self.host, agency):
            raise HutongError("HT-ENR-12", why=f"the name asked for is not one of {agency} at {self.host}")
        # By the machine's clock, because that is what TLS compares with; a demo's moved clock would not do.
        chain = self.authority.issue(subject, spki, dt.datetime.now(dt.UTC), self.lifetime)
        remember(connection, agency, subject.uri, chain)
        return _pem(chain)

    def _reload(self) -> None:
        with reading(self.engine) as connection:
            self.standing.reload_certificates(connection)


def _pem(chain: list[x509.Certificate]) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in chain)
