"""What the log costs: appending, proofs, and offline verification of a million entries, each against plain hashing.

Run as ``python -m bench.log``. Figures are medians of several runs; ratios compare with the same machine in the same
minute. The log lies in a temporary folder, its pages in the page cache, as after an auditor has copied it there.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.log.folder import FolderTiles, publish
from audit.log.growth import Frontier
from audit.log.reader import TileTree, consistency_proof, inclusion_proof
from audit.review.verify import verify
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import ED25519, VerifierKey
from hutong.proofs.policy import Policy
from hutong.proofs.tree import leaf_hash, root_hash

ENTRIES = 1_000_000
ENTRY_SIZE = 300
ROUNDS = 5


@dataclass
class _Memory:
    """Entries made from their index, tiles in a dictionary."""

    tiles: dict[tuple[int, int], bytes]

    def read(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: 32 * width]

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        return map(_entry, range(start, stop))


def _entry(index: int) -> bytes:
    return index.to_bytes(8, "big") * (ENTRY_SIZE // 8)


def _timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of the seconds that ``work`` takes."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _row(name: str, measured: float, unit: str, goal: float, *, at_most: bool = False) -> dict[str, Any]:
    ok = measured <= goal if at_most else measured >= goal
    return {"name": name, "measured": round(measured, 3), "unit": unit, "goal": goal, "ok": ok}


def rows(entries: int = ENTRIES) -> list[dict[str, Any]]:
    """The figures, in the form of bench/results.json."""
    raw = [_entry(index) for index in range(entries)]
    leaves = [leaf_hash(entry) for entry in raw]
    found = [_row("log append", entries / _timed(lambda: Frontier().append(leaves)), "leaves/s", 600_000)]
    with tempfile.TemporaryDirectory() as name:
        folder, jobs = _publish(Path(name) / "log", leaves), len(os.sched_getaffinity(0))
        found += _proofs(FolderTiles(folder), entries)
        spread, single = [], []
        for _ in range(ROUNDS):
            hashing, tree = _timed(lambda: _hash_all(raw), 1), _timed(lambda: root_hash(leaves), 1)
            spread.append(hashing / _timed(lambda: _verified(folder, jobs), 1))
            single.append((hashing + tree) / _timed(lambda: _verified(folder, 1), 1))
        found.append(_row(f"offline verification ({jobs} jobs) / hashing the entries", median(spread), "ratio", 0.5))
        found.append(_row("offline verification (1 job) / hashing entries and nodes", median(single), "ratio", 0.5))
        found.append(_row("offline verification, memory over a log of 1", _grown(folder), "MiB", 32, at_most=True))
    return found


def _hash_all(raw: list[bytes]) -> None:
    """The least that checking entries takes: one call of SHA-256 each."""
    sha256 = hashlib.sha256
    for entry in raw:
        sha256(b"\x00" + entry).digest()


def _publish(folder: Path, leaves: list[bytes]) -> Path:
    edge, made = Frontier().append(leaves)
    memory = _Memory({(one.tile.level, one.tile.index): one.data for one in made})
    private = Ed25519PrivateKey.generate()
    key = VerifierKey("bench.example/log", ED25519, private.public_key().public_bytes_raw())
    note = Checkpoint(key.name, len(leaves), edge.root).signed(key, private.sign)
    publish(folder, note, memory, durable=False)
    (folder / "log.policy").write_bytes(bytes(Policy((key,))))
    return folder


def _grown(folder: Path) -> float:
    """How much higher a process that checks ``folder`` peaks than one that checks a log of one entry."""
    with tempfile.TemporaryDirectory() as name:
        return (_peak(folder) - _peak(_publish(Path(name) / "log", [leaf_hash(_entry(0))]))) / 1024


def _peak(folder: Path) -> int:
    """The peak of resident memory in KiB (VmHWM; ru_maxrss would start from this process's own)."""
    code = (
        "import re, sys; from pathlib import Path; from audit.review.verify import verify;"
        "assert verify(Path(sys.argv[1])).ok;"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    return int(done.stdout)


def _proofs(reader: FolderTiles, size: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    indices = [chance.randrange(size) for _ in range(200)]
    tree = TileTree(reader, keep=2 * len(indices))
    cold = _timed(lambda: [inclusion_proof(reader, index, size) for index in indices]) / len(indices)
    consistent = _timed(lambda: [consistency_proof(reader, index, size) for index in indices]) / len(indices)
    _timed(lambda: [tree.inclusion_proof(index, size) for index in indices], rounds=1)
    warm = _timed(lambda: [tree.inclusion_proof(index, size) for index in indices]) / len(indices)
    return [
        _row("inclusion proof from a folder", cold * 1000, "ms", 1, at_most=True),
        _row("consistency proof from a folder", consistent * 1000, "ms", 1, at_most=True),
        _row("inclusion proof, tiles at hand", warm * 1000, "ms", 1, at_most=True),
    ]


def _verified(folder: Path, jobs: int) -> None:
    assert verify(folder, jobs=jobs).ok


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1))
