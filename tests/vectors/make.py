"""Makes statement.json: one lead from header to receipt, with every byte in between, for implementers elsewhere.

Nothing here comes from the product but the generated protobuf classes: hashes, signatures and encryption are written
out from the contract's comments, HPKE is pyhpke's. Keys come from fixed seeds and what is random in life is fixed, so
that every run gives the same file. Never use any of these keys.

    .venv/bin/python tests/vectors/make.py > tests/vectors/statement.json
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey
from pyhpke.kem_key import KEMKeyPair

from hutong.v1 import body_pb2, codes_pb2, directory_pb2, entry_pb2, envelope_pb2, header_pb2, options_pb2

ORIGIN = "hub.hutong.example/log"
MARKET, POLICE = "market-gx", "police-gx"
LIAISON, HEAD = "c0123456789ab", "cba9876543210"
NOW = 1_792_557_600_000
"""2026-10-21T04:40:00Z."""
MESSAGE_ID = bytes.fromhex("01a15cc24d007000800000000000beef")
TYPE = "application/vnd.hutong.statement.v1+protobuf"


def seed(name: str) -> bytes:
    """32 bytes for ``name``."""
    return sha256(b"hutong vector: " + name.encode()).digest()


def spki(key: Any) -> bytes:
    """DER SubjectPublicKeyInfo of a private key."""
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def p(part: bytes) -> bytes:
    """u16be(len) || part."""
    return len(part).to_bytes(2, "big") + part


def pae(kind: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind.encode(), str(len(payload)).encode(), payload])


def leaf(data: bytes) -> bytes:
    """RFC 6962 leaf."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """RFC 6962 node."""
    return sha256(b"\x01" + left + right).digest()


def public(name: str, key: Any) -> dict[str, str]:
    """A key as the vector shows it."""
    return {"seed": seed(name).hex(), "spki": spki(key).hex(), "keyid": sha256(spki(key)).hexdigest()}


OFFICER = ed25519.Ed25519PrivateKey.from_private_bytes(seed("officer"))
SYSTEM = ed25519.Ed25519PrivateKey.from_private_bytes(seed("system"))
LOG = ed25519.Ed25519PrivateKey.from_private_bytes(seed("log"))
OPENING = {
    name: x25519.X25519PrivateKey.from_private_bytes(seed(name))
    for name in ("police opening", "police recovery", "market opening")
}
TLS = ec.derive_private_key(int.from_bytes(seed("tls"), "big") >> 1, ec.SECP256R1())
ROOT = ec.derive_private_key(int.from_bytes(seed("root"), "big") >> 1, ec.SECP256R1())


def body() -> bytes:
    """The plaintext: what only the two agencies read. The message and its parties are repeated inside."""
    said = body_pb2.Body(
        version=1,
        message_id=MESSAGE_ID,
        sender_agency=MARKET,
        sender_contact=LIAISON,
        recipient_agencies=[POLICE],
        source_system="complaints",
        source_record="2026-000417",
        lead=body_pb2.LeadBody(
            title="线索：入门费、拉人头", narrative="Fictitious: pays 3,900 to join, is paid per head."
        ),
    )
    return said.SerializeToString(deterministic=True)


def seal(plaintext: bytes) -> tuple[envelope_pb2.Sealed, bytes, dict[str, Any]]:
    """Sealed body, commitment, and every value on the way."""
    dek, blind, nonce = seed("dek"), seed("blind"), seed("nonce")[:12]
    commitment = hmac.digest(blind, b"hutong/commit/v1\x00" + plaintext, "sha256")
    aad = MESSAGE_ID + TYPE.encode()
    ciphertext = nonce + AESGCM(dek).encrypt(nonce, blind + plaintext, aad)
    sealed, wraps = envelope_pb2.Sealed(ciphertext=ciphertext), []
    for agency, name in ((POLICE, "police opening"), (POLICE, "police recovery"), (MARKET, "market opening")):
        keyid = sha256(spki(OPENING[name])).hexdigest()
        info = b"hutong/wrap/v1\x00" + p(ORIGIN.encode()) + p(MESSAGE_ID) + p(agency.encode()) + p(keyid.encode())
        ephemeral = x25519.X25519PrivateKey.from_private_bytes(seed(f"ephemeral {name}"))
        wrapped = wrap(OPENING[name].public_key(), info, ephemeral, dek)
        sealed.wraps.add(agency=agency, keyid=keyid, wrapped=wrapped)
        wraps.append(
            {
                "agency": agency,
                "keyid": keyid,
                "info": info.hex(),
                "ephemeral_private": seed(f"ephemeral {name}").hex(),
                "wrapped": wrapped.hex(),
            }
        )
    shown = {
        "plaintext": plaintext.hex(),
        "dek": dek.hex(),
        "r": blind.hex(),
        "nonce": nonce.hex(),
        "aad": aad.hex(),
        "commitment": commitment.hex(),
        "ciphertext": ciphertext.hex(),
        "ciphertext_sha256": sha256(ciphertext).hexdigest(),
        "wraps": wraps,
        "wraps_sha256": sha256(wraps_bytes(sealed)).hexdigest(),
    }
    return sealed, commitment, shown


def wrap(recipient: x25519.X25519PublicKey, info: bytes, ephemeral: x25519.X25519PrivateKey, dek: bytes) -> bytes:
    """enc (32) || ciphertext of the key (48), with a fixed ephemeral key."""
    suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
    pair = KEMKeyPair(
        KEMKey.from_pyca_cryptography_key(ephemeral), KEMKey.from_pyca_cryptography_key(ephemeral.public_key())
    )
    enc, context = suite.create_sender_context(KEMKey.from_pyca_cryptography_key(recipient), info=info, eks=pair)
    return bytes(enc + context.seal(dek))


def wraps_bytes(sealed: envelope_pb2.Sealed) -> bytes:
    """What wraps_sha256 is taken over."""
    return b"".join(p(each.keyid.encode()) + p(each.wrapped) for each in sealed.wraps)


def header(sealed: envelope_pb2.Sealed, commitment: bytes) -> bytes:
    """The signed payload."""
    made = header_pb2.Header(
        version=1,
        origin=ORIGIN,
        message_id=MESSAGE_ID,
        nonce=seed("header nonce"),
        sender=header_pb2.Sender(agency=MARKET, contact=LIAISON),
        recipients=[header_pb2.Recipient(agency=POLICE, role=codes_pb2.RECIPIENT_ROLE_TO)],
        issued_at=NOW,
        expires_at=NOW + 7 * 24 * 3600 * 1000,
        client_sequence=1,
        handling=codes_pb2.HANDLING_INTERNAL,
        urgency=codes_pb2.URGENCY_URGENT,
        purpose=codes_pb2.PURPOSE_MONITORING,
        legal_basis=["PSR-2005-14"],
        facts=header_pb2.CommonFacts(
            occurrence_regions=["450000"], form=codes_pb2.FORM_ONLINE, offences=[codes_pb2.OFFENCE_NONE_KNOWN]
        ),
        ciphertext_sha256=sha256(sealed.ciphertext).digest(),
        wraps_sha256=sha256(wraps_bytes(sealed)).digest(),
        commitment=commitment,
        signers=[
            header_pb2.Signer(
                role=options_pb2.SIGNER_ROLE_OFFICER,
                keyid=sha256(spki(OFFICER)).hexdigest(),
                algorithm=codes_pb2.ALGORITHM_ED25519,
            )
        ],
    )
    made.lead.source = codes_pb2.LEAD_SOURCE_COMPLAINT
    made.lead.received_on = "2026-10-20"
    return made.SerializeToString(deterministic=True)


def fields(message: bytes) -> Iterator[dict[str, Any]]:
    """The top-level fields of a serialised Header, in order, each with its bytes."""
    at, names = 0, header_pb2.Header.DESCRIPTOR.fields_by_number
    while at < len(message):
        start = at
        tag, at = varint(message, at)
        if tag & 7 == 0:
            _, at = varint(message, at)
        else:
            length, at = varint(message, at)
            at += length
        yield {"number": tag >> 3, "name": names[tag >> 3].name, "bytes": message[start:at].hex()}


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A base-128 number and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def receipt(digest: bytes, commitment: bytes) -> dict[str, Any]:
    """The statement as entry 1 of a log of three, with its proof under a checkpoint."""
    entry = entry_pb2.Entry(
        version=1,
        event=entry_pb2.ENTRY_EVENT_RECORDED,
        message_id=MESSAGE_ID,
        statement_sha256=digest,
        commitment=commitment,
        recorded_at=NOW + 250,
        agencies=[MARKET, POLICE],
        contacts=[LIAISON, ""],
        submitter=MARKET,
        certificate_sha256=seed("certificate"),
        keyids=[sha256(spki(OFFICER)).digest()],
        client_sequence=1,
        directory_index=1,
        rules_sha256=seed("rules"),
        policy_sha256=seed("policy"),
        calendar_sha256=seed("calendar"),
        outcome_sha256=seed("outcome"),
        kind=100,
        permitted_by="flow-between-authorities",
    ).SerializeToString(deterministic=True)
    first, third = b"the entry before", b"the entry after"
    root = node(node(leaf(first), leaf(entry)), leaf(third))
    raw = LOG.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    mark = sha256(ORIGIN.encode() + b"\n\x01" + raw).digest()[:4]
    vkey = "+".join([ORIGIN, mark.hex(), b64encode(b"\x01" + raw).decode()])
    text = f"{ORIGIN}\n3\n{b64encode(root).decode()}\n"
    checkpoint = f"{text}\n— {ORIGIN} {b64encode(mark + LOG.sign(text.encode())).decode()}\n"
    path = [leaf(first), leaf(third)]
    lines = "".join(f"{b64encode(each).decode()}\n" for each in path)
    return {
        "index": 1,
        "entry": entry.hex(),
        "leaf": leaf(entry).hex(),
        "other_leaves": {"0": leaf(first).hex(), "2": leaf(third).hex()},
        "root": root.hex(),
        "vkey": vkey,
        "policy": f"log {vkey}\nquorum none\n",
        "proof": f"c2sp.org/tlog-proof@v1\nindex 1\n{lines}\n{checkpoint}",
    }


def possession() -> dict[str, str]:
    """KeyBound.possession for the officer's key."""
    key = spki(OFFICER)
    message = b"hutong/pop/v1\x00" + p(ORIGIN.encode()) + p(MARKET.encode()) + p(LIAISON.encode())
    message += bytes([codes_pb2.KEY_USE_OFFICER]) + p(key)
    return {"agency": MARKET, "holder": LIAISON, "message": message.hex(), "signature": OFFICER.sign(message).hex()}


