"""A small log made in memory, with everything that can be published from it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.log.folder import publish
from audit.log.growth import Frontier
from audit.log.reader import inclusion_proof
from audit.log.tiles import TILE_WIDTH
from audit.review.export import write_export
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import COSIGNATURE, ED25519, Note, VerifierKey
from hutong.proofs.policy import Policy
from hutong.proofs.proof import LogProof
from hutong.proofs.tree import leaf_hash
from hutong.signing.dsse import statement_digest
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope, Signature
from hutong.v1.header_pb2 import Header

ORIGIN = "hutong.example/log"


def private_key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


def vkey(name: str, seed: str, algorithm: int = ED25519) -> VerifierKey:
    return VerifierKey(name, algorithm, private_key(seed).public_key().public_bytes_raw())


@dataclass
class MemoryLog:
    """A log in dictionaries; counts its tile reads."""

    raw: list[bytes] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    origin: str = ORIGIN
    key: VerifierKey = field(default_factory=lambda: vkey(ORIGIN, "log"))
    reads: int = 0

    def append(self, entries: list[bytes]) -> None:
        self.frontier, made = self.frontier.append([leaf_hash(entry) for entry in entries])
        for tile, data in made:
            self.tiles[tile.level, tile.index] = data
        self.raw += entries

    def read(self, level: int, index: int, width: int) -> bytes:
        self.reads += 1
        data = self.tiles.get((level, index), b"")[: 32 * width]
        if len(data) != 32 * width:
            raise HutongError("HT-LOG-37", file=f"{level}/{index}")
        return data

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        yield from self.raw[start:stop]

    def sign(self, message: bytes) -> bytes:
        return private_key("log").sign(message)

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.origin, self.frontier.size, self.frontier.root)

    def note(self) -> Note:
        return self.checkpoint().signed(self.key, self.sign)

    def cosigned(self, *witnesses: str, time: int = 1_760_000_000) -> Note:
        note = self.note()
        lines = [
            vkey(name, name, COSIGNATURE).cosign(note.text, private_key(name).sign, time + at)
            for at, name in enumerate(witnesses)
        ]
        return Note(note.text, (*note.signatures, *lines))

    def policy(self) -> Policy:
        return Policy((self.key,))

    def proof(self, index: int) -> LogProof:
        return LogProof(index, tuple(inclusion_proof(self, index, self.frontier.size)), self.note())


@pytest.fixture(scope="session")
def keys() -> Callable[..., VerifierKey]:
    return vkey


@pytest.fixture(scope="session")
def private() -> Callable[[str], Ed25519PrivateKey]:
    return private_key


@pytest.fixture(scope="session")
def make_log() -> Callable[..., MemoryLog]:
    def make(size: int = 0, step: int = TILE_WIDTH, seed: int = 1) -> MemoryLog:
        chance, log = random.Random(seed), MemoryLog()
        entries = [chance.randbytes(chance.choice((0, 1, 40, 90))) for _ in range(size)]
        for start in range(0, size, step):
            log.append(entries[start : start + step])
        return log

    return make


@pytest.fixture(scope="session")
def publish_log() -> Callable[[Path, MemoryLog], Path]:
    """Publishes a log as ``folder``/log with ``folder``/log.policy beside it."""

    def make(folder: Path, log: MemoryLog) -> Path:
        publish(folder / "log", log.note(), log, durable=False)
        (folder / "log.policy").write_bytes(bytes(log.policy()))
        return folder / "log"

    return make


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
                entry.event, entry.refusal = ENTRY_EVENT_REFUSED, "HT-DUTY-02"
            else:
                cases[case] = cases.get(case, 0) + 1
                entry, statements[index] = entry_of(index, envelope, cases[case]), envelope
            entries.append(entry)
        return Recorded(entries, statements)

    return make
