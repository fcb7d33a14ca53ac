"""The vector for implementers: made again it is the same, and the product accepts every part of it."""

from __future__ import annotations

import json
import runpy
from base64 import encodebytes
from pathlib import Path
from typing import Any

import pytest

from hub.admission.open import open_submission
from hutong.client.trust import check_entry, verify_receipt
from hutong.proofs.policy import Policy
from hutong.sealing.body import open_body, read_body
from hutong.sealing.disclosure import disclosed_digest
from hutong.sealing.keys import OpeningKey
from hutong.signing import possession
from hutong.signing.batch import verify_batch
from hutong.signing.dsse import statement_digest, verify
from hutong.signing.keys import PublicKey
from hutong.signing.pem import read_pem
from hutong.tls.requests import read_csr
from hutong.tls.ticket import Ticket
from hutong.v1 import codes_pb2, entry_pb2, envelope_pb2, header_pb2, kinds_pb2

HERE = Path(__file__).parent
VECTOR: dict[str, Any] = json.loads((HERE / "statement.json").read_text(encoding="utf-8"))
SUBMISSION = envelope_pb2.Submission.FromString(bytes.fromhex(VECTOR["submission"]))
HEADER = header_pb2.Header.FromString(SUBMISSION.envelope.payload)
X25519_PKCS8 = bytes.fromhex("302e020100300506032b656e04220420")


def key(name: str) -> PublicKey:
    return PublicKey(bytes.fromhex(VECTOR["keys"][name]["spki"]), codes_pb2.ALGORITHM_ED25519)


def opening(name: str) -> OpeningKey:
    """RFC 8410 §7: the seed as a PKCS #8 key."""
    der = X25519_PKCS8 + bytes.fromhex(VECTOR["keys"][name]["seed"])
    pem = b"-----BEGIN PRIVATE KEY-----\n" + encodebytes(der) + b"-----END PRIVATE KEY-----\n"
    made = OpeningKey(read_pem(pem, None))
    assert made.keyid == VECTOR["keys"][name]["keyid"]
    return made


def test_the_file_is_what_the_script_makes() -> None:
    made = runpy.run_path(str(HERE / "make.py"))["vector"]()
    assert json.loads(json.dumps(made)) == VECTOR


def test_the_hub_s_door_takes_it() -> None:
    opened = open_submission(SUBMISSION, VECTOR["origin"])
    assert (opened.kind.name, opened.header.sender.agency) == ("lead", "market-gx")
    officer = key("officer (Ed25519)")
    digest = verify(SUBMISSION.envelope, HEADER, {officer.keyid: officer}.get)
    assert digest.hex() == VECTOR["signing"]["statement_sha256"]


def test_the_fields_are_the_header() -> None:
    assert "".join(field["bytes"] for field in VECTOR["header"]["fields"]) == VECTOR["header"]["bytes"]
    assert [field["number"] for field in VECTOR["header"]["fields"]][:4] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["police opening (X25519)", "police recovery (X25519)", "market opening (X25519)"])
def test_every_wrap_opens(name: str) -> None:
    mine, agency = opening(name), f"{name.split()[0]}-gx"
    plaintext = open_body(SUBMISSION.sealed, HEADER, {mine.keyid: mine}, agency)
    assert plaintext.hex() == VECTOR["sealing"]["plaintext"]
    assert read_body(plaintext, HEADER).lead.title.startswith("线索")


def test_the_receipt_proves_it() -> None:
    said = VECTOR["receipt"]
    receipt = entry_pb2.Receipt(index=said["index"], entry=bytes.fromhex(said["entry"]), proof=said["proof"])
    entry, proof = verify_receipt(receipt, Policy.parse(said["policy"].encode()))
    check_entry(entry, SUBMISSION.envelope, HEADER.origin)
    assert (proof.index, entry.statement_sha256) == (1, statement_digest(SUBMISSION.envelope))


def test_possession() -> None:
    said = VECTOR["possession"]
    bound = kinds_pb2.KeyBound(
        holder=said["holder"],
        use=codes_pb2.KEY_USE_OFFICER,
        algorithm=codes_pb2.ALGORITHM_ED25519,
        spki=key("officer (Ed25519)").spki,
        possession=bytes.fromhex(said["signature"]),
    )
    possession.check(bound, origin=VECTOR["origin"], agency=said["agency"])


def test_batch() -> None:
    said, system = VECTOR["batch"], key("system (Ed25519)")
    for index, digest in enumerate(said["statement_sha256"]):
        path = [bytes.fromhex(each) for each in said["paths"][index]]
        signature = envelope_pb2.Signature(
            sig=bytes.fromhex(said["signature"]),
            keyid=system.keyid,
            batch=envelope_pb2.BatchPath(index=index, size=3, path=path),
        )
        assert verify_batch(bytes.fromhex(digest), signature, origin=VECTOR["origin"], agency="market-gx", key=system)


def test_disclosure_request_and_ticket() -> None:
    said = VECTOR["disclosure"]
    digest = disclosed_digest(bytes.fromhex(said["salt"]), bytes.fromhex(said["card"]))
    assert digest.hex() == said["disclosed_sha256"]
    subject, _ = read_csr(bytes.fromhex(VECTOR["certificate_request"]["der"]))
    assert subject.uri == VECTOR["certificate_request"]["uri"]
    ticket = Ticket.from_text(VECTOR["ticket"]["text"])
    assert ticket.to_text() == VECTOR["ticket"]["text"]
    assert ticket.agency == VECTOR["ticket"]["values"]["agency"]
