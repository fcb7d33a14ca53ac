"""Log folders and proofs: whole ones verify, any change is a named fault, nothing is a traceback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from audit.log.folder import FolderTiles, publish
from audit.log.tiles import Tile
from audit.review import quick
from audit.review.findings import Report
from audit.review.verify import verify
from hutong.proofs.note import COSIGNATURE, Note
from hutong.proofs.policy import Group, Policy
from hutong.proofs.reference import Reference


def codes(report: Report) -> list[tuple[str, str]]:
    return sorted((fault.code, fault.where) for fault in report.faults)


def every_file(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def small(make_log: Callable[..., Any], publish_log: Callable[..., Path], tmp_path: Path) -> Path:
    return publish_log(tmp_path, make_log(5))


@pytest.fixture
def large(make_log: Callable[..., Any], publish_log: Callable[..., Path], tmp_path: Path) -> Path:
    return publish_log(tmp_path, make_log(1100))


@pytest.fixture
def proof(make_log: Callable[..., Any], tmp_path: Path) -> Path:
    log, folder = make_log(300), tmp_path / "proofs"
    folder.mkdir()
    (tmp_path / "log.policy").write_bytes(bytes(log.policy()))
    (folder / "7.tlog-proof").write_bytes(bytes(log.proof(7)))
    (folder / "7.entry").write_bytes(log.raw[7])
    return folder / "7.tlog-proof"


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1100, 66_000])
def test_whole_logs(size: int, make_log: Callable[..., Any], publish_log: Callable[..., Path], tmp_path: Path) -> None:
    log, told = make_log(size), list[tuple[int, int]]()
    report = verify(publish_log(tmp_path, log), progress=lambda done, total: told.append((done, total)))
    assert report.ok, report.faults[:3]
    assert (report.kind, report.origin, report.size, report.entries) == ("log", "hutong.example/log", size, size)
    assert report.root == log.frontier.root
    assert told[-1:] == ([(size, size)] if size else [])


@pytest.mark.parametrize("change", [0x01, 0x20, 0x80, 0xFF])
def test_every_flipped_byte_of_a_log(small: Path, change: int) -> None:
    shutil.move(small.parent / "log.policy", small / "log.policy")
    assert verify(small).ok
    for path in every_file(small):
        good = path.read_bytes()
        for at in range(len(good)):
            path.write_bytes(good[:at] + bytes([good[at] ^ change]) + good[at + 1 :])
            assert not verify(small).ok, (path.name, at)
        path.write_bytes(good)
    assert verify(small).ok


def test_every_truncation_of_a_log(small: Path) -> None:
    shutil.move(small.parent / "log.policy", small / "log.policy")
    for path in every_file(small):
        good = path.read_bytes()
        for length in range(len(good)):
            path.write_bytes(good[:length])
            assert not verify(small).ok, (path.name, length)
        for surplus in (b"\n", b"\x00", b"\x00\x00", good):
            path.write_bytes(good + surplus)
            assert not verify(small).ok or (surplus == b"\n" and path.name == "log.policy")
        path.write_bytes(good)


def test_every_missing_file_of_a_log_is_named(large: Path) -> None:
    for path in every_file(large):
        good, where = path.read_bytes(), path.relative_to(large).as_posix()
        path.unlink()
        assert codes(verify(large)) == [("HT-LOG-01", where)]
        path.write_bytes(good)
    assert verify(large).ok


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_faults_are_named_where_they_are(large: Path) -> None:
    """Several at once; each is found, none hides another."""
    flip(large / "tile/entries/001", 2 + 2)
    flip(large / "tile/0/003", 40)
    flip(large / "tile/1/000.p/4", 5)
    (large / "tile/entries/002").unlink()
    (large / "tile/0/004.p/76").write_bytes(b"")
    report = verify(large)
    found = codes(report)
    assert {code for code, _ in found} == {"HT-LOG-01", "HT-LOG-05", "HT-LOG-14", "HT-LOG-15", "HT-LOG-16"}
    assert ("HT-LOG-01", "tile/entries/002") in found
    assert ("HT-LOG-05", "tile/0/004.p/76") in found
    assert [where for code, where in found if code == "HT-LOG-14"] == ["tile/entries/001", "tile/entries/003"]
    # tile/1's flipped hash is that of tile/0/000; tile/0/003 was flipped itself.
    assert [where for code, where in found if code == "HT-LOG-15"] == ["tile/0/000", "tile/0/003"]
    indices = [dict(fault.params)["index"] for fault in report.faults if fault.code == "HT-LOG-14"]
    assert 256 <= int(indices[0]) < 512 and indices[1] == "769"


def test_a_lost_leaf_tile_leaves_the_entries_provable(large: Path) -> None:
    (large / "tile/0/001").unlink()
    (large / "tile/0/004.p/76").unlink()
    assert [code for code, _ in codes(verify(large))] == ["HT-LOG-01", "HT-LOG-01"]
    flip(large / "tile/entries/001", 2 + 2)
    assert ("HT-LOG-15", "tile/0/001") in codes(verify(large))


def test_another_log_under_a_good_checkpoint(make_log: Callable[..., Any], large: Path) -> None:
    other = make_log(1100, seed=3)
    shutil.rmtree(large / "tile")
    kept = (large / "checkpoint").read_bytes()
    (large / "checkpoint").unlink()
    publish(large, other.note(), other)
    (large / "checkpoint").write_bytes(kept)
    assert codes(verify(large)) == [("HT-LOG-16", "checkpoint")]


def test_the_checkpoint_s_faults(make_log: Callable[..., Any], large: Path, keys: Callable[..., Any]) -> None:
    good = (large / "checkpoint").read_bytes()
    cases = {
        "HT-LOG-06": good + b"x",
        "HT-LOG-07": good.replace(b"1100\n", b"01100\n"),
        "HT-LOG-08": bytes(Note(make_log(1100).note().text, make_log(3).cosigned("police").signatures[1:])),
        "HT-LOG-09": bytes(Note(make_log(1100).note().text, make_log(3).note().signatures)),
    }
    for code, data in cases.items():
        (large / "checkpoint").write_bytes(data)
        report = verify(large)
        assert code in [fault.code for fault in report.faults]
        assert report.entries == 1100
        assert {fault.code for fault in report.faults} <= {code, "HT-LOG-08"}
    (large / "checkpoint").write_bytes(good)
    wanting = Policy(
        (keys("hutong.example/log", "log"),),
        {"police": keys("police", "police", COSIGNATURE)},
        {"all": Group(1, ("police",))},
        "all",
    )
    (large.parent / "log.policy").write_bytes(bytes(wanting))
    assert codes(verify(large)) == [("HT-LOG-10", "checkpoint")]
    (large / "checkpoint").write_bytes(bytes(make_log(1100).cosigned("police", time=9)))
    report = verify(large)
    assert report.ok and report.cosigned == {"police": 9}


def test_an_absurd_size_ends_soon(make_log: Callable[..., Any], small: Path) -> None:
    """A signed size far beyond what is there is told in runs, not file by file."""
    log = make_log(5)
    text = log.note().text.replace("\n5\n", f"\n{1 << 60}\n")
    (small / "checkpoint").write_bytes(bytes(Note(text, (log.key.sign(text, log.sign),))))
    report = verify(small)
    assert not report.ok and len(report.faults) < 50
    assert "HT-LOG-41" in [fault.code for fault in report.faults]


def test_surplus(large: Path, tmp_path: Path) -> None:
    first = (large / "tile/0/000").read_bytes()
    (large / "notes.txt").write_bytes(b"")
    (large / "tile/0/x000").mkdir()
    (large / "tile/0/x000/000").write_bytes(first)
    (large / "tile/0/empty").mkdir()
    (large / "tile/0/005").write_bytes(first)
    (large / "tile/0/004.p/77").parent.mkdir(exist_ok=True)
    (large / "tile/0/004.p/77").write_bytes(first[: 77 * 32])
    (large / "tile/2").mkdir()
    (large / "tile/2/000.p").mkdir()
    (large / "tile/2/000.p/1").write_bytes(first[:32])
    (large / "link").symlink_to(large / "checkpoint")
    os.mkfifo(large / "pipe")
    (large / os.fsdecode(b"\xff\x1b[31m\n")).write_bytes(b"")
    assert codes(verify(large)) == [
        ("HT-LOG-02", "\\udcff\\x1b[31m\\n"),
        ("HT-LOG-02", "notes.txt"),
        ("HT-LOG-02", "tile/0/x000/000"),
        ("HT-LOG-03", "link"),
        ("HT-LOG-03", "pipe"),
        ("HT-LOG-42", "tile/0/004.p/77"),
        ("HT-LOG-42", "tile/0/005"),
        ("HT-LOG-42", "tile/2/000.p/1"),
    ]


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "tile/entries/004.p/76"])
def test_no_plain_file_in_a_file_s_place(large: Path, tmp_path: Path, name: str) -> None:
    path = large / name
    shutil.move(path, tmp_path / "aside")
    path.symlink_to(tmp_path / "aside")
    assert "HT-LOG-03" in [code for code, where in codes(verify(large)) if where == name]
    path.unlink()
    os.mkfifo(path)
    assert "HT-LOG-03" in [code for code, where in codes(verify(large)) if where == name]
    path.unlink()
    path.mkdir()
    assert not verify(large).ok


def test_older_partial_tiles(make_log: Callable[..., Any], tmp_path: Path) -> None:
    """They may stay in a log folder, as the beginning of what came later, and only so."""
    log = make_log(0)
    (tmp_path / "log.policy").write_bytes(bytes(log.policy()))
    whole = make_log(300)
    for size in (100, 200, 270, 300):
        log.append(whole.raw[log.frontier.size : size])
        publish(tmp_path, log.note(), log, prune=False)
    older = [Tile(level, index, width) for level in (-1, 0) for index, width in ((0, 100), (0, 200), (1, 14))]
    assert all((tmp_path / tile.path).exists() for tile in older)
    assert verify(tmp_path).ok
    for tile in older:
        path = tmp_path / tile.path
        good = path.read_bytes()
        flip(path, 40)
        assert codes(verify(tmp_path)) in ([("HT-LOG-20", tile.path)], [("HT-LOG-13", tile.path)])
        for wrong in (good[:-32], good + good[-32:], b""):
            path.write_bytes(wrong)
            assert {where for _, where in codes(verify(tmp_path))} == {tile.path}
        path.write_bytes(good)


def test_policies(large: Path, make_log: Callable[..., Any], keys: Callable[..., Any], tmp_path: Path) -> None:
    good = large.parent / "log.policy"
    shutil.move(good, tmp_path / "elsewhere")
    assert codes(verify(large)) == [("HT-LOG-12", "log.policy")]
    report = verify(large, tmp_path / "elsewhere")
    assert report.ok and report.policy_given
    good.write_bytes(b"quorum nobody\n")
    assert codes(verify(large)) == [("HT-LOG-11", "log.policy")]
    good.write_bytes(bytes(Policy((keys("hutong.example/log", "somebody else"),))))
    assert codes(verify(large)) == [("HT-LOG-08", "checkpoint")]
    good.unlink()
    good.mkdir()
    assert codes(verify(large)) == [("HT-LOG-44", "log.policy")]
    assert codes(verify(large, tmp_path)) == [("HT-LOG-44", tmp_path.name)]
    assert verify(large, tmp_path / "elsewhere").ok


def test_proofs(proof: Path) -> None:
    report = verify(proof)
    assert report.ok and (report.kind, report.index, report.size, report.entries) == ("proof", 7, 300, 1)
    shutil.move(proof.parent.parent / "log.policy", proof.parent / "log.policy")
    assert verify(proof).ok


@pytest.mark.parametrize("change", [0x01, 0x20, 0x80])
def test_every_flipped_byte_of_a_proof(proof: Path, change: int) -> None:
    for path in (proof, proof.with_suffix(".entry"), proof.parent.parent / "log.policy"):
        good = path.read_bytes()
        for at in range(len(good)):
            path.write_bytes(good[:at] + bytes([good[at] ^ change]) + good[at + 1 :])
            assert not verify(proof).ok, (path.name, at)
        for length in range(len(good)):
            path.write_bytes(good[:length])
            assert not verify(proof).ok, (path.name, length)
        path.write_bytes(good)


def test_proofs_without_their_parts(proof: Path) -> None:
    entry, policy = proof.with_suffix(".entry"), proof.parent.parent / "log.policy"
    for path, code in ((entry, "HT-LOG-01"), (policy, "HT-LOG-12")):
        kept = path.read_bytes()
        path.unlink()
        assert codes(verify(proof)) == [(code, path.name)]
        path.write_bytes(kept)
    entry.write_bytes(bytes(70_000))
    assert [code for code, _ in codes(verify(proof))] == ["HT-LOG-43"]
    entry.unlink()
    os.mkfifo(entry)
    assert [code for code, _ in codes(verify(proof))] == ["HT-LOG-03"]


def test_odd_paths(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "some.txt").write_text("text")
    os.mkfifo(tmp_path / "pipe")
    for name in ("empty", "some.txt", "pipe"):
        assert codes(verify(tmp_path / name)) == [("HT-LOG-34", ".")]
    (tmp_path / "a.tlog-proof").mkdir()
    assert not verify(tmp_path / "a.tlog-proof").ok


@pytest.mark.parametrize("threads", [0, 1])
def test_several_processes_find_the_same(
    make_log: Callable[..., Any],
    publish_log: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
) -> None:
    """By forking, or by spawning where there are threads."""
    folder = publish_log(tmp_path, make_log(20 * 256 + 7))
    flip(folder / "tile/entries/003", 2 + 2)
    flip(folder / "tile/0/011", 2)
    (folder / "tile/0/015").unlink()
    monkeypatch.setattr(quick, "_WORTH_IT", 1)
    monkeypatch.setattr(quick, "_CHUNK", 4)
    monkeypatch.setattr(quick, "active_count", lambda: 1 + threads)
    one, two = verify(folder), verify(folder, jobs=2)
    assert two.faults == one.faults and two.entries == one.entries == 20 * 256 + 7
    assert len(one.faults) == 4


def test_a_lost_helper_is_made_up_for(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, *args: object, **kwargs: object) -> None: ...

        def __enter__(self) -> Broken:
            return self

        def __exit__(self, *args: object) -> None: ...

        def map(self, look: Callable[[int], Any], indices: list[int], chunksize: int) -> Iterator[Any]:
            yield look(indices[0])
            raise BrokenProcessPool

    monkeypatch.setattr(quick, "_WORTH_IT", 1)
    monkeypatch.setattr(quick, "ProcessPoolExecutor", Broken)
    flip(large / "tile/entries/002", 2 + 2)
    report = verify(large, jobs=2)
    assert report.entries == 1100 and [code for code, _ in codes(report)] == ["HT-LOG-14"]


def test_without_a_checkpoint_the_rest_is_checked_all_the_same(large: Path) -> None:
    (large / "checkpoint").unlink()
    flip(large / "tile/entries/001", 2 + 2)
    report = verify(large)
    assert [code for code, _ in codes(report)] == ["HT-LOG-01", "HT-LOG-14"]
    assert report.entries == 1100


def test_a_reference_holds_where_its_entry_stands_and_nowhere_else(
    large: Path, proof: Path, record: Callable[[int], Any], tmp_path: Path
) -> None:
    recorded = record(9)
    export = recorded.export(tmp_path / "export")
    third = recorded.entries[3].SerializeToString(deterministic=True)
    tiles, entry = FolderTiles(large), (proof.parent / "7.entry").read_bytes()
    (stored,) = tiles.entries(600, 601)
    origin = "hutong.example/log"
    for path, index, raw in ((large, 600, stored), (proof, 7, entry), (export, 3, third)):
        assert verify(path, reference=Reference.of(origin, index, raw)).ok, path
        for wrong in (
            Reference.of(origin, index, raw + b"x"),
            Reference.of(origin, index + 1, raw),
            Reference.of(origin, 10**6, raw),
            Reference.of("other.example/log", index, raw),
        ):
            report = verify(path, reference=wrong)
            assert codes(report) == [("HT-LOG-48", path.name)], (path, wrong)
