"""A folder that its publisher has not finished verifies up to its checkpoint; what lies beyond is named, not judged.

A crash leaves the folder so, and whoever looks while the publisher writes sees it so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import paint
from audit.log import folder as log_folder
from audit.log.folder import publish
from audit.log.tiles import Tile, encode_bundle
from audit.review.findings import Findings
from audit.review.logcheck import LogCheck
from audit.review.verify import verify
from hutong.proofs.tree import leaf_hash
from tests.logs import MemoryLog


class Died(Exception):
    """Stands for kill -9 between two writes."""


def grown(log: MemoryLog, whole: MemoryLog, size: int) -> MemoryLog:
    log.append(whole.raw[log.frontier.size : size])
    return log


def die_after(monkeypatch: pytest.MonkeyPatch, writes: int, *, torn: bool) -> None:
    """The publisher dies after so many files; ``torn``: in the middle of the next one."""
    good, done = log_folder._Writer.write, list[str]()

    def write(self: Any, path: str, data: bytes) -> None:
        if len(done) == writes:
            if torn:
                (self._folder / log_folder.SCRATCH).write_bytes(data[: len(data) // 2])
            raise Died
        done.append(path)
        good(self, path, data)

    monkeypatch.setattr(log_folder._Writer, "write", write)


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("sizes", [(5, 9), (200, 256), (255, 300), (300, 1100), (1, 1100)])
def test_wherever_the_publisher_dies(
    sizes: tuple[int, int],
    torn: bool,
    make_log: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After each file of a publication: the old checkpoint verifies whole, and every newer file is named."""
    whole, old = make_log(sizes[1]), MemoryLog()
    first = tmp_path / "first"
    publish(first, grown(old, whole, sizes[0]).note(), old, durable=False)
    (tmp_path / "log.policy").write_bytes(bytes(old.policy()))
    had = {path.relative_to(first).as_posix() for path in first.rglob("*") if path.is_file()}
    new = MemoryLog()
    new.append(whole.raw)
    writes = len(list(log_folder.tiles_of(sizes[1], sizes[0])))
    for count in {0, 1, 2, writes // 2, writes - 1, writes}:
        folder = tmp_path / f"died-{count}"
        shutil.copytree(first, folder)
        with monkeypatch.context() as patch, pytest.raises(Died):
            die_after(patch, count, torn=torn)
            publish(folder, new.note(), new, durable=False)
        report = verify(folder)
        assert report.ok, [str(fault) for fault in report.faults][:3]
        assert (report.size, report.entries) == (sizes[0], sizes[0])
        left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - had
        assert set(report.unpublished) == left
        assert report.as_dict()["unpublished"] == sorted(left)
        assert bool(left) == any(remark.startswith(str(len(left))) for remark in paint.remarks(report))
        publish(folder, new.note(), new, durable=False)
        after = verify(folder)
        assert after.ok and after.size == sizes[1] and after.unpublished == ()


def test_read_while_partial_tiles_are_cleared_away(make_log: Callable[..., Any], tmp_path: Path) -> None:
    """Whoever has the checkpoint of before finds the complete tile in the partial one's place."""
    whole, log = make_log(600), MemoryLog()
    publish(tmp_path, grown(log, whole, 300).note(), log, durable=False)
    (tmp_path / "log.policy").write_bytes(bytes(log.policy()))
    before = (tmp_path / "checkpoint").read_bytes()
    publish(tmp_path, grown(log, whole, 600).note(), log, durable=False)
    assert not (tmp_path / Tile(0, 1, 44).path).exists()
    (tmp_path / "checkpoint").write_bytes(before)
    report = verify(tmp_path)
    assert report.ok and (report.size, report.entries) == (300, 300)
    assert Tile(0, 1).path in report.unpublished


@pytest.fixture
def unfinished(make_log: Callable[..., Any], tmp_path: Path) -> Path:
    """Checkpoint of 300, everything else of 600."""
    whole, log = make_log(600), MemoryLog()
    publish(tmp_path, grown(log, whole, 300).note(), log, durable=False)
    (tmp_path / "log.policy").write_bytes(bytes(log.policy()))
    before = (tmp_path / "checkpoint").read_bytes()
    publish(tmp_path, grown(log, whole, 600).note(), log, durable=False, prune=False)
    (tmp_path / "checkpoint").write_bytes(before)
    assert verify(tmp_path).ok
    return tmp_path


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/001"])
def test_another_history_beyond(unfinished: Path, name: str) -> None:
    """What goes on from the published entries must begin with them; else two histories lie side by side."""
    flip(unfinished / name, 2 + 10)
    assert [(fault.code, fault.where) for fault in verify(unfinished).faults] == [("HT-LOG-20", f"{name}.p/44")]


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/001"])
def test_what_stands_in_for_a_cleared_tile_is_proven(unfinished: Path, name: str) -> None:
    """Without the partial tile the complete one is judged by the checkpoint."""
    shutil.rmtree(unfinished / f"{name}.p")
    assert verify(unfinished).ok
    flip(unfinished / name, 2 + 10)
    assert not verify(unfinished).ok
    (unfinished / name).write_bytes(b"")
    assert not verify(unfinished).ok


def test_a_complete_tile_above_stands_in_too(make_log: Callable[..., Any], tmp_path: Path) -> None:
    """The tiles below are held against it, so that nothing unproven counts as entries."""
    whole, log = make_log(66_000), MemoryLog()
    publish(tmp_path, grown(log, whole, 600).note(), log, durable=False)
    (tmp_path / "log.policy").write_bytes(bytes(log.policy()))
    before = (tmp_path / "checkpoint").read_bytes()
    publish(tmp_path, grown(log, whole, 66_000).note(), log, durable=False)
    (tmp_path / "checkpoint").write_bytes(before)
    assert verify(tmp_path).ok and not (tmp_path / "tile/1/000.p").exists()
    entries = [b"forged", *whole.raw[1:256]]
    (tmp_path / "tile/entries/000").write_bytes(encode_bundle(entries))
    (tmp_path / "tile/0/000").write_bytes(b"".join(leaf_hash(entry) for entry in entries))
    assert [fault.code for fault in verify(tmp_path).faults] == ["HT-LOG-15"]


def test_what_no_publisher_leaves(unfinished: Path) -> None:
    """A tile without what it is made of was put there by somebody else."""
    (unfinished / "tile/entries/001").unlink()
    faults = {(fault.code, fault.where) for fault in verify(unfinished).faults}
    assert ("HT-LOG-42", "tile/0/001") in faults
    assert ("HT-LOG-42", "tile/entries/002.p/88") in faults


def test_an_export_is_finished(unfinished: Path, tmp_path: Path) -> None:
    """Nobody publishes into an export: one file too many in it is a fault."""
    (unfinished / log_folder.SCRATCH).write_bytes(b"half")
    (unfinished / "log.policy").unlink()
    findings = Findings()
    check = LogCheck(unfinished, findings, exact=True)
    check.run(None)
    assert not check.unpublished
    assert {fault.code for fault in findings} == {"HT-LOG-02", "HT-LOG-42"}
    assert ".new" in {fault.where for fault in findings}
