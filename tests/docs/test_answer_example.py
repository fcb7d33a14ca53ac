"""docs/examples/answer.py runs: an agency answers with grpcio and the contract, and nothing of the product is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hutong.client.writing import Letter, To
from hutong.v1 import casework_pb2, kinds_pb2
from tests.worlds import Agency, Person, World

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "docs" / "examples" / "answer.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What protoc makes of proto/, as packages of their own: an import of anything else of hutong fails there."""
    folder = tmp_path_factory.mktemp("made")
    for package in ("hutong/v1", "buf/validate"):
        place = folder / package
        place.mkdir(parents=True)
        for file in (ROOT / package).glob("*_pb2*.py"):
            shutil.copy(file, place)
        for level in (place, place.parent):
            (level / "__init__.py").touch()
    return folder


@pytest.fixture
def settings(tmp_path: Path, shared_world: World) -> Path:
    """What the police's operator would write."""
    police = shared_world.police
    profile = police.liaison.profile
    (tmp_path / "state").mkdir()
    key = police.liaison.key._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "signing.pem").write_bytes(key)
    log = next(line for line in (profile.path / "log.policy").read_text().splitlines() if line.startswith("log "))
    said = {
        "address": profile.config.address,
        "origin": profile.origin,
        "agency": "police",
        "contact": police.liaison.contact,
        "vkey": log.split()[1],
        "root": str(profile.path / "root.pem"),
        "officer": str(profile.path),
        "system": str(police.node.path),
        "signing_key": str(tmp_path / "signing.pem"),
        "state": str(tmp_path / "state"),
    }
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(said))
    return file


def run(made: Path, settings: Path, step: str, item: bytes) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), str(settings), step, item.hex()]
    environment = os.environ | {"PYTHONPATH": str(made)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_nothing_of_the_product_is_there(made: Path) -> None:
    """The program runs with `made` before everything else, and what it imports of hutong is there or nowhere."""
    for module, found in (("hutong.v1.header_pb2", 0), ("hutong.errors", 1)):
        environment = os.environ | {"PYTHONPATH": str(made)}
        command = [sys.executable, "-c", f"import {module}"]
        done = subprocess.run(command, env=environment, cwd=made, capture_output=True, check=False)
        assert done.returncode == found, module
    rooms = ("rules", "audit", "hub", "adapters", "liaison", "demo")
    assert not re.search(rf"^(from|import) ({'|'.join(rooms)})\b", PROGRAM.read_text(encoding="utf-8"), re.M)


def test_an_agency_acknowledges_asks_for_more_time_and_completes(
    made: Path, settings: Path, shared_world: World
) -> None:
    world = shared_world
    item = world.run(opened(world))
    refused = run(made, settings, "complete", item)
    assert refused.returncode == 1 and refused.stderr.startswith("HT-DTY-04 "), refused.stderr
    assert run(made, settings, "acknowledge", item).stdout.startswith(f"acknowledged {item.hex()} entry ")
    assert duty(world, item).owner == world.police.liaison.contact
    asked = run(made, settings, "extend", item)
    assert asked.returncode == 0, asked.stderr
    before = duty(world, item)
    assert before.extension_stage == casework_pb2.EXTENSION_STAGE_HEAD
    world.run(granted(world, item, world.police, world.police.head, "market"))
    assert duty(world, item).extension_stage == casework_pb2.EXTENSION_STAGE_ORIGINATOR
    world.run(granted(world, item, world.market, world.market.liaison, "police"))
    assert duty(world, item).complete_by == before.complete_by + 24 * 3600 * 1000
    done = run(made, settings, "complete", item)
    assert done.returncode == 0, done.stderr
    assert duty(world, item).state == casework_pb2.OBLIGATION_STATE_CLOSED
    left = sorted(file.suffix for file in (settings.parent / "state").iterdir())
    assert left == ["", ".evidence"], "what was answered is not kept for sending"
    again = run(made, settings, "complete", item)
    assert again.returncode == 1 and "nothing of the kind is open" in again.stderr


def test_what_the_page_shows_is_in_the_program() -> None:
    page = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert shown and all(block in PROGRAM.read_text(encoding="utf-8") for block in shown)


async def opened(world: World) -> bytes:
    """A lead of market regulation to the police."""
    client = await world.client(world.market.liaison.profile)
    accepted = await client.submit(await world.lead())
    return bytes(accepted.entry.message_id)


async def granted(world: World, item: bytes, agency: Agency, by: Person, to: str) -> None:
    facts = kinds_pb2.ExtensionDecided(agency="police", granted=True)
    letter = Letter("extension_decided", facts, to=[To(to)], item=item)
    client = await world.client(by.profile)
    await client.submit(await world.write(letter, agency.officer(by), by.profile))


def test_what_was_kept_is_sent_again(made: Path, settings: Path, shared_world: World) -> None:
    """Sent, and the answer lost: the same bytes get the receipt that they had."""
    item = shared_world.run(opened(shared_world))
    keep = "Path.unlink = lambda file: None"
    program = f"import runpy, sys; from pathlib import Path; {keep}; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", f"import sys; sys.argv.pop(0); {program}", str(PROGRAM)]
    environment = os.environ | {"PYTHONPATH": str(made)}
    first = subprocess.run(
        [*command, str(settings), "acknowledge", item.hex()],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    again = run(made, settings, "complete", item)
    index = first.stdout.split()[-1]
    assert again.stdout.startswith(f"sent again: entry {index}\ncompleted "), again.stderr


def duty(world: World, item: bytes) -> casework_pb2.Obligation:
    async def asked() -> Any:
        client = await world.client(world.police.liaison.profile)
        return await client.casework.GetItem(casework_pb2.GetItemRequest(item_id=item))

    return world.run(asked()).obligations[0]
