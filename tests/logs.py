"""Small logs made in memory, with everything that can be published from them: fixtures for every folder of tests."""

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
from hutong.errors import HutongError
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import COSIGNATURE, ED25519, Note, VerifierKey
from hutong.proofs.policy import Policy
from hutong.proofs.proof import LogProof
from hutong.proofs.tree import leaf_hash

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
