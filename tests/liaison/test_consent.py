"""A person at a terminal: what is about to be signed is shown, one question is asked, and Ctrl-C means stop."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hutong.tls.profile import Profile
from tests.words import lead_words

Run = Any
SECONDS = 60.0
LEAD = lead_words("甲")


class Terminal:
    """``hutong`` at a terminal of its own; what it says is read as it comes."""

    def __init__(self, *words: str, profile: Profile | Path) -> None:
        path = profile.path if isinstance(profile, Profile) else profile
        self._ours, theirs = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HUTONG_")}
        environment |= {"HUTONG_LANG": "zh-CN", "PYTHONIOENCODING": "utf-8", "TERM": "xterm", "COLUMNS": "200"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hutong", *words, "--profile", str(path)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            preexec_fn=_own_terminal,
        )
        os.close(theirs)
        self.said = ""

    def until(self, words: str) -> str:
        """Read on until ``words`` were said; everything so far."""
        end = time.monotonic() + SECONDS
        while words not in self.said:
            assert time.monotonic() < end and self._read(), self.said
        return self.said

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def ended(self) -> int:
        """The exit code, once the program has ended and all was read."""
        while self._read():
            pass
        return self._process.wait(SECONDS)

    def stopped(self) -> int:
        """The exit code after Ctrl-C; pressed again, as people do, should it come just before the terminal is read."""
        for _ in range(int(SECONDS / 2)):
            self.types("\x03")
            try:
                self._process.wait(2)
                break
            except subprocess.TimeoutExpired:
                continue
        return self.ended()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], SECONDS)
        try:
            data = os.read(self._ours, 4096) if ready else b""
        except OSError:  # Linux says EIO once the other side is closed.
            data = b""
        self.said += data.decode(errors="replace")
        return bool(data)


def _own_terminal() -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def terminal() -> Iterator[Any]:
    opened: list[Terminal] = []

    def start(*words: str, profile: Profile | Path) -> Terminal:
        opened.append(Terminal(*words, profile=profile))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def item(town: Any, hutong: Run) -> str:
    return str(hutong(*LEAD, profile=town.market).out.strip())


@pytest.fixture
def locked(town: Any, tmp_path: Path) -> Profile:
    """The police liaison's profile, its signing key under the PIN 135790."""
    import shutil

    shutil.copytree(town.police.path, tmp_path / "locked")
    profile = Profile.open(tmp_path / "locked")
    profile.save_signing_key(profile.signing_key(), "135790")
    return profile


def test_no_means_no(town: Any, terminal: Any, item: str, hutong: Run, tmp_path: Path) -> None:
    paper = tmp_path / "done.yaml"
    paper.write_text("outcome: confirmed\ntext: 经核查属实\n", encoding="utf-8")
    hutong("ack", item, profile=town.police)
    size = town.size()
    asked = terminal("reply", item, "-f", str(paper), profile=town.police)
    shown = asked.until("签名发送？")
    for words in ("办结", "密封：仅", "正文", "经核查属实", "不能撤销"):
        assert words in shown, shown
    asked.types("n\n")
    assert asked.ended() == 2 and "没有签名，也没有发送" in asked.said
    assert town.size() == size

    agreed = terminal("reply", item, "-f", str(paper), profile=town.police)
    agreed.until("签名发送？")
    agreed.types("y\n")
    assert agreed.ended() == 0 and "事项已办结，不能撤销" in agreed.said and "正在发送：办结" in agreed.said


def test_several_take_one_question_and_one_pin(
    town: Any, terminal: Any, item: str, hutong: Run, locked: Profile
) -> None:
    other = str(hutong(*LEAD, profile=town.market).out.strip())
    asked = terminal("ack", item, other, profile=locked)
    shown = asked.until("签名发送？")
    assert item in shown and other in shown and "由您本人承办" in shown
    asked.types("y\n")
    asked.until("签名密钥的 PIN: ")
    asked.types("135790\n")
    assert asked.ended() == 0
    assert asked.said.count("签名发送？") == 1 and asked.said.count("签名密钥的 PIN") == 1
    assert asked.said.count("已签收") == 2 and "135790" not in asked.said


@pytest.mark.parametrize("question", ["签名发送？", "签名密钥的 PIN"])
def test_ctrl_c_at_a_question_ends_the_program(
    town: Any, terminal: Any, item: str, locked: Profile, question: str
) -> None:
    size = town.size()
    asked = terminal("ack", item, *(["--yes"] if "PIN" in question else []), profile=locked)
    asked.until(question)
    assert asked.stopped() == 2 and "已取消" in asked.said and "Traceback" not in asked.said
    assert town.size() == size


def test_a_wrong_pin_sends_nothing(town: Any, terminal: Any, item: str, locked: Profile) -> None:
    size = town.size()
    asked = terminal("ack", item, "--yes", profile=locked)
    asked.until("签名密钥的 PIN: ")
    asked.types("000000\n")
    assert asked.ended() == 4 and "PIN 不正确" in asked.said and "什么也没有发送" in asked.said
    assert town.size() == size


def test_whoever_reads_only_the_head_is_no_error(town: Any, item: str) -> None:
    for words in (("inbox",), ("inbox", "-o", "json")):
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "hutong", *words, "--profile", str(town.police.path)]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        os.close(write)
        assert (done.returncode, done.stderr) == (0, b""), words
