"""A hub, two agencies with running nodes, and the program itself, called as people call it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.runtime import settings as node_settings
from adapters.runtime.node import Node
from hutong import commands
from hutong.tls.profile import Profile
from tests.worlds import Agency, World, close, make_world


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Program:
    """``hutong`` in this process; ``separately`` in one of its own, as a shell would start it."""

    lang: str = "en"
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, profile: Profile | Path | None = None, code: int | None = 0) -> Done:
        argv = ["hutong", *self._words(words, profile)]
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setattr(sys, "argv", argv)
            patch.setattr(sys, "stdin", io.StringIO())
            patch.setenv("HUTONG_LANG", self.lang)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                commands.main()
        done = Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())
        assert code is None or done.code == code, (words, done)
        return done

    def separately(self, *words: str, profile: Profile | Path | None = None) -> Done:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HUTONG_")}
        environment |= {"HUTONG_LANG": self.lang, "PYTHONIOENCODING": "utf-8"} | self.environment
        command = [sys.executable, "-m", "hutong", *self._words(words, profile)]
        done = subprocess.run(
            command, capture_output=True, env=environment, stdin=subprocess.DEVNULL, timeout=60, check=False
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _words(self, words: tuple[str, ...], profile: Profile | Path | None) -> list[str]:
        path = profile.path if isinstance(profile, Profile) else profile
        return [*words, *(["--profile", str(path)] if path else [])]


@pytest.fixture
def hutong() -> Program:
    return Program()


@pytest.fixture(scope="session")
def paper() -> Callable[[str], str]:
    """The text of a paper as an officer would have filled it in, by the name of its template."""
    return lambda name: (Path(__file__).parent / "papers" / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def program() -> Program:
    """The same for fixtures that several tests share."""
    return Program()


class RunningNode:
    """An agency's node in a thread, as ``hutong adapter run`` serves it."""

    def __init__(self, agency: Agency, folder: Path) -> None:
        folder.mkdir()
        text = f'profile = "{agency.node.path}"\ncontact = "{agency.liaison.contact}"\npoll_seconds = 0.05\n'
        (folder / "node.toml").write_text(text)
        self.folder = folder
        self.node: Node
        listening = threading.Event()

        async def main() -> None:
            self.node = Node(node_settings.load(folder))
            await self.node.run(lambda _: listening.set())

        self._thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        self._thread.start()
        assert listening.wait(20)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.node.port}"

    def stop(self) -> None:
        if self._thread.is_alive():
            self.node.stop()
        self._thread.join()


@dataclass
class Town:
    """A world whose agencies have nodes, and whose officers know where these are."""

    world: World
    nodes: list[RunningNode]

    @property
    def market(self) -> Profile:
        return self.world.market.liaison.profile

    @property
    def police(self) -> Profile:
        return self.world.police.liaison.profile

    def size(self) -> int:
        """How many entries the log has."""

        async def ask() -> int:
            client = await self.world.client(self.world.market.head.profile)
            await client.checkpoint()
            newest = client.trust.newest
            return newest.size if newest else 0

        return int(self.world.run(ask()))


def eventually(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What ``look`` gives once it gives something; nodes work at their own pace."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < end, "it never came"
        pause.wait(0.02)
    return found


@pytest.fixture(name="eventually", scope="session")
def _eventually() -> Callable[..., Any]:
    return eventually


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Agency, Path], RunningNode]]:
    """Starts an agency's node, and tells its officers where it is; stopped at the end."""
    # Hub and nodes run in this process; what they log must not mix with what commands print.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    nodes: list[RunningNode] = []

    def start(agency: Agency, folder: Path) -> RunningNode:
        node = RunningNode(agency, folder)
        nodes.append(node)
        for profile in (agency.liaison.profile, agency.head.profile):
            profile.save_config(replace(profile.config, node_address=node.address))
        return node

    yield start
    for node in nodes:
        node.stop()
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def town(
    tmp_path_factory: pytest.TempPathFactory,
    loop: asyncio.AbstractEventLoop,
    serve: Callable[[Agency, Path], RunningNode],
) -> Iterator[Town]:
    """Shared by the tests of this folder, which open items of their own and leave keys and contacts alone."""
    folder = tmp_path_factory.mktemp("town")
    world = make_world(folder, loop)
    nodes = [serve(agency, folder / f"{agency.code}-node") for agency in (world.market, world.police)]
    for officer in (world.market.liaison.profile, world.police.liaison.profile):
        # A node knows its officers once it has read the directory.
        eventually(lambda profile=officer: Program()("doctor", profile=profile, code=None).code == 0)
    yield Town(world, nodes)
    for node in nodes:
        node.stop()
    close(world)
