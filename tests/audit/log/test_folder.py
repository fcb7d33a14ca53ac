"""Publishing: in steps or at once the same folder, checkpoint last, never backwards; read by another implementation."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey

from audit.log import reader
from audit.log.folder import FolderTiles, publish
from audit.log.tiles import tiles_of
from hutong.errors import HutongError


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_in_steps_or_at_once(make_log: Callable[..., Any], tmp_path: Path) -> None:
    whole = make_log(1100)
    steps = make_log(0)
    for size in (0, 1, 40, 255, 256, 300, 512, 1100):
        steps.append(whole.raw[steps.frontier.size : size])
        publish(tmp_path / "steps", steps.note(), steps, durable=False)
        kept = files(tmp_path / "steps")
        assert {tile.path for tile in tiles_of(size)} <= kept.keys()
        assert not any(
            "000.p" in path for path in kept if size >= 256 and path.startswith(("tile/0/", "tile/entries/"))
        )
    publish(tmp_path / "once", whole.note(), whole, durable=False)
    once = files(tmp_path / "once")
    assert once.keys() == {tile.path for tile in tiles_of(1100)} | {"checkpoint"}
    assert once.items() <= files(tmp_path / "steps").items()


def test_only_what_is_new_is_written(make_log: Callable[..., Any], tmp_path: Path) -> None:
    log = make_log(700)
    assert publish(tmp_path, log.note(), log) == len(list(tiles_of(700)))
    assert publish(tmp_path, log.note(), log) == 0
    before = {path: (tmp_path / path).stat().st_mtime_ns for path in files(tmp_path)}
    log.append([b"one more"])
    assert publish(tmp_path, log.note(), log) == 2
    changed = {path for path in files(tmp_path) if before.get(path) != (tmp_path / path).stat().st_mtime_ns}
    assert changed == {"checkpoint", "tile/0/002.p/189", "tile/entries/002.p/189"}


def test_more_cosignatures_replace_the_checkpoint(make_log: Callable[..., Any], tmp_path: Path) -> None:
    log = make_log(3)
    publish(tmp_path, log.note(), log)
    assert publish(tmp_path, log.cosigned("police"), log) == 0
    assert FolderTiles(tmp_path).note() == log.cosigned("police")


def test_never_backwards_nor_another_history(make_log: Callable[..., Any], tmp_path: Path) -> None:
    log, shorter, other = make_log(300), make_log(299), make_log(400, seed=2)
    publish(tmp_path, log.note(), log)
    before = files(tmp_path)
    for wrong in (shorter, other):
        with pytest.raises(HutongError, match="HT-LOG-40"):
            publish(tmp_path, wrong.note(), wrong)
    with pytest.raises(HutongError, match="HT-LOG-16"):
        publish(tmp_path, other.note(), make_log(400))
    assert files(tmp_path) == before


@pytest.mark.parametrize("crash", range(1, 9))
def test_a_crash_leaves_the_old_checkpoint_whole(
    make_log: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash: int
) -> None:
    """Whatever rename fails, the folder serves the old checkpoint, and the next call completes the new one."""
    log = make_log(250)
    publish(tmp_path, log.note(), log)
    old, count, replace = log.note(), 0, Path.replace
    log.append([b"%d" % index for index in range(300)])

    def failing(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == crash:
            raise OSError("power")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="power"):
        publish(tmp_path, log.note(), log)
    monkeypatch.undo()
    assert FolderTiles(tmp_path).note() == old
    assert reader.root(FolderTiles(tmp_path), 250) == reader.root(log, 250)
    assert list(FolderTiles(tmp_path).entries(0, 250)) == log.raw[:250]
    publish(tmp_path, log.note(), log)
    assert FolderTiles(tmp_path).note() == log.note()
    assert not (tmp_path / ".new").exists()


def test_tiles_are_durable_before_the_checkpoint(
    make_log: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file and every folder that got a new name is fsynced before ``checkpoint`` is renamed into place."""
    log, events = make_log(300), list[str]()
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(handle: int) -> None:
        events.append("sync " + str(Path(f"/proc/self/fd/{handle}").readlink()).removeprefix(str(tmp_path)))
        fsync(handle)

    def watched_replace(self: Path, target: Path) -> Path:
        events.append("name " + str(target).removeprefix(str(tmp_path)))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    publish(tmp_path / "log", log.note(), log)
    before, after = events[: events.index("name /log/checkpoint")], events[events.index("name /log/checkpoint") :]
    assert before[0] == "sync /log/.new"
    for at, event in enumerate(before):
        if event.startswith("name"):
            assert before[at - 1] == "sync /log/.new"
            assert "sync " + event.removeprefix("name ").rpartition("/")[0] in before[at:]
    assert {"sync ", "sync /log", "sync /log/tile", "sync /log/tile/0"} <= set(before)
    assert after == ["name /log/checkpoint", "sync /log"]


def test_readers(make_log: Callable[..., Any], tmp_path: Path) -> None:
    log = make_log(700)
    publish(tmp_path, log.note(), log)
    folder = FolderTiles(tmp_path)
    assert list(folder.entries(250, 600)) == log.raw[250:600]
    assert reader.inclusion_proof(folder, 5, 100) == reader.inclusion_proof(log, 5, 100)
    with pytest.raises(HutongError, match="HT-LOG-37"):
        folder.read(0, 9, 1)
    assert FolderTiles(tmp_path / "nowhere").note() is None


def test_another_implementation_reads_it(make_log: Callable[..., Any], tmp_path: Path) -> None:
    log = make_log(66_000)
    publish(tmp_path, log.note(), log, durable=False)
    theirs = TilesReader(LocalBackend(tmp_path))
    checkpoint = theirs.get_checkpoint()
    checkpoint.verify(Vkey.from_string(str(log.key)))
    assert theirs.calculate_root_hash() == log.frontier.root
    for index in (0, 255, 256, 40_000, 65_999):
        assert theirs.get_entry(index) == log.raw[index]
    theirs.get_consistency_proof(12_345, 66_000).check(reader.root(log, 12_345), log.frontier.root)
    assert theirs.get_consistency_proof(12_345, 66_000).node_hashes == reader.consistency_proof(log, 12_345, 66_000)