def batch() -> dict[str, Any]:
    """One signature of an agency's system over three statements."""
    digests = [seed(f"statement {number}") for number in range(3)]
    a, b, c = (sha256(b"\x00hutong/batch-leaf/v1\x00" + digest).digest() for digest in digests)
    root = node(node(a, b), c)
    keyid = sha256(spki(SYSTEM)).hexdigest()
    message = f"hutong/batch/v1\n{ORIGIN}\n{MARKET}\n{keyid}\n3\n{b64encode(root).decode()}\n".encode()
    return {
        "statement_sha256": [each.hex() for each in digests],
        "leaves": [each.hex() for each in (a, b, c)],
        "root": root.hex(),
        "message": message.decode(),
        "signature": SYSTEM.sign(pae("application/vnd.hutong.batch.v1", message)).hex(),
        "paths": [[b.hex(), c.hex()], [a.hex(), c.hex()], [node(a, b).hex()]],
    }


def disclosure() -> dict[str, str]:
    """The card beside a ContactNominated, and header.disclosed_sha256."""
    card = directory_pb2.ContactCard(name="王建国（虚构）", post="联络员").SerializeToString()
    salt = seed("salt")
    return {
        "salt": salt.hex(),
        "card": card.hex(),
        "disclosed_sha256": sha256(b"hutong/disclosed/v1\x00" + salt + card).hexdigest(),
    }


