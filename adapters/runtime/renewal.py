"""The system's certificate: renewed at half of its life, so that an outage of the hub has two weeks to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

from adapters.runtime.link import Link
from adapters.runtime.troubles import Troubles
from hutong.client.joining import certify
from hutong.errors import HutongError

_SUBJECT = "certificate"


@dataclass
class Renewal:
    """Looks after the profile's certificate. ``renewed`` is told when there is a new one."""

    link: Link
    troubles: Troubles
    clock: Callable[[], int]
    renewed: Callable[[], None]

    async def step(self) -> bool:
        """Renew if it is time. An expired certificate is replaced by the bound TLS key, through enrolment."""
        start, end = _life(self.link.profile.certificate())
        now = self.clock()
        if now < (start + end) // 2:
            return False
        try:
            if now < end:
                await self.link.hub.renew()
            else:
                await asyncio.to_thread(certify, self.link.profile)
        except HutongError:
            if now > end - (end - start) // 4:
                days = max(0, (end - now) // 86_400_000)
                self.troubles.raise_(HutongError("HT-NOD-13", days=days), _SUBJECT)
            raise
        self.troubles.clear("HT-NOD-13")
        self.renewed()
        await self.link.replace()
        return False


def _life(certificate: x509.Certificate) -> tuple[int, int]:
    """From when until when it is in force, milliseconds since 1970 (UTC)."""
    ends = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    start, end = (int(instant.timestamp() * 1000) for instant in ends)
    return start, end
