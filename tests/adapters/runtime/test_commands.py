"""The node's commands through the real program, against a real hub."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.commands import app
from adapters.runtime import settings
from hutong.errors import HutongError
from tests.adapters.runtime.stations import Desk, work

PROGRAM = [sys.executable, "-c", "from hutong.commands import main; main()", "adapter"]


def ask(*arguments: str | Path) -> tuple[str, str]:
    """What a command prints, and the code of the error that ended it, if any."""
    done = CliRunner().invoke(app, [str(one) for one in arguments], env={"HUTONG_LANG": "en"})
    if isinstance(done.exception, HutongError):
        return done.stdout, done.exception.code
    assert done.exit_code == 0, done.output
    return done.stdout, ""


def test_a_node_is_run_and_asked(desk: Desk, complaints: Callable[[str], bytes]) -> None:
    async def story() -> None:
        market, _ = await desk.pair()
        market.put("complaints.csv", complaints("program").replace(b"2026-03-02", b"no date at all"))
        ready = market.folder / "ready.json"
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            "run",
            "market",
            "--node",
            str(market.folder),
            "--ready-file",
            str(ready),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HUTONG_LANG": "en"},
        )
        assert process.stderr is not None
        lines = []
        async with asyncio.timeout(60):
            while not any("Node of market is ready" in line for line in lines):
                lines.append((await process.stderr.readline()).decode())
            assert json.loads(ready.read_text())["port"] > 0
            while not any('"taken in"' in line for line in lines):
                lines.append((await process.stderr.readline()).decode())
            status, _ = await asyncio.to_thread(ask, "status", "--node", market.folder, "-o", "json")
            process.send_signal(signal.SIGTERM)
            rest = (await process.stderr.read()).decode()
            assert await process.wait() == 0
        assert '"stopped"' in rest and "团队计酬" not in "".join(lines) + rest
        said = json.loads(status)
        assert said["agency"] == "market" and said["alarms"] == []
        (letter,) = said["dead_letters"]
        assert (letter["code"], letter["where"]) == ("HT-ADP-20", "line 3")

        async with market.open() as node:
            await work(node)
            row = node.store.one("SELECT * FROM outbox WHERE kind = 'lead' LIMIT 1")
        out, _ = ask("trace", row["message_id"].hex(), "--node", market.folder, "-o", "json")
        traced = json.loads(out)
        assert traced["sent"][0]["state"] == "accepted" and traced["received"][0]["kind"] == "lead"
        out, _ = ask("trace", row["record"], "--node", market.folder, "-o", "json")
        assert json.loads(out)["sent"][0]["message_id"] == row["message_id"].hex()
        assert ask("trace", "nobody", "--node", market.folder)[1] == "HT-NOD-22"
        assert ask("replay", str(letter["id"]), "--node", market.folder)[1] == ""
        assert ask("replay", "999", "--node", market.folder)[1] == "HT-NOD-14"
        assert "HT-ADP-20" in ask("status", "--node", market.folder)[0]

    desk.world.run(story())


def test_wrong_folders_and_settings(desk: Desk, tmp_path: Path) -> None:
    async def story() -> None:
        police = await desk.station(desk.world.police)
        config = police.folder / "node.toml"
        right = config.read_text(encoding="utf-8")
        assert ask("run", "market", "--node", police.folder)[1] == "HT-NOD-21"
        assert ask("status", "--node", tmp_path)[1] == "HT-NOD-02"
        for wrong in (
            "surprise = 1\n" + right,
            right.replace("contact", "kontakt"),
            "not toml",
            right + "port = 'x'\n",
        ):
            config.write_text(wrong, encoding="utf-8")
            with pytest.raises(HutongError) as error:
                settings.load(police.folder)
            assert error.value.code == "HT-NOD-01"
            assert not {"profile", str(police.folder)} & {error.value.params["rule"]}

    desk.world.run(story())
