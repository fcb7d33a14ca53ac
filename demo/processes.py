"""Hub and nodes as processes of their own, started and stopped as an operator would; their output goes to files."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hutong.errors import HutongError

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


@dataclass
class Processes:
    """What the demo has started; everything ends with it."""

    logs: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, arguments: Sequence[str], ready: Path) -> dict[str, int]:
        """Run ``hutong`` with ``arguments`` until it writes ``ready``; what it wrote there. HT-DMO-01 when it ends."""
        ready.unlink(missing_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "hutong", *arguments, "--ready-file", str(ready)]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._running[name] = process
        end = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise HutongError("HT-DMO-01", name=name, log=(self.logs / f"{name}.log").name)
            time.sleep(0.02)
        ports: dict[str, int] = json.loads(ready.read_text())
        return ports

    def stop(self, name: str) -> None:
        """Ask ``name`` to end and wait until it has."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise HutongError("HT-DMO-02", name=name) from None

    def kill(self, name: str) -> None:
        """End ``name`` at once, as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        """End whatever still runs."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
