"""The demo as a user runs it, and what it leaves, judged by tools that we did not write."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tlog import InclusionProof

from audit.review.replay import Replay
from audit.review.signatures import SignatureCheck
from audit.review.verify import verify
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.proof import LogProof
from hutong.v1 import envelope_pb2, header_pb2


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """The demo's folder, its summary and what it said on the way."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    command = [sys.executable, "-m", "hutong", "demo", "--dir", str(folder), "-o", "json"]
    env = os.environ | {"HUTONG_LANG": "en"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), done.stderr


def running_in(folder: Path) -> list[str]:
    """Command lines of live processes that name ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_what_it_says(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, progress = left
    assert summary["leads"] > 60 and summary["deliveries"] >= summary["leads"]
    assert summary["acknowledgements"] >= 9 and summary["non_responses"] == 1 and summary["inquiry_replies"] == 1
    assert summary["statements"] == summary["log_size"] - summary["refused_entries"]
    assert summary["dead_letters"] == 1, "the object whose marking forbids sharing"
    assert "hub" in progress
    assert not running_in(folder)


def test_every_process_had_keys_of_its_own(left: tuple[Path, dict[str, Any], str]) -> None:
    keys = [path for path in left[0].rglob("*.key") if path.name != "server.key"]
    contents = {hashlib.sha256(path.read_bytes()).digest() for path in keys}
    assert len(keys) > 30 and len(contents) == len(keys)
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)


def test_another_implementation_reads_the_log(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, _ = left
    reader = TilesReader(LocalBackend(folder / "log"))
    checkpoint = reader.get_checkpoint()
    assert (checkpoint.size, checkpoint.root_hash.hex()) == (summary["log_size"], summary["root"])
    assert reader.calculate_root_hash() == checkpoint.root_hash


def test_another_implementation_accepts_every_proof(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, _ = left
    proofs = sorted((folder / "proofs").glob("*.tlog-proof"))
    assert len(proofs) >= 20
    for path in proofs:
        proof = LogProof.parse(path.read_bytes())
        head = Checkpoint.parse(proof.note.text)
        assert head.size == summary["log_size"]
        leaf = hashlib.sha256(b"\0" + path.with_suffix(".entry").read_bytes()).digest()
        InclusionProof(proof.index, head.size, list(proof.path)).check(leaf, head.root)


def test_another_implementation_verifies_the_officers_signatures(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, _, _ = left
    directory = [json.loads(path.read_text()) for path in (folder / "export/directory").glob("*.json")]
    spkis = {r["keyid"]: r["spki"] for each in directory for r in each["records"] if r["record"] == "Key"}
    checked = 0
    for path in (folder / "export/statements").rglob("*.pb"):
        envelope = envelope_pb2.Envelope.FromString(path.read_bytes())
        header = header_pb2.Header.FromString(envelope.payload)
        (signature,) = envelope.signatures
        if signature.keyid not in spkis:
            assert header.sender.agency == "hub"
            continue
        raw = bytes.fromhex(spkis[signature.keyid])[-32:].hex()
        key = SSlibKey(signature.keyid, "ed25519", "ed25519", {"public": raw})
        plain = OtherEnvelope.from_dict(_as_json(envelope, envelope.payload))
        plain.verify([key], 1)
        with pytest.raises(VerificationError):
            OtherEnvelope.from_dict(_as_json(envelope, bytes([envelope.payload[0] ^ 1]) + envelope.payload[1:])).verify(
                [key], 1
            )
        checked += 1
    assert checked > 150


def _as_json(envelope: envelope_pb2.Envelope, payload: bytes) -> dict[str, Any]:
    from base64 import b64encode

    signatures = [{"keyid": s.keyid, "sig": b64encode(s.sig).decode()} for s in envelope.signatures]
    return {"payload": b64encode(payload).decode(), "payloadType": envelope.payload_type, "signatures": signatures}


def test_the_export_verifies_and_replays(left: tuple[Path, dict[str, Any], str]) -> None:
    export = left[0] / "export"
    assert verify(export, check_statements=SignatureCheck).faults == ()
    assert verify(export, check_statements=Replay).faults == ()


def test_any_flipped_byte_is_refused(left: tuple[Path, dict[str, Any], str], tmp_path: Path) -> None:
    """One byte in each of sixty files of the export, chosen with a fixed seed."""
    copy = Path(shutil.copytree(left[0] / "export", tmp_path / "export"))
    files = sorted(p for p in copy.rglob("*") if p.is_file() and not p.name.startswith("README"))
    chance = random.Random(7)
    for path in chance.sample(files, 60):
        honest = path.read_bytes()
        bent = bytearray(honest)
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        path.write_bytes(bent)
        assert not verify(copy).ok, path.relative_to(copy)
        path.write_bytes(honest)
    assert verify(copy).ok


def test_a_folder_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    command = [sys.executable, "-m", "hutong", "demo", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "HT-DMO-05" in done.stderr
    assert (tmp_path / "precious").read_text() == "x"
