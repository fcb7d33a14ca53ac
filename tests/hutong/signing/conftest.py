"""A statement with its signers, ready to be signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hutong.signing.keys import PublicKey, SigningKey
from hutong.v1.header_pb2 import Header, Sender, Signer

ORIGIN = "hutong.example/log"
AGENCY = "market-sh"


@pytest.fixture
def statement() -> Callable[..., Any]:
    """(*(key, role)) → (header, payload, lookup)."""

    def make(*signers: tuple[SigningKey, Any]) -> tuple[Header, bytes, Callable[[str], PublicKey | None]]:
        header = Header(version=1, origin=ORIGIN, sender=Sender(agency=AGENCY, contact="c0123456789ab"))
        for key, role in signers:
            header.signers.append(Signer(role=role, keyid=key.keyid, algorithm=key.algorithm))
        known = {key.keyid: getattr(key, "public", key) for key, _ in signers}
        return header, header.SerializeToString(), known.get

    return make
