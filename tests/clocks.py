"""A log whose hub has a wrong clock."""

from __future__ import annotations

from typing import Any

from hutong.v1 import header_pb2
from tests.chronicle import Chronicle

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000


class Clocks(Chronicle):
    """A chronicle whose hub's clock is ``skew`` ms before everybody else's, and whose senders need a second."""

    skew = 0
    delay = SECOND

    def _signed(self, header: header_pb2.Header) -> Any:
        made = super()._signed
        if header.sender.agency == "hub":
            return made(header)
        now = self.now
        self.now = now - self.skew - self.delay
        try:
            return made(header)
        finally:
            self.now = now


def leads(log: Chronicle, count: int, *, every: int = MINUTE) -> None:
    """Leads of market and banking in turn, to the police."""
    for number in range(count):
        log.now += every
        log.lead(agency=("market", "banking")[number % 2])
