"""Tokens and certificates as rows. Tokens are kept by digest only."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, Engine, insert, update

from hub.state import tables
from hub.state.database import writing
from hub.state.records import table_of
from hutong.errors import HutongError

_TOKENS = table_of(tables.TokenRow)
_CERTIFICATES = table_of(tables.CertificateRow)


def make_token(engine: Engine, agency: str, expires_at: int) -> bytes:
    """A one-time token for ``agency``: 32 random bytes, of which only the digest stays here."""
    token = secrets.token_bytes(32)
    row = {"token_sha256": sha256(token).digest(), "agency": agency, "expires_at": expires_at, "used_at": 0}
    with writing(engine) as connection:
        connection.execute(insert(_TOKENS), [row])
    return token


def use_token(connection: Connection, token: bytes, now: int) -> str:
    """Use ``token`` up; the agency that it is for. HT-ENR-11 for one that is unknown, used or expired."""
    mine = (_TOKENS.c.token_sha256 == sha256(token).digest()) & (_TOKENS.c.used_at == 0) & (_TOKENS.c.expires_at > now)
    agency = connection.execute(update(_TOKENS).where(mine).values(used_at=now).returning(_TOKENS.c.agency)).scalar()
    if agency is None:
        raise HutongError("HT-ENR-11")
    return str(agency)


def remember(connection: Connection, agency: str, subject: str, chain: Sequence[x509.Certificate]) -> None:
    """Note an issued certificate; before its holder gets it."""
    leaf = chain[0]
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    row = {
        "fingerprint": sha256(leaf.public_bytes(Encoding.DER)).digest(),
        "agency": agency,
        "subject": subject,
        "keyid": sha256(spki).hexdigest(),
        "not_before": _ms(leaf.not_valid_before_utc),
        "not_after": _ms(leaf.not_valid_after_utc),
        "revoked_at": 0,
    }
    connection.execute(insert(_CERTIFICATES), [row])


def revoke(engine: Engine, fingerprint: bytes, now: int) -> None:
    """Take a certificate out of force; HT-NFD-01 for one that was never issued."""
    mine = _CERTIFICATES.c.fingerprint == fingerprint
    with writing(engine) as connection:
        found = connection.execute(update(_CERTIFICATES).where(mine).values(revoked_at=now))
        if found.rowcount == 0:
            raise HutongError("HT-NFD-01", what="certificate")


def _ms(instant: dt.datetime) -> int:
    return int(instant.timestamp() * 1000)
