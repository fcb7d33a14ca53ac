"""The doctor finds what is wrong, says the next step, and only then is not content."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from hutong.client.writing import Author, Letter, write
from hutong.directory.records import Directory
from hutong.tls.profile import Profile
from hutong.v1.envelope_pb2 import Submission
from liaison import doctor
from tests.words import lead_words

Run = Any


@pytest.fixture
def mine(town: Any, tmp_path: Path) -> Profile:
    """A copy of the police liaison's profile, to be spoilt."""
    shutil.copytree(town.police.path, tmp_path / "mine")
    return Profile.open(tmp_path / "mine")


def examined(hutong: Run, profile: Profile, code: int = 1) -> dict[str, dict[str, Any]]:
    said = hutong("doctor", "-o", "json", profile=profile, code=code).json
    assert said["fine"] == (code == 0)
    return {each["check"]: each for each in said["checks"]}


def test_all_is_well(town: Any, hutong: Run, mine: Profile) -> None:
    checks = examined(hutong, mine, 0)
    assert sorted(checks) == ["certificate", "clock", "hub", "key", "log", "node", "notices", "profile"]
    hutong.lang = "zh-CN"
    said = hutong("doctor", profile=mine).out
    assert said.count("✓") == 8 and "证书有效至" in said and "✗" not in said


def moved(profile: Profile, **address: str) -> Profile:
    profile.save_config(replace(profile.config, **address))
    return profile


@pytest.fixture
def plaintext() -> Iterator[int]:
    """A gRPC server that speaks in the clear."""
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def test_a_plaintext_port(hutong: Run, mine: Profile, plaintext: int) -> None:
    checks = examined(hutong, moved(mine, address=f"127.0.0.1:{plaintext}"))
    assert checks["hub"]["key"] == "doctor-probe-plaintext" and "without TLS" in checks["hub"]["text"]
    assert "log" not in checks, "nothing was said to it"


def test_nobody_there(hutong: Run, mine: Profile, silent: int) -> None:
    address = f"127.0.0.1:{silent}"
    checks = examined(hutong, moved(mine, address=address, node_address=address))
    assert checks["hub"]["key"] == checks["node"]["key"] == "doctor-probe-unreachable"
    assert address in checks["node"]["text"]


def test_another_service_of_the_same_authority(town: Any, hutong: Run, mine: Profile) -> None:
    checks = examined(hutong, moved(mine, address=town.nodes[0].address, node_address=""))
    assert checks["hub"]["key"] == "doctor-probe-wrong_name" and checks["node"]["key"] == "doctor-node-none"


def test_another_authority(town: Any, hutong: Run, mine: Profile, tmp_path: Path) -> None:
    import datetime as dt

    from hub.home import Home
    from hub.settings import load

    other = Home.create(load(tmp_path / "other", origin="hub.hutong.example/log"), dt.datetime.now(dt.UTC))
    (mine.path / "root.pem").write_text(other.authority.root_pem)
    assert examined(hutong, mine)["hub"]["key"] == "doctor-probe-wrong_ca"


def test_a_profile_that_others_may_read(hutong: Run, mine: Profile) -> None:
    (mine.path / "signing.key").chmod(0o644)
    checks = examined(hutong, mine)
    assert checks["profile"]["code"] == "HT-TLS-03" and "chmod" in checks["profile"]["text"]


def test_a_profile_without_a_certificate(hutong: Run, mine: Profile) -> None:
    (mine.path / "tls.pem").unlink()
    assert examined(hutong, mine)["profile"]["code"] == "HT-TLS-01"


@pytest.mark.parametrize(("minutes", "key"), [(-30, "doctor-clock-slow"), (4, "doctor-clock-fast")])
def test_a_clock_that_is_slow_or_fast(
    town: Any, hutong: Run, mine: Profile, monkeypatch: pytest.MonkeyPatch, minutes: int, key: str
) -> None:
    words = lead_words("x")
    item = hutong(*words, profile=town.market).out.strip()

    def late(letter: Letter, author: Author, directory: Directory, sequence: int, now: int) -> Submission:
        return write(letter, author, directory, sequence, now + minutes * 60_000)

    monkeypatch.setattr("liaison.posting.write", late)
    hutong("ack", item, profile=mine)
    clock = examined(hutong, mine)["clock"]
    assert clock["key"] == key and abs(int(clock["seconds"]) - abs(minutes) * 60) <= 5


def test_an_unbound_key(town: Any, hutong: Run, tmp_path: Path, eventually: Callable[..., Any]) -> None:
    """A contact that the head has not nominated has no certificate either: the first thing that is missing is said."""
    invitation = tmp_path / "invitation"
    invitation.write_text(hutong("contacts", "invitation", profile=town.police).out)
    hutong.environment["HUTONG_PIN"] = "123456"
    hutong("key", "init", "--invitation", str(invitation), "--request", str(tmp_path / "r"), profile=tmp_path / "new")
    assert "HT-CLI-47" in hutong("login", profile=tmp_path / "new", code=1).err
    said = hutong("doctor", profile=tmp_path / "new", code=1).out
    assert "tls.pem" in said and "hutong login" in said


def test_a_hub_that_has_recorded_later_times_shows_that_this_clock_is_slow(
    town: Any, hutong: Run, mine: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the last sending agreed: what was compared is said."""
    words = ("lead", "send", "--to", "police", "--source", "report", "--offence", "none_known", "--text", "x")
    item = hutong(*words, "--title", "x", profile=town.market).out.strip()
    hutong("ack", item, profile=mine)
    assert "by the last sending" in examined(hutong, mine, 0)["clock"]["text"]
    hutong(*words, "--title", "y", profile=town.market)
    true = doctor.now_ms
    monkeypatch.setattr(doctor, "now_ms", lambda: true() - 31 * 60_000)
    clock = examined(hutong, mine)["clock"]
    assert clock["key"] == "doctor-clock-slow" and 1800 < int(clock["seconds"]) <= 1860
    assert "the newest time that the hub has recorded" in clock["text"]
