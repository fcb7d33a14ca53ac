"""A body sealed for two agencies, with the header that binds it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from hutong.sealing.body import seal
from hutong.sealing.keys import OpeningKey
from hutong.v1.header_pb2 import Header, Recipient, Sender

ORIGIN = "hutong.example/log"
MESSAGE_ID = bytes(range(16))


@pytest.fixture(scope="session")
def keys() -> dict[str, OpeningKey]:
    return {name: OpeningKey.generate() for name in ("police", "police-recovery", "banking", "market")}


@pytest.fixture(scope="session")
def sealed_case(keys: dict[str, OpeningKey]) -> Callable[[bytes], SimpleNamespace]:
    """plaintext → (sealed, header, recipients)"""

    def make(plaintext: bytes) -> SimpleNamespace:
        recipients = [
            keys["police"].for_agency("police-sh"),
            keys["police-recovery"].for_agency("police-sh"),
            keys["banking"].for_agency("banking-sh"),
            keys["market"].for_agency("market-sh"),
        ]
        body = seal(plaintext, origin=ORIGIN, message_id=MESSAGE_ID, recipients=recipients)
        header = Header(
            version=1,
            origin=ORIGIN,
            message_id=MESSAGE_ID,
            sender=Sender(agency="market-sh", contact="c0123456789ab"),
            recipients=[Recipient(agency="police-sh"), Recipient(agency="banking-sh")],
            commitment=body.commitment,
            ciphertext_sha256=body.ciphertext_sha256,
            wraps_sha256=body.wraps_sha256,
        )
        return SimpleNamespace(sealed=body.sealed, header=header, recipients=recipients)

    return make
