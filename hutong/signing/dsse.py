"""Signed statements: DSSE v1 (https://github.com/secure-systems-lab/dsse) carried in protobuf.

Signatures cover the payload as received: nobody parses and serialises it again on the way. They are no part of a
statement's identity, because ECDSA signatures are randomised: ``statement_digest`` is taken of what they cover.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from hutong.errors import HutongError
from hutong.signing import batch
from hutong.signing.keys import PublicKey, SigningKey
from hutong.signing.pae import pae
from hutong.v1.envelope_pb2 import Envelope, Signature
from hutong.v1.header_pb2 import Header, Signer
from hutong.v1.options_pb2 import SIGNER_ROLE_AGENCY_SYSTEM, SIGNER_ROLE_UNSPECIFIED, SignerRole

__all__ = ["PAYLOAD_TYPE", "pae", "sign", "sign_batch", "statement_digest", "verify"]

PAYLOAD_TYPE = "application/vnd.hutong.statement.v1+protobuf"

Lookup = Callable[[str], PublicKey | None]
"""key id → the key as the directory has it, or None if it is not in force"""


def statement_digest(envelope: Envelope) -> bytes:
    """SHA-256 of the pre-authentication encoding: 32 bytes that name the statement in the log."""
    return sha256(pae(envelope.payload_type, envelope.payload)).digest()


def sign(payload: bytes, keys: Sequence[SigningKey], payload_type: str = PAYLOAD_TYPE) -> Envelope:
    """``payload`` (a serialised Header that names exactly these keys as its signers) signed by each of ``keys``."""
    message = pae(payload_type, payload)
    signatures = [Signature(sig=key.sign(message), keyid=key.keyid) for key in keys]
    return Envelope(payload=payload, payload_type=payload_type, signatures=signatures)


def sign_batch(
    payloads: Sequence[bytes], *, origin: str, agency: str, key: SigningKey, payload_type: str = PAYLOAD_TYPE
) -> list[Envelope]:
    """Many statements of an agency system under one signature, see ``hutong.signing.batch``."""
    return batch.sign_batch(payloads, origin=origin, agency=agency, key=key, payload_type=payload_type)


def verify(envelope: Envelope, header: Header, lookup: Lookup) -> bytes:
    """Check that exactly the signers whom ``header`` names have signed; returns the statement's digest.

    ``header`` is what the caller parsed from ``envelope.payload``. Whether the roles are those that the kind needs is
    decided elsewhere.

    Raises HT-ENV-03 for a payload type of another domain, HT-SIG-01 for a signer without signature, HT-SIG-02 for a
    signature without signer or a second one, HT-SIG-03 for one that does not match, HT-SIG-04 for a key that ``lookup``
    does not know, HT-SIG-05 for a batch signature of anybody but an agency system, HT-SIG-06 for another algorithm than
    the key's.
    """
    if envelope.payload_type != PAYLOAD_TYPE:
        raise HutongError("HT-ENV-03", field="payload_type", rule=PAYLOAD_TYPE)
    signatures = _by_keyid(envelope, header)
    message = pae(PAYLOAD_TYPE, envelope.payload)
    digest = sha256(message).digest()
    for signer in header.signers:
        signature = signatures.get(signer.keyid)
        if signature is None:
            raise HutongError("HT-SIG-01", role=role_name(signer))
        key = _key_of(signer, lookup)
        if not signature.HasField("batch"):
            valid = key.verify(message, signature.sig)
        elif signer.role == SIGNER_ROLE_AGENCY_SYSTEM:
            valid = batch.verify_batch(digest, signature, origin=header.origin, agency=header.sender.agency, key=key)
        else:
            raise HutongError("HT-SIG-05", needed=SignerRole.Name(SIGNER_ROLE_AGENCY_SYSTEM))
        if not valid:
            raise HutongError("HT-SIG-03", keyid=signer.keyid)
    return digest


def role_name(signer: Signer) -> str:
    """The role as the contract spells it; a number for one that this version does not know."""
    return SignerRole.Name(signer.role) if signer.role in SignerRole.values() else str(signer.role)


def _by_keyid(envelope: Envelope, header: Header) -> dict[str, Signature]:
    named = {signer.keyid for signer in header.signers}
    signatures = {signature.keyid: signature for signature in envelope.signatures}
    # Two signers with one key, two signatures of one key, a signature that nobody is named for: each is one too many.
    if len(named) < len(header.signers) or len(signatures) < len(envelope.signatures) or not signatures.keys() <= named:
        raise HutongError("HT-SIG-02")
    if not named:
        raise HutongError("HT-SIG-01", role=SignerRole.Name(SIGNER_ROLE_UNSPECIFIED))
    return signatures


def _key_of(signer: Signer, lookup: Lookup) -> PublicKey:
    key = lookup(signer.keyid)
    if key is None or key.keyid != signer.keyid:
        raise HutongError("HT-SIG-04", keyid=signer.keyid)
    if key.algorithm != signer.algorithm:
        raise HutongError("HT-SIG-06")
    return key
