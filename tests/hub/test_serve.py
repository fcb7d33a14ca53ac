"""``hutong hub serve`` as operators start it wrongly: one sentence with a code, and nothing touched."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.enrolment.certificates import remember
from hub.home import Home
from hub.settings import load
from hub.state.database import open_engine
from hutong.tls.requests import make_key
from hutong.tls.spiffe import Subject


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = load(tmp_path / "hub", port=0, enrolment_port=0, tiles_port=0)
    Home.create(settings, dt.datetime.now(dt.UTC))
    return tmp_path / "hub"


def hutong(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hutong", *words]
    env = os.environ | {"HUTONG_LANG": "en"} | environment
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)


def refused(done: subprocess.CompletedProcess[str], code: str) -> None:
    assert code in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert done.returncode != 0 and done.stdout == ""


def test_two_hubs_do_not_share_a_folder(home: Path) -> None:
    with Home.open(load(home)).alone():
        refused(hutong("hub", "serve", "--home", str(home)), "HT-SYS-06")


@pytest.mark.parametrize("which", ["PORT", "ENROLMENT_PORT", "TILES_PORT"])
def test_a_port_that_is_taken(home: Path, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = hutong("hub", "serve", "--home", str(home), **{f"HUTONG_HUB_{which}": port})
    refused(done, "HT-SYS-07")


@pytest.mark.parametrize("line", ["prot = 8443", "port = 99999", "port = ", 'log_level = "loud"'])
def test_settings_that_are_wrong(home: Path, line: str) -> None:
    (home / "hub.toml").write_text(line + "\n")
    refused(hutong("hub", "status", "--home", str(home)), "HT-SYS-08")


def test_no_variable_makes_a_demo_hub_of_a_real_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTONG_HUB_DEMO_CLOCK", "true")
    assert load(home).demo_clock is False
    monkeypatch.setenv("HUTONG_HUB_BATCH_LIMIT", "7")
    assert load(home).batch_limit == 7, "the others are heard"


def test_status_names_the_certificate_that_will_run_out_next(home: Path) -> None:
    """Certificates that were renewed do not count."""
    opened, now = Home.open(load(home)), dt.datetime.now(dt.UTC)
    ends: dict[str, Any] = {}
    with open_engine(opened.settings.url).begin() as connection:
        for name, days in (("old", 2), ("old", 20), ("other", 15)):
            subject = Subject("hub.hutong.example", "one", "system", name)
            spki = make_key().public_key()
            from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

            der = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            chain = opened.authority.issue(subject, der, now, dt.timedelta(days=days))
            remember(connection, "one", subject.uri, chain)
            ends[name] = chain[0].not_valid_after_utc
    status = json.loads(hutong("hub", "status", "--home", str(home)).stdout)
    assert dt.datetime.fromisoformat(status["next_certificate_expiry"]) == ends["other"]
