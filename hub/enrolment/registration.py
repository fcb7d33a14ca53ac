"""Taking an agency in: its registration in the log, and the one-time ticket for its first connection."""

from __future__ import annotations

from sqlalchemy import Engine

from hub import orders
from hub.enrolment.certificates import make_token
from hub.home import Home
from hutong.tls.ticket import Ticket
from hutong.v1 import kinds_pb2

_ORDER_SECONDS = 15.0


def register(engine: Engine, said: kinds_pb2.AgencyRegistered, name_zh: str, name_en: str) -> None:
    """Have the running hub say ``said`` in the log, with the names as disclosure. HT-ORD-01, HT-ORD-02."""
    details = {
        "agency": said.SerializeToString().hex(),
        "name_zh": name_zh or said.agency,
        "name_en": name_en or said.agency,
    }
    orders.wait(engine, orders.place(engine, "register", details), _ORDER_SECONDS)


def make_ticket(home: Home, engine: Engine, agency: str, address: str, enrol_address: str, expires_at: int) -> Ticket:
    """A ticket for ``agency`` with a new token, good for one use until ``expires_at`` (ms since 1970)."""
    return Ticket(
        origin=home.settings.origin,
        enrol_address=enrol_address,
        address=address,
        root_pem=home.authority.root_pem,
        policy=str(home.policy),
        agency=agency,
        token=make_token(engine, agency, expires_at),
    )
