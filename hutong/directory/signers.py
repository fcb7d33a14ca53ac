"""Whose key may have signed a statement: one of the directory's, a head's first one, or the log's own for the hub's."""

from __future__ import annotations

from collections.abc import Mapping

from hutong.directory.records import Directory
from hutong.kinds import kind_of
from hutong.proofs.policy import Policy
from hutong.signing.keys import PublicKey
from hutong.v1 import codes_pb2, header_pb2

_SIGNING = (codes_pb2.KEY_USE_OFFICER, codes_pb2.KEY_USE_AGENCY_SYSTEM, codes_pb2.KEY_USE_HEAD_RECOVERY)
_ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""DER SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 §4)."""


def hub_keys(policy: Policy, origin: str) -> dict[str, PublicKey]:
    """Key id → key of those that sign for ``origin`` under ``policy``; with them the hub signs its statements too."""
    spkis = (_ED25519_PREFIX + key.public for key in policy.logs if key.name == origin)
    keys = (PublicKey.from_spki(spki, codes_pb2.ALGORITHM_ED25519) for spki in spkis)
    return {key.keyid: key for key in keys}


def signing_key(
    directory: Directory, header: header_pb2.Header, keyid: str, at: int | None, hub: Mapping[str, PublicKey]
) -> PublicKey | None:
    """The key ``keyid`` if ``header``'s sender may sign with it.

    ``at``: hub time (ms) at which it must be in force; None: whenever, so that repeats of old statements still verify.
    ``hub``: the hub's own keys, which sign the kinds that only it issues and nothing else.
    """
    if kind_of(header).hub_only:
        return hub.get(keyid)
    key = directory.keys.get(keyid) if at is None else directory.key_in_force(keyid, at)
    if key is not None and key.agency == header.sender.agency and key.use in _SIGNING:
        return PublicKey.from_spki(key.spki, codes_pb2.Algorithm.ValueType(key.algorithm))
    return _first_head_key(directory, header, keyid)


def _first_head_key(directory: Directory, header: header_pb2.Header, keyid: str) -> PublicKey | None:
    """The head's first key, which signs for itself: known by the fingerprint that was compared out of band."""
    agency = directory.agencies.get(header.sender.agency)
    if agency is None or keyid != agency.head_keyid or keyid in directory.keys:
        return None
    if header.WhichOneof("kind") != "key_bound":
        return None
    return PublicKey.from_spki(header.key_bound.spki, header.key_bound.algorithm)
