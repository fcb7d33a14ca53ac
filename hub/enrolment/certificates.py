"""Tokens and certificates as rows. Tokens are kept by digest only."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, Engine, and_, insert, or_, select, update

from hub.state import tables
from hub.state.database import writing
from hub.state.records import table_of
from hutong.errors import HutongError

_TOKENS = table_of(tables.TokenRow)
_CERTIFICATES = table_of(tables.CertificateRow)


def make_token(engine: Engine, agency: str, expires_at: int) -> bytes:
    """A one-time token for ``agency``: 32 random bytes, of which only the digest stays here."""
    token = secrets.token_bytes(32)
    row = {
        "token_sha256": sha256(token).digest(),
        "agency": agency,
        "expires_at": expires_at,
        "used_at": 0,
        "used_for": b"",
    }
    with writing(engine) as connection:
        connection.execute(insert(_TOKENS), [row])
    return token


def use_token(connection: Connection, token: bytes, keys: bytes, now: int) -> str:
    """Use ``token`` up for ``keys``; the agency that it is for. HT-ENR-11 for one that is unknown, used or expired.

    The same keys may come again before it expires, because an answer can be lost on its way.
    """
    used_for = sha256(keys).digest()
    free = or_(_TOKENS.c.used_at == 0, _TOKENS.c.used_for == used_for)
    mine = and_(_TOKENS.c.token_sha256 == sha256(token).digest(), _TOKENS.c.expires_at > now, free)
    used = update(_TOKENS).where(mine).values(used_at=now, used_for=used_for).returning(_TOKENS.c.agency)
    agency = connection.execute(used).scalar()
    if agency is None:
        raise HutongError("HT-ENR-11")
    return str(agency)


def remember(connection: Connection, agency: str, subject: str, chain: Sequence[x509.Certificate]) -> str:
    """Note an issued certificate, before its holder gets it; its chain as PEM."""
    leaf = chain[0]
    pem = "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in chain)
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    row = {
        "fingerprint": sha256(leaf.public_bytes(Encoding.DER)).digest(),
        "agency": agency,
        "subject": subject,
        "keyid": sha256(spki).hexdigest(),
        "not_before": _ms(leaf.not_valid_before_utc),
        "not_after": _ms(leaf.not_valid_after_utc),
        "revoked_at": 0,
        "chain": pem,
    }
    connection.execute(insert(_CERTIFICATES), [row])
    return pem


def still_young(connection: Connection, subject: str, keyid: str, now: int) -> str:
    """The chain of a certificate for ``subject`` and ``keyid`` in the first half of its life; empty if none is."""
    c = _CERTIFICATES.c
    mine = and_(c.subject == subject, c.keyid == keyid, c.revoked_at == 0, (c.not_before + c.not_after) / 2 > now)
    return connection.execute(select(c.chain).where(mine).order_by(c.not_after.desc()).limit(1)).scalar() or ""


def check_not_revoked(connection: Connection, keyid: str) -> None:
    """HT-ENR-19 for a key that a revoked certificate was for."""
    mine = and_(_CERTIFICATES.c.keyid == keyid, _CERTIFICATES.c.revoked_at > 0)
    if connection.execute(select(_CERTIFICATES.c.fingerprint).where(mine).limit(1)).first():
        raise HutongError("HT-ENR-19")


def revoke(engine: Engine, fingerprint: bytes, now: int) -> None:
    """Take a certificate out of force, with every other one of its key; HT-NFD-01 for one that was never issued."""
    c = _CERTIFICATES.c
    key = select(c.keyid).where(c.fingerprint == fingerprint).scalar_subquery()
    mine = and_(c.keyid == key, c.revoked_at == 0)
    with writing(engine) as connection:
        if connection.execute(select(c.keyid).where(c.fingerprint == fingerprint)).first() is None:
            raise HutongError("HT-NFD-01", what="certificate")
        connection.execute(update(_CERTIFICATES).where(mine).values(revoked_at=now))


def _ms(instant: dt.datetime) -> int:
    return int(instant.timestamp() * 1000)
