"""Recorded statements, and the export that an auditor would take away of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.review.export import write_export
from hutong.signing.dsse import statement_digest
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope, Signature
from hutong.v1.header_pb2 import Header
from tests.logs import ORIGIN, MemoryLog, private_key


def statement(index: int, case: bytes, private: Ed25519PrivateKey) -> Envelope:
    """A statement as its header says it; what a hub would check of it is not the point here."""
    header = Header(version=1, origin=ORIGIN, message_id=index.to_bytes(16, "big"), nonce=bytes(32), case_id=case)
    header.sender.agency, header.sender.contact = "samr-310000", "c0123456789ab"
    header.recipients.add(agency="mps-310000", role=1)
    header.client_sequence = index + 1
    header.signers.add(role=1, keyid=hashlib.sha256(b"key").hexdigest(), algorithm=1)
    header.commitment = hashlib.sha256(b"commitment %d" % index).digest()
    header.lead.source = 1
    envelope = Envelope(
        payload=header.SerializeToString(deterministic=True),
        payload_type="application/vnd.hutong.statement.v1+protobuf",
    )
    envelope.signatures.append(Signature(sig=private.sign(envelope.payload), keyid=header.signers[0].keyid))
    return envelope


def entry_of(index: int, envelope: Envelope, sequence: int) -> Entry:
    header = Header.FromString(envelope.payload)
    return Entry(
        version=1,
        event=ENTRY_EVENT_RECORDED,
        message_id=header.message_id,
        statement_sha256=statement_digest(envelope),
        commitment=header.commitment,
        recorded_at=1_760_000_000_000 + index // 3,
        agencies=[header.sender.agency, *(party.agency for party in header.recipients)],
        contacts=[header.sender.contact, *(party.contact for party in header.recipients)],
        submitter=header.sender.agency,
        keyids=[bytes.fromhex(signer.keyid) for signer in header.signers],
        client_sequence=header.client_sequence,
        case_id=header.case_id,
        case_sequence=sequence,
        kind=100,
    )


@dataclass
class Recorded:
    """Statements with the entries that record them; change either before ``export``."""

    entries: list[Entry]
    statements: dict[int, Envelope]

    def log(self) -> MemoryLog:
        log = MemoryLog()
        log.append([entry.SerializeToString(deterministic=True) for entry in self.entries])
        return log

    def export(self, target: Path) -> Path:
        log = self.log()
        write_export(
            target,
            log=log,
            note=log.note(),
            policy=log.policy(),
            statements=((index, envelope.SerializeToString()) for index, envelope in self.statements.items()),
            texts={"rules/codes.toml": b"[laws]\n", "policies/10-all.cedar": b"", "calendar.txt": b"made up\n"},
            directory={"samr-310000": b"{}\n", "mps-310000": b"{}\n"},
            claims=b'{"items": []}\n',
            key=log.key,
            sign=log.sign,
            readme={"README.md": "# An export\n"},
        )
        return target


@pytest.fixture
def record() -> Callable[[int], Recorded]:
    """The first ``count`` statements of two cases, each fourth one refused."""

    def make(count: int) -> Recorded:
        private, entries, statements, cases = private_key("officer"), [], {}, {}
        for index in range(count):
            case = bytes([index % 2 + 1]) * 16
            envelope = statement(index, case, private)
            if index % 4 == 3:
                entry = entry_of(index, envelope, 0)
                entry.event, entry.refusal = ENTRY_EVENT_REFUSED, "HT-DTY-02"
            else:
                cases[case] = cases.get(case, 0) + 1
                entry = entry_of(index, envelope, cases[case])
            entries.append(entry)
            statements[index] = envelope
        return Recorded(entries, statements)

    return make
