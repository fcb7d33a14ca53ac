"""Tickets: copied whole or refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.proofs.note import ED25519, VerifierKey
from hutong.tls.ticket import Ticket


@pytest.fixture(scope="session")
def ticket(authority: Any) -> Ticket:
    return Ticket(
        origin="hutong.example/log",
        enrol_address="hub.example:7443",
        address="[::1]:7442",
        root_pem=authority.root_pem,
        policy=f"log {VerifierKey('hutong.example/log', ED25519, bytes(32))}\nquorum none\n",
        agency="police-sh",
        token=bytes(range(32)),
    )


def wrapped(values: object) -> str:
    """A text with true check digits around whatever stands in it."""
    raw = values if isinstance(values, bytes) else json.dumps(values).encode()
    body = urlsafe_b64encode(raw).rstrip(b"=")
    return f"hutong-ticket-1.{body.decode()}.{sha256(body).hexdigest()[:8]}"


def values_of(ticket: Ticket) -> dict[str, Any]:
    names = ("origin", "enrol_address", "address", "root_pem", "policy", "agency")
    return {name: getattr(ticket, name) for name in names} | {"token": ticket.token.hex()}


def test_round_trip(ticket: Ticket) -> None:
    text = ticket.to_text()
    assert text.isascii() and "\n" not in text and len(text) < 2000
    assert Ticket.from_text(text) == ticket
    assert Ticket.from_text(wrapped(values_of(ticket))) == ticket


def test_a_mail_program_broke_the_lines(ticket: Ticket) -> None:
    text = ticket.to_text()
    lines = [text[i : i + 60] for i in range(0, len(text), 60)]
    assert Ticket.from_text("  " + "\r\n  ".join(lines) + "\n") == ticket


def test_the_token_does_not_show(ticket: Ticket) -> None:
    assert "token" not in repr(ticket) and ticket.token.hex() not in repr(ticket)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_slip_in_copying(ticket: Ticket, data: st.DataObject) -> None:
    text = ticket.to_text()
    place = data.draw(st.integers(0, 2**16)) % len(text)
    letter = data.draw(st.sampled_from("abcxyzABCXYZ019-_."))
    for slip in (text[:place] + letter + text[place + 1 :], text[:place], text[:place] + letter + text[place:]):
        if slip != text:
            with pytest.raises(HutongError, match="HT-ENR-03"):
                Ticket.from_text(slip)


@given(st.text(max_size=100))
def test_any_text(text: str) -> None:
    with pytest.raises(HutongError, match="HT-ENR-03"):
        Ticket.from_text(text)


CHANGES: dict[str, dict[str, Any]] = {
    "origin": {"origin": "hutong.example"},
    "address": {"address": "unix:/run/hub"},
    "no address": {"address": ""},
    "enrolment address": {"enrol_address": "hub.example:99999"},
    "root": {"root_pem": "no certificate"},
    "root of lone surrogates": {"root_pem": "\ud800"},
    "agency": {"agency": "Police"},
    "token too short": {"token": "00" * 31},
    "token no hex": {"token": "x" * 64},
    "number": {"agency": 7},
    "surplus": {"more": "x"},
}


@pytest.mark.parametrize("case", sorted(CHANGES))
def test_values_that_cannot_be(case: str, ticket: Ticket) -> None:
    with pytest.raises(HutongError, match="HT-ENR-03"):
        Ticket.from_text(wrapped(values_of(ticket) | CHANGES[case]))


def test_missing_values_and_other_json(ticket: Ticket, authority: Any) -> None:
    leaf_as_root = values_of(ticket) | {"root_pem": authority.server()[1].decode()}
    less = values_of(ticket)
    del less["agency"]
    for values in (less, leaf_as_root, [], "text", None, b"{", b"[" * 9000, b"\xff"):
        with pytest.raises(HutongError, match="HT-ENR-03"):
            Ticket.from_text(wrapped(values))
