"""docs/operator.md is followed to the letter: every command that it shows, in its order, on a hub that it makes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.liaison.conftest import Program
from tests.worlds import free_ports

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
HERE = {"0.0.0.0": "127.0.0.1", "hub.hutong.example": "127.0.0.1"}  # noqa: S104 - the page's own
LOGIN = "hutong login --ticket market.ticket --key head/head.key --contact CONTACT --dir market"


def shown() -> list[str]:
    """The lines of the page's shell blocks."""
    blocks = re.findall(r"^\s*```sh\n(.*?)^\s*```", PAGE, re.M | re.S)
    return [line.strip() for block in blocks for line in block.splitlines()]


class Operator:
    """Somebody at a terminal in ``folder``, who puts in what the page leaves open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = dict(zip(("PORT", "ENROLMENT_PORT", "TILES_PORT"), map(str, free_ports(3)), strict=True))
        settings = {"HUTONG_HUB_TICK_SECONDS": "0.1"} | {f"HUTONG_HUB_{name}": port for name, port in ports.items()}
        self.program = Program(environment=settings | {"HUTONG_PIN": "2468-1357"})
        self.hub: subprocess.Popen[bytes] | None = None

    def run(self, line: str, code: int = 0, **puts: str) -> str:
        """Carry out one line; what it printed, or what it said when it was refused."""
        words = [(HERE | puts).get(word, word) for word in shlex.split(line)]
        if words[0] != "hutong":
            return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=True).stdout
        words, target = (words[:-2], words[-1]) if words[-2] == ">" else (words, "")
        done = self.program(*words[1:], code=code)
        if target:
            (self.folder / target).write_text(done.out, encoding="utf-8")
        return done.err if code else done.out

    def serve(self, line: str) -> None:
        """Start the hub and wait until it listens."""
        ready = self.folder / "ready.json"
        log = (self.folder / "hub.log").open("wb")
        command = [sys.executable, "-m", *shlex.split(line), "--ready-file", str(ready)]
        environment = os.environ | self.program.environment
        self.hub = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        while not ready.exists():
            assert self.hub.poll() is None, (self.folder / "hub.log").read_text()


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    monkeypatch.chdir(tmp_path)
    somebody = Operator(tmp_path)
    yield somebody
    if somebody.hub is not None:
        somebody.hub.terminate()
        assert somebody.hub.wait(60) == 0, "stops gracefully"


def test_every_command_shown_does_what_it_says(operator: Operator) -> None:
    notice = re.search(r"^```toml\n(\[\[notice\]\]\n.*?)^```", PAGE, re.M | re.S)
    assert notice
    (operator.folder / "2031.toml").write_text(notice[1], encoding="utf-8")
    head = json.loads(operator.run("hutong key init --out head -o json"))
    said: dict[str, str] = {}
    for line in shown():
        if line.startswith("hutong hub serve"):
            operator.serve(line)
        elif line.startswith("hutong hub enrol"):
            said[line] = operator.run(line, FINGERPRINT=head["fingerprint"], CONTACT=head["contact"])
            assert f"`{LOGIN}`" in PAGE
            operator.run(LOGIN, CONTACT=head["contact"])
        elif line.startswith("hutong hub revoke"):
            (first, *_) = json.loads(operator.run("hutong hub certificates --home var/hub"))["certificates"]
            said[line] = operator.run(line, FINGERPRINT=first["fingerprint"])
        elif line.startswith("hutong hub notices test"):
            assert "HT-NTC-02" in operator.run(line, code=1, CONTACT=head["contact"]), "who has named no channel"
        elif line.startswith("hutong hub erase"):
            said[line] = operator.run(line, MESSAGE_ID=registration(operator))
        else:
            said[line] = operator.run(line)
    assert "2031" in said["hutong hub calendar list --home var/hub"]
    status = json.loads(said["hutong hub status --home var/hub"])
    verified = json.loads(operator.run("hutong audit verify var/export -o json"))
    assert status["due"] == {"steps_due": 0, "red": 0, "in_breach": 0} and verified["ok"]


def registration(operator: Operator) -> str:
    """The id of the statement that registered the agency: it has a disclosure that can be erased."""
    operator.run("hutong hub export early --home var/hub")
    return str(json.loads(operator.run("hutong audit show early/statements/000.pb -o json"))["message_id"])
