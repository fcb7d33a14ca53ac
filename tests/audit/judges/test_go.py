"""golang.org/x/mod/sumdb judges logs and proofs of ours: accepted as they are, refused after any flipped bit."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.external
SIZES = [1, 2, 255, 256, 257, 600]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("judge") / "judge"
    env = os.environ | {"GO111MODULE": "off", "GOPATH": os.environ.get("GOPATH", "/usr/share/gocode")}
    source = Path(__file__).with_name("main.go")
    subprocess.run(["go", "build", "-o", str(built), str(source)], check=True, env=env, timeout=300)
    return built


@pytest.fixture
def published(tmp_path: Path, make_log: Callable[..., Any], publish_log: Callable[..., Path]) -> Callable[[int], Path]:
    def make(size: int) -> Path:
        log = make_log(size)
        publish_log(tmp_path, log)
        (tmp_path / "proofs").mkdir()
        for index in sorted({0, size // 2, size - 1}):
            (tmp_path / "proofs" / f"{index}.tlog-proof").write_bytes(bytes(log.proof(index)))
            (tmp_path / "proofs" / f"{index}.entry").write_bytes(log.raw[index])
        return tmp_path

    return make


def accepts(judge: Path, folder: Path) -> bool:
    proofs = sorted((folder / "proofs").glob("*.tlog-proof"))
    done = subprocess.run(
        [str(judge), str(folder / "log"), str(folder / "log.policy"), *map(str, proofs)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize("size", SIZES)
def test_accepted(judge: Path, published: Callable[[int], Path], size: int) -> None:
    assert accepts(judge, published(size))


def test_no_flipped_bit_is_accepted(judge: Path, published: Callable[[int], Path]) -> None:
    folder, chance = published(300), random.Random(1)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "log.policy")
    assert len(files) > 8
    for path in files:
        whole = path.read_bytes()
        for _ in range(4 if whole else 0):
            bent = bytearray(whole)
            bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
            path.write_bytes(bent)
            assert not accepts(judge, folder), path.name
        path.write_bytes(whole)
    assert accepts(judge, folder)