def certificate_request() -> dict[str, str]:
    """A PKCS#10 for the agency's system."""
    uri = f"spiffe://{ORIGIN.partition('/')[0]}/agency/{MARKET}/system/node"
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(names, critical=True)
    der = builder.sign(TLS, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)
    return {"uri": uri, "private": f"{TLS.private_numbers().private_value:064x}", "der": der.hex()}


def ticket(policy: str) -> dict[str, Any]:
    """An enrolment ticket."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hutong root {ORIGIN}")])
    start = dt.datetime.fromtimestamp(NOW / 1000, dt.UTC)
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(ROOT.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(ROOT, SHA256(), ecdsa_deterministic=True)
    )
    values = {
        "origin": ORIGIN,
        "enrol_address": "hub.hutong.example:8444",
        "address": "hub.hutong.example:8443",
        "root_pem": root.public_bytes(Encoding.PEM).decode(),
        "policy": policy,
        "agency": MARKET,
        "token": seed("token").hex(),
    }
    middle = urlsafe_b64encode(json.dumps(values, sort_keys=True).encode()).rstrip(b"=")
    text = f"hutong-ticket-1.{middle.decode()}.{sha256(middle).hexdigest()[:8]}"
    return {"values": values, "text": text}


def vector() -> dict[str, Any]:
    """Everything."""
    sealed, commitment, shown = seal(body())
    payload = header(sealed, commitment)
    message = pae(TYPE, payload)
    signature = OFFICER.sign(message)
    envelope = envelope_pb2.Envelope(payload=payload, payload_type=TYPE)
    envelope.signatures.add(sig=signature, keyid=sha256(spki(OFFICER)).hexdigest())
    submission = envelope_pb2.Submission(envelope=envelope, sealed=sealed)
    recorded = receipt(sha256(message).digest(), commitment)
    return {
        "about": "Made by tests/vectors/make.py from fixed seeds; hex unless it is plainly text. Never use these keys.",
        "origin": ORIGIN,
        "keys": {
            "officer (Ed25519)": public("officer", OFFICER),
            "system (Ed25519)": public("system", SYSTEM),
            "log (Ed25519)": public("log", LOG),
            **{f"{name} (X25519)": public(name, key) for name, key in OPENING.items()},
        },
        "sealing": shown,
        "header": {"bytes": payload.hex(), "fields": list(fields(payload))},
        "signing": {
            "payload_type": TYPE,
            "pae": message.hex(),
            "statement_sha256": sha256(message).hexdigest(),
            "signature": signature.hex(),
        },
        "envelope": envelope.SerializeToString(deterministic=True).hex(),
        "submission": submission.SerializeToString(deterministic=True).hex(),
        "receipt": recorded,
        "possession": possession(),
        "batch": batch(),
        "disclosure": disclosure(),
        "certificate_request": certificate_request(),
        "ticket": ticket(recorded["policy"]),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(vector(), ensure_ascii=False, indent=1) + "\n")
