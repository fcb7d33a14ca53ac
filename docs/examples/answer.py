"""An officer answers an item from the contract alone: 签收, 延期申请, 办结. Nothing of Hutong's own code is used.

Install grpcio, grpcio-tools, protobuf, googleapis-common-protos and cryptography; then

    mkdir made
    python -m grpc_tools.protoc -I proto --python_out=made --grpc_python_out=made $(find proto -name '*.proto')
    PYTHONPATH=made python docs/examples/answer.py settings.json acknowledge
    PYTHONPATH=made python docs/examples/answer.py settings.json extend ITEM
    PYTHONPATH=made python docs/examples/answer.py settings.json complete ITEM

settings.json: `address`, `origin`, `agency`, `contact` and `vkey` (the log's, from your policy file) as texts, and as
paths `root` (the ticket's root_pem), `officer` and `system` (folders with tls.key and tls.pem, enrolled), `signing_key`
(the officer's, Ed25519, PKCS #8 without a password) and `state` (a folder of the program's own). ITEM is 32 hex digits;
without it, what is due first. An Inquiry wants an InquiryReply before it is completed (HT-DTY-60), which this program
does not write: it answers leads and supervisions. The sections in the comments are those of docs/integrator.md.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from google.rpc import status_pb2
from hutong.v1 import (
    casework_pb2,
    casework_pb2_grpc,
    codes_pb2,
    entry_pb2,
    envelope_pb2,
    exchange_pb2,
    exchange_pb2_grpc,
    header_pb2,
    kinds_pb2,
    options_pb2,
)

PAYLOAD_TYPE = "application/vnd.hutong.statement.v1+protobuf"
DAY_MS = 24 * 3600 * 1000
AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)


def need(holds: bool, wrong: str) -> None:
    """Stop where something does not hold."""
    if not holds:
        raise SystemExit(wrong)


class Settings:
    """What settings.json says, with the officer's key and the two connections to the hub."""

    def __init__(self, file: Path) -> None:
        said = json.loads(file.read_text(encoding="utf-8"))
        self.origin, self.agency, self.contact = said["origin"], said["agency"], said["contact"]
        self.vkey, self.state = said["vkey"], Path(said["state"])
        self._address, self._root = said["address"], Path(said["root"]).read_bytes()
        self.officer, self.system = self._channel(Path(said["officer"])), self._channel(Path(said["system"]))
        key = load_pem_private_key(Path(said["signing_key"]).read_bytes(), None)
        need(isinstance(key, Ed25519PrivateKey), "a signing key that is not Ed25519")
        self.key: Any = key
        self.keyid = sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

    def _channel(self, folder: Path) -> grpc.Channel:
        """Section 1: the hub's certificate is for the name `hub`, wherever it is; messages are up to 16 MiB."""
        tls = (folder / "tls.key").read_bytes(), (folder / "tls.pem").read_bytes()
        options = [("grpc.ssl_target_name_override", "hub"), ("grpc.max_receive_message_length", 1 << 24)]
        return grpc.secure_channel(self._address, grpc.ssl_channel_credentials(self._root, *tls), options)

    def next_sequence(self) -> int:
        """Counts this client's statements, from 1."""
        file = self.state / "sequence"
        number = int(file.read_text()) + 1 if file.exists() else 1
        file.write_text(str(number))
        return number


def opening(settings: Settings, item: bytes) -> header_pb2.Header:
    """Section 6: the statement that opened `item`, as the agency's system is given it.

    A real system follows the stream from its own cursor, and before it believes a delivery it checks signature, receipt
    and commitment.
    """
    request = exchange_pb2.SubscribeRequest(origin=settings.origin, cursor=0, once=True)
    for message in exchange_pb2_grpc.ExchangeStub(settings.system).Subscribe(request):
        header = header_pb2.Header.FromString(message.delivery.envelope.payload)
        if header.message_id == item:
            return header
    raise SystemExit(f"no statement {item.hex()} was delivered")


def duties(settings: Settings) -> Iterator[casework_pb2.Obligation]:
    """What the agency owes and has not done with, by the hub's word, soonest due first."""
    stub = casework_pb2_grpc.CaseworkStub(settings.officer)
    yield from stub.ListObligations(casework_pb2.ListObligationsRequest()).obligations


def header_of(settings: Settings, kind: str, facts: Any, about: header_pb2.Header) -> header_pb2.Header:
    """Section 3: `kind` about the item that `about` opened, to the agency that opened it. No body, so no digests."""
    now = time.time_ns() // 1_000_000
    header = header_pb2.Header(
        version=1,
        origin=settings.origin,
        message_id=uuid7(now),
        nonce=secrets.token_bytes(32),
        sender=header_pb2.Sender(agency=settings.agency, contact=settings.contact),
        recipients=[header_pb2.Recipient(agency=about.sender.agency, role=codes_pb2.RECIPIENT_ROLE_TO)],
        item_id=about.message_id,
        issued_at=now,
        expires_at=now + DAY_MS,
        client_sequence=settings.next_sequence(),
        handling=about.handling,
        urgency=about.urgency,
        purpose=about.purpose,
    )
    if about.facts.drill:
        header.facts.drill = True
    header.signers.add(
        role=options_pb2.SIGNER_ROLE_OFFICER, keyid=settings.keyid, algorithm=codes_pb2.ALGORITHM_ED25519
    )
    getattr(header, kind).CopyFrom(facts)
    getattr(header, kind).SetInParent()
    return header


def uuid7(now: int) -> bytes:
    """RFC 9562, section 5.7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits."""
    value = now << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return value.to_bytes(16, "big")


def pae(payload: bytes) -> bytes:
    """What is signed, and what the statement's digest is over."""
    return f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload


def write(settings: Settings, header: header_pb2.Header) -> Path:
    """Signed, and kept before it is sent (section 4): from here on these bytes are sent, and no others."""
    payload = header.SerializeToString()
    signature = envelope_pb2.Signature(sig=settings.key.sign(pae(payload)), keyid=settings.keyid)
    envelope = envelope_pb2.Envelope(payload=payload, payload_type=PAYLOAD_TYPE, signatures=[signature])
    kept = settings.state / f"{header.message_id.hex()}.submission"
    kept.write_bytes(envelope_pb2.Submission(envelope=envelope).SerializeToString())
    return kept


def send(settings: Settings, kept: Path) -> entry_pb2.Receipt:
    """The same bytes until there is an answer: a receipt that checks, or a refusal."""
    submission = envelope_pb2.Submission.FromString(kept.read_bytes())
    request = exchange_pb2.SubmitRequest(submission=submission)
    stub, pause = exchange_pb2_grpc.ExchangeStub(settings.officer), 1.0
    while True:
        try:
            receipt = stub.Submit(request, timeout=30).receipt
            break
        except grpc.RpcError as error:
            if error.code() not in AGAIN:
                raise SystemExit(refused(error, kept)) from error
        time.sleep(pause)
        pause = min(2 * pause, 60)
    check(settings, receipt, sha256(pae(submission.envelope.payload)).digest())
    kept.unlink()
    return receipt


def refused(error: Any, kept: Path) -> str:
    """The code and its three sentences: what, why, what to do. One that the log holds is final, and uses up the id."""
    details = (value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin")
    said = entry_pb2.Refusal()
    if not any(detail.Unpack(said) for value in details for detail in status_pb2.Status.FromString(value).details):
        return f"{error.code()}: {error.details()}"
    if said.HasField("receipt"):
        kept.unlink()
    return f"{said.code} {said.what} {said.why} {said.next}"


def check(settings: Settings, receipt: entry_pb2.Receipt, digest: bytes) -> None:
    """Section 5: the log's key has signed a tree that holds an entry about these bytes."""
    head, _, note = receipt.proof.partition("\n\n")
    lines, (text, _, signatures) = head.splitlines(), note.partition("\n\n")
    origin, size, root = text.splitlines()
    name, _, key = settings.vkey.split("+", 2)
    mark = f"— {name} "
    signed = next(line.removeprefix(mark) for line in signatures.splitlines() if line.startswith(mark))
    Ed25519PublicKey.from_public_bytes(b64decode(key)[1:]).verify(b64decode(signed)[4:], f"{text}\n".encode())
    index, path = int(lines[1].removeprefix("index ")), [b64decode(line) for line in lines[2:]]
    leaf = sha256(b"\0" + receipt.entry).digest()
    need((origin, index) == (settings.origin, receipt.index), "a proof of something else")
    need(walked(leaf, index, int(size), path) == b64decode(root), "the entry is not in the log")
    entry = entry_pb2.Entry.FromString(receipt.entry)
    need(entry.statement_sha256 == digest, "an entry about other bytes")
    need(entry.event == entry_pb2.ENTRY_EVENT_RECORDED, "not recorded")


def walked(node: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that `path` leads to (RFC 9162, section 2.1.3.2)."""
    last = size - 1
    for sibling in path:
        if index % 2 or index == last:
            node = sha256(b"\1" + sibling + node).digest()
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            node = sha256(b"\1" + node + sibling).digest()
        index, last = index // 2, last // 2
    need(last == 0, "a path of the wrong length")
    return node


def facts_of(settings: Settings, step: str, duty: casework_pb2.Obligation) -> tuple[str, Any]:
    """The kind of `step` and its facts; the comments of kinds.proto say what each field may be."""
    if step == "acknowledge":
        return "acknowledged", kinds_pb2.Acknowledged()
    if step == "extend":
        until = duty.complete_by + DAY_MS
        return "extension_asked", kinds_pb2.ExtensionAsked(until=until, reason=codes_pb2.EXTENSION_REASON_COMPLEX)
    evidence = secrets.token_bytes(32)
    (settings.state / f"{duty.item_id.hex()}.evidence").write_bytes(evidence)
    outcome = codes_pb2.OUTCOME_CODE_CONFIRMED
    return "completed", kinds_pb2.Completed(outcome=outcome, evidence_sha256=sha256(evidence).digest())


def main(file: str, step: str, item: str = "") -> None:
    """Take one step on one item, and say where in the log it stands."""
    settings = Settings(Path(file))
    for kept in sorted(settings.state.glob("*.submission")):
        print("sent again: entry", send(settings, kept).index)
    duty = next((each for each in duties(settings) if each.item_id.hex().startswith(item)), None)
    if duty is None:
        raise SystemExit("nothing of the kind is open")
    kind, facts = facts_of(settings, step, duty)
    # To whom the answer goes, and whether it is a drill, is taken from the signed statement and not from the list.
    header = header_of(settings, kind, facts, opening(settings, duty.item_id))
    print(kind, duty.item_id.hex(), "entry", send(settings, write(settings, header)).index)


if __name__ == "__main__":
    main(*sys.argv[1:])
